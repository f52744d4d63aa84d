"""Names, ids and purposes that staff give: what they may be, and that no two are the same."""

import re
import unicodedata
from collections.abc import Collection
from itertools import count
from typing import Final

from messages.consent import ALL
from messages.errors import BadInput, StateConflict

LONGEST_NAME: Final = 100
LONGEST_ID: Final = 60
LONGEST_PURPOSE: Final = 1_000
"""Characters."""


def checked_name(name: str, taken: Collection[str], kind: str) -> str:
    """Return a name with single spaces. Raises BadInput, and StateConflict where another of its kind has it."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadInput(f"a name has 1 to {LONGEST_NAME} visible characters", place="name", remedy="Write such a name")
    if any(each.casefold() == name.casefold() for each in taken):
        raise taken_already(kind, "called ", name)
    return name


def checked_purpose(purpose: str) -> str:
    """Return a purpose with single spaces. Raises BadInput."""
    purpose = " ".join(purpose.split())
    if len(purpose) > LONGEST_PURPOSE or not purpose.isprintable():
        raise BadInput(
            f"a purpose has at most {LONGEST_PURPOSE:,} visible characters",
            place="purpose",
            remedy="Shorten it, and leave out what can't be seen",
        )
    return purpose


def checked_id(wanted: str, taken: Collection[str], kind: str, longest: int = LONGEST_ID) -> str:
    """Return an id that may be given. Raises BadInput, and StateConflict where another of its kind has it."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", wanted) or len(wanted) > longest:
        problem = f"an id has a to z, digits, - and _, and at most {longest} of them: not {wanted!r}"
        raise BadInput(problem, place="id", remedy="Correct it")
    if wanted in taken or wanted == ALL:
        raise taken_already(kind, "", wanted)
    return wanted


def taken_already(kind: str, how: str, name: str) -> StateConflict:
    """Return why a name (`how`: called), or an id, can't be given."""
    what = "name" if how else "id"
    return StateConflict(f"there is a {kind} {how}`{name}` already", place=what, remedy=f"Choose another {what}")


def free_id(name: str, taken: Collection[str], kind: str, longest: int = LONGEST_ID) -> str:
    """Return an id made of a name, with a number where it is taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: longest - 6] or kind
    if slug not in taken:
        return slug
    return next(free for number in count(2) if (free := f"{slug}-{number}") not in taken)

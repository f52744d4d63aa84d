"""Reading fields of an activity that may be of any type. What is not of the right type counts as missing."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from messages.errors import BadPayload

Activity = Mapping[str, Any]
"""An activity as JSON values."""

LONGEST_ID: Final = 1024
_LONGEST_URL: Final = 2048


def mapping(found: object) -> Mapping[str, Any]:
    """Return an object; an empty one in place of anything else."""
    return found if isinstance(found, dict) else {}


def sequence(found: object) -> Sequence[Any]:
    """Return a list; an empty one in place of anything else."""
    return found if isinstance(found, list) else ()


def text(found: object) -> str:
    """Return a text; an empty one in place of anything else."""
    return found if isinstance(found, str) else ""


def short(found: object, longest: int) -> str:
    """Return a text of at most `longest` characters; an empty one in place of a longer one, or of anything else."""
    return found if isinstance(found, str) and len(found) <= longest else ""


def required(activity: Activity, name: str, longest: int) -> str:
    """Return a text that must be there. Raises BadPayload."""
    found = activity.get(name)
    if not isinstance(found, str) or not found:
        raise BadPayload(f"the activity has no `{name}`", place=name)
    if len(found) > longest:
        raise BadPayload(f"it is longer than {longest} characters", place=name)
    return found


def identifier(found: object, place: str) -> str:
    """Return the id of an account; empty when it is missing. Raises BadPayload for one that is no usable text."""
    if found is None:
        return ""
    if not isinstance(found, str):
        raise BadPayload("it is not a text", place=place)
    if len(found) > LONGEST_ID:
        raise BadPayload(f"it is longer than {LONGEST_ID} characters", place=place)
    return found


def service_url(found: object) -> str:
    """Return where replies go; empty for what is no address: then the reply goes nowhere, and what was said counts."""
    named = short(found, _LONGEST_URL)
    return named if named.startswith(("https://", "http://")) else ""


def moment(found: object) -> datetime | None:
    """Return a time with its zone, in UTC and whole milliseconds; None for anything else."""
    if not isinstance(found, str) or len(found) > 64:
        return None
    try:
        given = datetime.fromisoformat(found)
        at = given.astimezone(UTC) if given.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
    return at.replace(microsecond=at.microsecond // 1000 * 1000) if at is not None else None

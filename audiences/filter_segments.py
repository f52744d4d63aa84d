"""A filter as staff give it: read, checked against what there is, and as the audit keeps it.

What it asks for has to be there: a misspelt segment would count nobody, or under `not` everybody.
"""

from collections.abc import Collection
from typing import Final

import msgspec

from filters import wire
from filters.index.people import PeopleIndex
from filters.model import And, Condition, DetailText, FieldText, Not, Or, Several, TalkedWith
from filters.parse import parse
from filters.references import KnownNames, check_names
from filters.words import show
from messages.channels import ACCOUNTS
from messages.errors import BadInput

CHANNELS: Final = frozenset(ACCOUNTS)
"""Channels of accounts that a bot can be served on."""


def read_filter(source: object) -> Condition:
    """Return the condition of a filter: text, JSON, or JSON in a text. Raises BadInput that points at the place."""
    try:
        if not isinstance(source, str):
            return wire.read(source)
        return wire.read(msgspec.json.decode(source)) if source.lstrip().startswith("{") else parse(source)
    except msgspec.DecodeError as error:
        raise BadInput(f"the filter is not JSON: {error}", place="filter", remedy="Correct it") from error
    except BadInput as error:
        place = f"filter, {error.place}" if error.place else "filter"
        raise BadInput(error.problem, place=place, remedy=error.remedy) from error


def check_filter(condition: Condition, segments: Collection[str], index: PeopleIndex) -> tuple[str, ...]:
    """Return warnings about a filter: tags and fields that nobody has. `segments` are those of the bot.

    Raises BadInput for a segment that the bot neither has nor had, and for a channel that there is not; it names the
    nearest.
    """
    return check_names(
        condition,
        KnownNames(
            segments={*segments, *index.standings.segments},
            channels={*CHANNELS, *(name for name, _ in index.several[Several.CHANNEL].items())},
            tags=[name for name, people in index.several[Several.TAG].items() if people],
            fields=index.fields.names(),
        ),
    )


def auditable(condition: Condition) -> str:
    """Return a filter as text without what it may tell of somebody: audit rows stay when a person is erased."""
    return show(_without_values(condition))


def auditable_text(text: str) -> str:
    """Return the same of a filter as it is kept, which another version may have written."""
    try:
        return auditable(parse(text))
    except BadInput:
        return "unreadable"


def _without_values(condition: Condition) -> Condition:
    match condition:
        case And(conditions=several):
            return And(tuple(map(_without_values, several)))
        case Or(conditions=several):
            return Or(tuple(map(_without_values, several)))
        case Not(condition=inner):
            return Not(_without_values(inner))
        case DetailText() | FieldText():
            return msgspec.structs.replace(condition, text="…")
        case TalkedWith():
            return TalkedWith("…")
    return condition

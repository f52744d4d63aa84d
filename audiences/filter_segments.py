"""A filter as staff give it: read, checked, as the audit keeps it; and saved ones that name a person."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from audiences.index_feed import filters_of
from filters import wire
from filters.index.people import PeopleIndex
from filters.model import And, Condition, DetailText, FieldText, Not, Or, Several, TalkedWith
from filters.parse import parse
from filters.references import KnownNames, check_names
from filters.words import show
from messages.addresses import Malformed, handle_of
from messages.channels import ACCOUNTS
from messages.contact import Contact, ids_of, names_of
from messages.errors import BadInput
from storage.audience_records import SegmentKind, SegmentRecord

CHANNELS: Final = frozenset(ACCOUNTS)
"""Channels of accounts that a bot can be served on."""


def read_filter(source: object) -> Condition:
    """Return the condition of a filter: text, JSON, or JSON in a text. Raises BadInput that points at the place."""
    try:
        if not isinstance(source, str):
            return wire.read(source)
        return wire.read(_json(source)) if source.lstrip().startswith("{") else parse(source)
    except msgspec.DecodeError as error:
        raise BadInput(f"the filter is not JSON: {error}", place="filter", remedy="Correct it") from error
    except RecursionError:
        raise BadInput("the filter is nested too deeply", place="filter", remedy="Nest less deeply") from None
    except BadInput as error:
        place = f"filter, {error.place}" if error.place else "filter"
        raise BadInput(error.problem, place=place, remedy=error.remedy) from error


def _json(source: str) -> object:
    """Return what a text says in JSON. Raises DecodeError, and BadInput where one of two conditions would be lost."""
    read = msgspec.json.decode(source)
    json.loads(source, object_pairs_hook=_once, parse_int=str)
    return read


def _once(members: Sequence[tuple[str, object]]) -> None:
    names = [name for name, _ in members]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise BadInput(f"the key {twice!r} is there twice", remedy="Join the two conditions by `all` or `any`")


def check_filter(condition: Condition, segments: Collection[str], index: PeopleIndex) -> tuple[str, ...]:
    """Return warnings about a filter: tags and fields that nobody has. `segments` are those of the bot.

    Raises BadInput for a segment that the bot neither has nor had, and for a channel that there is not; it names the
    nearest.
    """
    return check_names(
        condition,
        KnownNames(
            segments={*segments, *index.subjects},
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


_CLEAR: Final = 4
"""Characters of a part of a name, or of a part of a value in a filter, from which on it names somebody."""


def filters_naming(segments: Iterable[SegmentRecord], contact: Contact) -> list[str]:
    """Return the ids of the filter segments whose filter has a name, an address, an id or a phone of a person in it.

    One that this version can't read is among them if its text does.
    """
    segments = list(segments)
    read = filters_of(segments)
    values = _values(contact)
    found = [
        each.id for each in segments if each.id in read and any(_names(text, values) for text in _texts(read[each.id]))
    ]
    unread = [each for each in segments if each.kind is SegmentKind.FILTER and each.id not in read]
    return sorted([*found, *(each.id for each in unread if any(value in each.filter.casefold() for value in values))])


def _values(contact: Contact) -> set[str]:
    values = [*names_of(contact), *ids_of(contact)]
    if contact.email and not isinstance(handle := handle_of(contact.email), Malformed):
        values.append(handle.key)
    values += [part for name in names_of(contact) for part in name.split() if len(part) >= _CLEAR]
    return {folded for value in values if (folded := value.strip().casefold())}


def _names(text: str, values: set[str]) -> bool:
    """Tell whether a text of a filter is one of the values, has one in it, or is a part of one."""
    folded = text.strip().casefold()
    if folded in values:
        return True
    return any(
        (len(value) >= _CLEAR and value in folded) or (len(folded) >= _CLEAR and folded in value) for value in values
    )


def _texts(condition: Condition) -> Iterator[str]:
    match condition:
        case And(conditions=several) | Or(conditions=several):
            for each in several:
                yield from _texts(each)
        case Not(condition=inner):
            yield from _texts(inner)
        case DetailText(text=text) | FieldText(text=text):
            yield text
        case TalkedWith(name=name):
            yield name

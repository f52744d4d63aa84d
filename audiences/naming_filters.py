"""Saved filters that name a person: erasing does not rewrite them, so staff are told."""

from collections.abc import Iterable, Iterator
from typing import Final

from audiences.index_feed import filters_of
from filters.model import And, Condition, DetailText, FieldText, Not, Or, TalkedWith
from messages.addresses import Malformed, handle_of
from messages.contact import Contact, ids_of, names_of
from storage.audience_records import SegmentKind, SegmentRecord

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

"""Recorded turns as entries. One that can't be read is named and hides no other."""

from collections.abc import Iterable
from typing import NamedTuple

from messages.codec import RecordDecoder
from messages.errors import StoreError
from storage.records import JournalEntry, RecordedTurn

_decode = RecordDecoder[JournalEntry](JournalEntry)


class Unreadable(NamedTuple):
    """A recorded turn that can't be read, where it is, and why."""

    conversation: str
    place: str
    problem: str


def read_turn(recorded: RecordedTurn) -> JournalEntry | Unreadable:
    """Return the entry of a recorded turn, or why there is none: cut short, of an unknown schema, no record at all."""
    try:
        return _decode(recorded.record)
    except StoreError as error:
        return Unreadable(recorded.conversation, recorded.place, str(error))


def read_turns(recorded: Iterable[RecordedTurn]) -> tuple[list[JournalEntry], list[Unreadable]]:
    """Return the entries that can be read, in order, and the turns that can't."""
    entries: list[JournalEntry] = []
    unreadable: list[Unreadable] = []
    for turn in recorded:
        read = read_turn(turn)
        if isinstance(read, Unreadable):
            unreadable.append(read)
        else:
            entries.append(read)
    return entries, unreadable

"""Replies that are left in the store for now, because the memory has enough of them."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from storage.records import OutboxRow

_NOWHERE = sys.maxsize


class Backlog:
    """Where to read on, page by page.

    Up to `most` rows that are left while a page is read are kept until it is, and come with it: among those of a
    conversation they may be earlier than what the page has, and if the page is the last, nothing is left to be read.
    """

    def __init__(self, most: int = 1000) -> None:
        self._most = most
        self._unread_from: int | None = None
        self._meanwhile: list[OutboxRow] | None = None

    @property
    def waits(self) -> bool:
        """Whether there may be rows that are in the store alone."""
        return self._unread_from is not None

    def leave(self, row: OutboxRow) -> None:
        """Leave a row in the store."""
        if self._meanwhile is None or len(self._meanwhile) >= self._most:
            self.look_from(row.sequence)
        else:
            self._meanwhile.append(row)

    def look_from(self, sequence: int) -> None:
        """There may be unread rows from `sequence` on."""
        if self._unread_from is None or sequence < self._unread_from:
            self._unread_from = sequence

    def begin(self) -> int:
        """Begin to read a page of rows from the returned sequence on; `end` or `fail` follows."""
        start = self._unread_from or 0
        self._unread_from = _NOWHERE
        self._meanwhile = []
        return start

    def end(self, page: Sequence[OutboxRow], *, last: bool) -> Sequence[OutboxRow]:
        """A page was read. Returns the rows to take now, in order: none behind one that is left."""
        found = {row.sequence: row for row in (*(self._meanwhile or ()), *page)}
        self._meanwhile = None
        if not last:
            self.look_from(page[-1].sequence + 1)
        bound = self._unread_from
        if bound == _NOWHERE or bound is None:
            self._unread_from, bound = None, _NOWHERE
        return [found[sequence] for sequence in sorted(found) if sequence < bound]

    def fail(self, start: int) -> None:
        """The page from `start` on can't be read."""
        meanwhile, self._meanwhile = self._meanwhile or (), None
        self.look_from(min((start, *(row.sequence for row in meanwhile))))


@dataclass(slots=True)
class Account:
    """One route: what of it is in memory, by sequence, and what is not."""

    held: set[int] = field(default_factory=set)
    backlog: Backlog = field(default_factory=Backlog)

"""Which rows of a ledger were acknowledged when, as far back as a declared loss may reach."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta

from runtime.memory_file import RememberedRow
from storage.ledger_loss import LedgerMark

_STEPS = 20
"""Into how many steps the time of a declared loss is divided."""


class LedgerHistory:
    """Of one shard of a bot. `reach`: how far a declared loss may go back."""

    def __init__(self, reach: timedelta) -> None:
        self._reach = reach
        self._rows: deque[RememberedRow] = deque()

    def add(self, mark: LedgerMark, at: datetime) -> None:
        """Take in that a row was acknowledged by now."""
        if self._rows and self._rows[-1].mark == mark:
            return
        if len(self._rows) > 1 and self._rows[-1].at - self._rows[-2].at < self._reach / _STEPS:
            self._rows.pop()
        self._rows.append(RememberedRow(mark, at))
        while len(self._rows) > 1 and self._rows[1].at <= at - self._reach:
            self._rows.popleft()

    def settled(self, reference: datetime) -> LedgerMark | None:
        """Return the last row that no declared loss reaches, one that came long enough before `reference`."""
        found = [row.mark for row in self._rows if row.at <= reference - self._reach]
        return found[-1] if found else None

    @property
    def last(self) -> RememberedRow | None:
        """The last row; None when there is none."""
        return self._rows[-1] if self._rows else None

    def ends(self) -> Iterator[RememberedRow]:
        """Yield the oldest row that is kept and the last one, each once."""
        if len(self._rows) > 1:
            yield self._rows[0]
        if self._rows:
            yield self._rows[-1]

"""The last rows of ledgers that this handle knows to be acknowledged. Whatever appends compares them."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from storage.continuity import NOTED
from storage.records import LedgerMark


class LedgerMemory:
    """One row of each bot. Written by the thread that writes, read by the event loop's."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[int, bytes]] = {}
        self.reason = ""
        """Why nothing may raise consent; empty when it may."""
        self.interruptions = 0
        self._noted: deque[LedgerMark] = deque(maxlen=NOTED)

    def row(self, bot: str) -> tuple[int, bytes] | None:
        """Return sequence and hash."""
        return self._rows.get(bot)

    def note(self, bot: str, sequence: int, digest: bytes) -> None:
        """Remember a row that is durable."""
        self._rows[bot] = sequence, digest
        self._noted.append(LedgerMark(bot, 0, sequence, digest.hex()))

    def noted_since(self) -> Sequence[LedgerMark]:
        """Return what was noted since the last call."""
        noted: list[LedgerMark] = []
        while self._noted:
            noted.append(self._noted.popleft())
        return noted

    def all(self) -> Mapping[tuple[str, int], LedgerMark]:
        """Return the marks by bot and shard, of which there is one."""
        rows = self._rows.copy().items()
        return {(bot, 0): LedgerMark(bot, 0, sequence, digest.hex()) for bot, (sequence, digest) in rows}

    def take(self, marks: Iterable[LedgerMark]) -> None:
        """Remember these in place of others of their bots. A hash of another kind of store fits no row."""
        for mark in marks:
            self._rows[mark.bot] = mark.sequence, bytes.fromhex(mark.hash)

    def forget(self, bot: str) -> None:
        self._rows.pop(bot, None)

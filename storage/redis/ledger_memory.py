"""The last rows of ledgers that this handle knows to be acknowledged. Scripts that append compare them."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from storage.continuity import NOTED, RaisingRefused, lacks_rows
from storage.ledger_loss import LedgerMark
from storage.redis.keys import Shard
from storage.redis.ledger_position import ledger_sequence, rows_up_to
from storage.redis.link import Word


class LedgerMemory:
    """One row of each shard. `shards`: how many a bot has."""

    def __init__(self, shards: int) -> None:
        self._shards = shards
        self._rows: dict[tuple[str, int], tuple[int, str]] = {}
        self._reason = ""
        self._guarded = False
        self.interruptions = 0
        self._noted: deque[LedgerMark] = deque(maxlen=NOTED)

    def words(self, shard: Shard, *, raising: bool) -> tuple[Word, Word, Word]:
        """Return what a script that appends to the ledger takes last. Raises RaisingRefused."""
        if raising and self._reason:
            raise RaisingRefused(self._reason)
        number, head = self._rows.get((shard.bot, shard.number), (0, ""))
        return number, head, int(raising)

    def note(self, shard: Shard, number: int, head: bytes) -> None:
        """Remember a row that was acknowledged; 0 is none."""
        if number > self._rows.get((shard.bot, shard.number), (0, ""))[0]:
            self._rows[shard.bot, shard.number] = number, head.decode()
            self._noted.append(mark_of(shard, number, head, self._shards))

    def noted(self, shard: Shard, answer: Sequence[object]) -> None:
        """Remember the row that a script's answer ends with. Raises RaisingRefused if it wrote nothing, for rows are
        missing.
        """
        if answer[0] == b"lost":
            raise lacks_rows(shard.bot)
        if answer[0] == b"ok":
            *_, number, head = answer
            assert isinstance(number, int)  # noqa: S101  # scripts say so
            assert isinstance(head, bytes)  # noqa: S101  # scripts say so
            self.note(shard, number, head)

    def interrupted(self) -> None:
        """A connection ended: what comes next may be another server, or one that lost something."""
        self.interruptions += 1
        if self._guarded:
            self._reason = self._reason or "the store was away, and is being compared with what is remembered of it"

    def hold(self, reason: str) -> None:
        """Refuse what raises consent; '' ends that. Whoever calls this looks after each interruption."""
        self._guarded = True
        self._reason = reason

    def noted_since(self) -> Sequence[LedgerMark]:
        """Return what was noted since the last call."""
        noted = list(self._noted)
        self._noted.clear()
        return noted

    def all(self) -> Mapping[tuple[str, int], LedgerMark]:
        """Return the marks by bot and shard."""
        return {
            (bot, shard): LedgerMark(bot, shard, (number - 1) * self._shards + shard + 1, head)
            for (bot, shard), (number, head) in self._rows.items()
        }

    def take(self, marks: Iterable[LedgerMark]) -> None:
        """Remember these in place of others of their shards."""
        for mark in marks:
            number, shard = divmod(mark.sequence - 1, self._shards)
            self._rows[mark.bot, shard] = number + 1, mark.hash

    def forget(self, bot: str, shard: int) -> None:
        self._rows.pop((bot, shard), None)


def mark_of(shard: Shard, number: int, head: bytes, shards: int) -> LedgerMark:
    """Return row `number` of a shard as a mark."""
    return LedgerMark(shard.bot, shard.number, ledger_sequence(number, shard, shards), head.decode())


def number_in(shard: Shard, sequence: int, shards: int) -> int:
    """Return the number, in its shard, of the row with a sequence."""
    return rows_up_to(sequence, shard, shards)

"""Whether a store still has what it acknowledged: rows that are remembered, losses that were found, and the store's id.

A *mark* is a ledger row that was acknowledged: its number and its hash. A store that lacks that row went back: somebody
restored an older copy, or the server behind it lost what it had confirmed. The store then refuses what raises consent
until `assent store accept-loss` puts on record what is missing; what lowers consent is still written, with numbers
above all that may have been given before.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

import msgspec

from consent.membership import raises
from messages.consent import ConsentChange
from messages.errors import EventDeferred, StoreError
from storage.records import DurabilityWarning, LedgerLoss, LedgerMark


class CopiedFrom(msgspec.Struct, frozen=True):
    """A store that this one continues, and how far its ledgers went when it was copied."""

    store: str
    """Its id."""
    heads: dict[str, dict[int, int]] = {}
    """The last sequence by bot and shard."""
    mark: int = 0
    """Its `StoreIdentity.mark` then."""

    def sequence(self, bot: str, shard: int) -> int:
        """Return up to where the rows of a shard were copied."""
        return self.heads.get(bot, {}).get(shard, 0)


class StoreIdentity(msgspec.Struct, frozen=True):
    """Which store this is, and of which ones it is a copy, the latest last."""

    id: str
    copied_from: tuple[CopiedFrom, ...] = ()
    mark: int = 0
    """Rises while people are pushed to, so that a store from before that is told from the one that it was."""

    def mark_of(self, store: str) -> int | None:
        """Return the mark up to which this store goes on from another one, or is it; None: it does not."""
        if store == self.id:
            return self.mark
        return next((each.mark for each in self.copied_from if each.store == store), None)


encode_copied_from = msgspec.json.Encoder().encode
decode_copied_from = msgspec.json.Decoder(tuple[CopiedFrom, ...]).decode


class RaisingRefused(StoreError, EventDeferred):
    """The store lacks rows that were acknowledged, or keeps less than it is said to: nothing may raise consent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)


NOTED: Final = 1_000
"""Acknowledged rows that are kept until somebody takes note of them."""

REMEDY: Final = "see what is missing with assent doctor, then accept it with assent store accept-loss"


def lacks_rows(bot: str) -> RaisingRefused:
    """Return the error of an act that raises consent where rows are missing."""
    return RaisingRefused(f"the store lacks rows of the ledger of {bot}, so nobody can be opted in or added: {REMEDY}")


def any_raises(changes: Iterable[ConsentChange]) -> bool:
    """Tell whether one of the changes raises consent."""
    return any(raises(change.before, change.after) for change in changes)


class LedgerMemory:
    """The last row of each shard that this handle knows to be acknowledged. Whatever appends compares them; the thread
    that writes notes them, the event loop's reads them.
    """

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int], LedgerMark] = {}
        self._noted: deque[LedgerMark] = deque(maxlen=NOTED)
        self.reason = ""
        """Why nothing may raise consent; empty when it may."""
        self.interruptions = 0

    def row(self, bot: str, shard: int = 0) -> LedgerMark | None:
        """Return what is remembered of a shard."""
        return self._rows.get((bot, shard))

    def note(self, mark: LedgerMark) -> None:
        """Remember a row that is durable."""
        self._rows[mark.bot, mark.shard] = mark
        self._noted.append(mark)

    def noted_since(self) -> Sequence[LedgerMark]:
        """Return what was noted since the last call."""
        noted: list[LedgerMark] = []
        while self._noted:
            noted.append(self._noted.popleft())
        return noted

    def all(self) -> Mapping[tuple[str, int], LedgerMark]:
        """Return the marks by bot and shard."""
        return self._rows.copy()

    def take(self, marks: Iterable[LedgerMark]) -> None:
        """Remember these in place of others of their shards. A hash of another kind of store fits no row."""
        self._rows.update(((mark.bot, mark.shard), mark) for mark in marks)

    def forget(self, bot: str, shard: int) -> None:
        self._rows.pop((bot, shard), None)

    def hold(self, reason: str) -> None:
        """Refuse what raises consent; '' ends that."""
        self.reason = reason

    def refuse_raising(self) -> None:
        """Raise RaisingRefused while nothing may raise consent."""
        if self.reason:
            raise RaisingRefused(self.reason)


class Remembering:
    """The part of `Continuity` that is the same in every store: what a handle remembers."""

    _memory: LedgerMemory

    @property
    def interruptions(self) -> int:
        return self._memory.interruptions

    def remembered(self) -> Mapping[tuple[str, int], LedgerMark]:
        return self._memory.all()

    def noted(self) -> Sequence[LedgerMark]:
        return self._memory.noted_since()

    def remember(self, marks: Iterable[LedgerMark]) -> None:
        self._memory.take(marks)

    def forget(self, bot: str, shard: int) -> None:
        self._memory.forget(bot, shard)

    def hold(self, reason: str) -> None:
        self._memory.hold(reason)


class Continuity(Protocol):
    """What a store tells of its own past."""

    async def identity(self) -> StoreIdentity: ...

    async def raise_mark(self, beyond: int) -> int:
        """Give the store's identity a higher mark than it has, and than `beyond`; return it, once it is durable."""
        ...

    async def become_copy_of(self, sources: Sequence[CopiedFrom]) -> None:
        """Note which stores this one continues."""
        ...

    @property
    def declared_loss(self) -> float:
        """Seconds of acknowledged writes that the store's address says may be lost; infinity: any."""
        ...

    @property
    def interruptions(self) -> int:
        """How often the store may have become another one: a connection ended, the file was replaced. Until `hold` is
        called after that, a store on a server writes nothing that raises consent.
        """
        ...

    async def look(self) -> None:
        """Notice an interruption that no read or write met yet. Raises StoreError."""
        ...

    def remembered(self) -> Mapping[tuple[str, int], LedgerMark]:
        """Return the last acknowledged row by bot and shard, as far as this handle knows."""
        ...

    def noted(self) -> Sequence[LedgerMark]:
        """Return the rows that were acknowledged to this handle since the last call; of very many the last."""
        ...

    def remember(self, marks: Iterable[LedgerMark]) -> None:
        """Take marks in place of those remembered of their bots and shards. Writes are compared with them."""
        ...

    def forget(self, bot: str, shard: int) -> None:
        """Remember no row of a shard."""
        ...

    def hold(self, reason: str) -> None:
        """Write nothing that raises consent, for this reason; '' ends that."""
        ...

    async def heads(self, bot: str) -> Sequence[LedgerMark]:
        """Return the last row of each shard that has any, once it is as durable as an acknowledged one."""
        ...

    async def all_heads(self) -> Sequence[LedgerMark]:
        """Return `heads` of all bots: one question, however many there are."""
        ...

    async def row_hash(self, bot: str, sequence: int) -> str | None:
        """Return the hash of a row; None when there is no such row."""
        ...

    async def is_there(self, mark: LedgerMark) -> bool:
        """Tell whether the store has this row, with this hash."""
        ...

    async def record_loss(self, mark: LedgerMark) -> LedgerLoss | None:
        """Put on record that a remembered row is missing; None when it is there, or was accepted as lost. From then on
        nothing that raises consent is written, and no number up to `reserved` is given.
        """
        ...

    async def losses(self, bot: str) -> Sequence[LedgerLoss]:
        """Return the losses that were found, accepted ones included, in order."""
        ...

    async def all_losses(self) -> Sequence[LedgerLoss]:
        """Return `losses` of all bots, bot by bot: one question, however many there are."""
        ...

    async def accept_loss(self, loss: LedgerLoss, at: datetime, by: str) -> None:
        """Close a loss: who accepted it, and when. Writes that raise consent are taken again."""
        ...

    async def broken_promises(self) -> Sequence[DurabilityWarning]:
        """Return in which ways the store keeps less on disk than its address says. Raises StoreError."""
        ...

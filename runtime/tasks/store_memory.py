"""Whether the store still has what it acknowledged: this server's memory of it, and what follows when it went back."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from messages.errors import StoreError
from runtime.clock import Clock, now, perf_counter
from runtime.metrics import Metrics
from runtime.push_delivery import hold_sending
from runtime.tasks.memory_file import (
    LedgerHistory,
    MemoryFile,
    PushMemory,
    Remembered,
    RememberedRow,
    memory_path,
    rows_about,
    store_address,
)
from storage.continuity import REMEDY, StoreIdentity
from storage.port import Store
from storage.records import RESERVED, AuditRow, LedgerLoss, LedgerMark

WENT_BACK: Final = "the store went back: who got what may be missing"
"""Why runs are held."""

log = structlog.get_logger("assent.store")

COMPARE_EVERY: Final = 2.0
"""Seconds between comparisons while nothing tells of trouble."""
_CHEAP: Final = 0.25
"""Seconds that a comparison may take to be made for every probe."""
_HEADS_EVERY: Final = timedelta(hours=1)
_MAX_REACH: Final = timedelta(days=1)
ACTOR: Final = "assent"
"""Who accepts a loss that the settings declare."""


class StoreMemory:
    """Remembers the last acknowledged row of each ledger, and compares it with the store.

    `rebuild` hears of a bot whose people and members may not be those that were read before. `begins_again`: a store
    that is not there any more is a new one (`--dev`). `address` is where the store is.
    """

    def __init__(
        self,
        store: Store,
        file: MemoryFile | None,
        *,
        address: str,
        clock: Clock,
        metrics: Metrics,
        rebuild: Callable[[], None] = lambda: None,
        begins_again: bool = False,
    ) -> None:
        self._store = store
        self._file = file
        self._address = address
        self._clock = clock
        self._metrics = metrics
        self._rebuild = rebuild
        self._begins_again = begins_again
        declared = store.declared_loss
        self._reach = _MAX_REACH if declared > _MAX_REACH.total_seconds() else timedelta(seconds=declared)
        self._anything_may_go = declared > _MAX_REACH.total_seconds()
        self._history: dict[tuple[str, int], LedgerHistory] = {}
        self._before: dict[tuple[str, int], LedgerHistory] = {}
        """Histories that ended with a loss that a write noticed, and nobody accepted."""
        self._identity = StoreIdentity("")
        self._remembered_id = ""
        self._compared = -1
        self._took = 0.0
        self._well_at: datetime | None = None
        self._losses: dict[tuple[str, str], LedgerLoss] = {}
        self._broken_promises = ""
        self._written: tuple[int, tuple[RememberedRow, ...]] | None = None
        self._pushes = PushMemory(store)
        self._heads_at: datetime | None = None
        self._lock = asyncio.Lock()

    # -- what others ask

    def acknowledged(self) -> None:
        """Remember the rows that were committed just now, before anybody is told."""
        marks = self._store.noted()
        if not marks:
            return
        now = self._clock()
        for mark in marks:
            self._add(mark, now)
        if self._file is not None:
            self._file.add([RememberedRow(mark, now) for mark in marks])

    def pushed(self, people: int) -> None:
        """Take in to how many people a commit pushes."""
        self._pushes.pushed = self._pushes.pushed or people > 0

    @property
    def problem(self) -> str:
        """What keeps people from being opted in or added, and pushes from going out; empty when nothing does."""
        return "; ".join([*map(str, self._open()), *([self._broken_promises] if self._broken_promises else [])])

    def _open(self, bot: str = "") -> list[LedgerLoss]:
        return [loss for loss in self._losses.values() if loss.is_open and bot in ("", loss.bot)]

    async def compare_now(self) -> None:
        """Compare for a probe, unless that takes long: then the last comparison has to do. Raises StoreError."""
        if self._took < _CHEAP or self._compared != self._store.interruptions:
            await self.compare()

    async def refusal(self, bot: str, *, look: bool = False) -> str:
        """Return why nothing may be pushed to people of a bot, or opt them in; empty when it may. Raises StoreError.

        The store is compared first if it was away since the last time, or if it is to `look` again anyway.
        """
        if look or self._compared != self._store.interruptions:
            await self.compare()
        lost = self._open(bot)
        return str(lost[0]) if lost else self._broken_promises

    # -- life

    async def begin(self) -> None:
        """Take up what the last run remembered, and compare. Raises StoreError."""
        self._identity = await self._store.identity()
        self._remembered_id = self._identity.id
        found = self._file.read() if self._file is not None else None
        if found is not None:
            self._take_up(found)
        await self.compare()

    def _take_up(self, found: Remembered) -> None:
        """Remember what the file holds, if it is about this store."""
        rows = rows_about(found, self._identity, self._address)
        if rows is not None:
            self._remembered_id = found.store
            self._pushes.take_up(found)
        if rows is None:
            log.info("what is remembered is about another store", remembered=found.address, store=self._address)
            return
        if rows and found.store != self._identity.id and self._begins_again:
            log.warning("the store begins again: the one that was here is gone", store=self._address)
            return
        for row in rows:
            self._of(row.mark).add(row.mark, row.at)
        self._store.remember(row.mark for row in rows)  # the last of a shard comes last

    async def run(self) -> None:
        """Compare and write until cancelled."""
        well = True
        while True:
            began = perf_counter()
            try:
                await self.compare()
                await self._log_heads()
                well = True
            except StoreError as error:
                if well:
                    log.warning("the store can't be compared with what is remembered of it", reason=str(error))
                well = False
            await asyncio.sleep(max(COMPARE_EVERY, 20 * (perf_counter() - began)))

    async def close(self) -> None:
        """Write what is remembered."""
        self._take_acknowledged()
        self._write()
        if self._file is not None:
            self._file.close()

    # -- comparing

    async def compare(self) -> None:
        """Look whether the remembered rows are there, and what else tells of a loss. Raises StoreError."""
        async with self._lock:
            began = perf_counter()
            await self._store.look()
            seen = self._store.interruptions
            was_away = self._compared not in (-1, seen)
            self._take_acknowledged()
            is_another = await self._is_another()
            heads = await self._store.all_heads()
            ends = {(head.bot, head.shard): head for head in heads}
            for key, mark in list(self._store.remembered().items()):
                if ends.get(key) != mark and not self._is_known(mark) and not await self._store.is_there(mark):
                    await self._missing(mark)
            await self._read_losses()
            self._take_heads(heads)
            await self._look_for_broken_promises()
            self._compared = seen
            self._well_at = self._clock()
            if seen == self._store.interruptions:
                self._store.hold(self._broken_promises)
            if was_away or is_another:
                self._rebuild()
            self._write()
            self._took = perf_counter() - began

    async def _is_another(self) -> bool:
        """Tell whether the store has another id than it had: it was emptied, or replaced, while this server ran."""
        now = await self._store.identity()
        before, self._identity = self._identity, now
        await self._pushes.compare(self._remembered_id, now, self._hold_sending)
        self._remembered_id = now.id
        if before.id == now.id:
            return False
        log.error("the store is another one than before: it was emptied or replaced", store=self._address)
        return True

    async def _hold_sending(self) -> None:
        await hold_sending(self._store, await self._store.all_bots(), self._clock(), WENT_BACK)

    def _is_known(self, mark: LedgerMark) -> bool:
        """Tell whether the row is on record as missing, and nobody accepted that."""
        return any(loss.first <= mark.sequence <= loss.last for loss in self._open(mark.bot))

    async def _missing(self, mark: LedgerMark) -> None:
        """Put a loss on record; one that the settings declare is accepted along with that."""
        declared = await self._is_declared(mark.bot, mark.shard, unknown=True)
        loss = await self._store.record_loss(mark)
        if loss is not None:
            await hold_sending(self._store, [mark.bot], self._clock(), WENT_BACK)
        if loss is not None and declared:
            await self._accept_declared(loss)
        if loss is None or declared:
            self._store.forget(mark.bot, mark.shard)
            self._history.pop((mark.bot, mark.shard), None)

    async def _is_declared(self, bot: str, shard: int, *, unknown: bool) -> bool:
        """Tell whether the settings say that what a shard lost may be lost: the last row that is older is there.

        `unknown`: what holds if no such row is remembered.
        """
        if self._anything_may_go:
            return True
        history = self._before.get((bot, shard)) or self._history.get((bot, shard))
        if not self._reach or history is None:
            return False
        if (last := history.last) is None:
            return unknown
        settled = history.settled(max(last.at, self._well_at or last.at) if unknown else last.at)
        return unknown if settled is None else await self._store.is_there(settled)

    async def _accept_declared(self, loss: LedgerLoss) -> None:
        at = self._clock()
        await self._store.accept_loss(loss, at, "settings")
        self._before.pop((loss.bot, loss.shard), None)
        detail = f"rows {loss.first} to {loss.last}, as the store's address declares"
        await self._store.add_audit(AuditRow(0, loss.bot, at, ACTOR, "accept_loss", "ledger", detail))
        log.error("acknowledged rows are missing, as the settings declare", **_facts(loss))

    async def _losses_of(self, bot: str, found: Sequence[LedgerLoss]) -> Sequence[LedgerLoss]:
        """Return the losses of a bot. One that is declared, and that a write noticed before this did, is accepted."""
        for loss in found:
            if loss.is_open and await self._is_declared(bot, loss.shard, unknown=False):
                await self._accept_declared(loss)
        return await self._store.losses(bot) if any(loss.is_open for loss in found) else found

    async def _read_losses(self) -> None:
        """Learn of losses that any server found, and of those that were accepted."""
        bots = {*await self._store.all_bots(), *(bot for bot, _ in self._store.remembered())}
        of_bots: defaultdict[str, list[LedgerLoss]] = defaultdict(list)
        for loss in await self._store.all_losses():
            of_bots[loss.bot].append(loss)
        rebuild = False
        for bot in sorted(bots):
            found = await self._losses_of(bot, of_bots[bot])
            for loss in found:
                known = self._losses.get((bot, loss.id))
                if known == loss:
                    continue
                self._losses[bot, loss.id] = loss
                rebuild = rebuild or known is None
                if loss.is_open:
                    log.error("the store went back: acknowledged rows are missing", **_facts(loss), remedy=REMEDY)
                elif known is not None:
                    self._before.pop((bot, loss.shard), None)
                    log.warning("a loss was accepted", **_facts(loss), by=loss.accepted_by)
            gone = {key for key in self._losses if key[0] == bot} - {(bot, loss.id) for loss in found}
            for key in gone:
                del self._losses[key]
            self._metrics.went_back.labels(bot).set(sum(loss.last - loss.first + 1 for loss in found if loss.is_open))
        if rebuild:
            self._rebuild()

    def _take_heads(self, heads: Sequence[LedgerMark]) -> None:
        """Remember rows that others wrote. Where rows are missing, the last one that is known is kept in mind."""
        remembered = self._store.remembered()
        for head in heads:
            known = remembered.get((head.bot, head.shard))
            if known is None or known.sequence < head.sequence:
                self._store.remember([head])
        self._take_acknowledged()

    async def _look_for_broken_promises(self) -> None:
        broken = "; ".join(warning.problem for warning in await self._store.broken_promises())
        if broken and broken != self._broken_promises:
            log.error("the store keeps less than its address says: nobody is opted in or added", reason=broken)
        elif self._broken_promises and not broken:
            log.info("the store keeps what its address says again")
        self._broken_promises = broken
        self._metrics.less_durable.set(1 if broken else 0)

    # -- remembering

    def _of(self, mark: LedgerMark) -> LedgerHistory:
        history = self._history.get((mark.bot, mark.shard))
        if history is None:
            history = self._history[mark.bot, mark.shard] = LedgerHistory(self._reach)
        return history

    def _add(self, mark: LedgerMark, at: datetime) -> None:
        """Take in that a row was acknowledged.

        Behind numbers that were left out for missing rows a history begins: what was lost is judged by the one before.
        """
        history = self._of(mark)
        last = history.last
        if last is not None and mark.sequence > last.mark.sequence + RESERVED:
            self._before[mark.bot, mark.shard] = history
            history = self._history[mark.bot, mark.shard] = LedgerHistory(self._reach)
        history.add(mark, at)

    def _take_acknowledged(self) -> None:
        now = self._clock()
        for mark in self._store.remembered().values():
            self._add(mark, now)

    def _write(self) -> None:
        rows = tuple(row for history in self._history.values() for row in history.ends())
        written = self._pushes.mark, rows
        if self._file is None or written == self._written or not self._identity.id:
            return
        self._file.write(self._identity.id, self._address, rows, self._pushes.mark)
        self._written = written

    async def _log_heads(self) -> None:
        """Put the end of each ledger into the log, where it proves later that nothing up to it was rewritten."""
        now = self._clock()
        if self._heads_at is not None and now - self._heads_at < _HEADS_EVERY:
            return
        self._heads_at = now
        for mark in self._store.remembered().values():
            log.info("ledger head", bot=mark.bot, sequence=mark.sequence, hash=mark.hash)


def memory_of(
    store: Store,
    url: str,
    setting: str,
    metrics: Metrics,
    rebuild: Callable[[], None] = lambda: None,
    *,
    begins_again: bool = False,
) -> StoreMemory:
    """Return the memory of the store at `url`; `setting` names the file, if not the usual one."""
    path = memory_path(url, setting)
    return StoreMemory(
        store,
        None if path is None else MemoryFile(path),
        address=store_address(url),
        clock=now,
        metrics=metrics,
        rebuild=rebuild,
        begins_again=begins_again,
    )


def _facts(loss: LedgerLoss) -> dict[str, object]:
    return {"bot": loss.bot, "first": loss.first, "last": loss.last, "hash": loss.hash}

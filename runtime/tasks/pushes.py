"""Takes the people of runs through their turns, and sends what is claimed, at the pace of each account.

A person's push needs a slot of its route and a place of its account before it is claimed, so that consent is fresh when
the request is written, and what a stop leaves under way is what is in a slot. Nothing grows with an audience: people
come in slices from the store, which hands each to one worker.
"""

import asyncio
import contextlib
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

import msgspec
import structlog

from adapters.port import Channel, TurnAnswer
from broadcasts.planning import Asked, ask_index, planned_clocks
from consent.pushes import may_push, retry_after
from filters.index.people import PeopleIndex
from messages.consent import Membership, SourceKind
from messages.errors import AssentError, ConversationBusy, RunStopped, StoreError
from messages.inbound import InboundEvent, PushDue
from messages.pushes import Deferral, PushState, RunState, SkipReason, reason_kind, reason_text
from runtime.clock import Clock
from runtime.delivery import Route, Sleep
from runtime.metrics import Metrics
from runtime.places import Places, limits_of
from runtime.push_delivery import ClaimedPush, PushSender, RunHealth
from runtime.push_events import address_of, event_of, facts_of, push_due, pushed_to
from runtime.tasks.schedules import change_run
from storage.addresses import Addresses, PushTarget
from storage.audience_port import Segments
from storage.audience_records import SegmentKind
from storage.pace import Pacing
from storage.port import Forms, Ledger, Turns
from storage.push_port import PUSHES, PushStore
from storage.push_records import PushedLately, PushRow, RunRecord, Slice
from storage.records import OutboxRow

log = structlog.get_logger("assent.pushes")

LEASE: Final = timedelta(seconds=10)
_RENEW = 3.0
"""Seconds after which the lease of a slice is renewed."""

_LONGEST_NAP = 1.0
_AFTER_TROUBLE = 1.0
_SLICES = 4
"""Slices that one worker has at once: so runs of one account take turns."""

_PEOPLE = 100
"""People that are looked up in one call."""

_KEPT_RUNS = 64
_FAULT_WAIT = timedelta(seconds=30)
_FIRST_REPLY, _LAST_REPLY = timedelta(seconds=2), timedelta(seconds=30)
_CAP_TIME = timedelta(hours=24)


class PusherStore(PushStore, Addresses, Turns, Segments, Pacing, Ledger, Forms, Protocol):
    """What pushing asks of the store."""


class _Run(NamedTuple):
    """What is known of a run while it is pushed."""

    record: RunRecord
    by_filter: bool
    """Whether its subject is a segment that is a filter."""
    zones: Mapping[int, str]
    """`broadcasts.planning.planned_clocks`."""
    health: RunHealth
    slots: asyncio.Semaphore


class Pusher:
    """Runs until cancelled. `close` waits for what is being sent."""

    def __init__(
        self,
        store: PusherStore,
        handle: Callable[[str, InboundEvent], Awaitable[TurnAnswer]],
        channels: Mapping[Route, Channel],
        *,
        worker: str,
        index_of: Callable[[str], Awaitable[PeopleIndex]],
        clock: Clock,
        monotonic: Callable[[], float],
        chance: Callable[[], float],
        metrics: Metrics,
        sleep: Sleep = asyncio.sleep,
        concurrency: int = 20,
        rate: float = 0.0,
        first_rate: float = 20.0,
        cap: int = 3,
        retry_gateway: bool = False,
        replies: Callable[[Sequence[OutboxRow]], None] = lambda _: None,
        failed: Callable[[Exception], None] = lambda _: None,
        idle: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._handle = handle
        self._worker = worker
        self._index_of = index_of
        self._clock = clock
        self._metrics = metrics
        self._sleep = sleep
        self._concurrency = concurrency
        self._rate = rate
        self._first_rate = first_rate
        self._cap = cap
        self._failed = failed
        self._idle = idle
        self.places = Places(store, monotonic=monotonic, sleep=sleep, chance=chance, metrics=metrics)
        self._sender = PushSender(
            store,
            channels,
            clock=clock,
            chance=chance,
            sleep=sleep,
            retry_gateway=retry_gateway,
            replies=replies,
            consent_age=metrics.push_consent_age.observe,
        )
        self._slots: defaultdict[Route, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(concurrency))
        self._claimed: dict[tuple[str, str, str], OutboxRow] = {}
        self._runs: OrderedDict[tuple[str, str], _Run] = OrderedDict()
        self._under_way: set[asyncio.Task[None]] = set()
        self._slices: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look again: a run was started or resumed."""
        self._wake.set()

    def claimed(self, rows: Sequence[OutboxRow]) -> Sequence[OutboxRow]:
        """Take what commits claimed out of rows; return the others, which are replies."""
        for row in rows:
            if row.message.push is not None:
                self._claimed[row.bot, row.message.push.run, row.contact] = row
        return [row for row in rows if row.message.push is None]

    async def run(self) -> None:
        """Push until cancelled."""
        try:
            well = True
            while True:
                self._wake.clear()
                try:
                    await self._sender.settle_lost()
                    if not await self._begin_slices():
                        self._idle()
                    await self._nap()
                    well = True
                except StoreError as error:
                    if well:
                        log.warning("pushes wait for the store", reason=str(error))
                    well = False
                    await self._sleep(_AFTER_TROUBLE)
        finally:
            for task in self._slices:
                task.cancel()
            await asyncio.gather(*self._slices, return_exceptions=True)

    @property
    def under_way(self) -> int:
        """How many pushes are being claimed or sent."""
        return len(self._under_way)

    async def close(self, grace: float) -> None:
        """Wait for at most `grace` seconds until what is being sent has ended."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=max(grace, 0.0))

    async def _nap(self) -> None:
        next_push = None if len(self._slices) >= _SLICES else await self._store.next_push()
        wait = _LONGEST_NAP
        if next_push is not None:
            wait = min(wait, max((next_push - self._clock()).total_seconds(), 0.02))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._wake.wait()

    async def _begin_slices(self) -> bool:
        """Take up slices while there is room, unless an older server is alive; tell whether any are under way."""
        while len(self._slices) < _SLICES and self._store.forms >= PUSHES:
            now = self._clock()
            piece = await self._store.take_slice(self._worker, now, now + LEASE)
            if piece is None:
                break
            task = asyncio.create_task(self._take(piece))
            self._slices.add(task)
            task.add_done_callback(self._ended)
        return bool(self._slices)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._slices.discard(task)
        self._wake.set()
        if task.cancelled() or not isinstance(error := task.exception(), Exception):
            return
        if isinstance(error, StoreError):
            log.warning("a slice of pushes waits for the store", reason=str(error))
        else:
            self._failed(error)

    async def _run_of(self, piece: Slice) -> _Run | None:
        key = piece.bot, piece.run
        if key not in self._runs:
            found = await self._store.run(piece.bot, piece.run)
            if found is None:
                return None
            subject = found[0].content.subject
            filters = {one.id for one in await self._store.segments(piece.bot) if one.kind is SegmentKind.FILTER}
            zones = planned_clocks(found[0])
            record, slots = _without_people(found[0]), asyncio.Semaphore(self._concurrency)
            self._runs[key] = _Run(record, subject in filters, zones, RunHealth(), slots)
            if len(self._runs) > _KEPT_RUNS:
                self._runs.popitem(last=False)
        self._runs.move_to_end(key)
        return self._runs[key]

    # -- a slice

    async def _take(self, piece: Slice) -> None:
        """Take the people of a slice through their turns. One that is left undone is another's after its lease."""
        run = await self._run_of(piece)
        if run is None:
            return
        taken = _Taken(piece, run)
        renewing = asyncio.create_task(self._renew(taken))
        try:
            for start in range(0, len(piece.numbers), _PEOPLE):
                await self._take_some(taken, piece.numbers[start : start + _PEOPLE])
                if taken.stopped:
                    return
            await self._store.end_slice(self._worker, piece)
        finally:
            renewing.cancel()

    async def _renew(self, taken: "_Taken") -> None:
        while not taken.stopped:
            await self._sleep(_RENEW)
            with contextlib.suppress(StoreError):
                kept = await self._store.renew_slice(self._worker, taken.piece, self._clock() + LEASE)
                taken.stopped = taken.stopped or ("" if kept else "it is another worker's, or its run was stopped")

    async def _take_some(self, taken: "_Taken", numbers: Sequence[int]) -> None:
        piece, content = taken.piece, taken.run.record.content
        targets = await self._store.push_targets(piece.bot, numbers, content.subject)
        since = self._clock() - _CAP_TIME
        lately = await self._store.pushed(piece.bot, numbers, taken.run.record.family, since)
        asked = ask_index(await self._index_of(piece.bot), content, self._clock()) if content.live else None
        pushing = [self._push(taken, target, lately.get(target.number), asked) for target in targets]
        for problem in await asyncio.gather(*pushing, return_exceptions=True):
            if isinstance(problem, BaseException):
                taken.stopped = taken.stopped or type(problem).__name__
                if not isinstance(problem, StoreError):
                    raise problem

    async def _push(
        self, taken: "_Taken", target: PushTarget, lately: PushedLately | None, asked: Asked | None
    ) -> None:
        """Take one person through their turn, and send what it claims."""
        address = None if target.is_gone else address_of(taken.run.record.content, target)
        if address is None:
            await self._skip(taken, target)
            return
        async with taken.run.slots:
            if taken.stopped:
                return
            content = taken.run.record.content
            cap = 0 if content.cap_exempt else self._cap
            facts = facts_of(
                target,
                address,
                lately,
                self._clock(),
                content=content,
                planned_by=taken.run.zones.get(taken.piece.bucket),
                occurrence=taken.run.record.occurrence,
                by_filter=taken.run.by_filter,
                cap=cap,
                asked=asked,
                used=await self._used(taken, target),
            )
            due = push_due(taken.piece, taken.run.record, target, facts)
            event = event_of(due, target, address)
            ahead = may_push(due, pushed_to(content.subject, target, address), self._clock())
            if ahead is not None:
                await self._through(taken, target, event, due)
                return
            async with self._slots[taken.piece.bot, address.reference.channel]:
                limits = limits_of(address.reference.channel, self._rate, self._first_rate)
                await self.places.wait(address.reference, limits)
                if not taken.stopped:
                    await self._through(taken, target, event, due)

    async def _used(self, taken: "_Taken", target: PushTarget) -> bool:
        """Tell whether an earlier attempt used up the consent, and nothing was said since: its row is the last one."""
        stands_on = target.subject
        if not taken.piece.attempts.get(target.number) or stands_on.membership is not Membership.NONE:
            return False
        rows = await self._store.ledger(taken.piece.bot, after=stands_on.row - 1, limit=1) if stands_on.row else ()
        return any(row.change.source is SourceKind.USED and row.change.detail == taken.piece.run for row in rows)

    async def _through(self, taken: "_Taken", target: PushTarget, event: InboundEvent, due: PushDue) -> None:
        """What is claimed is sent to its end, also when this worker stops meanwhile."""
        task = asyncio.create_task(self._held(taken, target, event, due))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        await asyncio.shield(task)

    async def _held(self, taken: "_Taken", target: PushTarget, event: InboundEvent, due: PushDue) -> None:
        key = taken.piece.bot, taken.piece.run, target.contact
        try:
            with self._sender.holding(key):
                await self._claim(taken, target, event, due)
        finally:
            self._claimed.pop(key, None)

    async def _claim(self, taken: "_Taken", target: PushTarget, event: InboundEvent, due: PushDue) -> None:
        bot = taken.piece.bot
        try:
            answer = await self._handle(bot, event)
        except RunStopped as stopped:
            taken.stopped = str(stopped)
            return
        except StoreError:
            raise
        except ConversationBusy:
            await self._defer(taken, target, Deferral.BUSY, retry_after(due.push.attempt, _FIRST_REPLY, _LAST_REPLY))
            return
        except AssentError as error:
            log.warning("push deferred", bot=bot, run=taken.piece.run, reason=str(error))
            await self._defer(taken, target, Deferral.PASSING_FAULT, _FAULT_WAIT)
            return
        row = self._claimed.pop((bot, taken.piece.run, target.contact), None)
        if row is not None:
            await self._send(taken, ClaimedPush(bot, event, due, row, row.queued_at))
        elif answer.skipped:
            await self._skip(taken, target)
        elif answer.seen and not await self._store.pushes(bot, run=taken.piece.run, contact=target.contact):
            await self._record(taken, target, PushState.SKIPPED, SkipReason.HAS_IT)

    async def _send(self, taken: "_Taken", claimed: ClaimedPush) -> None:
        channel = claimed.row.reference.channel
        self._metrics.push_wait.observe(max((claimed.at - claimed.push.due).total_seconds(), 0.0))
        end = await self._sender.send(claimed)
        self._metrics.pushes.inc(claimed.bot, channel, end.state.value, reason_kind(end.reason))
        if end.pause:
            await self.places.pause(claimed.row.reference, end.asked)
        if reason := taken.run.health.ended(end):
            taken.stopped = reason
            if await self._sender.runs(claimed.bot, claimed.push) and await change_run(
                self._store, taken.run.record, RunState.HELD, [RunState.RUNNING], self._clock(), reason
            ):
                log.error("run held", bot=claimed.bot, run=taken.piece.run, reason=reason)

    # -- without a turn

    async def _skip(self, taken: "_Taken", target: PushTarget) -> None:
        reason = reason_text(SkipReason.NO_ACCOUNT)
        if target.is_gone:
            merged = target.merged_into
            reason = reason_text(SkipReason.MERGED, merged) if merged else reason_text(SkipReason.ERASED)
        await self._record(taken, target, PushState.SKIPPED, reason)

    async def _defer(self, taken: "_Taken", target: PushTarget, why: Deferral, wait: timedelta) -> None:
        await self._record(taken, target, PushState.DEFERRED, why, self._clock() + wait)

    async def _record(
        self, taken: "_Taken", target: PushTarget, state: PushState, reason: str, until: datetime | None = None
    ) -> None:
        row = PushRow(
            run=taken.piece.run,
            contact=target.contact,
            state=state,
            reason=reason,
            due=taken.piece.due,
            until=until,
            subject=taken.run.record.content.subject,
        )
        if await self._store.record_push(taken.piece.bot, row):
            self._metrics.pushes.inc(taken.piece.bot, "", state.value, reason_kind(reason))


class _Taken:
    """A slice that is under way. `stopped`: why nothing more of it is begun."""

    def __init__(self, piece: Slice, run: _Run) -> None:
        self.piece = piece
        self.run = run
        self.stopped = ""


def _without_people(record: RunRecord) -> RunRecord:
    return msgspec.structs.replace(record, audience=b"", skipped={}, buckets=())

"""Begins runs when they are due, by the schedules of broadcasts, and ends those in which nobody waits any more.

Any server may do it, and several at once: a run is kept once for each occurrence of its broadcast, and the broadcast
says which occurrence was decided last, under its version.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

import msgspec
import structlog

from audiences.context import Context
from audiences.index_feed import Audiences
from broadcasts.planning import by_own_clock, frozen, is_planned_otherwise, moved_sooner, planned, schedule_of
from broadcasts.runs import ACTIVE
from flows.revision import Revision
from messages.consent import SourceKind
from messages.errors import AssentError, StaleVersion, StoreError
from messages.pushes import Deferral, PushState, RunState
from runtime.clock import Clock
from runtime.delivery import Sleep
from runtime.metrics import Metrics
from schedules.schedule import DueRun, Schedule, due_runs
from schedules.schedule import RunState as Decided
from schedules.wall_clock import read_local, tz_version
from staff.acting import Staff
from storage.port import Store
from storage.push_port import Runs
from storage.push_records import BroadcastRecord, Bucket, PushRow, RunRecord, RunStatus

log = structlog.get_logger("assent.schedules")

_LONGEST_NAP = 1.0
_PEOPLE: Final = 1_000
"""Who moved, and is brought forward before other runs are looked after."""
_AFTER_TROUBLE = 1.0
_SCHEDULER: Final = Staff("schedule", SourceKind.API)
_WATCHED: Final = (RunState.PLANNED, RunState.RUNNING, RunState.HELD)


class LiveFlows(Protocol):
    """Where the live flow of a bot is known."""

    def last_live(self, bot: str) -> Revision | None: ...


async def change_run(
    store: Runs, record: RunRecord, state: RunState, among: Sequence[RunState], at: datetime, reason: str = ""
) -> bool:
    """Bring a run on from some states; False where it is in none, or somebody waits in one that is to be finished."""
    try:
        await store.change_run(record.bot, record.id, state, among=among, at=at, by="assent", reason=reason)
    except StaleVersion:
        return False
    log.info("run changed", bot=record.bot, run=record.id, state=state.value, reason=reason)
    return True


class _Ahead(NamedTuple):
    """What of a run is not due yet, and whom of it was brought forward to when."""

    buckets: Sequence[Bucket]
    brought: dict[int, datetime]

    def after(self, now: datetime) -> "_Ahead":
        return self._replace(buckets=[each for each in self.buckets if each.due > now])


class RunKeeper:
    """Runs until cancelled. `begun` hears that people of a run are due."""

    def __init__(
        self,
        store: Store,
        flows: LiveFlows,
        audiences: Audiences,
        *,
        clock: Clock,
        metrics: Metrics,
        new_id: Callable[[], str],
        begun: Callable[[], None] = lambda: None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._store = store
        self._flows = flows
        self._audiences = audiences
        self._clock = clock
        self._metrics = metrics
        self._new_id = new_id
        self._begun = begun
        self._sleep = sleep
        self._wake = asyncio.Event()
        self._ahead: dict[tuple[str, str], _Ahead] = {}
        """Of runs by each person's own clock."""

    def wake(self) -> None:
        """Look again: nobody of a run is due any more."""
        self._wake.set()

    async def run(self) -> None:
        """Look after runs until cancelled."""
        well = True
        while True:
            self._wake.clear()
            try:
                for bot in await self._store.bots():
                    await self.look_after(bot)
                    await self.start_due(bot)
                well = True
            except StoreError as error:
                if well:
                    log.warning("runs wait for the store", reason=str(error))
                well = False
                await self._sleep(_AFTER_TROUBLE)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LONGEST_NAP):
                    await self._wake.wait()

    async def look_after(self, bot: str) -> None:
        """Begin planned runs whose time has come; end those in which nobody waits, or whose time is over."""
        now = self._clock()
        counts = dict.fromkeys(_WATCHED, 0)
        found = await self._store.runs(bot, states=_WATCHED)
        for record, status in found:
            counts[status.state] += 1
            if status.state is RunState.PLANNED and record.due <= now:
                await change_run(self._store, record, RunState.RUNNING, [RunState.PLANNED], now)
                self._begun()
            elif status.state is RunState.RUNNING:
                over = await change_run(self._store, record, RunState.FINISHED, [RunState.RUNNING], now)
                if not over and record.expires <= now:
                    over = await change_run(self._store, record, RunState.EXPIRED, [RunState.RUNNING], now)
                if not over and by_own_clock(record):
                    await self._regroup(record, now)
        running = {record.id for record, status in found if status.state is RunState.RUNNING}
        self._ahead = {key: ahead for key, ahead in self._ahead.items() if key[0] != bot or key[1] in running}
        for state, count in counts.items():
            self._metrics.runs.labels(bot, state.value).set(count)

    async def _regroup(self, record: RunRecord, now: datetime) -> None:
        """Bring people forward who moved to a zone where it is their time sooner than they were planned for.

        Whoever has to wait longer is put off when their turn comes.
        """
        key = record.bot, record.id
        if key not in self._ahead:
            whole = await self._store.run(*key)
            self._ahead[key] = _Ahead(whole[0].buckets if whole is not None else (), {})
            if is_planned_otherwise(record):
                detail = f"{record.broadcast}: time zones {record.time_zones} to {tz_version()}"
                await _SCHEDULER.record(self._store, record.bot, "plan_again", f"run {record.id}", now, detail)
                log.warning("planned again", bot=record.bot, run=record.id, about=detail)
        ahead = self._ahead[key] = self._ahead[key].after(now)
        if not ahead.buckets:
            return
        sooner = moved_sooner(await self._audiences.of(record.bot).catch_up(), record, ahead.buckets, now)
        new = {number: due for number, due in sooner.items() if ahead.brought.get(number) != due}
        for person in await self._store.people_numbered(record.bot, sorted(new)[:_PEOPLE]):
            due = new[person.number]
            ahead.brought[person.number] = due
            rows = await self._store.pushes(record.bot, run=record.id, contact=person.contact.id, limit=1)
            if rows and (rows[0].reason != Deferral.MOVED or (rows[0].until or due) <= due):
                continue
            row = PushRow(
                record.id, person.contact.id, PushState.DEFERRED, Deferral.MOVED, due=due, until=due,
                subject=record.content.subject,
            )  # fmt: skip
            await self._store.record_push(record.bot, row)
            self._begun()

    async def start_due(self, bot: str) -> None:
        """Make runs of the occurrences of a bot's schedules that came due; keep those that were missed."""
        for broadcast in await self._store.broadcasts(bot):
            if broadcast.schedule is None or broadcast.held:
                continue
            try:
                await self._start(broadcast, schedule_of(broadcast.schedule))
            except StaleVersion:
                log.info("schedule decided elsewhere", bot=bot, broadcast=broadcast.id)
            except StoreError:
                raise
            except AssentError as error:
                log.error("a schedule can't be read", bot=bot, broadcast=broadcast.id, reason=str(error))  # noqa: TRY400  # no fault of ours

    async def _start(self, broadcast: BroadcastRecord, schedule: Schedule) -> None:
        last = read_local(broadcast.last_occurrence) if broadcast.last_occurrence else None
        going = await self._going(broadcast)
        running = max((read_local(run.occurrence) for run, _ in going), default=None)
        queued = read_local(broadcast.queued_occurrence) if broadcast.queued_occurrence else None
        for due in due_runs(schedule, last, self._clock(), running=running, queued=queued):
            local = due.occurrence.local.isoformat()
            if due.state is Decided.QUEUED:
                broadcast = await self._store.save_broadcast(
                    msgspec.structs.replace(broadcast, last_occurrence=local, queued_occurrence=local)
                )
                continue
            runs = await self._decide(broadcast, schedule, due)
            if due.cancels_former and runs:
                for run, _ in going:
                    if run.occurrence != due.occurrence.key:  # decided before, by a server that got no further
                        await change_run(self._store, run, RunState.CANCELLED, ACTIVE, self._clock())
            decided = {"queued_occurrence": ""} if due.occurrence.local == queued else {"last_occurrence": local}
            broadcast = await self._store.save_broadcast(msgspec.structs.replace(broadcast, **decided))

    async def _going(self, broadcast: BroadcastRecord) -> Sequence[tuple[RunRecord, RunStatus]]:
        found = await self._store.runs(broadcast.bot, broadcast=broadcast.id, states=ACTIVE)
        return [(run, status) for run, status in found if not run.occurrence.startswith("now:")]

    async def _decide(self, broadcast: BroadcastRecord, schedule: Schedule, due: DueRun) -> bool:
        """Keep the run of an occurrence: under way, or missed, or overlapped; tell whether it is under way."""
        live = self._flows.last_live(broadcast.bot)
        state, reason = RunState(due.state.value), ""
        run: RunRecord | None = None
        if state is RunState.PLANNED and live is not None:
            audience = self._audiences.of(broadcast.bot)
            context = Context(
                self._store, broadcast.bot, live.bot, _SCHEDULER, self._clock(), read_index=audience.catch_up
            )
            try:
                grace = timedelta(seconds=schedule.catch_up)
                found = await planned(context, broadcast, due.occurrence.local, grace=grace)
                run = await frozen(context, broadcast, found, run=self._new_id(), occurrence=due.occurrence.key)
                state = RunState.RUNNING
            except StoreError:
                raise
            except AssentError as error:
                reason = str(error)
        elif state is RunState.PLANNED:
            reason = "the bot has no live flow"
        if run is None:
            state = RunState.MISSED if state is RunState.PLANNED else state
            run = self._empty(broadcast, due)
        kept = await self._store.add_run(run, state, reason=reason)
        if kept.id != run.id:
            return state is RunState.RUNNING
        detail = f"{broadcast.id} {run.occurrence}"
        await _SCHEDULER.record(self._store, run.bot, f"run_{state.value}", f"run {run.id}", self._clock(), detail)
        if state is RunState.RUNNING:
            self._begun()
        else:
            self._metrics.schedule_missed.inc(run.bot, state.value)
            log.warning("occurrence not sent", bot=run.bot, run=run.id, about=detail, state=state.value, reason=reason)
        return state is RunState.RUNNING

    def _empty(self, broadcast: BroadcastRecord, due: DueRun) -> RunRecord:
        """Return the run of an occurrence that nobody gets."""
        run = self._new_id()
        return RunRecord(
            bot=broadcast.bot,
            id=run,
            broadcast=broadcast.id,
            occurrence=due.occurrence.key,
            family=run,
            content=broadcast,
            created_at=self._clock(),
            created_by=_SCHEDULER.name,
            due=due.occurrence.due,
            expires=due.occurrence.last,
        )

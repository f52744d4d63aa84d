"""Sends committed replies: in order within a conversation, many conversations at once."""

import asyncio
import contextlib
import sys
from bisect import insort
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter

import structlog
from structlog.contextvars import bind_contextvars

from adapters.port import Channel
from messages.errors import OwnershipLost, StoreError
from messages.inbound import ConversationReference
from runtime.clock import Clock
from runtime.delivery import Deliverer, OutboxStore, RetryPolicy, RetrySchedule, Route, Sleep
from runtime.metrics import Metrics
from storage.records import OutboxRow

_NOWHERE = sys.maxsize


class Backlog:
    """Where to read on, page by page.

    Up to `max_held` rows that are left while a page is read are kept until it is, and come with it: among those of a
    conversation they may be earlier than what the page has, and if the page is the last, nothing is left to be read.
    """

    def __init__(self, max_held: int = 1000) -> None:
        self._max_held = max_held
        self._unread_from: int | None = None
        self._meanwhile: list[OutboxRow] | None = None

    @property
    def waits(self) -> bool:
        """Whether there may be rows that are in the store alone."""
        return self._unread_from is not None

    def leave(self, row: OutboxRow) -> None:
        """Leave a row in the store."""
        if self._meanwhile is None or len(self._meanwhile) >= self._max_held:
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


log = structlog.get_logger("assent.outbox")

_Lane = tuple[str, str]
"""Bot and conversation."""

_READ_AHEAD = 10_000
"""Rows that were read from the store, and that are remembered until their commit is heard of."""

_AFTER_TROUBLE = 1.0
_LONGEST_TROUBLE = 60.0
_MAX_FAULTS = 5
"""Unexpected errors in a row after which a reply is given up."""

_sequence = attrgetter("sequence")


class OutboxSender:
    """Delivers outbox rows at least once.

    Rows are handed over right after their commit (`add`), or by the store with the record of a delivery, and are read
    from the store at the start (`start`) and when this server took over those of another, for which the store is asked
    every `poll_interval` seconds. Of each bot and channel at most `max_held`, and a `page` more, are in memory; others
    are left in the store and read later, in order. So a channel that is down for hours neither fills the memory nor
    holds up another. `failed` hears of unexpected errors of its loops, which go on: by the name "outbox".
    """

    def __init__(
        self,
        store: OutboxStore,
        channels: Mapping[Route, Channel],
        *,
        clock: Clock,
        metrics: Metrics,
        chance: Callable[[], float],
        policy: RetryPolicy | None = None,
        sleep: Sleep = asyncio.sleep,
        concurrency: int = 200,
        max_held: int = 20_000,
        page: int = 1000,
        poll_interval: float = 1.0,
        failed: Callable[[str, Exception], None] = lambda _, __: None,
        left: Callable[[ConversationReference], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._sleep = sleep
        self._max_held = max_held
        self._page = page
        self._poll_interval = poll_interval
        self._failed = failed
        self._schedule = RetrySchedule(policy or RetryPolicy(), clock=clock, chance=chance, sleep=sleep)
        self._deliverer = Deliverer(
            store,
            channels,
            self._schedule,
            clock=clock,
            metrics=metrics,
            sleep=sleep,
            concurrency=concurrency,
            more=self._take,
            left=left,
        )
        self._lanes: dict[_Lane, deque[OutboxRow]] = {}
        self._tasks: dict[_Lane, asyncio.Task[None]] = {}
        self._accounts: defaultdict[Route, Account] = defaultdict(Account)
        self._unknown = Backlog()
        """Rows of a former process, or of another server: whose they are is not known before they are read."""
        self._read_ahead: dict[int, bool] = {}
        self._ended_meanwhile: set[int] | None = None
        """Rows that ended while a page is read, which may show them as they were before."""
        self._reading: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._let_go: set[_Lane] = set()
        self._stopping = False
        self._closing = False

    def start(self) -> None:
        """Go on with what a former process left. Rows added meanwhile come after it."""
        self._unknown.look_from(0)
        self._read_on()
        self._looking = asyncio.create_task(self._look())

    def add(self, rows: Sequence[OutboxRow]) -> None:
        """Take rows that were just committed."""
        if self._read_ahead:
            rows = [row for row in rows if not self._read_ahead.pop(row.sequence, False)]
        self._take(rows)

    @property
    def held(self) -> int:
        """How many rows are in memory."""
        return sum(len(account.held) for account in self._accounts.values())

    async def idle(self) -> None:
        """Return once nothing waits to be sent, neither in memory nor in the store."""
        await self._idle.wait()

    async def close(self, grace: float) -> None:
        """Send what waits for at most `grace` seconds; the rest stays pending in the store."""
        self._stopping = True
        if grace > 0 and not self._idle.is_set():
            self._let_go_of_what_waits(self._clock() + timedelta(seconds=grace))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace):
                    await self._idle.wait()
        self._closing = True
        left = len(self._lanes)
        tasks = [*self._tasks.values(), *(task for task in (self._reading, self._looking) if task)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if left:
            log.info("replies left for the next start", conversations=left)

    def _let_go_of_what_waits(self, deadline: datetime) -> None:
        """End lanes whose next attempt comes after the deadline, with what is still to come in them."""
        waiting = self._schedule.waiting
        for lane, rows in self._lanes.items():
            until = waiting.get(rows[0].sequence) if rows else None
            if until is not None and until > deadline:
                self._let_go.add(lane)
                self._tasks[lane].cancel()

    # -- lanes

    def _take(self, rows: Sequence[OutboxRow]) -> None:
        """Take rows into memory, or leave them in the store when there is no room, or when earlier ones are there."""
        if self._closing:
            return
        for row in rows:
            account = self._accounts[row.bot, row.reference.channel]
            if row.sequence in account.held or row.message.push is not None:
                continue
            if self._unknown.waits:
                self._unknown.leave(row)
            elif account.backlog.waits or len(account.held) >= self._max_held:
                account.backlog.leave(row)
            else:
                self._enqueue(row, account)

    def _enqueue(self, row: OutboxRow, account: Account) -> None:
        lane: _Lane = (row.bot, row.conversation)
        account.held.add(row.sequence)
        waiting = self._lanes.get(lane)
        if lane in self._let_go:
            return
        if waiting is None:
            self._idle.clear()
            self._lanes[lane] = deque((row,))
            self._tasks[lane] = asyncio.create_task(self._drain(lane))
        elif not waiting or waiting[-1].sequence < row.sequence:
            waiting.append(row)
        else:
            insort(waiting, row, lo=1, key=_sequence)  # the first is under way

    async def _drain(self, lane: _Lane) -> None:
        waiting = self._lanes[lane]
        logged = False
        faults = 0
        try:
            while waiting:
                try:
                    if faults:
                        faults = await self._after_fault(waiting, faults)
                    if not faults and not waiting:
                        break
                    await self._deliver_first(waiting)
                    faults = 0
                except OwnershipLost:
                    faults = 0
                    row = self._take_out(waiting, ended=False)
                    self._metrics.deliveries.inc(row.reference.channel, "taken_over")
                    if not logged:
                        log.info("replies taken over, or erased", bot=row.bot, conversation=row.conversation)
                    logged = True
                except Exception:  # the outermost boundary of a conversation's replies
                    faults += 1
                    row = waiting[0]
                    log.exception(
                        "sending a reply failed", bot=row.bot, conversation=row.conversation, sequence=row.sequence
                    )
                    self._metrics.attempts.inc(row.reference.channel, "fault")
        finally:
            del self._lanes[lane]
            del self._tasks[lane]
            self._look_whether_idle()

    async def _after_fault(self, waiting: deque[OutboxRow], faults: int) -> int:
        """Wait before the first row is tried again; one that fails again and again is given up, for those behind it.

        Return how many faults there were of the row that is the first now.
        """
        if faults % _MAX_FAULTS:
            await self._sleep(min(_AFTER_TROUBLE * 2.0**faults, _LONGEST_TROUBLE))
            return faults
        await self._deliverer.give_up(waiting[0], "a fault of Assent kept it from being sent; see the log")
        self._take_out(waiting)
        return 0

    async def _deliver_first(self, waiting: deque[OutboxRow]) -> None:
        ended = await self._deliverer.deliver(waiting[0])
        self._take_out(waiting)
        if ended.unreachable_since is not None:
            while waiting and waiting[0].queued_at <= ended.unreachable_since:
                await self._deliverer.give_up(waiting[0], ended.row.reason)
                self._take_out(waiting)

    def _take_out(self, waiting: deque[OutboxRow], *, ended: bool = True) -> OutboxRow:
        """Take the first row out of memory. One that has not ended may come back with the next page."""
        row = waiting.popleft()
        account = self._accounts[row.bot, row.reference.channel]
        account.held.discard(row.sequence)
        if ended and self._ended_meanwhile is not None:
            self._ended_meanwhile.add(row.sequence)
        if account.backlog.waits:
            self._read_on()
        return row

    def _look_whether_idle(self) -> None:
        if not self._lanes and not self._unknown.waits and not any(a.backlog.waits for a in self._accounts.values()):
            self._idle.set()

    # -- what is in the store alone

    async def _look(self) -> None:
        """Ask the store, from time to time, whether there are replies that this server does not know of."""
        bind_contextvars(task="outbox")
        well = True
        while True:
            await self._sleep(self._poll_interval)
            try:
                found = await self._store.take_over()
            except StoreError as error:
                if well:
                    log.warning("replies of other servers can't be looked for", reason=str(error))
                well = False
                continue
            except Exception as error:  # noqa: BLE001  # the outermost boundary of this task, which keeps the lease
                self._failed("outbox", error)
                continue
            well = True
            if found and not self._stopping:
                self._unknown.look_from(0)
                self._read_on()

    def _needing(self) -> tuple[Route | None, Backlog] | None:
        """Return a backlog that should be read on now, and whose it is."""
        if self._unknown.waits:
            return None, self._unknown
        for route, account in self._accounts.items():
            if account.backlog.waits and len(account.held) <= self._max_held // 2:
                return route, account.backlog
        return None

    def _read_on(self) -> None:
        """Begin to read what should be read now, unless that is under way."""
        if not self._closing and self._reading is None and self._needing() is not None:
            self._idle.clear()
            self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            fault = ""
            while (found := self._needing()) is not None:
                try:
                    await self._read_page(*found)
                    fault = ""
                except StoreError as error:
                    if str(error) != fault:
                        log.warning("the outbox can't be read", reason=str(error))
                    fault = str(error)
                    await self._sleep(_AFTER_TROUBLE)
                except Exception as error:  # noqa: BLE001  # the outermost boundary: what is not read is not sent
                    self._failed("outbox", error)
                    await self._sleep(_AFTER_TROUBLE)
        finally:
            self._reading = None
            self._look_whether_idle()

    async def _read_page(self, route: Route | None, backlog: Backlog) -> None:
        """Read a page of a backlog; `route` None: that of all routes."""
        start = backlog.begin()
        self._ended_meanwhile = ended = set[int]()
        try:
            page = await self._store.mine(after=start - 1, limit=self._page)
        except BaseException:
            backlog.fail(start)
            raise
        finally:
            self._ended_meanwhile = None
        for row in backlog.end(page, last=len(page) < self._page):
            owner = (row.bot, row.reference.channel)
            account = self._accounts[owner]
            if row.sequence in account.held or row.sequence in ended or row.message.push is not None:
                continue
            if route is None and (account.backlog.waits or len(account.held) >= self._max_held):
                account.backlog.leave(row)
            elif route in {None, owner}:
                self._remember(row)
                self._enqueue(row, account)

    def _remember(self, row: OutboxRow) -> None:
        """Keep in mind that a row was read, perhaps before its commit is heard of."""
        self._read_ahead[row.sequence] = True
        if len(self._read_ahead) > _READ_AHEAD:
            del self._read_ahead[next(iter(self._read_ahead))]

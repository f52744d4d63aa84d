"""Sends committed replies: in order within a conversation, many conversations at once."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from adapters.port import Channel
from messages.errors import StoreError
from runtime.backoff import RetryPolicy
from runtime.clock import Clock
from runtime.courier import Courier
from runtime.metrics import Metrics
from runtime.patience import Patience, Route, Sleep
from storage.port import Outbox as OutboxStore
from storage.records import OutboxRow

log = structlog.get_logger("assent.outbox")

_Lane = tuple[str, str]
"""Bot and conversation."""


@dataclass(slots=True)
class _Backlog:
    """What of the store is not in memory yet.

    Reading goes on at `unread_from`; None says that everything is in memory. `newest` is the last row that was left.
    `beyond` are rows after `unread_from` that are in memory all the same, or were.
    """

    unread_from: int | None = None
    newest: int = 0
    beyond: set[int] = field(default_factory=set)

    def leave(self, sequence: int, held: Collection[int]) -> None:
        """Leave a row in the store, while those of `held` are in memory."""
        self.newest = max(self.newest, sequence)
        if self.unread_from is None or sequence < self.unread_from:
            self.unread_from = sequence
            self.beyond.update(each for each in held if each > sequence)

    def is_read(self) -> None:
        """Everything is in memory."""
        self.unread_from = None
        self.beyond.clear()


@dataclass(slots=True)
class _Account:
    """One route: what of it is in memory, by sequence, and what is not. `read_to`: the last row read from the store."""

    held: set[int] = field(default_factory=set)
    backlog: _Backlog = field(default_factory=_Backlog)
    read_to: int = 0


class OutboxSender:
    """Delivers outbox rows at least once.

    Rows are handed over right after their commit (`add`), and read from the store at the start (`start`). Of each bot
    and channel at most `most`, and a `page` more, are in memory; further ones are left in the store and read later, in
    order. So a channel that is down for hours neither fills the memory nor holds up another.
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
        at_once: int = 200,
        most: int = 20_000,
        page: int = 1000,
    ) -> None:
        self._store = store
        self._clock = clock
        self._sleep = sleep
        self._most = most
        self._page = page
        self._patience = Patience(policy or RetryPolicy(), clock=clock, chance=chance, sleep=sleep)
        self._courier = Courier(
            store, channels, self._patience, clock=clock, metrics=metrics, sleep=sleep, at_once=at_once
        )
        self._lanes: dict[_Lane, deque[OutboxRow]] = {}
        self._tasks: dict[_Lane, asyncio.Task[None]] = {}
        self._accounts: defaultdict[Route, _Account] = defaultdict(_Account)
        self._before = _Backlog()
        """Rows of a former process: whose they are is not known before they are read."""
        self._reading: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False

    def start(self) -> None:
        """Go on with what a former process left. Rows added meanwhile come after it."""
        self._before.leave(0, ())
        self._read_on()

    def add(self, rows: Sequence[OutboxRow]) -> None:
        """Take rows that were just committed."""
        if self._closing:
            return
        for row in rows:
            account = self._accounts[row.bot, row.reference.channel]
            if row.sequence <= account.read_to:
                continue  # it was read from the store before its commit was heard of
            if self._before.unread_from is not None:
                self._before.leave(row.sequence, ())
            elif account.backlog.unread_from is not None or len(account.held) >= self._most:
                account.backlog.leave(row.sequence, account.held)
            else:
                self._enqueue(row, account)

    @property
    def held(self) -> int:
        """How many rows are in memory."""
        return sum(len(account.held) for account in self._accounts.values())

    async def idle(self) -> None:
        """Return once nothing waits to be sent, neither in memory nor in the store."""
        await self._idle.wait()

    async def close(self, grace: float) -> None:
        """Send what waits for at most `grace` seconds; the rest stays pending in the store."""
        if grace > 0 and not self._idle.is_set():
            self._let_go_of_what_rests(self._clock() + timedelta(seconds=grace))
            try:
                async with asyncio.timeout(grace):
                    await self._idle.wait()
            except TimeoutError:
                pass
        self._closing = True
        left = len(self._lanes)
        tasks = [*self._tasks.values(), *([self._reading] if self._reading else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if left:
            log.info("replies left for the next start", conversations=left)

    def _let_go_of_what_rests(self, deadline: datetime) -> None:
        """End lanes whose next attempt comes after the deadline."""
        resting = self._patience.resting
        for lane, rows in self._lanes.items():
            until = resting.get(rows[0].sequence) if rows else None
            if until is not None and until > deadline:
                self._tasks[lane].cancel()

    # -- lanes

    def _enqueue(self, row: OutboxRow, account: _Account) -> None:
        lane: _Lane = (row.bot, row.conversation)
        account.held.add(row.sequence)
        waiting = self._lanes.get(lane)
        if waiting is not None:
            waiting.append(row)
            return
        self._idle.clear()
        self._lanes[lane] = deque((row,))
        self._tasks[lane] = asyncio.create_task(self._drain(lane))

    async def _drain(self, lane: _Lane) -> None:
        waiting = self._lanes[lane]
        try:
            while waiting:
                row = waiting[0]
                ended = await self._courier.deliver(row)
                self._take_out(waiting)
                if ended.unreachable_since is not None:
                    while waiting and waiting[0].queued_at <= ended.unreachable_since:
                        await self._courier.give_up(waiting[0], ended.row.reason)
                        self._take_out(waiting)
        finally:
            del self._lanes[lane]
            del self._tasks[lane]
            self._look_whether_idle()

    def _take_out(self, waiting: deque[OutboxRow]) -> None:
        row = waiting.popleft()
        account = self._accounts[row.bot, row.reference.channel]
        account.held.discard(row.sequence)
        if account.backlog.unread_from is not None:
            self._read_on()

    def _look_whether_idle(self) -> None:
        if not self._lanes and not self._unread():
            self._idle.set()

    # -- what is in the store alone

    def _unread(self) -> list[_Backlog]:
        """Return the backlogs that there are, that of the former process first."""
        backlogs = [self._before, *(account.backlog for account in self._accounts.values())]
        return [backlog for backlog in backlogs if backlog.unread_from is not None]

    def _needing(self) -> tuple[Route | None, _Backlog] | None:
        """Return a backlog that should be read on now, and whose it is."""
        if self._before.unread_from is not None:
            return None, self._before
        for route, account in self._accounts.items():
            if account.backlog.unread_from is not None and len(account.held) <= self._most // 2:
                return route, account.backlog
        return None

    def _read_on(self) -> None:
        """Begin to read what should be read now, unless that is under way."""
        if not self._closing and self._reading is None and self._needing() is not None:
            self._idle.clear()
            self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            while (found := self._needing()) is not None:
                try:
                    await self._read_page(*found)
                except StoreError as error:
                    log.warning("the outbox can't be read", reason=str(error))
                    await self._sleep(1.0)
        finally:
            self._reading = None
            self._look_whether_idle()

    async def _read_page(self, route: Route | None, backlog: _Backlog) -> None:
        """Read a page of a backlog; `route` None: that of all routes.

        Once a page is not full, and nothing was left while it was read, the backlog is in memory.
        """
        newest = backlog.newest
        assert backlog.unread_from is not None  # noqa: S101  # `_needing` chose it for that
        page = await self._store.pending(after=backlog.unread_from - 1, limit=self._page)
        for row in page:
            owner = (row.bot, row.reference.channel)
            account = self._accounts[owner]
            if route is None and (account.backlog.unread_from is not None or len(account.held) >= self._most):
                account.backlog.leave(row.sequence, ())
            elif route in {None, owner} and row.sequence not in backlog.beyond:
                self._enqueue(row, account)
                account.read_to = row.sequence
        if page:
            backlog.unread_from = page[-1].sequence + 1
        if len(page) < self._page and backlog.newest == newest:
            backlog.is_read()

"""Brings `wait`s that are over back to their conversations."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from adapters.port import TurnAnswer
from messages.errors import AssentError
from messages.inbound import InboundEvent, Sender, TimerFired
from runtime.clock import Clock
from runtime.delivery import Sleep
from storage.port import Timers as TimerStore
from storage.records import DueTimer

log = structlog.get_logger("assent.timers")

_LONGEST_NAP = 30.0
_SHORTEST_NAP = 0.02
_AFTER_TROUBLE = 1.0
"""Seconds; for a timer that fails, each failure doubles them, up to the longest nap."""
_PAGE = 1000


class _Retry(NamedTuple):
    """A timer that failed: when it is tried again, after how many seconds, and why it failed."""

    at: datetime
    wait: float
    reason: str


def timer_event(due: DueTimer) -> InboundEvent:
    """Return the event of a timer. Its id is the timer's, so that it counts once."""
    return InboundEvent(
        event_id=f"timer:{due.timer}",
        reference=due.reference,
        sender=Sender(user=due.reference.user),
        action=TimerFired(timer=due.timer),
    )


class TimerRunner:
    """Sleeps until the next timer is due, or until `wake` is called because a nearer one was started.

    Where several servers see the same timer, its event counts once: those that come late find it seen. A timer whose
    turn fails is tried again later and later; the others are taken meanwhile. `failed` hears of its bot.
    """

    def __init__(
        self,
        store: TimerStore,
        handle: Callable[[str, InboundEvent], Awaitable[TurnAnswer]],
        clock: Clock,
        *,
        concurrency: int = 100,
        sleep: Sleep = asyncio.sleep,
        failed: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._handle = handle
        self._clock = clock
        self._sleep = sleep
        self._failed = failed
        self._well = True
        self._retries: dict[tuple[str, str], _Retry] = {}
        """By bot and timer."""
        self._wake = asyncio.Event()
        self._slots = asyncio.Semaphore(concurrency)

    def wake(self) -> None:
        """Look again: a timer was started."""
        self._wake.set()

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            self._wake.clear()
            began = self._clock()
            try:
                await self.fire_due()
                next_due = await self._store.next_timer(after=began)
            except AssentError as error:
                if self._well:
                    log.warning("timers wait for the store", reason=str(error))
                self._well = False
                await self._sleep(_AFTER_TROUBLE)
                continue
            self._well = True
            due = [retry.at for retry in self._retries.values()]
            if next_due is not None:
                due.append(next_due)
            await self._nap_until(min(due, default=None))

    async def _nap_until(self, due: datetime | None) -> None:
        nap = _LONGEST_NAP
        if due is not None:
            nap = min(nap, max((due - self._clock()).total_seconds(), _SHORTEST_NAP))
        try:
            async with asyncio.timeout(nap):
                await self._wake.wait()
        except TimeoutError:
            pass

    @property
    def faults(self) -> Mapping[str, str]:
        """Bots whose timers fail and are tried again: `timers of <bot>`, and why one of them failed."""
        return {f"timers of {bot}": retry.reason for (bot, _), retry in self._retries.items()}

    async def fire_due(self) -> bool:
        """Take every timer that is due through its turn, but for those that wait for another try; tell whether each
        that was tried was taken.
        """
        now = self._clock()
        failed: dict[str, list[str]] = {}
        tried_well, last = True, None
        seen: set[tuple[str, str]] = set()
        while True:
            due = await self._store.due_timers(now, _PAGE, after=last)
            seen |= {(timer.bot, timer.timer) for timer in due}
            ready = [timer for timer in due if not self._waits(timer, now)]
            for timer, reason in zip(ready, await asyncio.gather(*map(self._fire, ready)), strict=True):
                tried_well = tried_well and not reason
                if self._failed_first(timer, reason):
                    failed.setdefault(timer.bot, []).append(reason)
            if len(due) < _PAGE:
                break
            last = due[-1]
        self._retries = {key: retry for key, retry in self._retries.items() if key in seen}
        for bot, reasons in failed.items():
            log.warning("timers deferred", bot=bot, timers=len(reasons), reason=reasons[0])
        return tried_well

    def _waits(self, timer: DueTimer, now: datetime) -> bool:
        retry = self._retries.get((timer.bot, timer.timer))
        return retry is not None and retry.at > now

    def _failed_first(self, timer: DueTimer, reason: str) -> bool:
        """Keep in mind when a timer that failed is tried again; tell whether that is new."""
        key = (timer.bot, timer.timer)
        before = self._retries.pop(key, None)
        if not reason:
            return False
        self._failed(timer.bot)
        wait = min(before.wait * 2, _LONGEST_NAP) if before is not None else _AFTER_TROUBLE
        self._retries[key] = _Retry(self._clock() + timedelta(seconds=wait), wait, reason)
        return before is None

    async def _fire(self, timer: DueTimer) -> str:
        """Take a timer through its turn; return why it could not be, or nothing."""
        async with self._slots:
            try:
                await self._handle(timer.bot, timer_event(timer))
            except AssentError as error:
                return str(error)
            except Exception as error:  # the outermost boundary of a timer's turn: the others go on
                if (timer.bot, timer.timer) not in self._retries:
                    log.exception("a timer failed", bot=timer.bot, conversation=timer.conversation, timer=timer.timer)
                return type(error).__name__
            return ""

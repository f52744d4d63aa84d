"""Brings `wait`s that are over back to their conversations."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from adapters.port import TurnAnswer
from messages.errors import AssentError
from messages.inbound import InboundEvent, Sender, TimerFired
from runtime.clock import Clock
from storage.port import Timers as TimerStore
from storage.records import DueTimer

log = structlog.get_logger("assent.timers")

_LONGEST_NAP = 30.0
_SHORTEST_NAP = 0.02
_AFTER_TROUBLE = 1.0


def timer_event(due: DueTimer) -> InboundEvent:
    """Return the event of a timer. Its id is the timer's, so that it counts once."""
    return InboundEvent(
        event_id=f"timer:{due.timer}",
        reference=due.reference,
        sender=Sender(user=due.reference.user),
        action=TimerFired(timer=due.timer),
    )


class TimerRunner:
    """Sleeps until the next timer is due, or until `wake` is called because a nearer one was started."""

    def __init__(
        self,
        store: TimerStore,
        handle: Callable[[str, InboundEvent], Awaitable[TurnAnswer]],
        clock: Clock,
        *,
        at_once: int = 100,
    ) -> None:
        self._store = store
        self._handle = handle
        self._clock = clock
        self._wake = asyncio.Event()
        self._slots = asyncio.Semaphore(at_once)

    def wake(self) -> None:
        """Look again: a timer was started."""
        self._wake.set()

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            self._wake.clear()
            try:
                all_fired = await self.fire_due()
                next_due = await self._store.next_timer()
            except AssentError as error:
                log.warning("timers wait for the store", reason=str(error))
                await asyncio.sleep(_AFTER_TROUBLE)
                continue
            if not all_fired:
                await asyncio.sleep(_AFTER_TROUBLE)
                continue
            nap = _LONGEST_NAP
            if next_due is not None:
                nap = min(nap, max((next_due - self._clock()).total_seconds(), _SHORTEST_NAP))
            try:
                async with asyncio.timeout(nap):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def fire_due(self) -> bool:
        """Take every timer that is due through its turn; tell whether each was taken."""
        due = await self._store.due_timers(self._clock())
        return all(await asyncio.gather(*(self._fire(timer) for timer in due)))

    async def _fire(self, timer: DueTimer) -> bool:
        async with self._slots:
            try:
                await self._handle(timer.bot, timer_event(timer))
            except AssentError as error:
                log.warning("timer put off", bot=timer.bot, conversation=timer.conversation, reason=str(error))
                return False
            return True

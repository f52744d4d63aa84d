"""Brings `wait`s that are over back to their conversations."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from adapters.port import TurnAnswer
from messages.errors import AssentError
from messages.inbound import InboundEvent, Sender, TimerFired
from runtime.clock import Clock
from runtime.patience import Sleep
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
    """Sleeps until the next timer is due, or until `wake` is called because a nearer one was started.

    Where several servers see the same timer, its event counts once: those that come late find it seen.
    """

    def __init__(
        self,
        store: TimerStore,
        handle: Callable[[str, InboundEvent], Awaitable[TurnAnswer]],
        clock: Clock,
        *,
        at_once: int = 100,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._store = store
        self._handle = handle
        self._clock = clock
        self._sleep = sleep
        self._well = True
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
                if self._well:
                    log.warning("timers wait for the store", reason=str(error))
                self._well = False
                await self._sleep(_AFTER_TROUBLE)
                continue
            self._well = True
            if not all_fired:
                await self._sleep(_AFTER_TROUBLE)
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
        put_off = [reason for reason in await asyncio.gather(*(self._fire(timer) for timer in due)) if reason]
        if put_off:
            log.warning("timers put off", timers=len(put_off), reason=put_off[0])
        return not put_off

    async def _fire(self, timer: DueTimer) -> str:
        """Take a timer through its turn; return why it could not be, or nothing."""
        async with self._slots:
            try:
                await self._handle(timer.bot, timer_event(timer))
            except AssentError as error:
                return str(error)
            except Exception as error:  # the outermost boundary of a timer's turn: the others go on
                log.exception("a timer failed", bot=timer.bot, conversation=timer.conversation, timer=timer.timer)
                return repr(error)
            return ""

"""Does what turns left to be done after their commits: at least once, in the order of each lane, under the effect's id.

What comes of it is an `EffectDone`, which goes through a turn like any event; only then is the row taken away. A crash
before that does it once more, under the same id, and the second outcome is a seen event.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import structlog
from msgspec.structs import replace

from adapters.port import TurnAnswer
from messages.contact import FieldValue
from messages.errors import AssentError
from messages.inbound import EffectDone, InboundEvent, Sender
from runtime.clock import Clock
from runtime.delivery import Sleep
from runtime.metrics import Metrics
from storage.port import Store
from storage.work import Work, WorkState

log = structlog.get_logger("assent.effects")

LEASE: Final = timedelta(seconds=60)
"""For how long work that was taken is one server's; more than `LONGEST` and a turn."""
LONGEST: Final = 40.0
"""Seconds after which an attempt is broken off."""
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 3600.0
"""Seconds before the second attempt, and before any: each failure doubles them, less up to half by chance."""
_PAGE: Final = 100
_LOOK_EVERY: Final = 1.0
_SHORTEST_NAP: Final = 0.02


class TryAgain(Exception):  # what a kind says, not a fault
    """It was not done, and may be later. `after`: seconds to wait at least."""

    def __init__(self, reason: str, *, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


class GiveUp(Exception):  # as above
    """It can't be done, whenever it is tried."""


class DoesWork(Protocol):
    """Does one kind of effect. `effects` says how, `lasts` for how many attempts and how long after it was decided."""

    async def do(self, work: Work) -> Mapping[str, FieldValue] | None:
        """Do it under `work.id`; return what its run is to know of the outcome, None where nothing waits for it.

        Raises TryAgain and GiveUp, whose words are shown to staff.
        """
        ...

    def is_over(self, work: Work, now: datetime) -> bool:
        """Tell whether it is given up after an attempt that failed."""
        ...

    @property
    def has_outcome(self) -> bool:
        """Whether a run waits for it: then giving up is an outcome, else staff may have it done again."""
        ...


class EffectWorker:
    """Takes work by lease. `kinds` has what does each kind of effect: the one place that a new one is added to."""

    def __init__(
        self,
        store: Store,
        handle: Callable[[str, InboundEvent], Awaitable[TurnAnswer]],
        kinds: Mapping[type[Any], DoesWork],
        *,
        clock: Clock,
        chance: Callable[[], float],
        metrics: Metrics,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._store = store
        self._handle = handle
        self._kinds = kinds
        self._clock = clock
        self._chance = chance
        self._metrics = metrics
        self._sleep = sleep
        self._wake = asyncio.Event()
        self._well = True

    def wake(self) -> None:
        """Look again: work was left."""
        self._wake.set()

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            self._wake.clear()
            try:
                while await self.do_due():
                    pass
                due = await self._store.next_work()
            except AssentError as error:
                if self._well:
                    log.warning("effects wait for the store", reason=str(error))
                self._well = False
                await self._sleep(_LOOK_EVERY)
                continue
            self._well = True
            nap = _LOOK_EVERY if due is None else (due - self._clock()).total_seconds()
            try:
                async with asyncio.timeout(max(_SHORTEST_NAP, min(nap, _LOOK_EVERY))):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def do_due(self) -> int:
        """Do what is due, once each; return how much was taken."""
        now = self._clock()
        taken = await self._store.take_work(now, now + LEASE, limit=_PAGE)
        await asyncio.gather(*map(self._do, taken))
        return len(taken)

    async def _do(self, work: Work) -> None:
        """Try it once, and keep what came of it."""
        kind = self._kinds[type(work.effect)]
        try:
            async with asyncio.timeout(LONGEST):
                values = await kind.do(work)
        except GiveUp as error:
            await self._failed(work, kind, str(error), over=True)
        except (TryAgain, TimeoutError, AssentError) as error:
            reason = "timed out" if isinstance(error, TimeoutError) else str(error)
            after = error.after if isinstance(error, TryAgain) else 0.0
            await self._failed(work, kind, reason, over=kind.is_over(work, self._clock()), after=after)
        except Exception as error:  # the outermost boundary of an effect: the others go on
            log.exception("an effect failed", bot=work.bot, effect=work.id, kind=work.kind, turn=work.turn)
            await self._failed(work, kind, type(error).__name__, over=kind.is_over(work, self._clock()))
        else:
            await self._done(work, kind, values, "")

    async def _failed(self, work: Work, kind: DoesWork, reason: str, *, over: bool, after: float = 0.0) -> None:
        if over and kind.has_outcome:
            await self._done(work, kind, None, reason)
            return
        self._metrics.effects.inc(work.bot, work.kind, "dead" if over else "retry")
        if over:
            log.warning("an effect was given up", bot=work.bot, effect=work.id, kind=work.kind, reason=reason)
            await self._store.keep_work(replace(work, state=WorkState.DEAD, reason=reason))
            return
        await self._again(work, reason, after)

    async def _again(self, work: Work, reason: str, after: float) -> None:
        wait = min(_FIRST_WAIT * 2 ** min(work.attempts - 1, 20), _LONGEST_WAIT) * (1 - self._chance() / 2)
        due = self._clock() + timedelta(seconds=max(wait, after))
        await self._store.keep_work(replace(work, due=due, reason=reason))

    async def _done(self, work: Work, kind: DoesWork, values: Mapping[str, FieldValue] | None, fault: str) -> None:
        if kind.has_outcome and work.reference is not None:
            try:
                await self._handle(work.bot, outcome_event(work, values or {}, fault))
            except AssentError as error:
                await self._again(work, str(error), 0.0)
                return
        self._metrics.effects.inc(work.bot, work.kind, "fault" if fault else "done")
        await self._store.end_work(work)


def outcome_event(work: Work, values: Mapping[str, FieldValue], fault: str) -> InboundEvent:
    """Return the event of what came of an effect. Its id is the effect's, so that it counts once."""
    assert work.reference is not None  # noqa: S101  # the caller looked
    return InboundEvent(
        event_id=f"effect:{work.id}",
        reference=work.reference,
        sender=Sender(user=work.reference.user),
        action=EffectDone(work.id, values, fault),
    )

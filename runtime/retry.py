"""When a reply that was not taken is tried again, and when it is given up."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import structlog

from messages.errors import Ambiguous, DeliveryError, RateLimited
from runtime.clock import Clock
from storage.records import OutboxRow


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential backoff with full jitter, as the channels ask for; all times in seconds.

    `max_attempts` and `max_age` end it. `max_ambiguous` bounds how often a message may be repeated that the channel
    may have shown already: Teams' send call has no idempotency key, so each such repeat may be seen twice.
    """

    first: float = 0.5
    longest: float = 300.0
    max_attempts: int = 50
    max_age: float = 86_400.0
    max_ambiguous: int = 2

    def delay(self, attempts: int, chance: float, asked: float | None = None) -> float:
        """Return how long to wait after the n-th failed attempt. `asked` is the channel's Retry-After: the least."""
        grown = min(self.longest, self.first * 2.0 ** min(attempts, 30)) * chance
        if asked is None:
            return grown
        return asked + min(grown, 1.0)


log = structlog.get_logger("assent.outbox")

Route = tuple[str, str]
"""Bot and channel: the account that a reply leaves from."""

Sleep = Callable[[float], Awaitable[None]]


class RetrySchedule:
    """Rows wait until their next attempt is due; a limit that holds for a whole route lets the whole route wait."""

    def __init__(self, policy: RetryPolicy, *, clock: Clock, chance: Callable[[], float], sleep: Sleep) -> None:
        self._policy = policy
        self._clock = clock
        self._chance = chance
        self._sleep = sleep
        self._paused_until: dict[Route, datetime] = {}
        self.waiting: dict[int, datetime] = {}
        """Until when rows wait, by sequence."""

    async def wait_until_due(self, row: OutboxRow, route: Route) -> None:
        """Return once the row is due."""
        if row.next_attempt_at is None and route not in self._paused_until:
            return
        try:
            while (wait := max(self._wait_of(row), self.pause_of(route))) > 0:
                self.waiting[row.sequence] = self._clock() + timedelta(seconds=wait)
                await self._sleep(wait)
        finally:
            self.waiting.pop(row.sequence, None)

    def postponed(self, row: OutboxRow, error: DeliveryError) -> OutboxRow:
        """Return the row after an attempt that failed, with the time of the next."""
        asked = error.retry_after if isinstance(error, RateLimited) else None
        attempts = row.attempts + 1
        wait = timedelta(seconds=self._policy.delay(attempts, self._chance(), asked))
        return msgspec.structs.replace(
            row,
            attempts=attempts,
            reason=error.reason,
            ambiguous=row.ambiguous or isinstance(error, Ambiguous),
            next_attempt_at=self._clock() + wait,
        )

    def why_give_up(self, row: OutboxRow, error: DeliveryError, unsure: int) -> str:
        """Return why no further attempt is made, or nothing. `unsure`: sends of this payload that may have arrived."""
        policy = self._policy
        if row.attempts >= policy.max_attempts:
            return f"given up after {row.attempts} attempts: {error.reason}"
        if (self._clock() - row.queued_at).total_seconds() >= policy.max_age:
            return f"given up after {policy.max_age / 3600:.0f} hours: {error.reason}"
        if isinstance(error, Ambiguous) and unsure >= policy.max_ambiguous:
            return f"may have been delivered; not repeated again: {error.reason}"
        return ""

    def pause(self, route: Route, until: datetime | None) -> None:
        """Let the whole route wait."""
        before = self._paused_until.get(route)
        if until is not None and (before is None or until > before):
            self._paused_until[route] = until
            log.warning("channel paused", bot=route[0], channel=route[1], until=until.isoformat())

    def pause_of(self, route: Route) -> float:
        """How long the route waits still. Those that it held up don't all begin in the same moment."""
        until = self._paused_until.get(route)
        if until is None:
            return 0.0
        left = (until - self._clock()).total_seconds()
        if left <= 0:
            self._paused_until.pop(route, None)
            return 0.0
        return left + self._chance() * min(left, 1.0)

    def _wait_of(self, row: OutboxRow) -> float:
        return 0.0 if row.next_attempt_at is None else (row.next_attempt_at - self._clock()).total_seconds()

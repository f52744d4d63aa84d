"""Keeping to the rate limits of a service that is asked who people are."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from messages.errors import RateLimited

LONGEST_WAIT: Final = 30.0
"""Seconds. Who would wait longer for a place is told so, and may come again."""

_GRAIN: Final = 1e-6
"""Seconds that nobody sleeps for: sums of steps are not exact."""


class Pace:
    """Lets calls through in order: `burst` at once, then `per_second` on average (a token bucket, by reservation).

    Within any `t` seconds there are at most `burst + per_second * t`, so one pace stays under several windows at once.
    """

    def __init__(
        self,
        per_second: float,
        burst: int,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._step = 1 / per_second
        self._ahead = (burst - 1) * self._step
        self._monotonic = monotonic
        self._sleep = sleep
        self._due = float("-inf")
        """When the next call would be due, were there no bursts."""
        self._closed_until = float("-inf")

    async def wait(self) -> None:
        """Return when a call may be made. Raises RateLimited when that is too long to wait for; no place is taken."""
        now = self._monotonic()
        due = max(self._due, now)
        at = max(due - self._ahead, self._closed_until)
        if at - now > LONGEST_WAIT:
            raise RateLimited("the directory is asked as often as it allows", at - now, everywhere=True)
        self._due = due + self._step
        while (left := max(at, self._closed_until) - self._monotonic()) > _GRAIN:
            await self._sleep(left)

    def pause(self, seconds: float) -> None:
        """Let nobody through for a while, those that wait already included: the service asked for it."""
        self._closed_until = max(self._closed_until, self._monotonic() + seconds)

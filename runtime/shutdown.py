"""How a server stops: step by step, within a set time, whatever hangs."""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger("assent.server")

LEAST = 0.4
"""Seconds that a step has when the grace is over."""

HAND_OVER = 1.5
"""Seconds to give back to a slow store what this server holds."""

MARGIN = 5.0
"""Seconds after the grace at which the process ends in any case."""


class Shutdown:
    """The time that a server has to stop, from `begin` on."""

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._deadline: float | None = None

    def begin(self) -> None:
        """The server stops from now on."""
        self._deadline = asyncio.get_running_loop().time() + self._grace

    @property
    def left(self) -> float:
        """Seconds of the grace that are left."""
        if self._deadline is None:
            return self._grace
        return max(self._deadline - asyncio.get_running_loop().time(), 0.0)

    async def step(self, what: str, end: Callable[[], Awaitable[object]], least: float = LEAST) -> None:
        """End something, in the time that is left and `least` seconds more."""
        try:
            async with asyncio.timeout(self.left + least):
                await end()
        except TimeoutError:
            log.warning("did not end in time", what=what)


def end_at_last(seconds: float) -> None:
    """End the process after so many seconds, unless it has ended by then.

    A thread that hangs, on a disk that does not answer, would keep Python from ending. Nothing is lost by it: what was
    promised is in the store, as after a crash.
    """

    def end() -> None:
        log.error("ended by force: something hangs", after=seconds)
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()

"""The supervisor of what runs beside the turns: timers, the index, imports, cleanup.

One unexpected error ends no task for good: it is logged and counted, and the task starts again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import structlog
from structlog.contextvars import bind_contextvars

from runtime.metrics import Metrics

log = structlog.get_logger("assent.background")

FIRST: Final = 1.0
LONGEST: Final = 60.0
"""Seconds before the first restart, and before any: each failure in a row doubles them."""

Run = Callable[[], Awaitable[None]]
"""What a task does until it is cancelled. It can be called again after it failed."""


class Background:
    """Runs tasks until `close`, each restarted after an error of its own while the others go on.

    `sleep` waits for seconds; `monotonic` is a clock in seconds that never goes back.
    """

    def __init__(
        self,
        metrics: Metrics,
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._metrics = metrics
        self._monotonic = monotonic
        self._sleep = sleep
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._failures: dict[str, tuple[float, str]] = {}
        """By name of a task: when its last failure is forgotten, and what it was."""

    def start(self, name: str, run: Run) -> None:
        """Start a task. Raises ValueError when one of that name runs already."""
        if name in self._tasks:
            raise ValueError(f"{name} runs already")
        self._tasks[name] = asyncio.create_task(self._supervise(name, run), name=name)

    @property
    def degraded(self) -> Mapping[str, str]:
        """Tasks that failed lately, and what happened: the kind of error, without its words."""
        now = self._monotonic()
        return {name: problem for name, (until, problem) in self._failures.items() if now < until}

    @property
    def names(self) -> Sequence[str]:
        """All tasks that run."""
        return tuple(self._tasks)

    def note(self, name: str, error: Exception) -> None:
        """Take note of an error that a task survived by itself: it is counted, told, and logged if it is new."""
        if self.degraded.get(name) != (problem := _kind(error)):
            log.error("background task failed", task=name, exc_info=error)
        self._failed(name, problem, LONGEST)

    async def close(self) -> None:
        """End all tasks."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()

    async def _supervise(self, name: str, run: Run) -> None:
        bind_contextvars(task=name)
        wait = FIRST
        while True:
            began = self._monotonic()
            try:
                await run()
                problem = "ended"
                log.error("background task ended", task=name, retry_in=wait)
            except Exception as error:  # the outermost boundary of a task
                problem = _kind(error)
                log.exception("background task failed", task=name, retry_in=wait)
            now = self._monotonic()
            if now - began > LONGEST:
                wait = FIRST
            self._failed(name, problem, wait + LONGEST)
            await self._sleep(wait)
            wait = min(wait * 2, LONGEST)

    def _failed(self, name: str, problem: str, seconds: float) -> None:
        self._metrics.background.inc(name.partition(" ")[0])
        self._failures[name] = self._monotonic() + seconds, problem


def _kind(error: BaseException) -> str:
    """Return the kind of an error; of a group, that of the first in it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return type(error).__name__

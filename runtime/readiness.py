"""Whether a turn could be committed now, for `/readyz`: tried, not guessed, and not by every probe."""

import asyncio
from collections.abc import Callable
from typing import Final

from messages.errors import StoreError, UnreadableRecord
from storage.continuity import RaisingRefused
from storage.port import Store

EVERY: Final = 5.0
"""Seconds between trials."""
_REMEMBERED: Final = 60.0
"""Seconds that a turn is told of that the store failed although a trial went well."""

_LASTING: Final = 2
"""Trials that go well although turns failed, after which that is no passing trouble."""

_OF_ONE_PERSON: Final = (RaisingRefused, UnreadableRecord)
"""Refusals that say nothing about other turns."""


class Readiness:
    """Tries what a turn does, at most every `every` seconds; whoever asks meanwhile gets what came of the last trial.

    `monotonic` is a clock in seconds that never goes back.
    """

    def __init__(self, store: Store, *, monotonic: Callable[[], float], every: float = EVERY) -> None:
        self._store = store
        self._monotonic = monotonic
        self.every = every
        self._trial: asyncio.Task[str] | None = None
        self._tried_at = 0.0
        self._failed_at = 0.0
        self._failure = ""
        self._failed_since = False
        """Whether the store failed a turn since the last trial."""
        self._well_in_vain = 0
        """Trials in a row that went well although turns had failed before each."""

    async def problem(self) -> str:
        """Return why no turn can be committed; empty when one can."""
        trial = self._trial
        if trial is None or (trial.done() and self._monotonic() - self._tried_at >= self.every):
            trial = self._trial = asyncio.create_task(self._tried())
        return await asyncio.shield(trial)

    @property
    def degraded(self) -> dict[str, str]:
        """Why turns go on failing although others can be committed; empty after a trouble that is over."""
        if self._well_in_vain < _LASTING or self._monotonic() - self._failed_at >= _REMEMBERED:
            return {}
        return {"turns": self._failure}

    def turn_failed(self, error: StoreError) -> None:
        """Hear that the store failed a turn."""
        if not isinstance(error, _OF_ONE_PERSON):
            self._failed_at, self._failure, self._failed_since = self._monotonic(), str(error), True

    async def close(self) -> None:
        """Give up a trial under way."""
        if self._trial is not None:
            self._trial.cancel()
            await asyncio.gather(self._trial, return_exceptions=True)

    async def _tried(self) -> str:
        failed, self._failed_since = self._failed_since, False
        try:
            await self._store.try_turn()
        except StoreError as error:
            self._well_in_vain = 0
            return str(error)
        finally:
            self._tried_at = self._monotonic()
        self._well_in_vain = self._well_in_vain + 1 if failed else 0
        return ""

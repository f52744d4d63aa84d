"""Forgets what is kept for a while only: `runtime/retention.py` says what, and which setting says how long."""

import asyncio
from collections.abc import Sequence

import structlog

from config.settings import Settings
from messages.errors import StoreError
from runtime.clock import Clock
from runtime.retention import RETENTION, Kept
from storage.port import Store

log = structlog.get_logger("assent.upkeep")

EVERY = 3600.0
"""Seconds between two times; also before the first, so that a start is quick."""


class Upkeep:
    """Keeps the store from growing by what nobody asks for any more. The ledger stays."""

    def __init__(self, store: Store, clock: Clock, settings: Settings, table: Sequence[Kept] = RETENTION) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._table = table

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            await self.once()

    async def once(self) -> None:
        """Forget what is old enough. Where one kind fails, the others are cleaned before that is raised."""
        now = self._clock()
        gone: dict[str, int] = {}
        unexpected: list[Exception] = []
        for kept in self._table:
            amount = kept.amount(self._settings)
            if kept.cleaner is None or not amount:
                continue
            try:
                gone[kept.name] = await kept.cleaner(self._store, now, amount)
            except StoreError as error:
                log.warning("cleanup skipped", what=kept.name, reason=str(error))
            except Exception as error:  # noqa: BLE001  # raised below
                unexpected.append(error)
        if any(gone.values()):
            log.info("pruned", rows={name: count for name, count in gone.items() if count})
        if unexpected:
            raise ExceptionGroup("cleanup", unexpected)

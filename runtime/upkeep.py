"""Forgets what is kept for a while only: ids of events, and replies that were delivered."""

import asyncio
from datetime import timedelta

import structlog

from messages.errors import StoreError
from runtime.clock import Clock
from storage.port import Store

log = structlog.get_logger("assent.upkeep")

EVERY = 3600.0
"""Seconds between two times; also before the first, so that a start is quick."""


class Upkeep:
    """Keeps the store from growing by what nobody asks for any more. The journal and the ledger stay."""

    def __init__(self, store: Store, clock: Clock, keep: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._keep = keep

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.once()
            except StoreError as error:
                log.warning("upkeep put off", reason=str(error))

    async def once(self) -> None:
        """Forget what is old enough."""
        gone = await self._store.prune(self._clock(), self._keep)
        if gone.seen_events or gone.deliveries:
            log.info("forgotten", event_ids=gone.seen_events, delivered_replies=gone.deliveries)

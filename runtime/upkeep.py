"""Forgets what is kept for a while only: ids of events, replies that were delivered, old turns."""

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
    """Keeps the store from growing by what nobody asks for any more. The ledger stays.

    `keep`: for the ids of events and for delivered replies. `keep_turns` and `keep_bytes`: for the journal; None: all.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        keep: timedelta,
        *,
        keep_turns: timedelta | None = None,
        keep_bytes: int | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._keep = keep
        self._keep_turns = keep_turns
        self._keep_bytes = keep_bytes

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
        now = self._clock()
        gone = await self._store.prune(now, self._keep)
        turns = 0
        if self._keep_turns is not None or self._keep_bytes is not None:
            before = now - self._keep_turns if self._keep_turns is not None else None
            turns = await self._store.prune_journal(before=before, keep_bytes=self._keep_bytes)
        if gone.seen_events or gone.deliveries or turns:
            log.info("forgotten", event_ids=gone.seen_events, delivered_replies=gone.deliveries, turns=turns)


def upkeep_of(store: Store, clock: Clock, keep_days: int, turn_days: int, turn_mb: int) -> Upkeep:
    """Return the upkeep that the settings ask for; 0 days or megabytes of turns: all."""
    return Upkeep(
        store,
        clock,
        timedelta(days=keep_days),
        keep_turns=timedelta(days=turn_days) if turn_days else None,
        keep_bytes=turn_mb * 1_000_000 if turn_mb else None,
    )

"""Who is in which segment, as this process has learnt it from the ledger."""

import asyncio
from collections.abc import Iterable

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from messages.errors import StoreError
from segments.index import SegmentIndex
from storage.ledger_page import LedgerPosition
from storage.port import Ledger

log = structlog.get_logger("assent.audience")

PAGE = 2_000
"""Rows taken in at once. More would hold up turns."""
_WAIT = 30.0
"""Seconds that one read waits for rows."""
_AFTER_TROUBLE = 1.0


class Audience:
    """The segments of one bot."""

    def __init__(self, store: Ledger, bot: str, *, page: int = PAGE) -> None:
        self.bot = bot
        self.index = SegmentIndex()
        """What was taken in so far. Another one once the store has told how many shards there are."""
        self._store = store
        self._page = page
        self._position: LedgerPosition = ()

    async def catch_up(self) -> SegmentIndex:
        """Take in all that was committed before, and return the index. Raises StoreError."""
        while await self.follow(wait=0.0):
            pass
        return self.index

    async def follow(self, *, wait: float) -> bool:
        """Take in the next rows, as soon as there are any within `wait` seconds. Raises StoreError.

        Tells whether more of them may be there already. Any number of tasks may do so at once: rows count once.
        """
        asked = self._position
        page = await self._store.follow_ledger(self.bot, asked, limit=self._page, wait=wait)
        if not self._position:
            self.index = SegmentIndex(len(page.position))
        self.index.feed(page.rows)
        if self._position == asked:
            self._position = page.position
        return page.more

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            try:
                await self.follow(wait=_WAIT)
            except StoreError as error:
                log.warning("members of segments wait for the store", bot=self.bot, reason=str(error))
                await asyncio.sleep(_AFTER_TROUBLE)


class Audiences(Collector):
    """The audiences of all bots of a server, and what Prometheus asks of them."""

    def __init__(self, store: Ledger, registry: CollectorRegistry) -> None:
        self._store = store
        self._of_bot: dict[str, Audience] = {}
        self._added: asyncio.Queue[Audience] = asyncio.Queue()
        registry.register(self)

    def add(self, bot: str) -> None:
        """Follow one more bot, from when `run` runs."""
        audience = self._of_bot[bot] = Audience(self._store, bot)
        self._added.put_nowait(audience)

    async def run(self) -> None:
        """Follow them all until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task((await self._added.get()).run())

    def collect(self) -> Iterable[Metric]:
        """Return what was counted, at the ledger sequence that was seen."""
        members = GaugeMetricFamily(
            "assent_segment_members", "People who opted in or were added.", labels=("bot", "segment")
        )
        seen = GaugeMetricFamily("assent_ledger_sequence_seen", "Up to where they were counted.", labels=("bot",))
        for bot, audience in self._of_bot.items():
            seen.add_metric((bot,), audience.index.seen)
            for segment in audience.index.segments:
                members.add_metric((bot, segment), audience.index.count(segment).members)
        return members, seen

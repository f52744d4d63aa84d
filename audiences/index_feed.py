"""The people and segments of a bot, as this process has learnt them from the store."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Final, Protocol

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from filters.index.people import PeopleIndex
from filters.model import Condition
from filters.parse import parse
from messages.errors import BadInput, StoreError
from storage.audience_port import People, Segments
from storage.audience_records import PeoplePosition, SegmentKind, SegmentRecord
from storage.change_feed import Changes, Listener
from storage.ledger import LedgerPosition

log = structlog.get_logger("assent.audience")

PAGE = 2_000
"""Rows taken in at once. More would hold up turns."""
_AFTER_TROUBLE = 1.0

Progress = Callable[[int], None]
"""Hears how many people were taken in so far."""


Start = Callable[[str, Callable[[], Awaitable[None]]], None]
"""Starts a task by name, which is restarted after an error."""


class AudienceSource(People, Segments, Changes, Protocol):
    """What an audience reads of a store."""


class Audience:
    """The people and segments of one bot. `set_up`: the channels on which the bot can send."""

    def __init__(
        self, store: AudienceSource, bot: str, *, set_up: frozenset[str] = frozenset(), page: int = PAGE
    ) -> None:
        self.bot = bot
        self.index = PeopleIndex(set_up=set_up)
        """What was taken in so far. Another one once the store has told how many shards there are."""
        self.segments: Mapping[str, SegmentRecord] = {}
        """Segments that staff made, by id."""
        self.unreadable: Mapping[str, str] = {}
        """Segments whose filter this version can't read, and why: nobody is counted in them."""
        self._store = store
        self._page = page
        self._people: PeoplePosition = ()
        self._ledger: LedgerPosition = ()
        self._defined = -1
        self._changes: Listener | None = None
        self._wrong = False
        self._well = True

    async def catch_up(self, progress: Progress | None = None) -> PeopleIndex:
        """Take in all that was committed before, and return the index. Raises StoreError.

        The ledger comes first: who is in a row of it is among the people that are read after it.
        """
        await self._define()
        while await self._follow_ledger(wait=0.0):
            pass
        taken, more = 0, True
        while more:
            people, more = await self._follow_people(wait=0.0)
            taken += people
            if progress is not None:
                progress(taken)
        return self.index

    async def rebuild(self) -> None:
        """Read all people and rows again: the store may lack some that were read before. Raises StoreError."""
        fresh = Audience(self._store, self.bot, page=self._page, set_up=self.index.set_up)
        await fresh.catch_up()
        self.index, self.segments, self.unreadable = fresh.index, fresh.segments, fresh.unreadable
        self._people, self._ledger, self._defined = fresh._people, fresh._ledger, fresh._defined

    async def follow(self, *, wait: float) -> None:
        """Take in the next rows of the ledger, as soon as there are any within `wait` seconds, and who changed.

        Any number of tasks may do so at once: what comes twice counts once. Raises StoreError.
        """
        await self._define()
        await self._follow_ledger(wait=wait)
        await self._follow_people(wait=0.0)

    async def run(self) -> None:
        """Follow until cancelled. While nothing of the bot changes, the store is asked nothing."""
        with self._store.changes_of(self.bot) as changes:
            self._changes = changes
            while True:
                try:
                    await self._take_in()
                    await changes.wait()
                except StoreError as error:
                    if self._well:
                        log.warning("members of segments wait for the store", bot=self.bot, reason=str(error))
                    self._well = False
                    await asyncio.sleep(_AFTER_TROUBLE)

    def may_be_wrong(self) -> None:
        """Have `run` read everything again."""
        self._wrong = True
        if self._changes is not None:
            self._changes.wake()

    async def _take_in(self) -> None:
        """Take in all that was committed so far. Raises StoreError."""
        if self._wrong:
            self._wrong = False
            try:
                await self.rebuild()
            except BaseException:
                self._wrong = True
                raise
            log.info("people and members were read again", bot=self.bot)
        await self.catch_up()
        self._well = True

    async def _define(self) -> None:
        """Take in which segments staff made, if that changed."""
        version = await self._store.segments_version(self.bot)
        if version == self._defined:
            return
        segments = await self._store.segments(self.bot)
        self.segments = {segment.id: segment for segment in segments}
        self.unreadable = unreadable_of(segments)
        for segment, reason in self.unreadable.items():
            log.error("cannot read the filter of a segment", bot=self.bot, segment=segment, reason=reason)
        self.index.define(filters_of(segments))
        self._defined = version

    async def _follow_people(self, *, wait: float) -> tuple[int, bool]:
        """Return how many came, and whether more of them may be there already."""
        asked = self._people
        page = await self._store.follow_people(self.bot, asked, limit=self._page, wait=wait)
        self._shards(len(page.position))
        self.index.feed_people(page.people)
        if self._people == asked:
            self._people = page.position
        return len(page.people), page.more

    async def _follow_ledger(self, *, wait: float) -> bool:
        asked = self._ledger
        page = await self._store.follow_memberships(self.bot, asked, limit=self._page, wait=wait)
        self._shards(len(page.position))
        self.index.feed_memberships(page.rows)
        if self._ledger == asked:
            self._ledger = page.position
        return page.more

    def _shards(self, count: int) -> None:
        """Begin with an index for as many shards as there are."""
        if not self._people and not self._ledger and self.index.shards != count:
            filters = self.index.filters
            self.index = PeopleIndex(count, set_up=self.index.set_up)
            self.index.define(filters)


def filters_of(segments: Iterable[SegmentRecord]) -> dict[str, Condition]:
    """Return the conditions of the filter segments among these; one that this version can't read is left out."""
    found = {segment.id: _read(segment) for segment in segments if segment.kind is SegmentKind.FILTER}
    return {segment: condition for segment, condition in found.items() if not isinstance(condition, BadInput)}


def unreadable_of(segments: Iterable[SegmentRecord]) -> dict[str, str]:
    """Return the filter segments whose filter this version can't read, and why."""
    found = {segment.id: _read(segment) for segment in segments if segment.kind is SegmentKind.FILTER}
    return {segment: problem.problem for segment, problem in found.items() if isinstance(problem, BadInput)}


def _read(segment: SegmentRecord) -> Condition | BadInput:
    try:
        return parse(segment.filter)
    except BadInput as problem:
        return problem


_SEGMENT_GAUGES: Final = (
    ("assent_segment_members", "People who are in the segment."),
    ("assent_segment_allowed", "Members to whom a pushed message may go."),
    ("assent_segment_reachable", "Those of them whom the bot can write to on a channel that is set up."),
)
"""In the order of `Count`."""


class Audiences(Collector):
    """The audiences of all bots of a server, and what Prometheus asks of them.

    `set_up` tells the channels on which a bot can send.
    """

    def __init__(
        self,
        store: AudienceSource,
        registry: CollectorRegistry,
        clock: Callable[[], datetime],
        *,
        start: Start,
        set_up: Callable[[str], frozenset[str]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._start = start
        self._set_up = set_up
        self._of_bot: dict[str, Audience] = {}
        self._added: asyncio.Queue[Audience] = asyncio.Queue()
        registry.register(self)

    def add(self, bot: str) -> None:
        """Follow one more bot, from when `run` runs."""
        audience = self._of_bot[bot] = Audience(self._store, bot, set_up=self._set_up(bot))
        self._added.put_nowait(audience)

    def of(self, bot: str) -> Audience:
        """Return the audience of a bot, which is followed from now on."""
        if bot not in self._of_bot:
            self.add(bot)
        return self._of_bot[bot]

    @property
    def faults(self) -> dict[str, str]:
        """What can't be counted: `filter of <bot>/<segment>`, and why."""
        return {
            f"filter of {bot}/{segment}": reason
            for bot, audience in self._of_bot.items()
            for segment, reason in audience.unreadable.items()
        }

    def rebuild(self) -> None:
        """Read the people and rows of all bots again: the store may lack some that were read before."""
        for audience in self._of_bot.values():
            audience.may_be_wrong()

    async def run(self) -> None:
        """Start to follow each bot that is added, until cancelled."""
        while True:
            audience = await self._added.get()
            self._start(f"index of {audience.bot}", audience.run)

    def collect(self) -> Iterable[Metric]:
        """Return what was counted, at the ledger sequence that was seen."""
        of_segment = [GaugeMetricFamily(name, told, labels=("bot", "segment")) for name, told in _SEGMENT_GAUGES]
        people = GaugeMetricFamily("assent_people", "People whom the bot knows.", labels=("bot",))
        seen = GaugeMetricFamily("assent_ledger_sequence_seen", "Up to where they were counted.", labels=("bot",))
        now = self._clock()
        for bot, audience in self._of_bot.items():
            seen.add_metric((bot,), audience.index.seen)
            people.add_metric((bot,), len(audience.index.everybody))
            for segment in sorted({*audience.index.standings.segments, *audience.index.filters}):
                for gauge, value in zip(of_segment, audience.index.count(segment, now)[:3], strict=True):
                    gauge.add_metric((bot, segment), value)
        return *of_segment, people, seen

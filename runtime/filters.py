"""Filters of segments that staff made, kept for the turns of flows that ask for one."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from filters.model import When
from filters.references import asked_moments, named_segments
from flows.engine.filters import read_filter
from flows.revision import Revision
from runtime.clock import perf_counter
from storage.audience_port import People, Segments
from storage.audience_records import SegmentKind, SegmentRecord
from storage.port import Conversations, Forms, Journal, Ledger, Turns

LOOK_EVERY: Final = 1.0
"""Seconds after which a change of a segment is seen at the latest."""


class TurnStore(Turns, Forms, People, Segments, Conversations, Journal, Ledger, Protocol):
    """What turns need of the store."""


class SegmentSource(Protocol):
    """Where segments of staff are kept; `storage.audience_port.Segments` says more."""

    async def segments(self, bot: str) -> Sequence[SegmentRecord]: ...

    async def segments_version(self, bot: str) -> int: ...


class Filters(NamedTuple):
    """Filters that a turn may ask, as text by segment, and whether one of them asks when the person was last seen."""

    texts: Mapping[str, str]
    last_seen: bool


NO_FILTERS: Final = Filters({}, last_seen=False)


class _Known:
    """The filters of one bot, as they were at one version."""

    def __init__(self, version: int, texts: Mapping[str, str]) -> None:
        self.version = version
        self._texts = texts
        self._asked: dict[frozenset[str], Filters] = {}

    def asked_for(self, names: frozenset[str]) -> Filters:
        """Return the filters of `names`, and of whatever segments they lean on."""
        if names not in self._asked:
            self._asked[names] = self._gathered(names)
        return self._asked[names]

    def _gathered(self, names: frozenset[str]) -> Filters:
        texts: dict[str, str] = {}
        last_seen = False
        left = sorted(names)
        while left:
            name = left.pop()
            text = self._texts.get(name)
            if text is None or name in texts:
                continue
            texts[name] = text
            condition = read_filter(text)
            if condition is not None:
                left += sorted(named_segments(condition))
                last_seen = last_seen or When.LAST_SEEN in asked_moments(condition)
        return Filters(texts, last_seen)


class FilterCache:
    """Asks the store at most once a second, and only for bots whose flows name a segment that they do not have."""

    def __init__(self, store: SegmentSource, *, timer: Callable[[], float] = perf_counter) -> None:
        self._store = store
        self._timer = timer
        self._known: dict[str, _Known] = {}
        self._looked: dict[str, float] = {}
        self._looking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def asked_by(self, bot: str, revisions: Iterable[Revision]) -> Filters:
        """Return the filters that a turn on these revisions may ask. Raises StoreError."""
        names = frozenset[str]().union(*(revision.elsewhere for revision in revisions))
        if not names:
            return NO_FILTERS
        known = self._fresh(bot)
        if known is None:
            async with self._looking[bot]:
                known = self._fresh(bot) or await self._look(bot)
        return known.asked_for(names)

    def _fresh(self, bot: str) -> _Known | None:
        known = self._known.get(bot)
        return known if known is not None and self._timer() - self._looked[bot] < LOOK_EVERY else None

    async def _look(self, bot: str) -> _Known:
        began = self._timer()
        version = await self._store.segments_version(bot)
        known = self._known.get(bot)
        if known is None or known.version != version:
            segments = await self._store.segments(bot)
            known = _Known(version, {each.id: each.filter for each in segments if each.kind is SegmentKind.FILTER})
        self._known[bot], self._looked[bot] = known, began
        return known

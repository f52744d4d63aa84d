"""Compiled revisions and the filters that they ask, and what is live: known before a turn needs it."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

import structlog

from config.settings import variable_form
from filters.model import When
from filters.references import asked_moments, named_segments
from flows.compile import compile_revision
from flows.engine.conditions import read_filter
from flows.revision import Revision
from flows.source.read import read_flow
from keywords.normalise import normalise
from keywords.reserved import ReservedWords
from messages.errors import AssentError, BadInput
from runtime.clock import perf_counter
from runtime.metrics import Metrics
from storage.audience_port import People, Segments
from storage.audience_records import SegmentKind, SegmentRecord
from storage.change_feed import Changes
from storage.port import Conversations, Forms, Journal, Ledger, Revisions, Store, Turns
from storage.push_port import Pushes

log = structlog.get_logger("assent.revisions")

MAX_WAIT = 0.25
"""Seconds that turns wait for a new live revision to be compiled, before they go on with the one before."""


def _compile(source: str, bot: str, number: int, digest: str) -> Revision:
    return compile_revision(read_flow(source, f"{bot} revision {number}", pushed=True).bot, number, digest)


class RevisionCache:
    """Revisions by bot and number. A revision never changes, so what is kept is never stale.

    Compiling takes place in a thread, once for everybody who waits for it. The last `maximum` that were used are kept,
    and each bot's live one beyond that.
    """

    def __init__(self, store: Revisions, maximum: int = 64, *, max_wait: float = MAX_WAIT) -> None:
        self._store = store
        self._maximum = maximum
        self._max_wait = max_wait
        self._kept: OrderedDict[tuple[str, int], Revision] = OrderedDict()
        self._live: dict[str, Revision] = {}
        self._compiling: dict[tuple[str, int], tuple[float, asyncio.Task[Revision | None]]] = {}
        self._unusable: set[tuple[str, int]] = set()
        self._numbers: dict[tuple[str, str], int] = {}
        """By bot and beginning of a digest."""

    async def live(self, bot: str, number: int) -> Revision | None:
        """Return the live revision, `number`; None when there is none, or none that can be used.

        While a big one is compiled, or when it can't be, it is the one that was live before: turns go on.
        """
        before = self._live.get(bot)
        if before is not None and before.number == number:
            return before
        if not number:
            return None
        found = self.kept(bot, number) or await self._soon(bot, number, may_wait=before is None)
        if found is None or (before is not None and before.number > number):
            return found or before
        self._live[bot] = found
        return found

    def last_live(self, bot: str) -> Revision | None:
        """Return the revision that was live when the store last had one."""
        return self._live.get(bot)

    async def get(self, bot: str, number: int) -> Revision | None:
        """Return a revision, compiling it if need be; None when the store has none of that number that can be used."""
        found = self.kept(bot, number)
        if found is not None or (bot, number) in self._unusable:
            return found
        _, task = self._started(bot, number)
        return await asyncio.shield(task)

    async def named(self, bot: str, digest: str) -> Revision | None:
        """Return the first revision whose digest begins with `digest`; None when the store has none that can be used.

        That it has none is not kept: its source may be pushed again.
        """
        number = self._numbers.get((bot, digest))
        if number is None:
            info = await self._store.revision_by_digest(bot, digest)
            if info is None:
                return None
            number = self._numbers[bot, digest] = info.number
        found = await self.get(bot, number)
        return found if found is not None and found.digest.startswith(digest) else None

    def forget(self, bot: str, number: int, digest: str) -> bool:
        """Forget a bot's revisions if `number` has another digest than here: the store was restored. Tell whether."""
        found = self._kept.get((bot, number))
        if found is None or found.digest == digest:
            return False
        self._kept = OrderedDict((key, each) for key, each in self._kept.items() if key[0] != bot)
        self._numbers = {key: each for key, each in self._numbers.items() if key[0] != bot}
        self._unusable = {key for key in self._unusable if key[0] != bot}
        self._live.pop(bot, None)
        return True

    def kept(self, bot: str, number: int) -> Revision | None:
        """Return a revision that is compiled already."""
        found = self._kept.get((bot, number))
        if found is not None:
            self._kept.move_to_end((bot, number))
        return found

    async def _soon(self, bot: str, number: int, *, may_wait: bool) -> Revision | None:
        if may_wait or (bot, number) in self._unusable:
            return await self.get(bot, number)
        began, task = self._started(bot, number)
        left = began + self._max_wait - asyncio.get_running_loop().time()
        if left > 0:
            await asyncio.wait([task], timeout=left)
        return task.result() if task.done() else None

    def _started(self, bot: str, number: int) -> tuple[float, "asyncio.Task[Revision | None]"]:
        key = (bot, number)
        found = self._compiling.get(key)
        if found is None:
            task = asyncio.create_task(self._load(bot, number))
            found = self._compiling[key] = (asyncio.get_running_loop().time(), task)
            task.add_done_callback(lambda done: self._loaded(key, done))
        return found

    def _loaded(self, key: tuple[str, int], task: "asyncio.Task[Revision | None]") -> None:
        del self._compiling[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("a revision can't be loaded", bot=key[0], revision=key[1], reason=str(error))

    async def _load(self, bot: str, number: int) -> Revision | None:
        stored = await self._store.revision(bot, number)
        if stored is None:
            return None
        info, source = stored
        try:
            revision = await asyncio.to_thread(_compile, source, bot, number, info.digest)
        except BadInput as error:
            self._unusable.add((bot, number))
            log.error("a revision can't be used", bot=bot, revision=number, reason=str(error))  # noqa: TRY400  # no fault of ours
            return None
        self._kept[bot, number] = revision
        while len(self._kept) > self._maximum:
            self._kept.popitem(last=False)
        return revision


LOOK_EVERY: Final = 1.0
"""Seconds after which a change of a segment is seen at the latest."""


class TurnStore(Turns, Forms, People, Segments, Conversations, Journal, Ledger, Pushes, Protocol):
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
        revisions = tuple(revisions)
        names = frozenset[str]().union(*(revision.elsewhere for revision in revisions))
        last_seen = any(revision.asks_last_seen for revision in revisions)
        if not names:
            return Filters({}, last_seen) if last_seen else NO_FILTERS
        known = self._fresh(bot)
        if known is None:
            async with self._looking[bot]:
                known = self._fresh(bot) or await self._look(bot)
        found = known.asked_for(names)
        return found._replace(last_seen=True) if last_seen else found

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


async def live_words(store: Store, revisions: RevisionCache, bot: str) -> ReservedWords:
    """Return the built-in words and the builder's; the built-in ones where no revision can be used."""
    revision = await usable_live(store, revisions, bot)
    return revision.reserved if revision is not None else ReservedWords()


async def opts_out(store: Store, revisions: RevisionCache, bot: str, text: str) -> bool:
    """Tell whether typed words opt out of a segment by the keyword of the live revision that fits them first."""
    revision = await usable_live(store, revisions, bot)
    match = revision.keywords.match(normalise(text)) if revision is not None else None
    return revision is not None and match is not None and revision.bot.keywords[match.rule].opt_out is not None


async def usable_live(store: Store, revisions: RevisionCache, bot: str) -> Revision | None:
    """Return what is live of a bot; None where nothing can be used."""
    live = await store.live(bot)
    return await revisions.live(bot, live.number) if live is not None else None


_UNUSABLE = "no live revision that can be used"


LOOK_ANYWAY: Final = 30.0
"""Seconds after which it is looked again although nothing seems to have changed: a store may have been restored."""
_AFTER_TROUBLE: Final = 1.0


class FlowSource(Revisions, Changes, Protocol):
    """What is watched of a store."""


NO_BOT = "no bot yet: save a flow and push it (assent flow save FILE, assent flow push)"
"""Why a server on an empty store is not ready."""


class LiveRevisions:
    """Watches the store for pushes, from wherever they come, and for bots that are new.

    `appeared` hears of each bot, those of `bots` first. `renamed` hears that one of `bots`, which had the name that a
    variable gives it (`well_being`), is in the store under its own (`well-being`).
    """

    def __init__(
        self,
        store: FlowSource,
        revisions: RevisionCache,
        metrics: Metrics,
        *,
        bots: Iterable[str],
        appeared: Callable[[str], None],
        renamed: Callable[[str, str], None] = lambda _old, _new: None,
    ) -> None:
        self._store = store
        self._revisions = revisions
        self._metrics = metrics
        self._appeared = appeared
        self._renamed = renamed
        self._seen: dict[str, int] = {}
        self._marks: dict[str, str] = {}
        """Of the live revision that was looked at last, by bot."""
        self._in_use: dict[str, int] = {}
        self.faults: dict[str, str] = {}
        """Bots whose live revision can't be looked at, and the kind of error."""
        for bot in bots:
            self._add(bot)

    @property
    def bots(self) -> list[str]:
        """All bots there are."""
        return sorted(self._seen)

    @property
    def problem(self) -> str:
        """Why no bot can answer; empty when one can."""
        if not self._seen:
            return NO_BOT
        return "" if self._in_use else f"{_UNUSABLE}: {', '.join(self.bots)}"

    @property
    def without_revision(self) -> dict[str, str]:
        """Bots that can't answer, and why."""
        return {f"bot {bot}": _UNUSABLE for bot in self.bots if bot not in self._in_use}

    async def look(self) -> None:
        """Compile what became live. A fault in one bot's records stops no other bot. Raises StoreError."""
        marks = await self._store.live_marks()
        self._marks = {bot: mark for bot, mark in self._marks.items() if bot in marks}
        for bot in marks:
            if bot not in self._seen:
                self._add(bot)
                self._end_stand_in(variable_form(bot), bot, marks.keys())
        for bot, mark in marks.items():
            if self._marks.get(bot) == mark:
                continue
            try:
                await self._look_at(bot, self._seen[bot])
            except AssentError:
                raise
            except Exception as error:  # the outermost boundary of one bot's records
                if f"bot {bot}" not in self.faults:
                    log.exception("cannot read the live revision", bot=bot)
                self.faults[f"bot {bot}"] = type(error).__name__
            else:
                self.faults.pop(f"bot {bot}", None)
                self._marks[bot] = mark

    async def _look_at(self, bot: str, seen: int) -> None:
        info = await self._store.live(bot)
        if info is None:
            return
        if self._revisions.forget(bot, info.number, info.digest):
            log.warning("the store went back: a revision's number came again", bot=bot, revision=info.number)
        elif info.number == seen:
            return
        await self._revisions.get(bot, info.number)  # however long it takes
        self._seen[bot] = info.number
        revision = await self._revisions.live(bot, info.number)
        if revision is not None:
            self._in_use[bot] = revision.number
            self._metrics.live.labels(bot).set(revision.number)
            log.info("revision live", bot=bot, revision=revision.number)

    async def watch(self) -> None:
        """Look whenever a flow changed, until cancelled."""
        well = True
        with self._store.changes_of_flows() as changes:
            while True:
                try:
                    await self.look()
                    well = True
                    await changes.wait(LOOK_ANYWAY)
                except AssentError as error:
                    if well:
                        log.warning("can't see what is live", reason=str(error))
                    well = False
                    await asyncio.sleep(_AFTER_TROUBLE)

    def _end_stand_in(self, name: str, bot: str, stored: Collection[str]) -> None:
        """Let the bot take the place of its name in variables, unless that is a bot of its own."""
        if name != bot and name in self._seen and name not in stored:
            del self._seen[name]
            self._renamed(name, bot)

    def _add(self, bot: str) -> None:
        self._seen[bot] = 0
        self._appeared(bot)

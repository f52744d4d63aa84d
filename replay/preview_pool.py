"""Replaying on all cores: recorded turns go out to processes in chunks, what they found comes back and is added up."""

import asyncio
import multiprocessing
import signal
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple, TypeVar

import msgspec

from flows.compile import CompiledRevisions, RevisionSource, compiled
from messages.consent import ConsentChange
from messages.contact import Contact
from replay.comparison import GroupKind
from replay.contact_life import Merged
from replay.preview import EXAMPLES, Example, Group, PersonPreview, Preview, Previewed
from replay.recorded import Unreadable, read_turn
from replay.rerun import Checked, Rerun
from storage.records import JournalEntry, RecordedTurn

RawEvent = RecordedTurn | ConsentChange | Merged | Contact
"""A `replay.preview.PersonEvent` whose turn is not read yet."""

_IN_PART = "erased in part, with somebody whose words it had, so nothing can be told of this person"


class Piece(NamedTuple):
    """Some events of one person, in order; `place` tells the person. After the last one nothing is kept of them."""

    place: int
    events: Sequence[RawEvent]
    is_last: bool


class PersonPreviewed(NamedTuple):
    """What came of one person: None where nothing could be told of them, and the turns for which that is so."""

    place: int
    previewed: Previewed | None
    unreadable: Sequence[Unreadable]
    turns: int
    """Those that were read, whatever came of them."""
    erased_turns: int


class _Person:
    """One person who is being lived again."""

    def __init__(self, preview: Preview, place: int) -> None:
        self._preview = preview
        self._person: PersonPreview | None = PersonPreview(preview)
        self._place = place
        self._problems: dict[str, Unreadable] = {}
        """The first of each conversation."""
        self._turns = self._erased = self._kept = 0

    def take(self, event: RawEvent) -> None:
        if not isinstance(event, RecordedTurn):
            if self._person is not None:
                self._person.take(event)
            return
        self._turns += 1
        entry = read_turn(event)
        if isinstance(entry, Unreadable):
            self._problems.setdefault(entry.conversation, entry)
        elif entry.erased_in_part:
            self._cannot(Unreadable(entry.conversation, f"turn {entry.turn}", _IN_PART))
        elif entry.erased:
            self._erased += 1
        elif self._preview.since is None or entry.at >= self._preview.since:
            self._live(entry)

    def _live(self, entry: JournalEntry) -> None:
        missing = self._preview.missing(entry)
        if missing is not None:
            self._cannot(missing)
        elif self._person is not None:
            self._kept += 1
            self._person.take(entry)

    def _cannot(self, problem: Unreadable) -> None:
        """Leave the person out: what follows depends on what can't be told."""
        self._problems.setdefault(problem.conversation, problem)
        self._person = None

    def end(self) -> PersonPreviewed:
        found = self._person.end() if self._person is not None and self._kept else None
        return PersonPreviewed(self._place, found, list(self._problems.values()), self._turns, self._erased)


class PreviewWorker:
    """Takes pieces of people, each person's in order."""

    def __init__(self, preview: Preview) -> None:
        self._preview = preview
        self._people: dict[int, _Person] = {}

    def take(self, pieces: Sequence[Piece]) -> list[PersonPreviewed]:
        """Take pieces; return what came of the people who are at their end."""
        done: list[PersonPreviewed] = []
        for piece in pieces:
            person = self._people.get(piece.place)
            if person is None:
                self._people[piece.place] = person = _Person(self._preview, piece.place)
            for event in piece.events:
                person.take(event)
            if piece.is_last:
                del self._people[piece.place]
                done.append(person.end())
        return done


I = TypeVar("I")  # noqa: E741  # what goes in
O = TypeVar("O")  # noqa: E741  # what comes out

_AHEAD = 2
"""Chunks that wait for each process; more would only take memory."""


class Material(NamedTuple):
    """What the processes need besides recorded turns. What follows the sources is for a preview: turns from `since` on,
    which not every store can tell without reading them, and waits up to `until`.
    """

    bot: str
    sources: Mapping[int, RevisionSource]
    candidate: RevisionSource | None = None
    until: datetime | None = None
    since: datetime | None = None
    filters: Mapping[str, str] | None = None
    """Filters of segments of staff, as text."""
    masked: bool = True
    """Whether examples hide what people said and are called."""


class ChunkChecked(NamedTuple):
    """What came of a chunk: how many turns it had, and those that are not the same, in order."""

    turns: int
    found: Sequence[Checked]


class _Tools:
    """What each process makes once."""

    rerun: Rerun
    people: PreviewWorker


def preview_of(material: Material) -> Preview:
    """Return what previews people on the candidate of `material`. Raises ValueError where it has none."""
    if material.candidate is None or material.until is None:
        raise ValueError("a preview needs a candidate and a time")
    revisions = CompiledRevisions(material.bot, material.sources)
    return Preview(
        compiled(material.bot, material.candidate),
        revisions,
        material.until,
        material.filters,
        since=material.since,
        masked=material.masked,
    )


def _prepare(material: Material) -> None:
    _Tools.rerun = Rerun(CompiledRevisions(material.bot, material.sources))
    if material.candidate is not None:
        _Tools.people = PreviewWorker(preview_of(material))


def check_chunk(chunk: Sequence[RecordedTurn]) -> ChunkChecked:
    """Run turns again."""
    check = _Tools.rerun.check
    return ChunkChecked(len(chunk), [found for turn in chunk if (found := check(turn)) is not None])


def preview_pieces(pieces: Sequence[Piece]) -> Sequence[PersonPreviewed]:
    """Live people again on the candidate; each process has people of its own."""
    return _Tools.people.take(pieces)


def executor_of(material: Material, processes: int, *, here: bool) -> Executor:
    """Return what runs chunks: `processes` processes, or with `here` a thread of this one."""
    if here:
        return ThreadPoolExecutor(1, initializer=_prepare, initargs=(material,))
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=_prepare, initargs=(material,))


def submit(executor: Executor, work: Callable[[I], O], chunk: I) -> Future[O]:
    """Hand a chunk over. Processes that this starts don't hear of an interruption from the keyboard."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return executor.submit(work, chunk)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


async def over_all(work: Callable[[I], O], chunks: AsyncIterator[I], material: Material, jobs: int) -> AsyncIterator[O]:
    """Yield what `work` makes of each chunk, in their order, on `jobs` processes; with one, in this process."""
    executor = executor_of(material, jobs, here=jobs == 1)
    waiting: deque[Future[O]] = deque()
    try:
        async for chunk in chunks:
            waiting.append(submit(executor, work, chunk))
            if len(waiting) >= jobs * _AHEAD:
                yield await asyncio.wrap_future(waiting.popleft())
        while waiting:
            yield await asyncio.wrap_future(waiting.popleft())
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


_CHUNK = 500
"""Events that are handed to a process at once."""

"""Chunks that wait for a process."""


class Person(NamedTuple):
    """One person whose events are read as they are needed."""

    place: int
    events: AsyncIterator[Sequence[RawEvent]]


async def over_people(
    people: AsyncIterator[Person], material: Material, jobs: int, found: Callable[[PersonPreviewed], None]
) -> None:
    """Preview people on `jobs` processes; with one, in this one. `found` hears of each, in no order."""
    lock = asyncio.Lock()

    async def next_person() -> Person | None:
        async with lock:
            return await anext(people, None)

    lanes = [asyncio.create_task(_lane(next_person, material, found, here=jobs == 1)) for _ in range(jobs)]
    try:
        await asyncio.gather(*lanes)
    finally:
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)


async def _lane(
    next_person: Callable[[], Awaitable[Person | None]],
    material: Material,
    found: Callable[[PersonPreviewed], None],
    *,
    here: bool,
) -> None:
    executor = executor_of(material, 1, here=here)
    waiting: deque[Future[Sequence[PersonPreviewed]]] = deque()
    pieces: list[Piece] = []
    size = 0

    async def hand_over(*, leave: int) -> None:
        """Hand over what there is, and wait until `leave` chunks are under way."""
        nonlocal pieces, size
        if pieces:
            waiting.append(submit(executor, preview_pieces, pieces))
            pieces, size = [], 0
        while len(waiting) > leave:
            for person in await asyncio.wrap_future(waiting.popleft()):
                found(person)

    try:
        while (person := await next_person()) is not None:
            async for events in person.events:
                pieces.append(Piece(person.place, events, is_last=False))
                size += len(events)
                if size >= _CHUNK:
                    await hand_over(leave=_AHEAD)
            pieces.append(Piece(person.place, (), is_last=True))
        await hand_over(leave=0)
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


NAMED = 20
"""Turns that can't be told which are named."""

_ORDER = {kind: place for place, kind in enumerate(GroupKind)}


class Count(msgspec.Struct):
    """How many share a difference."""

    people: int = 0
    conversations: int = 0
    turns: int = 0


class Summed(NamedTuple):
    """A difference, how many share it, and some to look at."""

    group: Group
    counted: Count
    examples: Sequence[Example]


class Totals:
    """The sum over people. Memory grows with the number of different groups, not of people.

    People come in any order; their places say who is first, so that examples don't depend on it.
    """

    def __init__(self) -> None:
        self.people = self.conversations = self.turns = self.different = self.doubtful = self.older = 0
        self.erased_people = self.erased_turns = self.pruned = self.left_out = 0
        self._unreadable: list[tuple[int, Unreadable]] = []
        self.problems = 0
        """Conversations of which something can't be told because of what the store has."""
        self._counts: dict[Group, Count] = {}
        self._examples: dict[Group, list[tuple[int, Example]]] = {}

    def add(self, person: PersonPreviewed) -> None:
        """Count one person."""
        self.erased_turns += person.erased_turns
        self.erased_people += person.turns > 0 and person.erased_turns == person.turns
        self.problems += len(person.unreadable)
        self._unreadable += [(person.place, each) for each in person.unreadable]
        self._unreadable.sort(key=lambda placed: placed[0])
        del self._unreadable[NAMED:]
        if person.previewed is None:
            self.left_out += bool(person.unreadable)
        else:
            self._add(person.place, person.previewed)

    def _add(self, place: int, person: Previewed) -> None:
        self.people += 1
        self.conversations += person.conversations
        self.turns += person.turns
        self.different += len(person.different)
        self.doubtful += len(person.doubtful)
        self.older += person.older
        self.pruned += person.pruned
        for group, shared in person.groups.items():
            count = self._counts.setdefault(group, Count())
            count.people += 1
            count.conversations += len(shared.conversations)
            count.turns += shared.turns
            if shared.example is not None:
                examples = self._examples.setdefault(group, [])
                examples.append((place, shared.example))
                examples.sort(key=lambda placed: placed[0])
                del examples[EXAMPLES:]

    @property
    def unreadable(self) -> list[Unreadable]:
        """The first turns that can't be told, by person."""
        return [each for _, each in self._unreadable]

    @property
    def groups(self) -> list[Summed]:
        """Every difference: single acts before where people end, consent first, then by how many share it."""
        order = sorted(self._counts, key=lambda one: (one.end, _ORDER[one.kind], -self._counts[one].people, one.text))
        return [
            Summed(group, self._counts[group], [example for _, example in self._examples.get(group, [])])
            for group in order
        ]

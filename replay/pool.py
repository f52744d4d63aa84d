"""Replaying on all cores: chunks of recorded turns go out to processes, what they found comes back in order.

The processes get bytes and give values; they have neither the store nor the network.
"""

import asyncio
import multiprocessing
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple, TypeVar

from replay.preview import Preview, Previewed
from replay.reading import Unreadable, read_turns
from replay.rerun import Checked, Rerun
from replay.revisions import CompiledRevisions, RevisionSource, compiled
from storage.records import RecordedTurn

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


class ChunkChecked(NamedTuple):
    """What came of a chunk: how many turns it had, and those that are not the same, in order."""

    turns: int
    found: Sequence[Checked]


class PersonPreviewed(NamedTuple):
    """What came of one person: None where nothing could be told of them, and the turns for which that is so."""

    previewed: Previewed | None
    unreadable: Sequence[Unreadable]


class _Tools:
    """What each process makes once."""

    rerun: Rerun
    preview: Preview
    since: datetime | None


def _prepare(material: Material) -> None:
    revisions = CompiledRevisions(material.bot, material.sources)
    _Tools.rerun = Rerun(revisions)
    if material.candidate is not None and material.until is not None:
        _Tools.since = material.since
        _Tools.preview = Preview(
            compiled(material.bot, material.candidate), revisions, material.until, material.filters
        )


def check_chunk(chunk: Sequence[RecordedTurn]) -> ChunkChecked:
    """Run turns again."""
    check = _Tools.rerun.check
    return ChunkChecked(len(chunk), [found for turn in chunk if (found := check(turn)) is not None])


def preview_people(people: Sequence[Sequence[RecordedTurn]]) -> Sequence[PersonPreviewed]:
    """Live people's turns again on the candidate."""
    return [_preview(turns) for turns in people]


_IN_PART = "erased in part, with somebody whose words it had, so nothing can be told of this person"


def _preview(turns: Sequence[RecordedTurn]) -> PersonPreviewed:
    entries, unreadable = read_turns(turns)
    since = _Tools.since
    gone = [entry for entry in entries if entry.erased_in_part]
    if gone:
        unreadable += [Unreadable(entry.conversation, f"turn {entry.turn}", _IN_PART) for entry in gone]
        return PersonPreviewed(None, unreadable)
    wanted = (entry for entry in entries if not entry.erased and (since is None or entry.at >= since))
    kept = sorted(wanted, key=lambda entry: entry.at)
    unreadable += (missing := _Tools.preview.missing(kept))
    return PersonPreviewed(_Tools.preview.person(kept) if kept and not missing else None, unreadable)


async def over_all(work: Callable[[I], O], chunks: AsyncIterator[I], material: Material, jobs: int) -> AsyncIterator[O]:
    """Yield what `work` makes of each chunk, in their order, on `jobs` processes; with one, in this process."""
    executor: Executor
    if jobs == 1:
        executor = ThreadPoolExecutor(1, initializer=_prepare, initargs=(material,))
    else:
        context = multiprocessing.get_context("spawn")
        executor = ProcessPoolExecutor(jobs, mp_context=context, initializer=_prepare, initargs=(material,))
    waiting: deque[Future[O]] = deque()
    try:
        async for chunk in chunks:
            waiting.append(executor.submit(work, chunk))
            if len(waiting) >= jobs * _AHEAD:
                yield await asyncio.wrap_future(waiting.popleft())
        while waiting:
            yield await asyncio.wrap_future(waiting.popleft())
    finally:
        executor.shutdown(wait=True, cancel_futures=True)

"""Replaying on all cores: recorded turns go out to processes in chunks, what they found comes back.

The processes get bytes and give values; they have neither the store nor the network. Whoever interrupts the command
interrupts this process alone, which ends the others.
"""

import asyncio
import multiprocessing
import signal
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple, TypeVar

from flows.compile import CompiledRevisions, RevisionSource, compiled
from replay.preview import Preview
from replay.preview_worker import PersonPreviewed, Piece, PreviewWorker
from replay.rerun import Checked, Rerun
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

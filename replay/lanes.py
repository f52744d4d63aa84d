"""Previewing on all cores: each process takes one person after another, piece by piece; nobody is held whole."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import Future
from typing import NamedTuple

from replay.pool import Material, executor_of, preview_pieces, submit
from replay.preview_worker import PersonPreviewed, Piece, RawEvent

_CHUNK = 500
"""Events that are handed to a process at once."""

_AHEAD = 2
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

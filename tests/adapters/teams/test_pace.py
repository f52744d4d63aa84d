"""Rate limits of directories, on a clock of the tests."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.directories import LONGEST_WAIT, Pace
from adapters.teams.directory import THREAD_BURST, THREAD_PER_SECOND
from messages.errors import RateLimited
from tests.adapters.teams.pacing import Watch

WINDOWS = ((14, 1.0), (16, 2.0), (120, 30.0), (3600, 3600.0))
"""What Teams allows a bot to ask about members in one thread: so many calls in so many seconds."""


def paced(watch: Watch, per_second: float, burst: int) -> Pace:
    return Pace(per_second, burst, monotonic=watch, sleep=watch.sleep)


@given(st.lists(st.floats(0, 20), min_size=1, max_size=60))
def test_a_thread_is_never_asked_more_than_teams_allows(pauses: list[float]) -> None:
    watch = Watch(0.0)
    pace = paced(watch, THREAD_PER_SECOND, THREAD_BURST)
    calls: list[float] = []

    async def ask() -> None:
        for pause in pauses:
            watch.seconds += pause
            for _ in range(8):
                await pace.wait()
                calls.append(watch.seconds)

    asyncio.run(ask())
    for maximum, seconds in WINDOWS:
        for start in calls:
            assert sum(start <= at < start + seconds for at in calls) <= maximum


def test_an_hour_of_asking_stays_under_the_limit_of_an_hour() -> None:
    assert THREAD_BURST + THREAD_PER_SECOND * 3600 <= 3600


async def test_a_burst_goes_through_at_once_and_the_next_waits() -> None:
    watch = Watch()
    pace = paced(watch, 2.0, 3)
    for _ in range(3):
        await pace.wait()
    assert watch.naps == []
    await pace.wait()
    assert watch.naps == [0.5]


async def test_a_pause_that_was_asked_for_is_kept_by_those_who_wait_already() -> None:
    watch = Watch()
    pace = paced(watch, 1.0, 1)
    await pace.wait()
    waiting = asyncio.create_task(pace.wait())
    pace.pause(10)
    await waiting
    assert watch.seconds == 1010


async def test_who_would_wait_too_long_is_told_how_long() -> None:
    pace = paced(watch := Watch(), 1.0, 1)
    pace.pause(120)
    with pytest.raises(RateLimited) as refused:
        await pace.wait()
    assert refused.value.retry_after == 120
    assert refused.value.everywhere
    watch.seconds += 120
    await pace.wait()
    assert watch.naps == []


async def test_a_crowd_is_turned_away_rather_than_queued_without_end() -> None:
    async def for_ever(_: float) -> None:
        await asyncio.Event().wait()

    pace = Pace(1.0, 1, monotonic=Watch(), sleep=for_ever)
    crowd = [asyncio.create_task(pace.wait()) for _ in range(100)]
    done, waiting = await asyncio.wait(crowd, timeout=0)
    while len(done) < 100 - LONGEST_WAIT:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        done = {task for task in crowd if task.done()}
    refused = [task.exception() for task in crowd if task.done()]
    assert refused[0] is None
    assert len(refused) == 100 - LONGEST_WAIT
    assert all(isinstance(error, RateLimited) for error in refused[1:])
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

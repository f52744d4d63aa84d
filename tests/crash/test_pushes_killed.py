"""Servers and Redis killed in the middle of runs, beside storms of the channel and STOPs.

Nobody gets a run twice, nobody who stopped gets it, and what is stored agrees with what was seen from outside.
"""

import asyncio
import random
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from standin.server import StandIn
from storage.stores import open_store
from tests.crash.conftest import SHORT
from tests.crash.house import LEASE
from tests.crash.pushing import MAX_RUNS, Books, Storm, server
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.server import RedisServer

KILLS_A_RUN = 8
WHILE_STARTING = 0.15


@pytest.mark.crash
@pytest.mark.timeout(3600)
async def test_one_server(
    tmp_path: Path, kills: int, chance: random.Random, capsys: pytest.CaptureFixture[str]
) -> None:
    books = await _killed(tmp_path, _share(kills, 1, 3), chance, f"sqlite:///{tmp_path / 'one.db'}", servers=1)
    _say(capsys, "pushes, one server killed", books)
    assert (books.wrong, books.too_late) == ([], [])


@needs_redis
@pytest.mark.crash
@pytest.mark.timeout(3600)
async def test_several_servers_and_redis(
    tmp_path: Path, kills: int, chance: random.Random, capsys: pytest.CaptureFixture[str]
) -> None:
    with RedisServer(tmp_path / "redis") as redis:
        url = f"{redis.url}/0?lease={LEASE:g}&timeout=2&shards=2"
        books = await _killed(tmp_path, _share(kills, 2, 3), chance, url, servers=3, redis=redis)
    _say(capsys, "pushes, servers and Redis killed", books)
    assert (books.wrong, books.too_late) == ([], [])


async def _killed(
    folder: Path, kills: int, chance: random.Random, url: str, *, servers: int, redis: RedisServer | None = None
) -> Books:
    async with AsyncExitStack() as stack:
        books = Books()
        standin = await stack.enter_async_context(StandIn(keep=1, on_delivery=books.take))
        workers = [server(folder / f"server{each}", standin, ASSENT_STORE=url) for each in range(servers)]
        store = open_store(url)
        for worker in workers:
            stack.push_async_callback(worker.kill)
            await worker.start()
        await store.open()
        stack.push_async_callback(store.close)
        storm = Storm(store, standin, workers, chance, books)
        stack.push_async_callback(storm.http.close)
        measuring = asyncio.create_task(books.measure_lag())
        for number in range(min(-(-kills // KILLS_A_RUN), MAX_RUNS)):
            run, people = await storm.begin(number)
            before = [each for each in people if each in books.stopped]
            for _ in range(min(KILLS_A_RUN, kills - number * KILLS_A_RUN)):
                await storm.moment(run, people)
                books.kills += 1
                if redis is not None and chance.random() < 1 / 6:
                    await asyncio.to_thread(redis.kill)
                    await asyncio.sleep(chance.uniform(0, 1))
                    await asyncio.to_thread(redis.start)
                    continue
                victim = chance.choice(workers)
                await victim.kill()
                if chance.random() < WHILE_STARTING:
                    await victim.launch()
                    await asyncio.sleep(chance.random())
                    await victim.kill()
                await victim.start()
            standin.faults.clear()
            await storm.over(run)
            await storm.judge(run, people, before)
        measuring.cancel()
        return books


def _share(kills: int, parts: int, of: int) -> int:
    """Return the kills of one test: of all together as many as are asked for, or half of them in a short run."""
    return max((kills if kills > SHORT else kills // 2) * parts // of, 1)


def _say(capsys: pytest.CaptureFixture[str], title: str, books: Books) -> None:
    with capsys.disabled():
        print(  # noqa: T201  # the figures of the run
            f"\n{title}\n  kills {books.kills}, messages that came {books.got.total()},"
            f" STOPs {len(books.stopped)}, longest lag of the test's own loop {books.lag:.2f} s"
        )

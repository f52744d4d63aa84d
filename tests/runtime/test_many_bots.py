"""A server with many bots asks its store no more than one with few, while nothing happens, and hears of each change."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from redis import Redis

from audiences.index_feed import Audiences
from messages.consent import Membership
from runtime.background import Background
from runtime.clock import now, perf_counter
from runtime.metrics import Metrics
from runtime.revisions import LiveRevisions, RevisionCache
from storage.port import Store
from storage.sqlite.store import SqliteStore
from storage.stores import open_store
from tests.runtime.harness import FLOW
from tests.storage.contract.subjects import SUBJECTS
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database
from tests.storage.talk import Talk

LONG = 60.0
"""Seconds that no test waits for: what is waited for comes."""
POLLS = 4
"""So often the store is asked for changes while it is counted what else is asked."""


class Watched:
    """What watches the bots of a store in a server: their audiences, and what is live."""

    def __init__(self, store: Store) -> None:
        self.background = Background(Metrics(), monotonic=perf_counter)
        self.audiences = Audiences(
            store,
            CollectorRegistry(auto_describe=True),
            now,
            start=self.background.start,
            set_up=lambda _: frozenset({"teams"}),
        )
        self.revisions = RevisionCache(store)
        self.live = LiveRevisions(store, self.revisions, Metrics(), bots=(), appeared=self.audiences.add)


@asynccontextmanager
async def watching(store: Store) -> AsyncIterator[Watched]:
    watched = Watched(store)
    watched.background.start("live", watched.live.watch)
    watched.background.start("index", watched.audiences.run)
    yield watched
    await watched.background.close()


async def push(store: Store, *bots: str) -> None:
    for bot in bots:
        await store.push(bot, FLOW.replace("bot: demo", f"bot: {bot}"), author="ana", at=now(), expected_live=0)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONG):
        while not holds():  # noqa: ASYNC110  # the index tells nobody
            await asyncio.sleep(0.02)


def names(count: int) -> list[str]:
    return [f"bot{number}" for number in range(count)]


@pytest.mark.parametrize("bots", [1, 40])
async def test_sqlite_is_asked_one_question_a_poll_for_all_bots(tmp_path: Path, bots: int) -> None:
    store = SqliteStore(tmp_path / "assent.db")
    await store.open()
    await push(store, *names(bots))
    asked: list[str] = []
    connection = store._database._hot
    assert connection is not None
    connection.set_trace_callback(asked.append)
    poll = "PRAGMA data_version"
    async with watching(store) as watched:
        await until(lambda: len(watched.live.bots) == bots and watched.live.problem == "")
        await until(lambda: asked[-2:] == [poll, poll])
        asked.clear()
        await until(lambda: len(asked) >= POLLS)
        assert set(asked) == {poll}
    connection.set_trace_callback(None)
    await store.close()


@needs_redis
@pytest.mark.parametrize("bots", [1, 40])
async def test_redis_is_asked_one_question_a_poll_for_all_bots(bots: int) -> None:
    url = empty_database(0)
    store = open_store(url)
    await store.open()
    await push(store, *names(bots))

    def counts() -> dict[str, int]:
        return {name: each["calls"] for name, each in redis.info("commandstats").items()}

    def risen(since: dict[str, int], name: str) -> int:
        return counts().get(f"cmdstat_{name}", 0) - since.get(f"cmdstat_{name}", 0)

    with Redis.from_url(url) as redis:
        async with watching(store) as watched:
            await until(lambda: len(watched.live.bots) == bots and watched.live.problem == "")
            before = counts()
            while True:  # until there is a poll after which nobody reads on
                await until(lambda: risen(before, "evalsha") >= POLLS)  # noqa: B023
                if not risen(before, "xrange") + risen(before, "zrangebyscore"):
                    break
                before = counts()
            assert risen(before, "hmget") <= bots * risen(before, "evalsha")
            assert risen(before, "hgetall") <= risen(before, "evalsha") + 1
    await store.close()


@pytest.mark.parametrize("url", SUBJECTS)
async def test_each_bot_hears_of_what_anybody_commits_and_a_bot_that_appears_is_watched(
    tmp_path: Path, url: Callable[[Path], str]
) -> None:
    address = url(tmp_path)
    async with AsyncExitStack() as stack:
        here, there = open_store(address), open_store(address)
        for store in (here, there):
            await store.open()
            stack.push_async_callback(store.close)
        await push(there, *names(8))
        async with watching(here) as watched:
            await until(lambda: watched.live.bots == names(8))
            await push(there, "late")
            await until(lambda: watched.live.bots == [*names(8), "late"])
            for number, bot in enumerate(watched.live.bots):
                writer = here if number % 2 else there
                await Talk("ana", bot=bot).take(writer, "e1", consent={"tips": Membership.OPTED_IN})
            indexes = [watched.audiences.of(bot) for bot in watched.live.bots]
            await until(lambda: all(each.index.count("tips", now()).members == 1 for each in indexes))
            number = await there.live("bot3")
            assert number is not None
            source = FLOW.replace("bot: demo", "bot: bot3") + "# another\n"
            await there.push("bot3", source, author="ana", at=now(), expected_live=number.number)
            await until(lambda: (live := watched.revisions.last_live("bot3")) is not None and live.number == 2)

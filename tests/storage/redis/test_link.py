"""What a store says when Redis fails it, and that it goes on afterwards."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from messages.errors import StoreError
from storage.port import Store
from storage.records import Committed
from storage.stores import open_store
from tests.loop_time import pass_time
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.proxy import Proxy
from tests.storage.redis.server import RedisServer
from tests.storage.talk import Talk, says

pytestmark = needs_redis

ANA = Talk("ana")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path) as server:
        yield server


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    store = open_store(url)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def test_a_server_that_cannot_be_reached_is_named_without_its_password(server: RedisServer) -> None:
    server.kill()
    store = open_store(f"redis://:opensesame@127.0.0.1:{server.port}/0")
    with pytest.raises(StoreError, match=f"127.0.0.1:{server.port}") as problem:
        await store.open()
    assert "opensesame" not in str(problem.value)


async def test_a_store_goes_on_after_its_server_was_away(server: RedisServer) -> None:
    async with opened(f"{server.url}/0") as store:
        await ANA.take(store, "e1", says("hello"))
        server.kill()
        with pytest.raises(StoreError):
            await ANA.load(store, "e1")
        server.start()
        assert (await ANA.load(store, "e1")).seen
        await ANA.take(store, "e2")


async def test_a_commit_without_an_answer_may_have_been_written_and_is_known_by_its_event(server: RedisServer) -> None:
    with Proxy(server.port) as proxy:
        async with opened(f"redis://127.0.0.1:{proxy.port}/0?timeout=60") as store:
            loaded = await ANA.load(store)
            proxy.blackhole()
            committing = asyncio.create_task(store.commit(ANA.turn(loaded, "e1")))
            while proxy.swallowed == (0, 0):  # noqa: ASYNC110  # the proxy is in a thread of its own
                await asyncio.sleep(0.01)
            pass_time(60)
            with pytest.raises(StoreError, match="no answer in time"):
                await committing
            proxy.heal()
            await ANA.take_until_committed(store, "e2")
            seen = (await ANA.load(store, "e1")).seen
            assert len(await store.journal(ANA.bot, ANA.key)) == 1 + seen


async def test_a_server_that_forgot_the_scripts_is_taught_again(server: RedisServer) -> None:
    async with opened(f"{server.url}/0") as store:
        await ANA.take(store, "e1")
        server.command("SCRIPT", "FLUSH")
        with pytest.raises(StoreError, match="forgot the scripts"):
            await ANA.load(store, "e1")
        assert (await ANA.load(store, "e1")).seen


async def test_a_server_without_memory_refuses_and_nothing_is_half_written(server: RedisServer) -> None:
    async with opened(f"{server.url}/0") as store:
        await ANA.take(store, "e1")
        loaded = await ANA.load(store)
        server.command("CONFIG", "SET", "maxmemory", "1mb")
        with pytest.raises(StoreError, match="out of memory"):
            await store.commit(ANA.turn(loaded, "e2", says("hello")))
        with pytest.raises(StoreError, match="out of memory"):
            await store.check()
        server.command("CONFIG", "SET", "maxmemory", "0")
        assert await ANA.load(store, "e2") == loaded
        await ANA.take(store, "e2", says("hello"))


async def test_calls_on_their_way_are_answered_before_a_store_is_closed(server: RedisServer) -> None:
    store = open_store(f"{server.url}/0")
    await store.open()
    people = [Talk(f"user{number}") for number in range(200)]
    taken = asyncio.gather(*(person.take(store, f"e-{person.user}") for person in people), return_exceptions=True)
    for _ in range(5):
        await asyncio.sleep(0)
    await store.close()
    outcomes = await taken
    async with opened(f"{server.url}/0") as again:
        written = len(await again.conversations("wellbeing", limit=1000))
    assert written == sum(isinstance(outcome, Committed) for outcome in outcomes)
    assert all(isinstance(outcome, Committed | StoreError) for outcome in outcomes)

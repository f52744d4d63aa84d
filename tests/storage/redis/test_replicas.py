"""`replicas=N` in the store's URL: a turn counts once so many replicas have it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from messages.errors import StoreError
from storage.port import Store
from storage.stores import open_store
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.newer import NewerRedis
from tests.storage.redis.server import RedisServer
from tests.storage.talk import Talk, says

pytestmark = needs_redis

ANA = Talk("ana")


@pytest.fixture
def primary(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path / "primary") as server:
        yield server


@pytest.fixture
def replica(tmp_path: Path, primary: RedisServer) -> Iterator[RedisServer]:
    with RedisServer(tmp_path / "replica", replica_of=primary) as server:
        server.wait_in_step()
        yield server


@pytest.fixture
async def store(primary: RedisServer, replica: RedisServer) -> AsyncIterator[Store]:
    """One that waits for its replica as long as a busy disk may take."""
    store = open_store(f"{primary.url}/0?replicas=1&timeout=60")
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def impatient(primary: RedisServer, replica: RedisServer) -> AsyncIterator[Store]:
    store = open_store(f"{primary.url}/0?replicas=1&timeout=3")
    await store.open()
    yield store
    await store.close()


async def test_a_turn_that_was_confirmed_is_on_the_replica(
    store: Store, primary: RedisServer, replica: RedisServer
) -> None:
    await ANA.take(store, "e1", says("hello"))
    primary.kill()
    replica.promote()
    promoted = open_store(f"{replica.url}/0")
    await promoted.open()
    assert (await ANA.load(promoted, "e1")).seen
    await promoted.close()


async def test_a_turn_is_not_confirmed_while_the_replica_is_away(impatient: Store, replica: RedisServer) -> None:
    loaded = await ANA.load(impatient)
    replica.freeze()
    with pytest.raises(StoreError, match="not confirmed by its replicas"):
        await impatient.commit(ANA.turn(loaded, "e1", says("hello")))
    replica.thaw()


async def test_a_redelivery_is_not_confirmed_before_the_first_delivery_is(
    store: Store, impatient: Store, replica: RedisServer
) -> None:
    """The turn is on the primary, and a crash of it could still take it away."""
    loaded = await ANA.load(impatient)
    replica.freeze()
    with pytest.raises(StoreError, match="not confirmed"):
        await impatient.commit(ANA.turn(loaded, "e1", says("hello")))
    with pytest.raises(StoreError, match="not confirmed"):
        await ANA.load(impatient, "e1")
    replica.thaw()
    replica.wait_in_step()
    assert (await ANA.load(store, "e1")).seen
    assert len(await store.journal(ANA.bot, ANA.key)) == 1


async def test_serving_without_the_replicas_that_the_url_asks_for_is_refused(primary: RedisServer) -> None:
    store = open_store(f"{primary.url}/0?replicas=1&timeout=1")
    await store.open()
    with pytest.raises(StoreError, match="replicas=1, and 0 are connected"):
        await store.acquire_server_lease()
    await store.close()


async def test_a_replica_takes_no_turns(replica: RedisServer) -> None:
    store = open_store(f"{replica.url}/0")
    with pytest.raises(StoreError, match=r"read only|READONLY"):
        await store.open()
    await store.close()


async def test_a_newer_redis_is_asked_whether_replicas_have_it_on_disk(primary: RedisServer) -> None:
    """WAITAOF, from 7.2 on: its answer is how many have it on disk, the server itself first."""
    async with NewerRedis(primary.port, on_disk=(1, 2)) as newer:
        store = open_store(f"{newer.url}/0?replicas=2&timeout=1")
        await store.open()
        await ANA.take(store, "e1")
        assert newer.asked[-1] == [b"WAITAOF", b"1", b"2", b"800"]
        newer.on_disk = (1, 1)
        with pytest.raises(StoreError, match="not confirmed"):
            await ANA.take(store, "e2")
        newer.on_disk = (0, 2)
        with pytest.raises(StoreError, match="not confirmed"):
            await ANA.take(store, "e3")
        await store.close()

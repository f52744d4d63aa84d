"""Newer forms are written once every server that may be there reads them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from storage.port import FIRST, FORMS, Store
from storage.stores import open_store
from tests.loop_time import pass_time
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import _server, empty_database
from tests.storage.talk import Talk, says

pytestmark = needs_redis

LEASE = 60
DATABASE = 3


class Older:
    """A server of a version that says nothing of forms: it is in the list of workers, as such a version leaves it."""

    def __init__(self, shards: int) -> None:
        self._shards = shards

    def _all(self, *command: object) -> None:
        with _server().client(DATABASE) as client:
            for shard in range(self._shards):
                client.execute_command(*(f"assent:{{b/{shard}}}:workers" if part is self else part for part in command))

    def starts(self) -> None:
        self._all("ZADD", self, 9e15, "7-old-1")

    def loses_its_lease(self) -> None:
        self._all("ZADD", self, 1, "7-old-1")

    def leaves(self) -> None:
        self._all("ZREM", self, "7-old-1")


@pytest.fixture(params=[1, 3], ids=["1 shard", "3 shards"])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, Older, AsyncExitStack]]:
    async with AsyncExitStack() as stack:
        yield f"{empty_database(DATABASE)}?shards={request.param}&lease={LEASE}", Older(request.param), stack


House = tuple[str, Older, AsyncExitStack]


async def server(house: House) -> Store:
    store = open_store(house[0])
    await store.open()
    house[2].push_async_callback(store.close)
    await Talk("ana", bot="b").take(store, "e1", says("hello"))
    await store.acquire_server_lease()
    return store


async def settled(store: Store, forms: int) -> None:
    """Renew the lease until the forms are these."""
    while store.forms != forms:
        pass_time(LEASE / 2)
        await store.take_over()


async def test_alone_a_server_writes_what_it_reads(house: House) -> None:
    store = await server(house)
    assert store.forms == FORMS
    await store.take_over()
    assert store.forms == FORMS


async def test_an_older_server_holds_newer_forms_back_until_it_left(house: House) -> None:
    store = await server(house)
    house[1].starts()
    await store.take_over()
    assert store.forms == FIRST
    house[1].leaves()
    await settled(store, FORMS)


async def test_an_older_server_is_seen_by_one_that_starts(house: House) -> None:
    first = await server(house)
    house[1].starts()
    await first.take_over()
    second = await server_beside(house)
    assert second.forms == FIRST


async def test_an_older_server_that_gives_no_sign_counts_until_its_replies_were_taken_over(house: House) -> None:
    store = await server(house)
    house[1].loses_its_lease()
    await store.take_over()
    assert store.forms == FIRST


async def test_two_servers_that_say_what_they_read_write_it(house: House) -> None:
    first = await server(house)
    second = await server_beside(house)
    for store in (first, second):
        await store.take_over()
        assert store.forms == FORMS


async def test_a_redis_that_forgot_who_serves_is_not_believed_at_once(house: House) -> None:
    store = await server(house)
    with _server().client(DATABASE) as client:
        for key in client.keys("*:workers"):
            client.delete(key)
    await store.take_over()
    assert store.forms == FIRST
    await settled(store, FORMS)


async def server_beside(house: House) -> Store:
    store = open_store(house[0])
    await store.open()
    house[2].push_async_callback(store.close)
    await store.acquire_server_lease()
    return store

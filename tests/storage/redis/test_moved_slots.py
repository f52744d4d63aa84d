"""A Cluster whose slots move, or whose nodes fail, under an open store."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from messages.errors import StaleVersion, StoreError
from storage.port import Store
from storage.stores import open_store
from tests.storage.redis.cluster import Cluster
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.server import RedisServer
from tests.storage.talk import Talk, says

pytestmark = [needs_redis, pytest.mark.cluster]

ANA = Talk("ana")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(tmp_path) as cluster:
        yield cluster


def slot_of(cluster: Cluster) -> int:
    return int(cluster.nodes[0].command("CLUSTER KEYSLOT", "assent:{wellbeing/0}:"))


def has_slot(node: RedisServer, slot: int) -> bool:
    mine = next(each for each in node.command("CLUSTER NODES").values() if "myself" in str(each["flags"]))
    return any(int(first) <= slot <= int(last) for first, last in mine["slots"])


async def take_when_served(store: Store, event: str) -> None:
    """Take a turn, again and again while the store says that it can't."""
    async with asyncio.timeout(30):
        while True:
            try:
                await ANA.take(store, event, says(event))
            except (StoreError, StaleVersion):
                continue
            return


async def test_a_slot_that_moved_is_found_at_its_new_node(cluster: Cluster) -> None:
    store = open_store(cluster.url)
    await store.open()
    slot = slot_of(cluster)
    (before,) = [node for node in cluster.nodes if has_slot(node, slot)]
    after = next(node for node in cluster.nodes if node is not before)
    assert (await ANA.load(store)).contact is None  # the store knows where the slot was
    identity = after.command("CLUSTER MYID").decode()
    for node in (after, *(node for node in cluster.nodes if node is not after)):
        node.command("CLUSTER SETSLOT", slot, "NODE", identity)
    await take_when_served(store, "e1")
    assert after.command("DBSIZE") > 0
    assert len(await store.journal(ANA.bot, ANA.key)) == 1
    await store.close()


async def test_a_node_that_comes_back_goes_on(cluster: Cluster) -> None:
    store = open_store(f"{cluster.url}?timeout=1")
    await store.open()
    await ANA.take(store, "e1", says("1"))
    (node,) = [node for node in cluster.nodes if has_slot(node, slot_of(cluster))]
    node.kill()
    with pytest.raises(StoreError):
        await ANA.load(store, "e1")
    node.start()
    cluster.wait_until_whole()
    await take_when_served(store, "e2")
    assert len(await store.journal(ANA.bot, ANA.key)) == 2
    await store.close()

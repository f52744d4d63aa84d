"""The cluster that tests start takes every key on one of its three nodes."""

from collections import Counter
from pathlib import Path

import pytest
from redis.cluster import RedisCluster

from tests.storage.redis.cluster import Cluster
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.server import HOST

pytestmark = [needs_redis, pytest.mark.cluster]


def test_keys_are_spread_over_three_masters(tmp_path: Path) -> None:
    with Cluster(tmp_path) as cluster, RedisCluster(host=HOST, port=cluster.nodes[0].port) as client:
        for number in range(300):
            client.set(f"key{number}", number)
        held = Counter({node.port: node.command("DBSIZE") for node in cluster.nodes})
    assert held.total() == 300
    assert min(held.values()) > 50


def test_a_node_that_was_killed_comes_back_with_its_slots(tmp_path: Path) -> None:
    with Cluster(tmp_path) as cluster:
        node = cluster.nodes[1]
        assert node.command("SET", "c", "1")
        node.kill()
        node.start()
        cluster.wait_until_whole()
        assert node.command("GET", "c") == b"1"

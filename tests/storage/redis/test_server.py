"""What tests rely on in the servers that they start."""

from pathlib import Path

import pytest
from redis import RedisError

from tests.storage.redis.needed import needs_redis
from tests.storage.redis.server import RedisServer

pytestmark = needs_redis


def test_a_killed_server_comes_back_on_its_port_with_what_it_acknowledged(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "redis") as server:
        url = server.url
        server.command("SET", "a", "1")
        server.kill()
        assert not server.answers()
        server.start()
        assert server.url == url
        assert server.command("GET", "a") == b"1"


def test_a_stopped_server_ends_and_can_be_started_again(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "redis", appendfsync="no") as server:
        server.command("SET", "a", "1")
        server.stop()
        assert not server.answers()
        server.start()
        assert server.command("GET", "a") == b"1"


def test_settings_are_handed_on(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "redis", maxmemory="64mb", maxmemory_policy="allkeys-lru", requirepass="x") as server:
        with server.client() as client:
            found = client.config_get("*")
        names = ("maxmemory", "maxmemory-policy", "appendonly", "appendfsync", "save")
        assert [found[name] for name in names] == ["67108864", "allkeys-lru", "yes", "always", ""]


def test_a_server_that_can_not_start_says_why(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis", maxmemory_policy="no such policy")
    with pytest.raises(AssertionError, match="redis-server ended with 1"):
        server.start()
    server.kill()


def test_a_frozen_server_answers_once_thawed(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "redis") as server:
        server.freeze()
        assert not server.answers()
        server.thaw()
        assert server.answers()


def test_a_replica_follows_its_master_and_can_be_promoted(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "1") as master, RedisServer(tmp_path / "2", replica_of=master) as replica:
        master.command("SET", "a", "1")
        replica.wait_in_step()
        assert replica.command("GET", "a") == b"1"
        with pytest.raises(RedisError, match="read only replica"):
            replica.command("SET", "a", "2")
        master.kill()
        replica.promote()
        replica.command("SET", "a", "2")
        replica.kill()
        replica.start()
        assert replica.command("GET", "a") == b"2"
        master.start()
        master.follow(replica)
        master.wait_in_step()
        assert master.command("GET", "a") == b"2"

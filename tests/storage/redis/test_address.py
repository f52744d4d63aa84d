"""A Redis store's URL."""

import pytest

from messages.errors import BadSettings
from storage.redis.address import Durability, RedisAddress, parse_address, shown
from storage.stores import open_store


def test_a_plain_url_asks_for_what_is_safe() -> None:
    assert parse_address("redis://localhost:6379/0") == RedisAddress(
        "redis://localhost:6379/0", shards=1, durability=Durability.ALWAYS, replicas=0, lease=10.0, timeout=5.0
    )


def test_our_words_are_taken_out_and_those_of_tls_are_left() -> None:
    address = parse_address(
        "rediss://:secret@redis.example:6380/2?shards=4&replicas=1&durability=everysec&ssl_ca_certs=/etc/ca.pem"
    )
    assert address.url == "rediss://:secret@redis.example:6380/2?ssl_ca_certs=%2Fetc%2Fca.pem"
    assert (address.shards, address.replicas, address.durability) == (4, 1, Durability.EVERYSEC)
    assert not address.cluster


def test_a_cluster_is_named_by_one_of_its_nodes() -> None:
    address = parse_address("redis+cluster://node1:7000")
    assert (address.url, address.cluster) == ("redis://node1:7000", True)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("redis://", "no host"),
        ("redis://h:port/0", "no usable port"),
        ("redis://h/0?shard=3", "'shard' is nothing"),
        ("redis://h/0?shards=0", "from 1 to 64"),
        ("redis://h/0?shards=x", "from 1 to 64"),
        ("redis://h/0?replicas=-1", "from 0 to 16"),
        ("redis://h/0?lease=0", "from 0.1 to 600"),
        ("redis://h/0?timeout=soon", "from 0.1 to 600"),
        ("redis://h/0?durability=maybe", "always, everysec or none"),
        ("redis+cluster://h/3", "no numbered databases"),
    ],
)
def test_what_can_t_be_used_is_named_with_a_remedy(url: str, says: str) -> None:
    with pytest.raises(BadSettings, match=says):
        open_store(url)


def test_a_password_is_never_shown() -> None:
    assert shown("redis://user:opensesame@h:1/0?x=1") == "redis://user:***@h:1/0?x=1"
    assert shown("redis://h/0") == "redis://h/0"
    with pytest.raises(BadSettings) as problem:
        open_store("redis://:opensesame@h/0?lease=x")
    assert "opensesame" not in str(problem.value)

"""Records that this version can't read, put in the place of good ones."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from redis import Redis, RedisCluster

from messages.codec import SCHEMA

NEWER = bytes((0x92, SCHEMA + 1, 0xC0))
"""A record of the next schema: the array `[SCHEMA + 1, nil]`."""

_SQL = {
    "timer": "UPDATE conversations SET record = ? WHERE bot = ? AND key = ?",
    "reply": "UPDATE outbox SET message = ? WHERE conversation IN "
    "(SELECT number FROM conversations WHERE bot = ? AND key = ?)",
    "import": "UPDATE imports SET record = ? WHERE bot = ? AND id = ?",
    "contact": "UPDATE contacts SET record = ? WHERE bot = ? AND id = ?",
    "segment": "UPDATE segments SET record = ? WHERE bot = ? AND id = ?",
}
_KEYS = {
    "timer": ("conversation:{name}", "state"),
    "reply": ("replies:{name}", "*"),
    "import": ("import-records", "{name}"),
    "contact": ("contact:{name}", "record"),
    "segment": ("segments", "{name}"),
}


def damage(url: str, kind: str, bot: str, name: str) -> None:
    """Overwrite what a bot has of a kind under a name: a timer's or a reply's is that of its conversation."""
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
            assert connection.execute(_SQL[kind], (NEWER, bot, name)).rowcount
        return
    hash_of, field = (part.format(name=name) for part in _KEYS[kind])
    with closing(_client(url)) as client:
        damaged = [
            client.hset(key, each, NEWER)
            for key in _hashes(client, bot, hash_of)
            for each in (client.hkeys(key) if field == "*" else [field])
            if client.hexists(key, each)
        ]
    assert damaged


def _client(url: str) -> Any:
    address = url.partition("?")[0]
    if address.startswith("redis+cluster"):
        return RedisCluster.from_url(address.replace("redis+cluster", "redis"))
    return Redis.from_url(address)


def _hashes(client: Any, bot: str, name: str) -> Iterator[str]:
    for shard in range(3):
        key = f"assent:{{{bot}/{shard}}}:{name}"
        if client.exists(key):
            yield key

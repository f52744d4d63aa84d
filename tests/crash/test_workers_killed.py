"""Servers killed at random moments: the others take over what they left, and say what they can't know."""

import random
from pathlib import Path

import pytest

from tests.crash.house import LEASE, House
from tests.crash.table import told
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.server import RedisServer

pytestmark = [needs_redis, pytest.mark.crash, pytest.mark.timeout(3600)]

LOAD = 200
"""At most so many acts are acknowledged between two blows."""


async def test_workers_are_killed(
    tmp_path: Path, rounds: int, chance: random.Random, capsys: pytest.CaptureFixture[str]
) -> None:
    with RedisServer(tmp_path / "redis") as redis:
        words = f"lease={LEASE:g}&timeout=2&shards=2"
        async with House(tmp_path, [redis.port] * 3, chance, words=words) as house:
            for _ in range(4 * rounds):
                await house.crowd.acknowledged(chance.randint(1, LOAD))
                victim = chance.randrange(3)
                await house.kill(victim)
                await house.crowd.acknowledged(chance.randint(1, LOAD))
                await house.start(victim)
            found = await house.finish(redis.port, repeats=True)
    with capsys.disabled():
        print(told("servers killed", house.history, found))  # noqa: T201  # the figures of the run
    assert found.broken() == []

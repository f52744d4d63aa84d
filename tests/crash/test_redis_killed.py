"""Redis killed at random moments, and started again from its append-only file: what was acknowledged is there."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.crash.house import House
from tests.crash.table import told
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.server import RedisServer

pytestmark = [needs_redis, pytest.mark.crash, pytest.mark.timeout(3600)]

LOAD = 200
"""At most so many acts are acknowledged between a start and the next kill."""


async def test_redis_is_killed(
    tmp_path: Path, rounds: int, chance: random.Random, capsys: pytest.CaptureFixture[str]
) -> None:
    with RedisServer(tmp_path / "redis") as redis:
        async with House(tmp_path, [redis.port] * 2, chance) as house:
            for _ in range(3 * rounds):
                await house.crowd.acknowledged(chance.randint(1, LOAD))
                house.history.happened("Redis is killed")
                await asyncio.to_thread(redis.kill)
                await house.crowd.refused(chance.randint(1, 2 * LOAD))
                await asyncio.to_thread(redis.start)
                house.history.happened("Redis is up again")
            await house.crowd.acknowledged(LOAD)
            found = await house.finish(redis.port, repeats=True)
    with capsys.disabled():
        print(told("Redis killed", house.history, found))  # noqa: T201  # the figures of the run
    assert found.broken() == []

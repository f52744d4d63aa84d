"""Servers ended by SIGTERM and started again, one after another: nobody but the operator notices."""

import random
from pathlib import Path

import pytest

from tests.crash.house import House
from tests.crash.table import told
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.server import RedisServer

pytestmark = [needs_redis, pytest.mark.crash, pytest.mark.timeout(3600)]

LOAD = 100
"""At most so many acts are acknowledged between two steps."""


async def test_workers_are_restarted_one_by_one(
    tmp_path: Path, rounds: int, chance: random.Random, capsys: pytest.CaptureFixture[str]
) -> None:
    with RedisServer(tmp_path / "redis") as redis:
        async with House(tmp_path, [redis.port] * 3, chance) as house:
            for _ in range(rounds):
                for number, worker in enumerate(house.workers):
                    await house.crowd.acknowledged(chance.randint(1, LOAD))
                    house.history.happened(f"server {number} is asked to end")
                    assert await worker.stop() == 0
                    house.history.happened(f"server {number} has ended")
                    await house.crowd.acknowledged(chance.randint(1, LOAD))
                    await house.start(number)
            found = await house.finish(redis.port, repeats=False)
    with capsys.disabled():
        print(told("rolling restart", house.history, found))  # noqa: T201  # the figures of the run
    assert found.broken() == []
    assert found.in_doubt == 0

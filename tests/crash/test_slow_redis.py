"""A Redis that is half a second away: everything takes longer, and nothing else changes."""

import random
from pathlib import Path

import pytest

from tests.crash.house import PEOPLE, House
from tests.crash.table import told
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.proxy import Proxy
from tests.storage.redis.server import RedisServer

pytestmark = [needs_redis, pytest.mark.crash, pytest.mark.timeout(3600)]

EACH_WAY = 0.25


async def test_redis_is_slow(
    tmp_path: Path, rounds: int, chance: random.Random, capsys: pytest.CaptureFixture[str]
) -> None:
    with RedisServer(tmp_path / "redis") as redis, Proxy(redis.port) as proxy:
        async with House(tmp_path, [proxy.port] * 2, chance, words="") as house:
            await house.crowd.acknowledged(PEOPLE)
            house.history.happened("Redis is half a second away")
            proxy.delay(commands=EACH_WAY, answers=EACH_WAY)
            await house.crowd.acknowledged(3 * PEOPLE * rounds)
            house.history.happened("Redis is near again")
            proxy.heal()
            await house.crowd.acknowledged(PEOPLE)
            found = await house.finish(redis.port, repeats=False)
    with capsys.disabled():
        print(told("Redis half a second away", house.history, found))  # noqa: T201  # the figures of the run
    assert found.broken() == []
    assert [request for request in house.history.requests if request.status == 503] == []

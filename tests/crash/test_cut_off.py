"""A server cut off from Redis for longer than its lease: the others send what it left, and it sends none of that."""

import asyncio
import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from standin.deliveries import Fault
from tests.crash.house import House
from tests.crash.table import told
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.proxy import Proxy
from tests.storage.redis.server import RedisServer

pytestmark = [needs_redis, pytest.mark.crash, pytest.mark.timeout(3600)]

LOAD = 200
"""At most so many acts are acknowledged before the next cut."""
FEW = 20
"""The same while most people wait for the answer of the server that is cut off, and give it up after seconds."""
BEHIND = 60
"""Replies that the channel takes at once and answers late: they are under way when the server is cut off, and when it
comes back.
"""


def refuse(proxy: Proxy) -> None:
    proxy.refuse()
    proxy.cut()


CUTS: Mapping[str, Callable[[Proxy], None]] = {
    "cut off": refuse,
    "in a black hole": Proxy.blackhole,
    "not answered": lambda proxy: proxy.blackhole(commands=False),
    "held up": Proxy.hold,
}
"""What the network does. Held up, its commands arrive late: after it was given up."""


async def test_a_worker_is_cut_off(
    tmp_path: Path, rounds: int, chance: random.Random, capsys: pytest.CaptureFixture[str]
) -> None:
    with RedisServer(tmp_path / "redis") as redis, Proxy(redis.port) as proxy:
        async with House(tmp_path, [proxy.port, redis.port], chance) as house:
            for _ in range(rounds):
                for what, cut in CUTS.items():
                    await house.crowd.acknowledged(chance.randint(1, LOAD))
                    for worker in house.workers:
                        worker.standin.fail(Fault(next=BEHIND, delay_ms=chance.uniform(100, 1500)))
                    await house.crowd.acknowledged(BEHIND)
                    house.history.happened(f"server 0 is {what}")
                    await asyncio.to_thread(cut, proxy)
                    await house.taken_over(0, redis)
                    await house.crowd.acknowledged(chance.randint(0, FEW), by=1)
                    house.history.happened("server 0 is back")
                    await asyncio.to_thread(proxy.heal)
                    await house.crowd.acknowledged(chance.randint(1, FEW), by=0)
            found = await house.finish(redis.port, repeats=True)
    with capsys.disabled():
        print(told("a server cut off", house.history, found))  # noqa: T201  # the figures of the run
    assert found.broken() == []
    assert found.repeated > 0

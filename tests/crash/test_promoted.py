"""A replica promoted in the place of a primary that was killed: it has all that was acknowledged."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.crash.house import LEASE, House
from tests.crash.table import told
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.proxy import Proxy
from tests.storage.redis.server import RedisServer

pytestmark = [needs_redis, pytest.mark.crash, pytest.mark.timeout(3600)]

LOAD = 200
"""At most so many acts are acknowledged before the primary is killed."""


async def test_a_replica_is_promoted(
    tmp_path: Path, rounds: int, chance: random.Random, capsys: pytest.CaptureFixture[str]
) -> None:
    """The proxy is what names the primary, as a Sentinel or a load balancer does."""
    with (
        RedisServer(tmp_path / "one") as one,
        RedisServer(tmp_path / "other", replica_of=one) as other,
        Proxy(one.port) as proxy,
    ):
        primary, replica = one, other
        await asyncio.to_thread(replica.wait_in_step)
        words = f"lease={LEASE:g}&timeout=2&replicas=1"
        async with House(tmp_path, [proxy.port] * 2, chance, words=words) as house:
            for _ in range(2 * rounds):
                await house.crowd.acknowledged(chance.randint(1, LOAD))
                house.history.happened("the primary is killed, and its replica promoted")
                await asyncio.to_thread(primary.kill)
                await asyncio.to_thread(replica.promote)
                proxy.lead_to(replica.port)
                proxy.cut()
                await house.crowd.refused(1)
                primary, replica = replica, primary
                await asyncio.to_thread(_rejoin, replica, primary)
                house.history.happened("the old primary follows the new one")
                await house.crowd.acknowledged(LOAD // 2)
            found = await house.finish(primary.port, repeats=True)
    with capsys.disabled():
        print(told("a replica promoted", house.history, found))  # noqa: T201  # the figures of the run
    assert found.broken() == []


def _rejoin(server: RedisServer, primary: RedisServer) -> None:
    """Come back with what it had, and take what its successor has."""
    server.start()
    server.follow(primary)
    server.wait_in_step()

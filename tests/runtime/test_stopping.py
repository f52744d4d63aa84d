"""SIGTERM: a server ends while something still hangs, and what it leaves is found again.

It ends by itself with 0, and by force with 1 once its time is over.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from standin.deliveries import Fault
from standin.server import StandIn
from tests.runtime.harness import FLOW, KEY, words
from tests.runtime.locked import Locked
from tests.runtime.process import ServerProcess
from tests.runtime.test_process import press
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.server import RedisServer

GRACE = 1.0
SETTINGS = {"ASSENT_SERVER__GRACE": str(GRACE), "ASSENT_SERVER__TURN_TIMEOUT": "1"}
IN = "You are in: Tips. Type STOP to leave."


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    async with StandIn() as running:
        yield running


@pytest.fixture
async def server(tmp_path: Path, standin: StandIn) -> ServerProcess:
    return ServerProcess(tmp_path, FLOW, standin.url, KEY, **SETTINGS)


async def test_a_channel_that_hangs_is_not_waited_for(server: ServerProcess, standin: StandIn) -> None:
    await server.start()
    standin.fail(Fault(next=1, delay_ms=3_600_000))
    assert await press(server, 1) == 200
    await standin.wait_for(1)
    assert await server.stop() == 0
    await server.start()
    assert [words(each) for each in await standin.wait_for(2)] == [IN, IN]
    assert await server.stop() == 0


async def test_turns_in_hand_are_finished(server: ServerProcess, standin: StandIn, tmp_path: Path) -> None:
    await server.start()
    with Locked(tmp_path / "server.db"):
        assert await press(server, 1) == 503
        stopping = asyncio.create_task(server.stop())
        await asyncio.sleep(0)
    assert await stopping == 0
    assert [words(each) for each in standin.deliveries] == [IN]


async def test_a_disk_that_hangs_is_not_waited_for(server: ServerProcess, standin: StandIn, tmp_path: Path) -> None:
    """The thread that writes can't be stopped, so the process is ended by force."""
    await server.start()
    with Locked(tmp_path / "server.db"):
        assert [await press(server, 1, "ana"), await press(server, 3, "ben")] == [503, 503]
        assert await server.stop() == 1
    assert "ended by force" in server.log.read_text()
    assert standin.deliveries == []
    await server.start()
    assert [await press(server, 1, "ana"), await press(server, 3, "ben")] == [200, 200]
    assert [words(each) for each in await standin.wait_for(2)] == [IN, IN]
    assert await server.stop() == 0
    assert len(standin.deliveries) == 2


@needs_redis
async def test_a_redis_that_hangs_is_not_waited_for(tmp_path: Path, standin: StandIn) -> None:
    with RedisServer(tmp_path / "redis") as redis:
        store = f"{redis.url}/0?lease=1"
        server = ServerProcess(tmp_path, FLOW, standin.url, KEY, **SETTINGS, ASSENT_STORE=store)
        await server.start()
        assert await press(server, 1) == 200
        await standin.wait_for(1)
        redis.freeze()
        try:
            assert await press(server, 2) == 503
            assert await server.stop() == 0
        finally:
            redis.thaw()
        await server.start()
        assert await press(server, 2) == 200
        assert [words(each) for each in await standin.wait_for(2)] == [IN, "You are out of Tips."]
        assert await server.stop() == 0
        assert len(standin.deliveries) == 2

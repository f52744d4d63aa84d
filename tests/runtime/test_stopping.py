"""SIGTERM: a server ends within its grace and a little, whatever hangs, and what it leaves is found again."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.standin.faults import Fault
from adapters.standin.server import StandIn
from runtime.shutdown import MARGIN
from tests.redis.needed import needs_redis
from tests.redis.server import RedisServer
from tests.runtime.harness import FLOW, KEY, words
from tests.runtime.locked import Locked
from tests.runtime.process import ServerProcess
from tests.runtime.test_process import press

GRACE = 1.0
IN_TIME = GRACE + MARGIN + 1.0
SETTINGS = {"ASSENT_SERVER__GRACE": str(GRACE), "ASSENT_SERVER__TURN_TIMEOUT": "0.1"}
IN = "You are in: Tips. Type STOP to leave."


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    async with StandIn() as running:
        yield running


@pytest.fixture
async def server(tmp_path: Path, standin: StandIn) -> ServerProcess:
    return ServerProcess(tmp_path, FLOW, standin.url, KEY, **SETTINGS)


async def stopped(server: ServerProcess) -> tuple[int, float]:
    """Stop a server; return its exit code, and how long it took."""
    began = time.monotonic()
    code = await server.stop()
    return code, time.monotonic() - began


async def test_a_channel_that_hangs_is_not_waited_for(server: ServerProcess, standin: StandIn) -> None:
    await server.start()
    standin.fail(Fault(next=1, delay_ms=60_000))
    assert await press(server, 1) == 200
    await standin.wait_for(1)
    code, took = await stopped(server)
    assert code == 0
    assert took < IN_TIME
    await server.start()
    assert [words(each) for each in await standin.wait_for(2)] == [IN, IN]
    assert await server.stop() == 0


async def test_turns_in_hand_are_finished(server: ServerProcess, standin: StandIn, tmp_path: Path) -> None:
    await server.start()
    with Locked(tmp_path / "server.db"):
        assert await press(server, 1) == 503
        stopping = asyncio.create_task(stopped(server))
        await asyncio.sleep(0)
    code, took = await stopping
    assert code == 0
    assert took < IN_TIME
    assert [words(each) for each in standin.deliveries] == [IN]


async def test_a_disk_that_hangs_is_not_waited_for(server: ServerProcess, standin: StandIn, tmp_path: Path) -> None:
    """The thread that writes can't be stopped, so the process is ended by force."""
    await server.start()
    with Locked(tmp_path / "server.db"):
        assert [await press(server, 1, "ana"), await press(server, 3, "ben")] == [503, 503]
        code, took = await stopped(server)
    assert code == 1
    assert took < IN_TIME
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
            code, took = await stopped(server)
        finally:
            redis.thaw()
        assert code == 0
        assert took < IN_TIME
        await server.start()
        assert await press(server, 2) == 200
        assert [words(each) for each in await standin.wait_for(2)] == [IN, "You are out of Tips."]
        assert await server.stop() == 0
        assert len(standin.deliveries) == 2

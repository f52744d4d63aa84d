"""Many connections, idle ones, half-sent heads, no handles left: a STOP on an open connection is answered still."""

import asyncio
import resource
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest

from config.settings import Server
from runtime.connections import connection_limit, raise_limit
from tests.loop_time import while_time_passes
from tests.runtime.harness import FLOW, KEY, RunningBot, running_bot
from tests.runtime.process import ServerProcess

LONG = 60.0
"""Seconds that no test waits for: what is waited for comes."""
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: assent\r\n\r\n"


class Caller:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def sends(self, data: bytes) -> None:
        self._writer.write(data)

    async def status(self) -> int:
        """Return the status of the next answer, read to its end."""
        async with asyncio.timeout(LONG):
            head = await self._reader.readuntil(b"\r\n\r\n")
            lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
            if lengths:
                await self._reader.readexactly(int(lengths[0].split(b":")[1]))
        return int(head.split(b" ")[1])

    async def asks(self, data: bytes) -> int:
        self.sends(data)
        return await self.status()

    async def closed(self) -> bool:
        """Return once the other side has closed; tell whether it said nothing more."""
        async with asyncio.timeout(LONG):
            return await self._reader.read() == b""

    def close(self) -> None:
        self._writer.close()


Connect = Callable[[int], Awaitable[Caller]]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Connects to a port of loopback; all is closed at the end."""
    callers: list[Caller] = []

    async def connect_to(port: int) -> Caller:
        callers.append(Caller(*await asyncio.open_connection("127.0.0.1", port)))
        return callers[-1]

    yield connect_to
    for caller in callers:
        caller.close()


def says(text: str, number: int, user: str = "ana") -> bytes:
    body = orjson.dumps(
        {
            "type": "message",
            "id": f"a-{number}",
            "channelId": "msteams",
            "from": {"id": f"29:{user}"},
            "recipient": {"id": "28:demo"},
            "conversation": {"id": f"a:{user}", "conversationType": "personal"},
            "text": text,
        }
    )
    head = f"POST /api/messages HTTP/1.1\r\nHost: assent\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@asynccontextmanager
async def serving(folder: Path, **environment: str) -> AsyncIterator[tuple[ServerProcess, int]]:
    server = ServerProcess(folder, FLOW, "http://127.0.0.1:9", KEY, ASSENT_SERVER__GRACE="0", **environment)
    await server.start()
    try:
        yield server, int(server.url.rpartition(":")[2])
    finally:
        await server.kill()


def lines(server: ServerProcess, event: str) -> int:
    return sum(orjson.loads(line)["event"] == event for line in server.log.read_text().splitlines())


def handles_of(server: ServerProcess) -> int:
    return sum(1 for _ in Path(f"/proc/{server.pid}/fd").iterdir())


async def test_beyond_the_limit_health_and_open_connections_are_answered(tmp_path: Path, connect: Connect) -> None:
    async with serving(tmp_path, ASSENT_SERVER__MAX_CONNECTIONS="100") as (server, port):
        first = await connect(port)
        assert await first.asks(says("hello", 1)) == 200
        others = [await connect(port) for _ in range(99)]
        assert [await other.asks(HEALTH) for other in others] == [200] * 99
        refused = [await connect(port) for _ in range(200)]
        for number, caller in enumerate(refused):
            caller.sends(says("hello", 2 + number))
        assert [await caller.status() for caller in refused] == [503] * 200
        assert all([await caller.closed() for caller in refused])
        asking = await connect(port)
        assert await asking.asks(HEALTH) == 200
        assert await first.asks(says("stop", 1000)) == 200
        asking.close()
        for other in others[:50]:
            other.close()
        half_sent = [await connect(port) for _ in range(300)]
        for caller in half_sent:
            caller.sends(b"POST /api/messages HTTP/1.1\r\nHost:")
        newcomer = await connect(port)
        assert await newcomer.asks(says("stop", 1, "ben")) == 200
        assert lines(server, "too many connections") == 1
        assert len(server.log.read_text().splitlines()) < 10


async def test_without_handles_open_connections_are_answered(tmp_path: Path, connect: Connect) -> None:
    async with serving(tmp_path) as (server, port):
        first = await connect(port)
        assert await first.asks(says("hello", 1)) == 200
        soft, hard = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
        assert soft in {hard, 1 << 20}
        used = handles_of(server)
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (used, hard))
        callers = [await connect(port) for _ in range(100)]
        for number in range(200):
            assert await first.asks(says("stop" if number % 2 else "start", 2 + number)) == 200
        async with asyncio.timeout(LONG):
            while not lines(server, "no connection can be accepted"):
                assert await first.asks(HEALTH) == 200
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (soft, hard))
        assert await callers[0].asks(says("stop", 1, "ben")) == 200
        assert lines(server, "no connection can be accepted") == 1
        assert len(server.log.read_text().splitlines()) < 20


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[RunningBot]:
    async with running_bot(tmp_path, server=Server(read_timeout=5, keepalive_timeout=10)) as running:
        yield running


@pytest.mark.parametrize("sent", [b"", b"P", HEALTH[:-2], b"GET / HTTP/1.1\r\nX: " + b"a" * 5000])
async def test_a_head_that_does_not_come_is_not_waited_for(bot: RunningBot, connect: Connect, sent: bytes) -> None:
    caller = await connect(bot.server.port)
    caller.sends(sent)
    assert await while_time_passes(asyncio.create_task(caller.closed()))


@pytest.mark.parametrize("then", [b"", b"P", HEALTH[:-2]])
async def test_an_idle_connection_is_closed(bot: RunningBot, connect: Connect, then: bytes) -> None:
    caller = await connect(bot.server.port)
    assert await caller.asks(HEALTH) == 200
    caller.sends(then)
    assert await while_time_passes(asyncio.create_task(caller.closed()))


async def test_a_head_is_taken_in_pieces_and_one_without_end_is_refused(tmp_path: Path, connect: Connect) -> None:
    async with running_bot(tmp_path) as bot:
        caller = await connect(bot.server.port)
        for byte in says("hello", 1):
            caller.sends(bytes((byte,)))
            await asyncio.sleep(0)
        assert await caller.status() == 200
        assert await caller.asks(HEALTH + HEALTH) == 200
        assert await caller.status() == 200
        endless = await connect(bot.server.port)
        endless.sends(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000)
        assert await endless.status() == 400


async def test_connections_leave_handles_for_everything_else() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
        assert connection_limit(10_000) == 192
        assert connection_limit(7) == 7
        raise_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(hard, 1 << 20)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

"""The Bot Framework's keys don't come: requests that wait for them are bounded, and given up when the server stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.teams.endpoint import TeamsEndpoint
from adapters.teams.settings import Teams
from config.settings import Server
from messages.settings import Secret
from tests.adapters.teams.services import token
from tests.runtime.harness import RunningBot, running_bot


class Silent:
    """A server that takes connections and answers nothing."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.left = asyncio.Event()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.set()
        while await reader.read(1000):
            pass
        writer.close()
        self.left.set()


def endpoint_of(bot: RunningBot) -> TeamsEndpoint:
    (channels,) = bot.server.channels.values()
    endpoint = channels.open["teams"].endpoint
    assert isinstance(endpoint, TeamsEndpoint)
    return endpoint


@asynccontextmanager
async def keys_from(silent: Silent, folder: Path, server: Server) -> AsyncIterator[RunningBot]:
    """A bot that checks who writes, and has its keys from `silent`."""
    listening = await asyncio.start_server(silent.connected, "127.0.0.1")
    teams = Teams(app_id="app", app_password=Secret("password"))
    async with listening, running_bot(folder, server=server, teams=teams) as bot:
        endpoint = endpoint_of(bot)
        endpoint._keys._metadata = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
        yield bot


def writes(bot: RunningBot) -> "asyncio.Task[tuple[int, object]]":
    headers = {"Authorization": f"Bearer {token()}"}
    return asyncio.create_task(bot.post("/api/messages", b'{"type": "message"}', headers))


async def test_a_fetch_is_given_up_when_the_server_stops(tmp_path: Path) -> None:
    silent = Silent()
    async with keys_from(silent, tmp_path, Server(grace=0)) as bot:
        asking = writes(bot)
        await silent.asked.wait()
        fetch = endpoint_of(bot)._keys._fetching
        assert fetch is not None
    assert fetch.cancelled()
    await asyncio.gather(asking, return_exceptions=True)


async def test_requests_that_wait_are_bounded(tmp_path: Path) -> None:
    silent = Silent()
    async with keys_from(silent, tmp_path, Server(grace=0, max_turns=2)) as bot:
        asking = [writes(bot) for _ in range(4)]
        refused = asyncio.as_completed(asking, timeout=60)
        for _ in range(2):
            assert await next(refused) == (503, {"error": "busy"})
    await asyncio.gather(*asking, return_exceptions=True)

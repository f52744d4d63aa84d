"""Servers that are killed right after they acknowledged, on a store that is put back before they start again."""

import shutil
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from standin.server import StandIn
from tests.runtime.harness import FLOW, KEY, payload
from tests.runtime.process import ServerProcess
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.server import RedisServer


class People:
    """Posts what people do to a server of its own process."""

    def __init__(self, http: aiohttp.ClientSession, server: ServerProcess) -> None:
        self._http = http
        self._server = server
        self._sent = 0

    async def act(self, user: str, **more: object) -> int:
        """Post an activity; return the status."""
        self._sent += 1
        activity = {
            "type": "message",
            "id": f"activity-{self._sent}",
            "channelId": "msteams",
            "serviceUrl": "http://127.0.0.1:1",
            "from": {"id": f"29:{user}", "name": user},
            "recipient": {"id": "28:demo"},
            "conversation": {"id": f"a:{user}", "conversationType": "personal", "tenantId": "t"},
            **more,
        }
        async with self._http.post(f"{self._server.url}/api/messages", json=activity) as response:
            return response.status

    async def opts_in(self, user: str) -> int:
        return await self.act(user, text="pressed", value={"assent": payload("yes")})

    async def ready(self) -> tuple[int, dict[str, Any]]:
        async with self._http.get(f"{self._server.url}/readyz") as response:
            return response.status, orjson.loads(await response.read())


async def heard_and_refused(people: People) -> None:
    """Nobody is opted in, who wants out is heard, and it is said why."""
    status, said = await people.ready()
    assert status == 200
    assert "missing from the ledger" in said["degraded"]["store"]
    assert await people.opts_in("ben") == 503
    assert await people.act("ana", text="stop") < 300


async def test_a_log_that_goes_while_the_server_is_down(tmp_path: Path) -> None:
    async with StandIn() as standin, aiohttp.ClientSession() as http:
        server = ServerProcess(tmp_path, FLOW, standin.url, KEY)
        await server.start()
        people = People(http, server)
        assert await people.opts_in("ana") < 300
        assert await people.act("ana", text="stop") < 300
        await server.kill()
        for name in ("server.db-wal", "server.db-shm"):
            (tmp_path / name).unlink()
        await server.start()
        await heard_and_refused(people)
        await server.stop()


@needs_redis
@pytest.mark.parametrize("down", ["server and Redis", "Redis"])
async def test_an_older_append_only_file(tmp_path: Path, down: str) -> None:
    with RedisServer(tmp_path / "redis") as redis:
        log, saved = redis.folder / "appendonlydir", tmp_path / "saved"
        async with StandIn() as standin, aiohttp.ClientSession() as http:
            server = ServerProcess(tmp_path, FLOW, standin.url, KEY, ASSENT_STORE=f"{redis.url}/0?timeout=30")
            await server.start()
            people = People(http, server)
            assert await people.opts_in("ana") < 300
            shutil.copytree(log, saved)
            assert await people.act("ana", text="stop") < 300
            if down != "Redis":
                await server.kill()
            redis.kill()
            shutil.rmtree(log)
            shutil.copytree(saved, log)
            redis.start()
            if down != "Redis":
                await server.start()
            for _ in range(20):
                if (await people.ready())[0] == 200:
                    break
            await heard_and_refused(people)
            await server.stop()

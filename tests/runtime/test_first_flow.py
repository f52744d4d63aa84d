"""A server that is started before there is a flow waits for it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import orjson
import pytest

from adapters.workplace.settings import Workplace
from config.settings import Bot, Settings
from config.settings import Server as ServerSettings
from messages.settings import Secret
from runtime.app import started
from runtime.clock import now
from runtime.connections import what_to_try
from standin.server import StandIn
from storage.port import Store
from tests.runtime.harness import APP_SECRET, FLOW, KEY, RunningBot, words


@contextlib.asynccontextmanager
async def empty(folder: Path, **settings: object) -> AsyncIterator[RunningBot]:
    async with StandIn() as standin, aiohttp.ClientSession() as http:
        chosen = {
            "store": f"sqlite:///{folder / 'bot.db'}",
            "server": ServerSettings(port=0),
            "button_keys": (Secret(KEY),),
            "connector": standin.url,
            **settings,
        }
        async with started(Settings(**chosen)) as server:  # type: ignore[arg-type]
            yield RunningBot(server, standin, http)


async def push(store: Store, flow: str = FLOW, bot: str = "demo") -> None:
    text = flow.replace("bot: demo", f"bot: {bot}")
    await store.save_draft(bot, text, "ana", now())
    await store.push(bot, text, author="ana", at=now(), expected_live=0)


async def reason(bot: RunningBot) -> str:
    status, text = await bot.get("/readyz")
    assert status == 503
    told: str = json.loads(text)["reason"]
    return told


async def test_it_says_what_it_waits_for_and_takes_the_first_flow_without_a_restart(tmp_path: Path) -> None:
    async with empty(tmp_path) as bot:
        assert "assent flow save FILE, assent flow push" in await reason(bot)
        assert (await bot.get("/healthz"))[0] == 200
        assert (await bot.says("hello"))[0] == 503
        await bot.server.store.save_draft("demo", FLOW, "ana", now())
        await bot.server.live.look()
        assert await reason(bot) == "no live revision that can be used: demo"
        assert (await bot.says("hello"))[0] == 503
        await push(bot.server.store)
        async with asyncio.timeout(20):
            while (await bot.get("/readyz"))[0] != 200:
                pass
        assert (await bot.says("well?"))[0] == 200
        assert [words(each) for each in await bot.standin.wait_for(1)] == ["I did not understand."]


async def test_a_channel_tries_again_what_came_before_the_flow(tmp_path: Path) -> None:
    async with empty(tmp_path) as bot, bot.http.post(f"{bot.url}/webhooks/workplace", data=b"{}") as response:
        assert response.status == 503
        assert int(response.headers["Retry-After"]) > 0


@pytest.mark.parametrize("name", ["well-being", "well.being", "Well-Being"])
async def test_the_name_that_variables_give_a_bot_is_that_bot(tmp_path: Path, name: str) -> None:
    """`ASSENT_BOTS__WELL_BEING__…` is there before the bot is."""
    page = Workplace(app_secret=Secret(APP_SECRET), access_token=Secret("token"), pages=("page",))
    async with empty(tmp_path, bots={"well_being": Bot(workplace=page)}) as bot:
        assert "well_being" in await reason(bot)
        await push(bot.server.store, bot=name)
        await bot.server.live.look()
        assert (await bot.get("/readyz"))[0] == 200
        assert bot.server.edge.unnamed == name
        assert (await bot.says("well?"))[0] == 200
        event = {"sender": {"id": "1"}, "timestamp": 1, "message": {"mid": "m1", "text": "well?"}}
        assert (await bot.messenger(event))[0] == 200
        assert len(await bot.standin.wait_for(2)) == 2


async def test_a_bot_of_its_own_name_is_not_taken_for_another(tmp_path: Path) -> None:
    async with empty(tmp_path) as bot:
        await push(bot.server.store, bot="well_being")
        await bot.server.live.look()
        await push(bot.server.store, bot="well-being")
        await bot.server.live.look()
        assert bot.server.live.bots == ["well-being", "well_being"]
        for name in ("well-being", "well_being"):
            body = orjson.dumps(bot.activity(text="well?"))
            assert (await bot.post(f"/bots/{name}/api/messages", body))[0] == 200


async def test_a_bot_that_nobody_may_write_to_is_told_and_ends_no_server(tmp_path: Path) -> None:
    async with empty(tmp_path, server=ServerSettings(host="0.0.0.0", port=0)) as bot:
        await push(bot.server.store)
        await bot.server.live.look()
        status, told = await bot.get("/readyz")
        assert (status, "nothing would prove who writes to it" in told) == (200, True)
        assert (await bot.says("hello"))[0] == 401


def test_whoever_starts_it_reads_what_is_missing() -> None:
    assert what_to_try("http://127.0.0.1:1", [], dev=False) == [
        "There is no bot yet: save a flow and push it (assent flow save FILE, assent flow push)",
        "Serving no bot yet on http://127.0.0.1:1",
    ]

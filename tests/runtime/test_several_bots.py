"""Several bots on one server: none is in another's way."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import orjson
import pytest

from config.settings import Server, Settings
from messages.consent import SourceKind
from publishing.flows import publish_file
from runtime.app import started
from runtime.clock import now
from staff.acting import Staff
from tests.runtime.harness import FLOW, RunningBot, running_bot, words
from tests.runtime.locked import Locked

OTHER = FLOW.replace("bot: demo", "bot: press").replace("I did not understand.", "The press did not understand.")


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[RunningBot]:
    async with running_bot(tmp_path) as running:
        yield running


async def push_other(bot: RunningBot, folder: Path) -> None:
    file = folder / "press.yaml"
    file.write_text(OTHER)
    await publish_file(bot.server.store, file, Staff("ana", SourceKind.CLI), now(), replace=True)
    async with asyncio.timeout(60):
        while await says_to(bot, "/bots/press") != 200:
            pass


async def says_to(bot: RunningBot, path: str, user: str = "ana", text: str = "well?") -> int:
    status, _ = await bot.post(path + "/api/messages", orjson.dumps(bot.activity(user, text=text)))
    return status


async def test_a_second_bot_takes_nothing_from_the_first_and_answers_at_once(bot: RunningBot, tmp_path: Path) -> None:
    assert (await bot.says("well?"))[0] == 200
    await push_other(bot, tmp_path)
    assert [await says_to(bot, path) for path in ("", "/bots/demo")] == [200, 200]
    said = [words(delivery) for delivery in await bot.standin.wait_for(4)]
    assert sorted(said) == [*["I did not understand."] * 3, "The press did not understand."]


async def test_the_bot_that_was_first_keeps_its_path_after_a_restart(tmp_path: Path) -> None:
    (tmp_path / "zoo.yaml").write_text(FLOW.replace("bot: demo", "bot: zoo"))
    (tmp_path / "abc.yaml").write_text(OTHER.replace("bot: press", "bot: abc"))
    settings = Settings(store=f"sqlite:///{tmp_path / 'assent.db'}", server=Server(port=0))
    for flow in ("zoo", "abc"):
        async with started(settings, dev=True, flow=tmp_path / f"{flow}.yaml") as server:
            assert server.edge.unnamed == "zoo"
    chosen = Settings(store=settings.store, server=Server(port=0, unnamed_bot="abc"))
    async with started(chosen, dev=True) as server, aiohttp.ClientSession() as http:
        assert server.edge.unnamed == "abc"
        async with http.get(f"http://127.0.0.1:{server.port}/readyz") as response:
            assert response.status == 200


async def test_a_flood_of_one_bot_keeps_no_other_from_being_heard(tmp_path: Path) -> None:
    async with running_bot(tmp_path, server=Server(max_turns=2)) as bot:
        await push_other(bot, tmp_path)
        with Locked(tmp_path / "bot.db"):
            flood = [asyncio.create_task(says_to(bot, "/bots/press", f"p{number}")) for number in range(6)]
            stop = asyncio.create_task(says_to(bot, "/bots/demo", "ana", "stop"))
            refused = [await each for each in itertools.islice(asyncio.as_completed(flood), 4)]
        assert refused == [503] * 4
        assert sorted([await task for task in flood]) == [200, 200, *refused]
        assert await stop == 200

"""The consent words that a team's adapter puts before its own code are those of the live revision."""

from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from botbuilder.core import Middleware, TurnContext

from adapters.teams.botframework.adapter import AssentAdapter
from adapters.teams.connector import TeamsChannel
from adapters.teams.endpoint import TeamsEndpoint
from adapters.teams.settings import TeamsSettings
from runtime.revisions import live_words, opts_out
from tests.runtime.harness import FLOW, running_bot

OWN = FLOW.replace("welcome: hello", "unsubscribe: {is: [genug jetzt]}\nwelcome: hello")


class Swallow(Middleware):  # type: ignore[misc]  # botbuilder has no types
    """Never goes on."""

    async def on_turn(self, context: TurnContext, logic: Any) -> None:
        """Go no further."""


@pytest.mark.parametrize(("said", "out"), [("Genug jetzt!", True), ("STOP", True), ("hello", False)])
async def test_a_builders_own_word_stops_before_a_teams_middleware(tmp_path: Path, said: str, out: bool) -> None:
    async with running_bot(tmp_path, OWN) as bot, aiohttp.ClientSession() as session:
        settings = TeamsSettings(connector_override=bot.standin.url)
        words = partial(live_words, bot.server.store, bot.server.revisions, "demo")
        adapter = AssentAdapter(TeamsChannel(settings, session), words=words)
        adapter.use(Swallow())
        endpoint = TeamsEndpoint(settings, session, now=lambda: 0.0, loopback=True, pipeline=adapter)
        body = orjson.dumps(bot.activity(text=said))
        assert await endpoint.receive(body, {}, partial(bot.server.worker.handle, "demo")) == (200, None)
        assert ((await bot.memberships()).get("*") == "opted_out") is out
        assert (await live_words(bot.server.store, bot.server.revisions, "unknown")).match("stop")


LEAVES = FLOW.replace("keywords:\n", "keywords:\n  - {contains: [no tips], opt_out: tips, message: now_out}\n")


class Rewrite(Middleware):  # type: ignore[misc]  # botbuilder has no types
    """Puts other words in the place of what was typed."""

    async def on_turn(self, context: TurnContext, logic: Any) -> None:
        """Say hello instead, and go on."""
        context.activity.text = "hello"
        await logic()


@pytest.mark.parametrize(("said", "out"), [("No tips", True), ("please, no tips!", True), ("tips", False)])
async def test_a_keyword_that_opts_out_counts_whatever_middleware_writes_over_it(
    tmp_path: Path, said: str, out: bool
) -> None:
    async with running_bot(tmp_path, LEAVES) as bot, aiohttp.ClientSession() as session:
        settings = TeamsSettings(connector_override=bot.standin.url)
        of_bot = (bot.server.store, bot.server.revisions, "demo")
        adapter = AssentAdapter(
            TeamsChannel(settings, session), words=partial(live_words, *of_bot), opts_out=partial(opts_out, *of_bot)
        )
        adapter.use(Rewrite())
        endpoint = TeamsEndpoint(settings, session, now=lambda: 0.0, loopback=True, pipeline=adapter)
        body = orjson.dumps(bot.activity(text=said))
        assert await endpoint.receive(body, {}, partial(bot.server.worker.handle, "demo")) == (200, None)
        assert ((await bot.memberships()).get("tips") == "opted_out") is out

"""Whose account an event is of, over HTTP: Direct Line speaks for nobody in Teams, and a page for no other's people."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.workplace.webhooks import text_event
from tests.runtime.harness import RunningBot, payload, running_bot


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[RunningBot]:
    async with running_bot(tmp_path) as bot:
        yield bot


async def accounts(bot: RunningBot) -> set[tuple[tuple[str, str], ...]]:
    people = await bot.server.store.people("demo")
    return {tuple((one.channel, one.user) for one in person.contact.identities) for person in people}


@pytest.mark.parametrize("surface", ["directline", "webchat", "emulator", "skype", "no channel's name"])
async def test_another_channels_client_speaks_for_nobody_in_teams(bot: RunningBot, surface: str) -> None:
    """It claims the id and the object id of somebody in Teams, and says their words."""
    ana = {"id": "29:ana", "name": "Ana", "aadObjectId": "A-1"}
    await bot.teams(bot.activity(text="hello", **{"from": ana}))
    await bot.presses(payload("yes"), **{"from": ana, "timestamp": "2026-11-23T08:00:00Z"})
    claimed = {"channelId": surface, "from": ana, "conversation": {"id": "elsewhere"}}
    assert (await bot.teams(bot.activity(text="STOP", **claimed)))[0] == 200
    assert await bot.memberships() == {"tips": "opted_in"}
    named = surface if surface.isalpha() else "other"
    assert await accounts(bot) == {(("teams", "29:ana"),), ((named, "29:ana"),)}
    people = {one.contact.source: one.contact for one in await bot.server.store.people("demo")}
    assert (people["teams"].aad_object_id, people[named].aad_object_id) == ("A-1", "")


@pytest.mark.parametrize("channel", [None, "", "MSTeams", 7, ["directline"], {}])
async def test_an_odd_channel_id_loses_nobody_in_teams(bot: RunningBot, channel: object) -> None:
    await bot.says("hello")
    await bot.teams(bot.activity(text="STOP", channelId=channel))
    assert await bot.memberships() == {"*": "opted_out"}
    assert await accounts(bot) == {(("teams", "29:ana"),)}


async def test_one_id_on_two_pages_is_two_people(bot: RunningBot) -> None:
    for page, words in (("7", "hello"), ("8", "STOP")):
        said = text_event(words, mid=f"m_{page}") | {"recipient": {"id": page}}
        assert (await bot.messenger(said, page=page))[0] == 200
    assert await accounts(bot) == {(("workplace", "7:42"),), (("workplace", "8:42"),)}
    stopped = await bot.server.store.conversation("demo", "workplace:8:42")
    assert stopped is not None
    [row] = await bot.server.store.ledger("demo")
    assert (row.change.contact, row.change.conversation) == (stopped.contact.id, "workplace:8:42")

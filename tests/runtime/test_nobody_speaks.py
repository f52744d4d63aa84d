"""What no person says to the bot makes nobody a contact, and leaves the store as it was."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.teams.settings import Teams
from tests.runtime.harness import RunningBot, payload, running_bot
from tests.runtime.test_bad_input import dump

TEAM = {"id": "19:c@thread.tacv2;messageid=1", "conversationType": "channel", "isGroup": True}


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[RunningBot]:
    async with running_bot(tmp_path, teams=Teams(app_ids=("demo",))) as running:
        await running.says("hello")
        await running.standin.wait_for(1)
        yield running


NOBODY: dict[str, dict[str, Any]] = {
    "a bot": {"from": {"id": "28:other"}, "text": "hello"},
    "a bot that stops": {"from": {"id": "28:other"}, "text": "STOP"},
    "a bot by its role": {"from": {"id": "b-1", "role": "bot"}, "text": "hello"},
    "a skill": {"from": {"id": "s-1", "role": "skill"}, "text": "hello"},
    "this bot itself": {"from": {"id": "28:demo"}, "text": "hello"},
    "a bot that is added": {"type": "conversationUpdate", "from": {"id": "28:x"}, "membersAdded": [{"id": "28:demo"}]},
    "a bot that likes": {"type": "messageReaction", "from": {"id": "28:other"}, "reactionsAdded": [{"type": "like"}]},
    "a meeting that begins": {"type": "event", "name": "application/vnd.microsoft.meetingStart", "from": None},
    "a meeting that somebody begins": {"type": "event", "name": "application/vnd.microsoft.meetingEnd"},
    "a receipt": {
        "type": "event",
        "name": "application/vnd.microsoft.readReceipt",
        "value": {"lastReadMessageId": "1"},
    },
    "somebody types": {"type": "typing"},
    "a trace": {"type": "trace", "from": None},
    "the end": {"type": "endOfConversation"},
    "added to a team": {"type": "conversationUpdate", "membersAdded": [{"id": "28:demo"}], "conversation": TEAM},
    "installed in a team": {"type": "installationUpdate", "action": "add", "conversation": TEAM},
    "removed from a team": {"type": "installationUpdate", "action": "remove", "conversation": TEAM},
    "removed by an administrator": {"type": "installationUpdate", "action": "remove"},
    "a channel was made": {"type": "conversationUpdate", "channelData": {"eventType": "channelCreated"}},
    "a like of somebody unknown": {"type": "messageReaction", "reactionsAdded": [{"type": "like"}]},
    "a message taken back": {"type": "messageUpdate", "text": "x", "channelData": {"eventType": "softDeleteMessage"}},
    "a kind from the future": {"type": "telepathy", "text": "STOP"},
    "another bot": {"recipient": {"id": "28:another"}, "text": "hello"},
    "another bot that is told to stop": {"recipient": {"id": "28:ANOTHER"}, "text": "STOP"},
    "a press to another bot": {"recipient": {"id": "28:another"}, "text": "Yes", "value": {"assent": payload("yes")}},
}


@pytest.mark.parametrize("fields", NOBODY.values(), ids=NOBODY)
async def test_nobody_becomes_a_contact(bot: RunningBot, tmp_path: Path, fields: dict[str, Any]) -> None:
    before = dump(tmp_path)
    sent = {name: value for name, value in bot.activity("new", **fields).items() if value is not None}
    for _ in range(2):
        assert await bot.teams(sent) == (200, None)
    assert dump(tmp_path) == before
    assert await bot.metric("assent_events_skipped_total") == 2
    assert await bot.metric("assent_payloads_rejected_total") == 0


INVOKES: dict[str, tuple[dict[str, Any], int]] = {
    "a task module": ({"name": "task/fetch", "value": {"data": {"assent": payload("yes")}}}, 501),
    "a message extension": ({"name": "composeExtension/query", "value": {"assent": payload("yes")}}, 501),
    "a chip of others": ({"name": "suggestedActions/submit", "value": {"vote": "approve"}}, 501),
    "without a name, of others": ({"value": {"vote": "approve"}}, 501),
    "nothing at all": ({}, 501),
    "a file consent": ({"name": "fileConsent/invoke", "value": {"action": "accept"}}, 501),
    "a sign-in by token": ({"name": "signin/tokenExchange", "value": {"id": "1", "token": "t"}}, 412),
    "a sign-in by code": ({"name": "signin/verifyState", "value": {"state": "1"}}, 412),
    "a sign-in that failed": ({"name": "signin/failure", "value": "x"}, 412),
    "a name of another type": ({"name": ["task/fetch"], "value": {"vote": "approve"}}, 501),
    "from nobody": ({"name": "task/fetch", "from": None, "conversation": None}, 501),
}


@pytest.mark.parametrize(("fields", "status"), INVOKES.values(), ids=INVOKES)
async def test_an_invoke_that_nobody_handles_is_refused_each_time_and_changes_nothing(
    bot: RunningBot, tmp_path: Path, fields: dict[str, Any], status: int
) -> None:
    """Teams sends an invoke again after a server error, twice under its id and twice under another."""
    before = dump(tmp_path)
    for _ in range(2):
        whole = bot.activity("new", type="invoke", **fields)
        whole = {name: value for name, value in whole.items() if value is not None}
        for _ in range(2):
            assert (await bot.teams(whole))[0] == status
    assert dump(tmp_path) == before
    assert await bot.metric('assent_events_skipped_total{channel="teams",reason="invoke"}') == 4
    assert await bot.metric("assent_payloads_rejected_total") == 0


EXECUTE: dict[str, tuple[Any, int]] = {
    "of others": ({"action": {"type": "Action.Execute", "data": {"vote": "approve"}}, "trigger": "manual"}, 501),
    "that refreshes itself": (
        {"action": {"type": "Action.Execute", "data": {"assent": payload("yes")}}, "trigger": "automatic"},
        501,
    ),
    "malformed": ({"action": "press"}, 400),
    "without a value": (None, 400),
}


@pytest.mark.parametrize(("value", "status"), EXECUTE.values(), ids=EXECUTE)
async def test_a_cards_action_has_its_status_in_the_body(
    bot: RunningBot, tmp_path: Path, value: object, status: int
) -> None:
    before = dump(tmp_path)
    answer, body = await bot.teams(bot.activity("new", type="invoke", name="adaptiveCard/action", value=value))
    assert (answer, body["statusCode"]) == (200, status)
    assert body["type"] == "application/vnd.microsoft.error"
    assert dump(tmp_path) == before


async def test_an_invoke_without_a_name_that_carries_our_payload_is_a_press(bot: RunningBot) -> None:
    pressed = bot.activity(type="invoke", value={"assent": payload("yes")})
    for _ in range(2):
        assert await bot.teams(pressed) == (
            200,
            {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Yes please ✓"},
        )
    assert await bot.memberships() == {"tips": "opted_in"}


async def test_who_is_known_keeps_what_happens_beside_their_words(bot: RunningBot) -> None:
    like = bot.activity(type="messageReaction", reactionsAdded=[{"type": "like"}], replyToId="1")
    assert await bot.teams(like) == (200, None)
    assert len(await bot.server.store.journal("demo", "teams:a:ana")) == 2


async def test_a_recipient_that_can_not_be_read_loses_no_stop(bot: RunningBot) -> None:
    for odd in (None, "x", 7, {}, {"id": 7}, {"id": "a handle of Web Chat"}):
        user = f"u{abs(hash(str(odd)))}"
        assert (await bot.teams(bot.activity(user, text="STOP", recipient=odd)))[0] == 200
        assert (await bot.memberships(user))["*"] == "opted_out"


async def test_where_no_app_id_is_named_all_are_taken(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as anybody:
        assert (await anybody.teams(anybody.activity(text="STOP", recipient={"id": "28:whoever"})))[0] == 200
        assert (await anybody.memberships())["*"] == "opted_out"


async def test_a_stop_without_an_address_to_answer_counts_and_leaves_the_address_before(bot: RunningBot) -> None:
    assert (await bot.teams(bot.activity(text="STOP", serviceUrl={})))[0] == 200
    assert (await bot.memberships())["*"] == "opted_out"
    last = (await bot.server.store.journal("demo", "teams:a:ana"))[-1]
    assert last.outcome.state.reference.service_url == bot.standin.url

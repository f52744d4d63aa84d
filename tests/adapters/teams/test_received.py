"""What the journal keeps of an activity: its JSON as Teams sent it."""

from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from botbuilder.core import Middleware, TurnContext

from adapters.teams.endpoint import TeamsEndpoint
from adapters.teams.settings import TeamsSettings
from runtime.clock import unix_time
from runtime.logs import configure
from tests.adapters.teams.activities import Turns, activity
from tests.adapters.teams.botframework.test_adapter import Next, house
from tests.adapters.teams.services import APP, Microsoft, token
from tests.runtime.harness import running_bot

SENT = b'{ "channelData": {"clientActivityID": "c-1", "ratio": 1.10, "large": 123456789012345678901234567890},'


def as_sent(whole: dict[str, Any]) -> bytes:
    """The activity with spaces, numbers and fields that a reader would not write again as they are."""
    return SENT + orjson.dumps(whole)[1:]


async def test_a_turn_over_http_leaves_the_activity_in_the_journal_byte_for_byte(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        body = as_sent(bot.activity(text="hello"))
        for _ in range(2):
            assert (await bot.post("/api/messages", body, {"Authorization": "Bearer a-token"}))[0] == 200
        (entry,) = await bot.server.store.journal("demo", "teams:a:ana")
    assert entry.event.received == body


async def test_a_byte_order_mark_is_no_part_of_it(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        body = orjson.dumps(bot.activity(text="hello"))
        assert (await bot.post("/api/messages", b"\xef\xbb\xbf" + body))[0] == 200
        (entry,) = await bot.server.store.journal("demo", "teams:a:ana")
    assert entry.event.received == body


async def test_what_proves_who_sent_it_is_not_kept(session: aiohttp.ClientSession, services: Microsoft) -> None:
    turns = Turns()
    guarded = TeamsEndpoint(TeamsSettings(app_id=APP, metadata=services.metadata), session, now=unix_time)
    body = orjson.dumps(activity())
    assert await guarded.receive(body, {"Authorization": f"Bearer {token()}"}, turns) == (200, None)
    assert [event.received for event in turns.seen] == [body]


@pytest.mark.parametrize("name", ["tokens/response", "signin/tokenExchange", "signin/verifyState"])
async def test_nothing_is_kept_of_a_sign_in(name: str, tmp_path: Path) -> None:
    """Its value is a token, or the code that fetches one."""
    kind = "event" if name == "tokens/response" else "invoke"
    async with running_bot(tmp_path) as bot:
        assert (await bot.says("hello"))[0] == 200
        sent = {**bot.activity(), "type": kind, "name": name}
        body = orjson.dumps({**sent, "value": {"token": "a-secret", "state": "a-secret"}})
        assert (await bot.post("/api/messages", body))[0] == (200 if kind == "event" else 412)
        (entry,) = await bot.server.store.journal("demo", "teams:a:ana")
    assert b"a-secret" not in entry.event.received


class Rewrite(Middleware):
    """Changes what is read."""

    async def on_turn(self, context: TurnContext, logic: Next) -> None:
        context.activity.text = "something else"
        context.activity.id = "another"
        await logic()


async def test_middleware_changes_what_is_read_and_not_what_came() -> None:
    turns = Turns()
    async with house(Rewrite()) as here:
        body = as_sent(activity(text="hello"))
        assert await here.endpoint.receive(body, {}, turns) == (200, None)
    (event,) = turns.seen
    assert event.received == body
    assert getattr(event.action, "text", "") == "something else"


async def test_it_is_never_logged(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    configure("debug", "json")
    async with running_bot(tmp_path) as bot:
        marked = {"channelData": {"note": "told-in-confidence"}}
        assert (await bot.says("hello"))[0] == 200
        assert (await bot.teams(bot.activity(text="hello", **marked)))[0] == 200
        assert (await bot.presses("a1:demo:1:yes::forged", **marked))[0] == 200
        await bot.standin.wait_for(2)
    told = capfd.readouterr()
    assert "press refused" in told.err
    assert "told-in-confidence" not in told.err + told.out

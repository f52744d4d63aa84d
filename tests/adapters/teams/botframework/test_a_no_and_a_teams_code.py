"""A team's own middleware and bot stand around our turns, and none of them stands before a no."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from botbuilder.core import ActivityHandler, Middleware, TurnContext
from botbuilder.schema import Activity, ActivityTypes, InvokeResponse

from keywords.reserved import ReservedWords
from messages.errors import StoreError
from messages.inbound import ButtonPressed, TextReceived
from tests.adapters.teams.activities import Turns
from tests.adapters.teams.assent import YES, assent
from tests.adapters.teams.botframework.test_adapter import HelpDesk, House, Step, house

Next = Callable[[], Awaitable[object]]
DIGEST = "0" * 32
LEAVE = f"a2:demo:{DIGEST}:no::-tips:" + "x" * 22
JOIN = f"a2:demo:{DIGEST}:yes::+tips:" + "x" * 22
ASK = f"a2:demo:{DIGEST}:more:::" + "x" * 22


class Swallow(Middleware):
    """Never goes on."""

    async def on_turn(self, context: TurnContext, logic: Next) -> None:
        """Go no further."""


class Raise(Middleware):
    """Fails before the rest of the turn."""

    async def on_turn(self, _: TurnContext, __: Next) -> None:
        raise ZeroDivisionError


class RaiseAfter(Middleware):
    """Fails after the rest of the turn."""

    async def on_turn(self, _: TurnContext, logic: Next) -> None:
        await logic()
        raise ZeroDivisionError


class Edit(Middleware):
    """Makes other words, another person and another kind of what came."""

    async def on_turn(self, context: TurnContext, logic: Next) -> None:
        context.activity.text = "something else"
        context.activity.value = None
        context.activity.from_property.id = "29:somebody-else"
        await logic()


class Retype(Middleware):
    """Makes an activity that says nothing."""

    async def on_turn(self, context: TurnContext, logic: Next) -> None:
        context.activity.type = "typing"
        await logic()


class Talkative(ActivityHandler):
    """A bot that answers everything."""

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        await turn_context.send_activity("Let me see.")


class Failing(ActivityHandler):
    """A bot that fails on everything."""

    async def on_turn(self, _: TurnContext) -> None:
        raise ZeroDivisionError


CODE: dict[str, dict[str, Any]] = {
    "middleware that never goes on": {"middleware": [Swallow()]},
    "middleware that fails": {"middleware": [Raise()]},
    "middleware that fails afterwards": {"middleware": [RaiseAfter()]},
    "middleware that edits": {"middleware": [Edit()]},
    "middleware that makes it something else": {"middleware": [Retype()]},
    "a bot that answers everything": {"bot": Talkative()},
    "a bot that fails": {"bot": Failing()},
    "all of it": {"middleware": [Step("a", []), Edit(), Swallow()], "bot": Talkative()},
}


async def receive(here: House, handler: Any, kind: str = "message", **fields: Any) -> Any:
    """Post an activity; a team's fault may come through."""
    with contextlib.suppress(ZeroDivisionError):
        return await here.receive(handler, kind, **fields)


@pytest.mark.parametrize("code", CODE.values(), ids=CODE)
@pytest.mark.parametrize("said", ["STOP", "unsubscribe", "arrêtez", "<quoted messageId='1'/> stop"])
async def test_a_stop_is_heard_whatever_a_teams_code_does(code: dict[str, Any], said: str) -> None:
    async with house(*code.get("middleware", ()), bot=code.get("bot")) as here, assent(here.adapter) as bot:
        await receive(here, bot.handler, text=said)
        assert (await bot.memberships())["*"] == "opted_out"


@pytest.mark.parametrize("code", CODE.values(), ids=CODE)
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("message", {"text": "Leave", "value": {"assent": LEAVE}}),
        ("message", {"value": {"assent": LEAVE}}),
        ("message", {"text": LEAVE}),
        ("message", {"text": "Yes please", "value": {"assent": JOIN}}),
        ("message", {"text": "Yes please", "value": {"assent": YES}}),
        ("invoke", {"value": {"assent": LEAVE}}),
        ("messageUpdate", {"text": "stop"}),
    ],
)
async def test_so_is_each_other_no_and_a_signed_yes(code: dict[str, Any], kind: str, fields: dict[str, Any]) -> None:
    """A payload of the first form does not say what its button does, so it counts among them."""
    turns = Turns()
    async with house(*code.get("middleware", ()), bot=code.get("bot")) as here:
        await receive(here, turns, kind, **fields)
    (event,) = turns.seen
    assert isinstance(event.action, TextReceived if kind == "messageUpdate" else ButtonPressed)
    assert event.sender.user == "29:ana"


@pytest.mark.parametrize("code", ["middleware that never goes on", "middleware that fails", "middleware that edits"])
async def test_a_soft_word_that_nobody_answered_is_a_no(code: str) -> None:
    async with house(*CODE[code]["middleware"], bot=HelpDesk()) as here, assent(here.adapter) as bot:
        await receive(here, bot.handler, text="cancel")
        assert (await bot.memberships())["*"] == "opted_out"


async def test_a_soft_word_that_a_teams_bot_answers_is_its_answer() -> None:
    turns = Turns()
    async with house(bot=Talkative()) as here:
        await here.receive(turns, text="cancel")
    assert turns.seen == []


async def test_a_press_that_changes_no_consent_stays_behind_a_teams_code() -> None:
    turns = Turns()
    async with house(Swallow()) as here:
        await here.receive(turns, text="Yes please", value={"assent": ASK})
    assert turns.seen == []


async def test_middleware_sees_the_turn_of_a_stop_and_the_bot_does_not() -> None:
    passed: list[str] = []
    desk = HelpDesk()
    turns = Turns()
    async with house(Step("a", passed), Step("b", passed), bot=desk) as here:
        assert await here.receive(turns, text="STOP") == (200, None)
    assert passed == ["a", "b"]
    assert desk.seen == []
    assert len(turns.seen) == 1


async def test_a_stop_that_the_store_could_not_take_is_not_acknowledged() -> None:
    passed: list[str] = []
    async with house(Step("a", passed)) as here:
        with pytest.raises(StoreError):
            await here.receive(Turns(failure=StoreError("disk full")), text="STOP")
    assert passed == []


async def test_a_lowering_invoke_has_its_answer_whatever_a_team_would_say() -> None:
    async with house(Swallow(), bot=HelpDesk()) as here:
        answer = await here.receive(Turns(answer="You are out"), "invoke", value={"assent": LEAVE})
    assert answer == (
        200,
        {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "You are out"},
    )


async def test_a_builders_own_words_come_first_where_the_adapter_knows_them() -> None:
    async def words() -> ReservedWords:
        return ReservedWords(stop=["genug jetzt"])

    turns = Turns()
    async with house(Swallow(), words=words) as here:
        await here.receive(turns, text="Genug jetzt!")
        await here.receive(turns, id="2", text="hello")
    assert [event.action for event in turns.seen] == [TextReceived("Genug jetzt!")]


@pytest.mark.parametrize("status", [200, 202, 400, 403, 404, 409, 412, 500])
@pytest.mark.parametrize("name", ["task/fetch", "adaptiveCard/action", "signin/verifyState", None])
async def test_a_teams_own_status_is_passed_on(status: int, name: str | None) -> None:
    class Own(ActivityHandler):
        async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse:
            return InvokeResponse(status=status, body={"own": turn_context.activity.name})

    action = {"action": {"type": "Action.Execute", "data": {}}}
    async with house(bot=Own()) as here:
        answer = await here.receive(Turns(), "invoke", name=name, value=action)
    assert answer == (status, {"own": name})


@pytest.mark.parametrize("status", [200, 404, 501])
async def test_so_is_that_of_middleware(status: int) -> None:
    class Own(Middleware):
        async def on_turn(self, context: TurnContext, _: Next) -> None:
            answer = InvokeResponse(status=status, body={"by": "us"})
            await context.send_activity(Activity(type=ActivityTypes.invoke_response, value=answer))

    async with house(Own()) as here:
        assert await here.receive(Turns(), "invoke", name="task/fetch", value={}) == (status, {"by": "us"})


async def test_an_invoke_that_neither_a_team_nor_assent_knows_is_501() -> None:
    async with house(Step("a", []), bot=HelpDesk()) as here:
        assert await here.receive(Turns(), "invoke", name="task/fetch", value={}) == (501, None)
        status, body = await here.receive(
            Turns(), "invoke", name="signin/tokenExchange", value={"id": "7", "token": "t"}
        )
        assert (status, body["id"]) == (412, "7")
        assert "t" not in body.values()


async def test_a_machines_activity_passes_a_teams_code_and_makes_nobody_a_contact() -> None:
    passed: list[str] = []
    turns = Turns()
    async with house(Step("a", passed)) as here:
        for kind in ("typing", "event", "endOfConversation"):
            assert await here.receive(turns, kind, name="application/vnd.microsoft.meetingStart") == (200, None)
    assert passed == ["a"] * 3
    assert turns.seen == []

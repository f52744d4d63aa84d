"""A team's Bot Framework middleware and bots around our turns, as they are."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from botbuilder.core import (
    ActivityHandler,
    AutoSaveStateMiddleware,
    ConversationState,
    MemoryStorage,
    MessageFactory,
    Middleware,
    MiddlewareSet,
    ShowTypingMiddleware,
    TranscriptLogger,
    TranscriptLoggerMiddleware,
    TurnContext,
)
from botbuilder.core.adapters import TestAdapter, TestFlow
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import Activity, ActivityTypes, InvokeResponse

from adapters.teams.botframework.adapter import AssentAdapter
from adapters.teams.botframework.push import PushChannel
from adapters.teams.botframework.turn import AssentBot
from adapters.teams.connector import TeamsChannel
from adapters.teams.endpoint import Answer, TeamsEndpoint
from adapters.teams.settings import TeamsSettings
from messages.errors import ContactUnreachable, StoreError, TemporarilyFailed, Undeliverable
from messages.inbound import ConversationReference, ConversationStarted, Scope
from standin.deliveries import Delivery, Fault
from standin.server import StandIn
from tests.adapters.teams.activities import BOT, PERSON, Turns, activity, mention
from tests.adapters.teams.assent import YES, Bot, assent

ROOT = Path(__file__).parents[4]
HERE = ConversationReference(channel="teams", conversation="a:ana", user=PERSON, bot=BOT, tenant="t1")
Next = Callable[[], Awaitable[object]]


class House:
    """An adapter with what a test registers on it, before the stand-in for Teams."""

    def __init__(self, standin: StandIn, session: aiohttp.ClientSession, **options: Any) -> None:
        self.standin = standin
        settings = TeamsSettings(connector_override=standin.url)
        self.adapter = AssentAdapter(TeamsChannel(settings, session), **options)
        self.endpoint = TeamsEndpoint(settings, session, now=lambda: 0.0, loopback=True, pipeline=self.adapter)

    async def receive(self, handler: Any, kind: str = "message", **fields: Any) -> Answer:
        return await self.endpoint.receive(orjson.dumps(activity(kind, **fields)), {}, handler)

    async def sent(self, count: int) -> list[Delivery]:
        return await self.standin.wait_for(count)


@asynccontextmanager
async def house(*middleware: Any, **options: Any) -> AsyncIterator[House]:
    async with StandIn() as standin, aiohttp.ClientSession() as session:
        built = House(standin, session, **options)
        built.adapter.use(*middleware)
        yield built


def words(deliveries: list[Delivery]) -> list[str]:
    """What people read, in order."""
    bodies = [delivery.body for delivery in deliveries]
    return [body.get("text") or body["attachments"][0]["content"]["text"] for body in bodies]


class Transcript(TranscriptLogger):
    """A team's own log of what was said."""

    def __init__(self) -> None:
        self.lines: list[Activity] = []

    async def log_activity(self, activity: Activity) -> None:
        self.lines.append(activity)

    def said(self) -> list[str]:
        def text(line: Activity) -> str:
            return line.text or line.attachments[0].content["text"]

        return [f"{line.from_property.id}: {text(line)}" for line in self.lines]


async def test_the_stock_transcript_logger_sees_both_sides_of_a_turn() -> None:
    transcript = Transcript()
    async with house(TranscriptLoggerMiddleware(transcript)) as here, assent(here.adapter) as bot:
        assert await here.receive(bot.handler, id="1", text="hello") == (200, None)
        await here.sent(1)
        await here.receive(bot.handler, id="2", text="Yes please", value={"assent": YES})
        await here.sent(2)
        await bot.outbox.idle()
        assert await bot.memberships() == {"tips": "opted_in"}
    assert transcript.said() == [
        f"{PERSON}: hello",
        f"{BOT}: One short tip every Monday?",
        f"{PERSON}: Yes please",
        f"{BOT}: You are in: Tips. Type STOP to leave.",
    ]


class Translator(Middleware):
    """Changes words on their way in and out."""

    def __init__(self, inbound: dict[str, str], outbound: dict[str, str]) -> None:
        self.inbound = inbound
        self.outbound = outbound

    async def on_turn(self, context: TurnContext, logic: Next) -> None:
        context.activity.text = self.inbound.get(context.activity.text, context.activity.text)

        async def translate(_: TurnContext, activities: list[Activity], send: Next) -> None:
            for each in activities:
                each.text = self.outbound.get(each.text, each.text)
            await send()

        context.on_send_activities(translate)
        await logic()


async def test_middleware_changes_what_is_read_and_what_is_sent() -> None:
    middleware = Translator({"bonjour?": "what?"}, {"I did not understand.": "Je n'ai pas compris."})
    async with house(middleware) as here, assent(here.adapter) as bot:
        await here.receive(bot.handler, text="bonjour?")
        assert words(await here.sent(1)) == ["Je n'ai pas compris."]


class Step(Middleware):
    """Notes when a turn passes it."""

    def __init__(self, name: str, passed: list[str]) -> None:
        self.name = name
        self.passed = passed

    async def on_turn(self, _: TurnContext, logic: Next) -> None:
        self.passed.append(self.name)
        await logic()


async def test_each_middleware_of_one_call_is_registered() -> None:
    passed: list[str] = []
    async with house(Step("a", passed), Step("b", passed), Step("c", passed)) as here:
        await here.receive(Turns(), text="hello")
    assert passed == ["a", "b", "c"]


async def test_botbuilder_itself_registers_the_first_alone() -> None:
    passed: list[str] = []
    both = MiddlewareSet().use(Step("a", passed), Step("b", passed))
    await both.receive_activity(TurnContext(TestAdapter(), Activity(type="message")))
    assert passed == ["a"]


async def test_what_is_no_middleware_is_refused_by_its_place() -> None:
    with pytest.raises(TypeError, match="argument 2 is not a middleware: str"):
        async with house(Step("a", []), "b"):
            pass


async def test_a_teams_state_is_saved_by_the_stock_middleware() -> None:
    state = ConversationState(MemoryStorage())
    visits = state.create_property("visits")

    class Count(Middleware):
        async def on_turn(self, context: TurnContext, logic: Next) -> None:
            if context.activity.type == ActivityTypes.message:
                await visits.set(context, await visits.get(context, lambda: 0) + 1)
                seen.append(await visits.get(context))
            await logic()

    seen: list[int] = []
    async with house(AutoSaveStateMiddleware([state]), Count()) as here, assent(here.adapter) as bot:
        for number in range(3):
            await here.receive(bot.handler, id=str(number), text="hello")
        await here.sent(3)
    assert seen == [1, 2, 3]


async def test_typing_is_shown_while_a_turn_takes_its_time() -> None:
    async with house(ShowTypingMiddleware(delay=0, period=60)) as here:

        class Slow(Turns):
            async def __call__(self, event: Any) -> Any:
                await here.sent(1)
                return await super().__call__(event)

        turns = Slow()
        await here.receive(turns, text="hello")
        [typing] = await here.sent(1)
    assert typing.body["type"] == "typing"
    assert typing.body["recipient"]["id"] == PERSON
    assert len(turns.seen) == 1
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


async def test_an_event_keeps_its_id_whatever_middleware_does_to_the_activity() -> None:
    turns, plain = Turns(), Turns()
    transcript = TranscriptLoggerMiddleware(Transcript())  # sets `from.role`
    async with house(transcript) as here, house() as without:
        await here.receive(turns, id=None, text="hello")
        await without.receive(plain, id=None, text="hello")
    assert turns.seen == plain.seen


async def test_no_field_of_an_activity_is_lost_on_its_way_to_middleware() -> None:
    seen: list[Activity] = []

    class Look(Middleware):
        async def on_turn(self, context: TurnContext, logic: Next) -> None:
            seen.append(context.activity)
            context.activity.text = TurnContext.remove_recipient_mention(context.activity)
            await logic()

    async with house(Look()) as here:
        entities = [mention(BOT, "<at>Tips</at>")]
        await here.receive(Turns(), text="<at>Tips</at> hi", entities=entities, future={"a": [1]})
    [got] = seen
    assert got.conversation.tenant_id == "t1"
    assert got.entities[0].additional_properties["mentioned"]["id"] == BOT
    assert got.additional_properties == {"future": {"a": [1]}}


class HelpDesk(ActivityHandler):
    """A team's own bot, which knows nothing of Assent."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        self.seen.append(turn_context.activity.text)
        if turn_context.activity.text == "ticket":
            await turn_context.send_activity(MessageFactory.text("A ticket is open."))


async def test_a_teams_bot_sees_each_message_and_assent_takes_what_it_leaves() -> None:
    desk = HelpDesk()
    async with house(bot=desk) as here, assent(here.adapter) as bot:
        await here.receive(bot.handler, id="1", text="ticket")
        await here.receive(bot.handler, id="2", text="hello")
        assert words(await here.sent(2)) == ["A ticket is open.", "One short tip every Monday?"]
        await bot.outbox.idle()
    assert desk.seen == ["ticket", "hello"]


async def test_a_turn_is_taken_although_a_teams_bot_fails() -> None:
    """The `TeamsActivityHandler` of botbuilder fails on an update without channel data, which the protocol allows."""
    turns = Turns()
    async with house(bot=TeamsActivityHandler()) as here:
        with pytest.raises(AttributeError):
            await here.receive(turns, "conversationUpdate", membersAdded=[{"id": BOT}])
    assert [event.action for event in turns.seen] == [ConversationStarted()]


class Front(ActivityHandler):
    """A bot that calls Assent where it wants."""

    def __init__(self) -> None:
        self.assent = AssentBot()

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        await self.assent.on_turn(turn_context)
        await turn_context.send_activity("Anything else?")


async def test_a_teams_bot_may_call_assent_itself_and_the_turn_is_taken_once() -> None:
    turns = Turns()
    async with house(bot=Front()) as here:
        await here.receive(turns, text="hello")
        assert words(await here.sent(1)) == ["Anything else?"]
    assert len(turns.seen) == 1


PRESSED = {"name": "adaptiveCard/action", "value": {"action": {"type": "Action.Execute", "data": {"assent": YES}}}}


async def test_a_press_that_a_teams_bot_does_not_know_is_assents() -> None:
    """`ActivityHandler` answers 501 to an invoke that it does not know."""
    turns = Turns(answer="Yes please ✓")
    async with house(bot=HelpDesk()) as here:
        status, body = await here.receive(turns, "invoke", **PRESSED)
    assert status == 200
    assert body == {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Yes please ✓"}


@pytest.mark.parametrize("action", [[], "press", 7, None, {}, {"type": "Action.Submit"}])
async def test_a_malformed_press_gets_the_same_answer_with_and_without_a_teams_bot(action: object) -> None:
    """`ActivityHandler` fails on an action that is no object, and answers 400 to one of another type."""
    pressed = {"name": "adaptiveCard/action", "value": {"action": action}}
    async with house(bot=HelpDesk()) as here, house() as without:
        answer = await here.receive(Turns(), "invoke", **pressed)
        assert answer == await without.receive(Turns(), "invoke", **pressed)
    assert answer[0] == 200


async def test_an_invoke_that_a_teams_bot_knows_is_answered_by_it() -> None:
    class Forms(ActivityHandler):
        async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse:
            return InvokeResponse(status=200, body={"task": {"type": "message", "value": turn_context.activity.name}})

    turns = Turns()
    async with house(bot=Forms()) as here:
        answer = await here.receive(turns, "invoke", name="task/fetch", value={})
    assert answer == (200, {"task": {"type": "message", "value": "task/fetch"}})
    assert turns.seen == []


async def test_an_invoke_that_nobody_knows_gets_the_same_answer_with_and_without_middleware() -> None:
    async with house(bot=HelpDesk()) as here, house() as without:
        asked = {"name": "composeExtension/query", "value": {}}
        assert await here.receive(Turns(), "invoke", **asked) == await without.receive(Turns(), "invoke", **asked)


async def test_replies_that_a_bot_gives_at_once_stand_in_the_answer_where_they_are_expected() -> None:
    async with house(bot=HelpDesk()) as here:
        status, body = await here.receive(Turns(), text="ticket", deliveryMode="expectReplies")
    assert status == 200
    assert body is not None
    [reply] = body["activities"]
    assert reply["text"] == "A ticket is open."


async def test_a_conversation_is_continued_without_anybody_speaking() -> None:
    """A push: from the reference that botbuilder's own means took from an activity."""
    references: list[Any] = []

    class Remember(Middleware):
        async def on_turn(self, context: TurnContext, logic: Next) -> None:
            if context.activity.type == ActivityTypes.message:
                references.append(TurnContext.get_conversation_reference(context.activity))
            await logic()

    async def remind(context: TurnContext) -> None:
        sent = await context.send_activity("Your tip of the week.")
        await context.update_activity(Activity(id=sent.id, type="message", text="Your tip, corrected."))
        await context.delete_activity(sent.id)

    async with house(Remember()) as here:
        await here.receive(Turns(), text="hello")
        await here.adapter.continue_conversation(references[0], remind)
        await here.adapter.continue_conversation(HERE, remind)
        deliveries = await here.sent(6)
    assert [delivery.kind for delivery in deliveries] == ["activity", "update", "delete"] * 2
    assert {delivery.conversation for delivery in deliveries} == {"a:ana"}
    for delivery in (deliveries[0], deliveries[3]):
        assert delivery.body["text"] == "Your tip of the week."
        assert delivery.body["recipient"]["id"] == PERSON
        assert delivery.body["conversation"]["tenantId"] == "t1"
    assert "replyToId" not in deliveries[3].body


async def test_a_reply_to_the_person_alone_opens_their_conversation_first() -> None:
    group = ConversationReference(channel="teams", conversation="19:g", user=PERSON, bot=BOT, scope=Scope.GROUP)
    async with house(Step("a", [])) as here:
        delivered = await here.adapter.deliver({"type": "message", "text": "You are in."}, group.private())
        created, sent = await here.sent(2)
    assert created.kind == "conversation"
    assert delivered.reference is not None
    assert delivered.reference.conversation == sent.conversation
    assert delivered.channel_message_id == sent.id


class Hold(Middleware):
    """Lets nothing through."""

    async def on_turn(self, context: TurnContext, logic: Next) -> None:
        """Go no further."""


class Broken(Middleware):
    """Fails, before or after the rest of the turn."""

    def __init__(self, *, after: bool) -> None:
        self.after = after

    async def on_turn(self, _: TurnContext, logic: Next) -> None:
        if self.after:
            await logic()
        raise ZeroDivisionError


SEND = {"type": "message", "text": "hi"}


async def test_a_reply_that_middleware_holds_back_is_told_as_undeliverable() -> None:
    async with house(Hold()) as here:
        with pytest.raises(Undeliverable, match="held the message back"):
            await here.adapter.deliver(SEND, HERE)


async def test_middleware_that_fails_leaves_the_reply_to_be_tried_again() -> None:
    async with house(Broken(after=False)) as here:
        with pytest.raises(TemporarilyFailed, match="ZeroDivisionError"):
            await here.adapter.deliver(SEND, HERE)
        assert here.standin.deliveries == []


async def test_middleware_that_fails_after_the_send_does_not_double_the_reply() -> None:
    async with house(Broken(after=True)) as here:
        delivered = await here.adapter.deliver(SEND, HERE)
        [sent] = await here.sent(1)
    assert delivered.channel_message_id == sent.id


async def test_what_the_channel_refuses_reaches_the_outbox_past_a_handler_of_errors() -> None:
    noted: list[Exception] = []

    async def on_turn_error(_: TurnContext, error: Exception) -> None:
        noted.append(error)

    async with house(Step("a", []), on_turn_error=on_turn_error) as here:
        here.standin.fail(Fault(status=403, code="ConversationBlockedByUser"))
        with pytest.raises(ContactUnreachable):
            await here.adapter.deliver(SEND, HERE)
    assert [type(error) for error in noted] == [ContactUnreachable]


async def test_a_turn_that_failed_is_not_acknowledged_whatever_handles_its_error() -> None:
    async def swallow(_: TurnContext, error: Exception) -> None:
        """Say nothing."""

    async with house(Step("a", []), on_turn_error=swallow) as here:
        with pytest.raises(StoreError):
            await here.receive(Turns(failure=StoreError("disk full")), text="hello")


async def test_a_conversation_in_botbuilders_own_test_adapter() -> None:
    """`TestAdapter` and `TestFlow` as they are: the bot under test is ours, the replies come through our outbox."""

    class Door:
        """Leads to the bot, which needs the adapter's channel first."""

        bot: Bot

        async def on_turn(self, context: TurnContext) -> None:
            await AssentBot(self.bot.handler).on_turn(context)

    door = Door()
    adapter = TestAdapter(door.on_turn)
    async with assent(PushChannel(adapter)) as door.bot:
        flow: TestFlow = await adapter.test("what?", "I did not understand.")
        flow = await flow.send("hello")
        flow = await flow.assert_reply(offers_a_tip)
        flow = await flow.send(Activity(type="message", text="Yes please", value={"assent": YES}))
        await flow.assert_reply("You are in: Tips. Type STOP to leave.")
        assert await door.bot.memberships() == {"tips": "opted_in"}


def offers_a_tip(reply: Activity, _: str) -> None:
    card = reply.attachments[0].content
    assert card["text"] == "One short tip every Monday?"
    assert [button["title"] for button in card["buttons"]] == ["Yes please"]


async def test_assents_bot_under_a_foreign_adapter_says_what_it_needs() -> None:
    adapter = TestAdapter(AssentBot().on_turn)
    with pytest.raises(TypeError, match="needs a handler"):
        await adapter.receive_activity("hello")


def test_a_server_without_middleware_loads_nothing_of_botbuilder() -> None:
    """Importing it costs half a second and 800 modules."""
    look = (
        "import sys, runtime.app; print([name for name in sys.modules if name.startswith(('botb', 'botf', 'msrest'))])"
    )
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"

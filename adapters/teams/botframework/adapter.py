"""The Bot Framework's programming model around our turns: `BotAdapter`, middleware, `TurnContext`, proactive messages.

    adapter = AssentAdapter(TeamsChannel(settings, session), bot=HelpDesk())
    adapter.use(TranscriptLoggerMiddleware(store), OurMiddleware())

It is two things to the runtime: the channel that the outbox sends through, and the pipeline of the endpoint. Without
middleware and without a bot of the team's both are passed on as they are, and nothing of botbuilder is built.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Self

from botbuilder.core import ActivityHandler, Bot, BotAdapter, Middleware, TurnContext
from botbuilder.schema import (
    Activity,
    ActivityEventNames,
    ActivityTypes,
    ConversationReference,
    DeliveryModes,
    ResourceResponse,
    SignInConstants,
)

from adapters.port import Delivered, TurnHandler, WirePayload
from adapters.teams.activity import Activity as WireActivity
from adapters.teams.botframework.activities import from_wire, reference_of, to_botbuilder, to_wire
from adapters.teams.botframework.push import DELIVERED, push
from adapters.teams.botframework.turn import (
    BUILT_IN,
    AssentBot,
    PendingTurn,
    begin_turn,
    comes_first,
    forget_response,
    is_lost_unless_taken,
    response_of,
)
from adapters.teams.connector import TeamsChannel
from adapters.teams.endpoint import (
    Answer,
    answer_to_press,
    answer_to_unknown,
    is_invoke,
    is_malformed_execute,
    take_turns,
)
from adapters.teams.parse import CHANNEL
from keywords.reserved import ReservedWords
from messages import inbound as ours
from messages.effects import OutgoingMessage
from messages.inbound import InboundEvent

Logic = Callable[[TurnContext], Awaitable[object]]

_SILENT = frozenset({ActivityTypes.trace, ActivityTypes.typing, ActivityTypes.invoke_response})
"""What a bot sends without having answered."""


class AssentAdapter(BotAdapter):  # type: ignore[misc]  # botbuilder has no types
    """A `BotAdapter` whose turns are Assent's.

    `bot` is a team's own, an `ActivityHandler` say. It sees each activity first; what it answers, Assent does not take.

    What may be a no does not wait for a team's code (`precedence`): the strong consent words, and presses of our
    buttons but those that opt in, are Assent's before the middleware sees them. The middleware then sees the turn, with
    Assent's part of it done; the team's bot does not. A soft word such as *cancel* comes to the bot first, and to
    Assent where neither bot nor middleware said anything, whatever the middleware did with it.

    `words` returns the consent words of the live revision (`runtime.revisions`); without it those that every bot has
    come first.
    """

    name = CHANNEL

    def __init__(
        self,
        channel: TeamsChannel,
        *,
        bot: Bot | None = None,
        words: Callable[[], Awaitable[ReservedWords]] | None = None,
        on_turn_error: Callable[[TurnContext, Exception], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(on_turn_error)
        self._channel = channel
        self._bot = bot
        self._words = words
        self._assent = AssentBot()
        self._plain = bot is None

    def use(self, *middleware: Middleware) -> Self:
        """Register middleware: each of them, in this order. Raises TypeError for what is none."""
        for position, each in enumerate(middleware, start=1):
            if not callable(getattr(each, "on_turn", None)):
                raise TypeError(f"argument {position} is no middleware: {type(each).__name__} has no `on_turn`")
            self._middleware.use(each)
            self._plain = False
        return self

    def render(self, message: OutgoingMessage, reference: ours.ConversationReference) -> Sequence[WirePayload]:
        """Return the activities of a message, in order."""
        return self._channel.render(message, reference)

    async def deliver(self, payload: WirePayload, reference: ours.ConversationReference) -> Delivered:
        """Send one activity; through the middleware if there is any. Raises as `push` does."""
        if self._plain:
            return await self._channel.deliver(payload, reference)
        return await push(self, payload, reference)

    async def close(self) -> None:
        """Let go of what the channel holds."""
        await self._channel.close()

    async def process(self, activity: WireActivity, events: Sequence[InboundEvent], handler: TurnHandler) -> Answer:
        """Take an activity through middleware and bot to Assent's turn; return the answer to the request.

        What the handler raised is raised again, also if `on_turn_error` has seen it: the channel must send the activity
        once more.
        """
        if self._plain:
            return await take_turns(activity, events, handler)
        words = await self._words() if self._words is not None else BUILT_IN
        pending = PendingTurn(handler, events[0] if events else None)
        if pending.arrived is not None and comes_first(pending.arrived, words):
            await pending.take([pending.arrived])
        context = TurnContext(self, from_wire(activity))
        begin_turn(context, pending)
        if pending.taken:
            await self.run_pipeline(context, _nothing_more)
            if is_invoke(activity):
                return answer_to_press(pending.answer)
        else:
            pending.as_arrived = pending.arrived is not None and is_lost_unless_taken(pending.arrived, words)
            await self._through_the_team(context, pending)
        if context.activity.delivery_mode == DeliveryModes.expect_replies:
            return 200, {"activities": to_wire(context.buffered_reply_activities)}
        response = response_of(context)
        if response is not None:
            return response
        return answer_to_unknown(activity) if is_invoke(activity) else (200, None)

    async def _through_the_team(self, context: TurnContext, pending: PendingTurn) -> None:
        """Take an activity through middleware and bot. A no that they neither answered nor let through is taken; what
        they raised is raised then.
        """
        answers = _Answers(context)
        fault: Exception | None = None
        try:
            await self.run_pipeline(context, self._turn)
        except Exception as error:  # noqa: BLE001  # raised again below
            fault = error
        if pending.as_arrived and pending.arrived is not None and not pending.taken and not answers.said:
            await pending.take([pending.arrived])
        if pending.error is not None:
            raise pending.error
        if fault is not None:
            raise fault

    async def send_activities(self, context: TurnContext, activities: list[Activity]) -> list[ResourceResponse]:
        """Send activities, each where it says. Raises DeliveryError's children.

        `delay` waits, an invoke's response is kept for the request, a `trace` is for the Emulator alone.
        """
        responses = []
        for activity in activities:
            sent = ""
            if activity.type == "delay":
                await asyncio.sleep((activity.value or 1000) / 1000)
            elif activity.type == ActivityTypes.invoke_response:
                context.turn_state[self._INVOKE_RESPONSE_KEY] = activity
            elif activity.type != ActivityTypes.trace or activity.channel_id == "emulator":
                delivered = await self._channel.deliver(to_wire(activity), reference_of(activity))
                context.turn_state[DELIVERED] = delivered
                sent = delivered.channel_message_id
            responses.append(ResourceResponse(id=sent))
        return responses

    async def update_activity(self, context: TurnContext, activity: Activity) -> ResourceResponse:
        """Put an activity in the place of the one with its id. Raises DeliveryError's children."""
        del context
        await self._channel.update(activity.id, to_wire(activity), reference_of(activity))
        return ResourceResponse(id=activity.id)

    async def delete_activity(self, context: TurnContext, reference: ConversationReference) -> None:
        """Take back the activity that a reference names. Raises DeliveryError's children."""
        del context
        await self._channel.remove(reference.activity_id, reference_of(_continuation(reference)))

    async def continue_conversation(
        self,
        reference: ConversationReference | ours.ConversationReference,
        callback: Logic,
        bot_id: str | None = None,
        claims_identity: object = None,
        audience: str | None = None,
    ) -> None:
        """Run `callback` in a turn of a conversation that nobody spoke in: a proactive message.

        One adapter is one bot, so the last three arguments, which botbuilder has, change nothing. The turn's activity
        has no id, for botbuilder's made-up one would be sent along as the message that is replied to.
        """
        del bot_id, claims_identity, audience
        if isinstance(reference, ours.ConversationReference):
            reference = to_botbuilder(reference)
        await self.run_pipeline(TurnContext(self, _continuation(reference)), callback)

    async def _turn(self, context: TurnContext) -> None:
        """Let the team's bot see the activity, then take Assent's turn, also when the bot failed: a word that
        unsubscribes counts whatever becomes of others' code.

        What an `ActivityHandler` fails on by itself comes to Assent alone.
        """
        answers = _Answers(context)
        fault: Exception | None = None
        if self._bot is not None and not _is_beyond(self._bot, context.activity):
            try:
                await self._bot.on_turn(context)
            except Exception as error:  # noqa: BLE001  # raised again below
                fault = error
        if not answers.given():
            await self._assent.on_turn(context)
        if fault is not None:
            raise fault


class _Answers:
    """Tells whether a team's bot answered an activity."""

    def __init__(self, context: TurnContext) -> None:
        self._context = context
        self.said = False
        """Whether somebody spoke since."""
        context.on_send_activities(self._listen)

    def given(self) -> bool:
        """Tell so. An `ActivityHandler` says 501 to an invoke that it does not know: that is no answer, and goes."""
        response = response_of(self._context)
        if response is not None and response[0] == HTTPStatus.NOT_IMPLEMENTED:
            forget_response(self._context)
            return self.said
        return self.said or response is not None

    async def _listen(self, _: TurnContext, activities: list[Activity], send: Callable[[], Awaitable[object]]) -> None:
        self.said = self.said or any(activity.type not in _SILENT for activity in activities)
        await send()


def _is_beyond(bot: Bot, activity: Activity) -> bool:
    """Tell whether botbuilder's `ActivityHandler` fails on an activity: on a malformed press, and on a sign-in by token
    exchange, for which it calls a method that Teams' handler alone has.
    """
    if is_malformed_execute(activity.name, activity.value):
        return True
    by_token = activity.name == SignInConstants.token_exchange_operation_name
    return by_token and isinstance(bot, ActivityHandler) and not hasattr(bot, "on_teams_signin_token_exchange")


async def _nothing_more(_: TurnContext) -> None:
    """Do nothing: Assent has taken the turn."""


def _continuation(reference: ConversationReference) -> Activity:
    return Activity(
        type=ActivityTypes.event,
        name=ActivityEventNames.continue_conversation,
        channel_id=reference.channel_id,
        service_url=reference.service_url,
        conversation=reference.conversation,
        recipient=reference.bot,
        from_property=reference.user,
        relates_to=reference,
    )

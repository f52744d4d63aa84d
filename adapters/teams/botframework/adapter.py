"""The Bot Framework's programming model around our turns: `BotAdapter`, middleware, `TurnContext`, proactive messages.

    adapter = AssentAdapter(TeamsChannel(settings, session), bot=HelpDesk())
    adapter.use(TranscriptLoggerMiddleware(store), OurMiddleware())

It is two things to the runtime: the channel that the outbox sends through, and the pipeline of the endpoint. Without
middleware and without a bot of the team's both are passed on as they are, and nothing of botbuilder is built.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol, Self

import msgspec
from botbuilder.core import Bot, BotAdapter, Middleware, TurnContext
from botbuilder.schema import (
    Activity,
    ActivityTypes,
    ConversationReference,
    DeliveryModes,
    ResourceResponse,
)

from adapters.port import Delivered, TurnHandler, WirePayload
from adapters.teams.activity import Activity as WireActivity
from adapters.teams.botframework.activities import from_wire, reference_of, to_botbuilder, to_wire
from adapters.teams.botframework.push import (
    DELIVERED,
    ORIGINAL,
    as_shown,
    continuation,
    part_of,
    push,
    reference_in,
    refuse_signed,
)
from adapters.teams.botframework.turn import (
    BUILT_IN,
    SILENT,
    Answers,
    AssentBot,
    PendingTurn,
    begin_turn,
    comes_first,
    is_beyond,
    is_lost_unless_taken,
    lowers_everything,
    nothing_more,
    pending_in,
    response_of,
)
from adapters.teams.endpoint import (
    Answer,
    answer_to_press,
    answer_to_unknown,
    is_invoke,
    take_turns,
)
from adapters.teams.parse import CHANNEL
from keywords.reserved import ReservedWords
from messages import inbound as ours
from messages.effects import OutgoingActivity, OutgoingMessage
from messages.inbound import InboundEvent, Sender, TeamSpoke, TextReceived

Logic = Callable[[TurnContext], Awaitable[object]]

_SENT_IMMEDIATELY = SILENT | {ActivityTypes.end_of_conversation}
"""What is not recorded: nobody reads it, or it ends what was said."""

_SENDER = "assent.sender"

_MAX_SAID = 50
"""Activities that a team's code may send in one turn."""


class TeamsSender(Protocol):
    """What of the Teams channel the adapter needs (`adapters.teams.connector.TeamsChannel`)."""

    def render(self, message: OutgoingMessage, reference: ours.ConversationReference) -> Sequence[WirePayload]: ...

    async def deliver(self, payload: WirePayload, reference: ours.ConversationReference) -> Delivered: ...

    async def update(self, activity_id: str, payload: WirePayload, reference: ours.ConversationReference) -> None: ...

    async def remove(self, activity_id: str, reference: ours.ConversationReference) -> None: ...

    async def close(self) -> None: ...


class Passed(NamedTuple):
    """What came of a team's code: what it answered an invoke, or a request that expects replies; whether it spoke."""

    answer: Answer | None
    spoke: bool
    fault: Exception | None


class _FromTeam(dict[str, Any]):
    """A payload that a team's code sent: it has been through the middleware."""


class AssentAdapter(BotAdapter):  # type: ignore[misc]  # botbuilder has no types
    """A `BotAdapter` whose turns are Assent's.

    `bot` is a team's own, an `ActivityHandler` say. It sees each activity first; what it answers, the flow does not.

    What changes consent does not wait for a team's code (`turn.comes_first`): strong consent words and presses of our
    consent buttons are Assent's before the middleware sees them. The middleware then sees the turn, with Assent's part
    of it done; the team's bot does not. A soft word such as *cancel* comes to the bot first, and to Assent where
    neither bot nor middleware said anything, whatever the middleware did with it.

    `words` returns the consent words of the live revision (`runtime.revisions`); without it those that every bot has
    come first. `opts_out` tells whether words opt out of a segment by a builder's keyword: such words are taken as they
    were typed, whatever middleware made of them.

    With `record`, which takes an event through a turn, what the team's code says is part of a recorded turn and leaves
    by the outbox (`assent serve` does that); without it each activity is sent when the code says so, at most once.
    `new_id` names what is said in no turn of a person.
    """

    name = CHANNEL

    def __init__(
        self,
        channel: TeamsSender,
        *,
        bot: Bot | None = None,
        words: Callable[[], Awaitable[ReservedWords]] | None = None,
        opts_out: Callable[[str], Awaitable[bool]] | None = None,
        on_turn_error: Callable[[TurnContext, Exception], Awaitable[None]] | None = None,
        record: TurnHandler | None = None,
        new_id: Callable[[], str] = str,
    ) -> None:
        super().__init__(on_turn_error)
        self._channel = channel
        self._bot = bot
        self._words = words
        self._opts_out = opts_out
        self._record = record
        self._new_id = new_id
        self._assent = AssentBot()
        self._plain = bot is None

    def run_bot(self, bot: Bot | None) -> None:
        """Let a team's own bot see what comes from now on."""
        self._bot = bot
        self._plain = self._plain and bot is None

    def use(self, *middleware: Middleware) -> Self:
        """Register middleware: each of them, in this order. Raises TypeError for what is none."""
        for position, each in enumerate(middleware, start=1):
            if not callable(getattr(each, "on_turn", None)):
                raise TypeError(f"argument {position} is not a middleware: {type(each).__name__} has no `on_turn`")
            self._middleware.use(each)
            self._plain = False
        return self

    def render(self, message: OutgoingMessage, reference: ours.ConversationReference) -> Sequence[WirePayload]:
        """Return the activities of a message, in order."""
        payloads = self._channel.render(message, reference)
        if any(isinstance(part, OutgoingActivity) for part in message.parts):
            return [_FromTeam(payload) for payload in payloads]
        return payloads

    def is_past(self, payload: WirePayload) -> bool:
        """Tell whether no middleware is to see an activity go: there is none, or it has seen it."""
        return self._plain or isinstance(payload, _FromTeam)

    async def deliver(
        self, payload: WirePayload, reference: ours.ConversationReference, *, by: TeamsSender | None = None
    ) -> Delivered:
        """Send one activity; through the middleware if there is any. Raises as `push` does. `by`: who sends it."""
        sender = by or self._channel
        if self.is_past(payload):
            return await sender.deliver(payload, reference)
        return await push(partial(self._continue, by=sender), payload, reference)

    async def close(self) -> None:
        """Let go of what the channel holds."""
        await self._channel.close()

    async def process(self, activity: WireActivity, events: Sequence[InboundEvent], handler: TurnHandler) -> Answer:
        """Take an activity through middleware and bot to Assent's turn; return the answer to the request.

        What the handler raised is raised again, also if `on_turn_error` has seen it: the channel must send the activity
        once more. So is what the team's code raised.
        """
        if self._plain:
            return await take_turns(activity, events, handler)
        pending = await self.begin(events, handler)
        passed = await self.pass_on(activity, pending)
        answer = await self.finish(activity, pending, passed)
        if passed.fault is not None:
            raise passed.fault
        return answer

    async def begin(self, events: Sequence[InboundEvent], handler: TurnHandler) -> PendingTurn:
        """Take what does not wait for a team's code. Raises what the handler raises."""
        words = await self._words() if self._words is not None else BUILT_IN
        arrived = events[0] if events else None
        pending = PendingTurn(handler, arrived, within=True, said=None if self._record is None else [])
        if arrived is not None:
            pending.is_stop = lowers_everything(arrived, words)
            pending.as_arrived = is_lost_unless_taken(arrived, words) or await self._is_opt_out(arrived)
            if comes_first(arrived, words):
                await pending.take([arrived])
                pending.first = True
        return pending

    async def _is_opt_out(self, event: InboundEvent) -> bool:
        return isinstance(event.action, TextReceived) and (
            self._opts_out is not None and await self._opts_out(event.action.text)
        )

    async def pass_on(self, activity: WireActivity, pending: PendingTurn) -> Passed:
        """Take an activity through middleware and bot; an error of theirs is returned."""
        context = TurnContext(self, from_wire(activity))
        begin_turn(context, pending)
        answers = Answers(context)
        fault: Exception | None = None
        try:
            await self.run_pipeline(context, nothing_more if pending.taken else self._turn)
        except Exception as error:  # noqa: BLE001  # the outermost boundary of a team's own code
            fault = error
        if context.activity.delivery_mode == DeliveryModes.expect_replies:
            return Passed((200, {"activities": to_wire(context.buffered_reply_activities)}), answers.said, fault)
        return Passed(response_of(context), answers.said, fault)

    async def finish(self, activity: WireActivity, pending: PendingTurn, passed: Passed | None) -> Answer:
        """Take what the team's code left or failed on, and what it said. `passed`: None where it was not waited for.

        Raises what the handler raises. Whatever the code did, an event of a person comes to Assent.
        """
        first = pending.first
        pending.closed = True
        if self._record is not None:
            await self._settle(activity, pending, passed, self._record)
        elif pending.as_arrived and pending.arrived is not None and not pending.taken and not (passed and passed.spoke):
            await pending.take([pending.arrived])
        if pending.error is not None:
            raise pending.error
        if passed is not None and passed.answer is not None and not (first and is_invoke(activity)):
            return passed.answer
        if not is_invoke(activity):
            return 200, None
        return answer_to_press(pending.answer) if pending.taken else answer_to_unknown(activity)

    async def _settle(
        self, activity: WireActivity, pending: PendingTurn, passed: Passed | None, record: TurnHandler
    ) -> None:
        arrived, said = pending.arrived, tuple(pending.said or ())
        if arrived is None:
            if said:
                told_by = f"{activity.get('type')}/{activity.get('id') or self._new_id()}#team"
                await self._spoken(record, reference_in(activity), told_by, said)
            return
        if passed is None or (not pending.taken and (passed.fault is not None or pending.failed)):
            if not pending.first:  # one that the code had begun is the same event, and is taken once
                await pending.take([arrived])
        elif not pending.taken:
            if said or not passed.spoke:
                await pending.take([msgspec.structs.replace(arrived, answered=said)])
            return
        if said and pending.error is None:
            told_by = f"{arrived.event_id}#team"
            await self._spoken(record, arrived.reference, told_by, said, pushed=pending.is_stop)

    async def _spoken(
        self,
        record: TurnHandler,
        reference: ours.ConversationReference,
        event_id: str,
        said: tuple[OutgoingActivity, ...],
        *,
        pushed: bool = False,
    ) -> None:
        """Take what the team's code said through a turn of its own; an answer in a conversation that Assent does not
        know, as in a group that the bot came to, is sent at once.
        """
        event = InboundEvent(
            event_id, reference, Sender(reference.user), TeamSpoke(pushed), server_clock=True, answered=said
        )
        if not (await record(event)).skipped:
            return
        if pushed:
            raise LookupError("nobody spoke to Assent in this conversation, so nothing can be pushed to it")
        for payload in self._channel.render(OutgoingMessage(id=event_id, parts=said), reference):
            await self._channel.deliver(payload, reference)

    async def send_activities(self, context: TurnContext, activities: list[Activity]) -> list[ResourceResponse]:
        """Send activities, each where it says. Raises DeliveryError's children.

        `delay` waits, an invoke's response is kept for the request, a `trace` is for the Emulator alone.
        """
        responses = []
        pending = pending_in(context)
        if pending is not None and pending.closed:
            raise RuntimeError("this turn is over: to say more, continue the conversation by its reference")
        for activity in activities:
            sent = ""
            if activity.type == "delay":
                await asyncio.sleep((activity.value or 1000) / 1000)
            elif activity.type == ActivityTypes.invoke_response:
                context.turn_state[self._INVOKE_RESPONSE_KEY] = activity
            elif pending is not None and pending.said is not None and activity.type not in _SENT_IMMEDIATELY:
                if len(pending.said) >= _MAX_SAID:
                    raise RuntimeError(f"a turn says at most {_MAX_SAID} activities")
                pending.said.append(part_of(activity))
            elif activity.type != ActivityTypes.trace or activity.channel_id == "emulator":
                payload = as_shown(to_wire(activity), context.turn_state.get(ORIGINAL))
                sender = context.turn_state.get(_SENDER, self._channel)
                delivered = await sender.deliver(payload, reference_of(activity))
                context.turn_state[DELIVERED] = delivered
                sent = delivered.channel_message_id
            responses.append(ResourceResponse(id=sent))
        return responses

    async def update_activity(self, context: TurnContext, activity: Activity) -> ResourceResponse:
        """Put an activity in the place of the one with its id. Raises DeliveryError's children."""
        del context
        payload = to_wire(activity)
        if self._record is not None:
            refuse_signed(payload)
        await self._channel.update(activity.id, payload, reference_of(activity))
        return ResourceResponse(id=activity.id)

    async def delete_activity(self, context: TurnContext, reference: ConversationReference) -> None:
        """Take back the activity that a reference names. Raises DeliveryError's children."""
        del context
        await self._channel.remove(reference.activity_id, reference_of(continuation(reference)))

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
        if self._record is None:
            await self._continue(reference, callback)
            return
        pending = PendingTurn(self._record, within=True, said=[], taken=True)
        context = TurnContext(self, continuation(reference))
        begin_turn(context, pending)
        try:
            await self.run_pipeline(context, callback)
        finally:
            pending.closed = True
        if pending.said:
            place = reference_in(to_wire(context.activity))
            await self._spoken(self._record, place, f"team/{self._new_id()}", tuple(pending.said), pushed=True)

    async def run_pipeline(self, context: TurnContext, callback: Logic | None = None) -> None:
        """Run a turn, as `BotAdapter` does; note in a pending turn that the team's code failed."""
        try:
            await self._middleware.receive_activity_with_status(context, callback)
        except Exception as error:
            if (pending := pending_in(context)) is not None:
                pending.failed = True
            if self.on_turn_error is None:
                raise
            await self.on_turn_error(context, error)

    async def _continue(
        self, reference: ConversationReference, callback: Logic, *, by: TeamsSender | None = None
    ) -> None:
        context = TurnContext(self, continuation(reference))
        context.turn_state[_SENDER] = by or self._channel
        await self.run_pipeline(context, callback)

    async def _turn(self, context: TurnContext) -> None:
        """Let the team's bot see the activity, then take Assent's turn, also when the bot failed: a word that
        unsubscribes counts whatever becomes of others' code.

        What an `ActivityHandler` fails on by itself comes to Assent alone.
        """
        answers = Answers(context)
        fault: Exception | None = None
        if self._bot is not None and not is_beyond(self._bot, context.activity):
            try:
                await self._bot.on_turn(context)
            except Exception as error:  # noqa: BLE001  # raised again below
                fault = error
        if not answers.given():
            await self._assent.on_turn(context)
        if fault is not None:
            raise fault

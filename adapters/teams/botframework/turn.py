"""Assent's turn within a botbuilder `TurnContext`, and what does not wait for a team's own code."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import msgspec
from botbuilder.core import ActivityHandler, Bot, BotAdapter, TurnContext
from botbuilder.schema import Activity, ActivityTypes, InvokeResponse, SignInConstants

from adapters.port import TurnHandler
from adapters.teams.botframework.activities import to_wire
from adapters.teams.endpoint import answer_to_press, answer_to_unknown, is_invoke, is_malformed_execute
from adapters.teams.parse import parse
from keywords.reserved import ReservedWord, ReservedWords
from messages.effects import OutgoingActivity
from messages.errors import BadPayload
from messages.inbound import ButtonPressed, ConversationEnded, InboundEvent, TextReceived
from segment_buttons.payload import named_by, read_act

BUILT_IN = ReservedWords()


def comes_first(event: InboundEvent, words: ReservedWords) -> bool:
    """Tell whether an event is Assent's whatever a team's code would make of it: a strong consent word, a press on a
    button of ours that changes consent, or that the bot was removed.
    """
    found = _word(event, words)
    if found is not None:
        return found.strength == "strong"
    if isinstance(event.action, ButtonPressed):
        return _changes_consent(event.action.payload)
    return isinstance(event.action, ConversationEnded)


def lowers_everything(event: InboundEvent, words: ReservedWords) -> bool:
    """Tell whether an event is a stop: what a team's code says in its turn is then no answer that anybody asked for."""
    found = _word(event, words)
    if found is not None:
        return found.kind == "stop"
    button = named_by(event.action.payload) if isinstance(event.action, ButtonPressed) else None
    if button is None or not button.act:
        return False
    act = read_act(button.act)
    return act is None or not act.raises


def is_lost_unless_taken(event: InboundEvent, words: ReservedWords) -> bool:
    """Tell whether an event is a no if nobody else answers it: a soft word that stops, such as *cancel*."""
    found = _word(event, words)
    return found is not None and found.kind == "stop"


def _word(event: InboundEvent, words: ReservedWords) -> ReservedWord | None:
    action = event.action
    return words.match(action.text) if isinstance(action, TextReceived) and action.form != "answer" else None


def _changes_consent(payload: str) -> bool:
    """Whether a button can change consent, by its payload; one of the first form does not say what it does."""
    button = named_by(payload)
    return button is not None and bool(button.act or not button.digest)


SILENT: Final = frozenset({ActivityTypes.trace, ActivityTypes.typing, ActivityTypes.invoke_response})
"""What a bot sends without having answered."""


_TURN: Final = "assent.turn"
_RESPONSE: Final = BotAdapter._INVOKE_RESPONSE_KEY  # noqa: SLF001  # where botbuilder's own adapters keep it


@dataclass(slots=True)
class PendingTurn:
    """The turn that an activity is due, and what became of it."""

    handler: TurnHandler
    arrived: InboundEvent | None = None
    """The event as it arrived: who did what, where. Middleware may change its words, and nothing else of it."""
    as_arrived: bool = False
    """Whether its words are taken as they arrived, too."""
    within: bool = False
    """Whether it is a turn of `AssentAdapter`, which parsed the activity before middleware saw it."""
    first: bool = False
    """Whether it was taken before the team's code saw it."""
    is_stop: bool = False
    """Whether it is a stop, which is answered by Assent alone."""
    said: list[OutgoingActivity] | None = None
    """What the team's code says, until it is recorded; None where each activity is sent at once."""
    failed: bool = False
    """Whether the team's code raised an error, also one that its `on_turn_error` handled."""
    closed: bool = False
    """Whether the turn is over: what is said then would be lost."""
    taken: bool = False
    answer: str | None = None
    """What the handler answered a press."""
    error: Exception | None = None
    """What the handler raised, kept from an `on_turn_error` that swallows it."""

    async def take(self, events: Sequence[InboundEvent]) -> None:
        """Hand events to the handler. Raises what it raises."""
        self.taken = True
        try:
            for event in events:
                self.answer = (await self.handler(event)).answer
        except Exception as error:
            self.error = error
            raise


class AssentBot(Bot):  # type: ignore[misc]  # botbuilder has no types
    """Takes Assent's turn for the activity of a context, once.

    Within `AssentAdapter` it needs nothing; under another adapter (botbuilder's `TestAdapter`) give it the handler. A
    team's own `ActivityHandler` calls `on_turn` where it leaves an activity to us. What middleware made of the activity
    is what is read.
    """

    def __init__(self, handler: TurnHandler | None = None) -> None:
        self._handler = handler

    async def on_turn(self, context: TurnContext) -> None:
        """Take the turn; an `invoke` is answered through the context."""
        pending = context.turn_state.get(_TURN)
        if pending is None:
            if self._handler is None:
                raise TypeError("AssentBot needs a handler under an adapter that is not AssentAdapter")
            pending = begin_turn(context, PendingTurn(self._handler))
        if not pending.taken:
            await _take(context, pending)


def pending_in(context: TurnContext) -> PendingTurn | None:
    """Return the turn that is due in a context; None in one that sends a reply, or a team's own message."""
    pending = context.turn_state.get(_TURN)
    return pending if isinstance(pending, PendingTurn) else None


def begin_turn(context: TurnContext, pending: PendingTurn) -> PendingTurn:
    """Note in a context that a turn is due."""
    context.turn_state[_TURN] = pending
    return pending


def response_of(context: TurnContext) -> tuple[int, Any] | None:
    """Return status and body of the answer to an invoke that was left in a context."""
    activity = context.turn_state.get(_RESPONSE)
    response = getattr(activity, "value", None)
    if response is None:
        return None
    return int(getattr(response, "status", None) or 200), to_wire(getattr(response, "body", None))


def forget_response(context: TurnContext) -> None:
    """Take back the answer to an invoke."""
    context.turn_state.pop(_RESPONSE, None)


async def _take(context: TurnContext, pending: PendingTurn) -> None:
    activity = to_wire(context.activity)
    events = _events(activity, pending)
    await pending.take(events)
    if is_invoke(activity):
        status, body = answer_to_press(pending.answer) if events else answer_to_unknown(activity)
        response = InvokeResponse(status=int(status), body=body)
        await context.send_activity(Activity(type=ActivityTypes.invoke_response, value=response))


def _events(activity: Mapping[str, Any], pending: PendingTurn) -> list[InboundEvent]:
    """Return the event of an activity as middleware left it.

    Words that middleware made count as words that the person did not type (`TextReceived.form` chip): a no in them is
    heard, a yes is not. A press, a person or a place that middleware made does not count at all.
    """
    if pending.arrived is not None:
        return [pending.arrived if pending.as_arrived else _with_words_of(activity, pending.arrived)]
    if not pending.within:
        return parse(activity)
    return [
        msgspec.structs.replace(event, action=msgspec.structs.replace(event.action, form="chip"))
        for event in parse(activity)
        if isinstance(event.action, TextReceived)
    ]


def _with_words_of(activity: Mapping[str, Any], arrived: InboundEvent) -> InboundEvent:
    was = arrived.action
    if not isinstance(was, TextReceived) or was.form in {"answer", "edit"}:
        return arrived
    try:
        (now,) = parse(activity)
    except (BadPayload, ValueError):
        return arrived
    if not isinstance(now.action, TextReceived) or now.action.text == was.text:
        return arrived
    return msgspec.structs.replace(arrived, action=msgspec.structs.replace(was, text=now.action.text, form="chip"))


class Answers:
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
        self.said = self.said or any(activity.type not in SILENT for activity in activities)
        await send()


def is_beyond(bot: Bot, activity: Activity) -> bool:
    """Tell whether botbuilder's `ActivityHandler` fails on an activity: on a malformed press, and on a sign-in by token
    exchange, for which it calls a method that Teams' handler alone has.
    """
    if is_malformed_execute(activity.name, activity.value):
        return True
    by_token = activity.name == SignInConstants.token_exchange_operation_name
    return by_token and isinstance(bot, ActivityHandler) and not hasattr(bot, "on_teams_signin_token_exchange")


async def nothing_more(_: TurnContext) -> None:
    """Do nothing: Assent has taken the turn."""

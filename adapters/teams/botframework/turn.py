"""Assent's turn within a botbuilder `TurnContext`, and what does not wait for a team's own code."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from botbuilder.core import Bot, BotAdapter, TurnContext
from botbuilder.schema import Activity, ActivityTypes, InvokeResponse

from adapters.port import TurnHandler
from adapters.teams.botframework.activities import to_wire
from adapters.teams.endpoint import answer_to_press, answer_to_unknown, is_invoke
from adapters.teams.parse import parse
from keywords.reserved import ReservedWord, ReservedWords
from messages.inbound import ButtonPressed, InboundEvent, TextReceived
from segment_buttons.acts import read_act
from segment_buttons.payload import named_by

BUILT_IN = ReservedWords()


def comes_first(event: InboundEvent, words: ReservedWords) -> bool:
    """Tell whether an event is Assent's whatever a team's code would make of it: a strong consent word, or a press of a
    button of ours that does not say that it raises consent.
    """
    found = _word(event, words)
    if found is not None:
        return found.strength == "strong"
    return isinstance(event.action, ButtonPressed) and _may_lower(event.action.payload)


def is_lost_unless_taken(event: InboundEvent, words: ReservedWords) -> bool:
    """Tell whether an event is a no if nobody else answers it: a soft word that stops, such as *cancel*."""
    found = _word(event, words)
    return found is not None and found.kind == "stop"


def _word(event: InboundEvent, words: ReservedWords) -> ReservedWord | None:
    action = event.action
    return words.match(action.text) if isinstance(action, TextReceived) and action.form != "answer" else None


def _may_lower(payload: str) -> bool:
    """Whether a button can lower consent, by its payload; one of the first form does not say what it does."""
    button = named_by(payload)
    if button is None or (button.digest and not button.act):
        return False
    act = read_act(button.act)
    return act is None or not act.raises


_TURN: Final = "assent.turn"
_RESPONSE: Final = BotAdapter._INVOKE_RESPONSE_KEY  # noqa: SLF001  # where botbuilder's own adapters keep it


@dataclass(slots=True)
class PendingTurn:
    """The turn that an activity is due, and what became of it."""

    handler: TurnHandler
    arrived: InboundEvent | None = None
    """The event as it arrived. Its id and its JSON count; middleware may have changed what they are made of."""
    as_arrived: bool = False
    """Whether it is taken as it arrived, whatever middleware made of the activity."""
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
    if pending.as_arrived and pending.arrived is not None:
        events = [pending.arrived]
    else:
        events = [_as_arrived(event, pending.arrived) for event in parse(activity)]
    await pending.take(events)
    if is_invoke(activity):
        status, body = answer_to_press(pending.answer) if events else answer_to_unknown(activity)
        response = InvokeResponse(status=int(status), body=body)
        await context.send_activity(Activity(type=ActivityTypes.invoke_response, value=response))


def _as_arrived(event: InboundEvent, arrived: InboundEvent | None) -> InboundEvent:
    if arrived is None:
        return event
    return msgspec.structs.replace(event, event_id=arrived.event_id, received=arrived.received)

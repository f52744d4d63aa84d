"""What leaves: a reply, sent through a bot adapter so that middleware sees it go, and what a team's code says."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
import structlog
from botbuilder.core import BotAdapter, TurnContext
from botbuilder.schema import Activity, ActivityEventNames, ActivityTypes
from botbuilder.schema import ConversationReference as BotReference

from adapters.port import Delivered, WirePayload
from adapters.teams.activity import Activity as WireActivity
from adapters.teams.botframework.activities import from_wire, reference_of, to_botbuilder, to_wire
from adapters.teams.parse import CHANNEL
from adapters.teams.render import Json, render
from messages.effects import OutgoingActivity, OutgoingMessage
from messages.errors import DeliveryError, TemporarilyFailed, Undeliverable
from messages.inbound import ConversationReference
from segment_buttons.payload import ANYWHERE

DELIVERED = "assent.delivered"
"""Where in a turn's state an adapter may leave the `Delivered` of its last send."""

ORIGINAL = "assent.original"
"""Where in a turn's state the payload is that is sent, as it was before middleware saw it."""

log = structlog.get_logger("assent.teams")


Continue = Callable[[BotReference, Callable[[TurnContext], Awaitable[object]]], Awaitable[None]]
"""Runs a callback in a turn of a conversation, as `BotAdapter.continue_conversation` does."""


async def push(run: Continue, payload: WirePayload, reference: ConversationReference) -> Delivered:
    """Send an activity as a proactive message: the conversation is continued, through all middleware.

    A reply leaves after its turn is durable, perhaps in another process than the one that took the turn, so it can't go
    out within the context of the activity that it answers. Middleware sees what the Bot Framework shows it of every
    proactive message: an event named ContinueConversation, then the activity on its way out.

    Raises what the send raised. A fault of the middleware before the send leaves the reply to be tried again; one after
    it is logged, for the reply is out. A reply that the middleware holds back is undeliverable, so that ops see it.
    """
    delivered: Delivered | None = None
    refusal: DeliveryError | None = None
    fault: Exception | None = None

    async def send(context: TurnContext) -> None:
        nonlocal delivered, refusal
        context.turn_state[ORIGINAL] = payload
        try:
            response = await context.send_activity(from_wire(payload))
        except DeliveryError as error:
            refusal = error
            raise
        sent = context.turn_state.get(DELIVERED)
        delivered = sent or Delivered(channel_message_id=getattr(response, "id", None) or "")

    try:
        await run(to_botbuilder(reference), send)
    except Exception as error:  # noqa: BLE001  # the outermost boundary of a team's own code
        fault = error
    if delivered is not None:
        if fault is not None:
            log.error("middleware failed after a reply was sent", error=type(fault).__name__)
        return delivered
    if refusal is not None:
        raise refusal
    if fault is not None:
        raise TemporarilyFailed(f"middleware failed: {type(fault).__name__}") from fault
    raise Undeliverable("middleware held the message back")


_ADDRESS = ("id", "from", "recipient", "conversation", "serviceUrl", "channelId", "timestamp", "localTimestamp")
"""What of an activity says where it goes, which the outbox knows."""

_CONTENT = ("text", "speak", "summary", "value", "attachments", "attachmentLayout", "suggestedActions", "textFormat")


class PushChannel:
    """The Teams channel over any bot adapter: what is delivered goes through the adapter and its middleware."""

    name = CHANNEL

    def __init__(self, adapter: BotAdapter) -> None:
        self._adapter = adapter

    def render(self, message: OutgoingMessage, reference: ConversationReference) -> list[Json]:
        """Return the activities of a message, in order."""
        return render(message, reference)

    async def deliver(self, payload: WirePayload, reference: ConversationReference) -> Delivered:
        """Send one activity. Raises as `push` does."""
        return await push(self._adapter.continue_conversation, payload, reference)

    async def close(self) -> None:
        """Nothing is held: the adapter is its owner's."""


def part_of(activity: Activity) -> OutgoingActivity:
    """Return an activity as part of a message. Raises ValueError for one with a signed button: what a person agreed to
    is proved by the words that Assent showed beside it.
    """
    wire = {name: value for name, value in to_wire(activity).items() if name not in _ADDRESS}
    return OutgoingActivity(refuse_signed(wire), _words_of(wire))


def refuse_signed(wire: Mapping[str, Any]) -> str:
    written = orjson.dumps(wire)
    if ANYWHERE.search(written):
        raise ValueError("Assent's signed buttons are sent by its flow alone")
    return written.decode()


def _words_of(wire: Mapping[str, Any]) -> str:
    """Return what of an activity can be read: its text, and that of its cards."""
    said = [wire.get("text") or ""]
    for attachment in wire.get("attachments") or ():
        content = attachment.get("content")
        if isinstance(content, Mapping):
            said += [content.get(name) or "" for name in ("title", "subtitle", "text")]
    return "\n".join(words for words in said if isinstance(words, str) and words) or str(wire.get("summary") or "")


def as_shown(payload: WirePayload, original: WirePayload | None) -> WirePayload:
    """Return a reply as middleware left it; with its own content where it has a signed button, for the words beside one
    are what an opt-in is proved by.
    """
    if original is None or not ANYWHERE.search(orjson.dumps(payload)):
        return payload
    kept = {name: value for name, value in payload.items() if name not in _CONTENT}
    return {**kept, **{name: original[name] for name in _CONTENT if name in original}}


def reference_in(activity: WireActivity) -> ConversationReference:
    """Return where an incoming activity is answered."""
    came = from_wire(activity)
    return reference_of(
        Activity(
            conversation=came.conversation,
            recipient=came.from_property,
            from_property=came.recipient,
            service_url=came.service_url,
            channel_id=came.channel_id,
        )
    )


def continuation(reference: BotReference) -> Activity:
    """Return the activity of a turn in which nobody spoke."""
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

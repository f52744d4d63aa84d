"""Sending a reply through a bot adapter, so that a team's middleware sees it go."""

import structlog
from botbuilder.core import BotAdapter, TurnContext

from adapters.port import Delivered, WirePayload
from adapters.teams.botframework.activities import from_wire, to_botbuilder
from adapters.teams.parse import CHANNEL
from adapters.teams.render import Json, render
from messages.effects import OutgoingMessage
from messages.errors import DeliveryError, TemporarilyFailed, Undeliverable
from messages.inbound import ConversationReference

DELIVERED = "assent.delivered"
"""Where in a turn's state an adapter may leave the `Delivered` of its last send."""

log = structlog.get_logger("assent.teams")


async def push(adapter: BotAdapter, payload: WirePayload, reference: ConversationReference) -> Delivered:
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
        try:
            response = await context.send_activity(from_wire(payload))
        except DeliveryError as error:
            refusal = error
            raise
        sent = context.turn_state.get(DELIVERED)
        delivered = sent or Delivered(channel_message_id=getattr(response, "id", None) or "")

    try:
        await adapter.continue_conversation(to_botbuilder(reference), send)
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
        return await push(self._adapter, payload, reference)

    async def close(self) -> None:
        """Nothing is held: the adapter is its owner's."""

"""A channel, as the runtime knows it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from messages.inbound import InboundEvent
from messages.outgoing import OutgoingMessage
from messages.reference import ConversationReference

WirePayload = Mapping[str, Any]
"""One request body for the channel's send call, as JSON values."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The channel took a payload. `reference` is set when a conversation had to be created for it."""

    channel_message_id: str = ""
    reference: ConversationReference | None = None


@dataclass(frozen=True, slots=True)
class TurnAnswer:
    """What the runtime made of an event: new, seen before, or skipped as no act of a person whom the bot knows; and the
    synchronous answer if one was asked for.
    """

    seen: bool = False
    skipped: bool = False
    answer: str | None = None


TurnHandler = Callable[[InboundEvent], Awaitable[TurnAnswer]]
"""Takes one event through a turn. Returns once the turn is durable."""


class Channel(Protocol):
    """What the outbox asks of a channel. `render` is pure; `deliver` speaks HTTP."""

    name: str

    def render(self, message: OutgoingMessage, reference: ConversationReference) -> Sequence[WirePayload]:
        """Return the payloads to send, in order. Never drops words or buttons: what does not fit moves on."""
        ...

    async def deliver(self, payload: WirePayload, reference: ConversationReference) -> Delivered:
        """Send one payload. Raises one of `messages.errors.DeliveryError`'s children."""
        ...

    async def close(self) -> None:
        """Let go of what the channel holds."""
        ...

"""The terminal as a channel: what the outbox sends is drawn at once."""

from collections.abc import Callable, Sequence

import msgspec

from adapters.port import Delivered, WirePayload
from messages.outgoing import OutgoingMessage
from messages.reference import ConversationReference


class TerminalChannel:
    """Hands each message to `show`."""

    name = "terminal"

    def __init__(self, show: Callable[[OutgoingMessage], None]) -> None:
        self._show = show

    def render(self, message: OutgoingMessage, reference: ConversationReference) -> Sequence[WirePayload]:
        """Return the message itself, as plain values: it is drawn whole."""
        del reference
        return [msgspec.to_builtins(message)]

    async def deliver(self, payload: WirePayload, reference: ConversationReference) -> Delivered:
        """Draw one message."""
        del reference
        self._show(msgspec.convert(payload, OutgoingMessage))
        return Delivered()

    async def close(self) -> None:
        """Nothing is held."""

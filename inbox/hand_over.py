"""Staff give a conversation that a person had back to the bot."""

from datetime import datetime
from typing import Protocol

from flows.engine.turn import conversation_key
from messages.errors import NotFound, StateConflict
from messages.inbound import HandedBack, InboundEvent, Sender
from staff.acting import Staff
from storage.port import Audit, Conversations


class TakesTurns(Protocol):
    """Takes an event through a turn of its conversation, as `runtime.turns` does."""

    async def handle(self, bot: str, event: InboundEvent) -> object:
        """Return once the turn is durable. Raises StoreError."""
        ...


class InboxStore(Conversations, Audit, Protocol):
    """What the inbox reads and writes of a store."""


async def hand_back(
    worker: TakesTurns, store: InboxStore, bot: str, conversation: str, staff: Staff, at: datetime
) -> None:
    """End the hand-over of a conversation, as a turn of it that says nothing.

    Raises NotFound for a conversation that is not known, or was erased, and StateConflict where there is no hand-over.
    """
    staff.require("hand_back")
    summary = await store.conversation(bot, conversation)
    if summary is None or conversation_key(summary.state.reference) != conversation:
        problem = "is not known" if summary is None else "was erased"
        raise NotFound(f"conversation {conversation} {problem}", remedy="See `assent conversation list`")
    if not summary.state.handed_over:
        raise StateConflict(
            f"conversation {conversation} is with the bot already",
            remedy="See `assent conversation list --with-person`",
        )
    reference = summary.state.reference
    event = InboundEvent(
        f"handed back:{conversation}:{at.isoformat()}", reference, Sender(reference.user), HandedBack(staff.name)
    )
    await worker.handle(bot, event)
    await staff.record(store, bot, "hand_back", conversation, at)

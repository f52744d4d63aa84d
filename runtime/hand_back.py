"""Staff gives a conversation that a person had back to the bot."""

from datetime import datetime

from flows.engine.turn import conversation_key
from messages.errors import BadInput
from messages.inbound import HandedBack, InboundEvent, Sender
from runtime.turns import TurnWorker
from staff.acting import Staff
from storage.port import Store


async def hand_back(worker: TurnWorker, store: Store, bot: str, conversation: str, staff: Staff, at: datetime) -> None:
    """End the hand-over of a conversation, as a turn of it that says nothing. Raises BadInput where there is none."""
    summary = await store.conversation(bot, conversation)
    if summary is None or not summary.state.handed_over:
        problem = "is with the bot already" if summary is not None else "is not known"
        raise BadInput(f"conversation {conversation} {problem}", remedy="See `assent conversation list --with-person`")
    reference = summary.state.reference
    if conversation_key(reference) != conversation:
        raise BadInput(f"conversation {conversation} was erased")
    event = InboundEvent(
        f"handed back:{conversation}:{at.isoformat()}", reference, Sender(reference.user), HandedBack(staff.name)
    )
    await worker.handle(bot, event)
    await staff.record(store, bot, "hand_back", conversation, at)

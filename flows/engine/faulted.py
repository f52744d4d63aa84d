"""What becomes of a turn in which the engine itself failed."""

import msgspec

from flows.engine.language import language_of
from flows.engine.own_words import own_words
from flows.engine.snapshot import Snapshot
from flows.engine.turn import RULES_VERSION, TraceStep, Turn
from messages.contact import Contact
from messages.effects import Answer, Effect, Send
from messages.ids import IdSource
from messages.inbound import ButtonPressed, InboundEvent, TextReceived
from messages.outgoing import OutgoingMessage, OutgoingText

ENGINE_FAULT = "engine_fault"
"""The trace of such a turn."""

UNDECIDED, UNWRITTEN = "the engine failed; see the log", "what was decided can't be written; see the log"
"""What of a turn failed, for its trace."""


def faulted_turn(snapshot: Snapshot, event: InboundEvent, turn_id: str, failed: str = UNDECIDED) -> Turn:
    """Return a turn that changes no consent and says so, to somebody who typed or pressed something.

    What the conversation waited for is forgotten, so that a state which the engine can't bear does not last.
    """
    ids = IdSource(turn_id)
    contact = snapshot.contact
    if not contact.id:
        account = event.reference.account
        contact = Contact(id=ids.new("c"), identities=(account,), source=account.channel)
    state = msgspec.structs.replace(snapshot.state, contact=contact.id, run=None, offered=())
    return Turn(
        state=state,
        contact=contact,
        effects=_apology(snapshot, event, ids),
        trace=(TraceStep(kind=ENGINE_FAULT, detail=failed, notice=True),),
        revision=snapshot.live.number,
        rules=RULES_VERSION,
    )


def _apology(snapshot: Snapshot, event: InboundEvent, ids: IdSource) -> tuple[Effect, ...]:
    action = event.action
    if snapshot.state.handed_over or not isinstance(action, TextReceived | ButtonPressed):
        return ()
    words = own_words("sorry", language_of(snapshot.contact, snapshot.live), snapshot.live.fallback)
    said = Send(OutgoingMessage(id=ids.new("m"), parts=(OutgoingText(words),), revision=snapshot.live.number))
    if isinstance(action, ButtonPressed) and action.wants_answer:
        return said, Answer(words)
    return (said,)

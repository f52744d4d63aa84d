"""A turn that is tried and never kept: what most turns read and write, of a bot that nobody can have."""

from datetime import UTC, datetime
from typing import Final

from flows.engine.turn import ConversationState, Turn, conversation_key
from messages.consent import ConsentChange, Membership, SourceKind
from messages.contact import Contact
from messages.effects import ChangeConsent, OutgoingMessage, OutgoingText, Send, StartTimer
from messages.inbound import ConversationReference, InboundEvent, Sender, TextReceived
from storage.records import JournalEntry, TurnCommit

BOT: Final = ".trial"
"""No bot's id begins with a dot."""
REFERENCE: Final = ConversationReference(channel="trial", conversation="trial", user="trial")
_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)


def trial_turn() -> TurnCommit:
    """Return a turn that meets a person, opts them out, replies and waits."""
    key = conversation_key(REFERENCE)
    contact = Contact(id="trial", identities=(REFERENCE.account,), name="Trial", created_at=_AT)
    change = ConsentChange(
        contact=contact.id,
        subject="trial",
        before=Membership.NONE,
        after=Membership.OPTED_OUT,
        at=_AT,
        source=SourceKind.KEYWORD,
        actor=contact.id,
        conversation=key,
        event_id="trial",
        turn="trial",
    )
    effects = (
        ChangeConsent(change),
        Send(OutgoingMessage(id="trial", parts=(OutgoingText("trial"),))),
        StartTimer("trial", _AT),
    )
    entry = JournalEntry(
        turn="trial",
        bot=BOT,
        conversation=key,
        contact=contact.id,
        at=_AT,
        event=InboundEvent("trial", REFERENCE, Sender(REFERENCE.user), TextReceived("stop")),
        outcome=Turn(
            state=ConversationState(key=key, reference=REFERENCE, contact=contact.id, last_event_at=_AT),
            contact=contact,
            effects=effects,
            lowered={"trial": _AT},
        ),
    )
    return TurnCommit(bot=BOT, entry=entry, expected_state_version=0, expected_contact_version=0)

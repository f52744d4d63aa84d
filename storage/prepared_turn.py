"""A turn, encoded and sorted in the caller's thread, so that whoever writes it only writes."""

from typing import NamedTuple

from messages.addresses import Handle, other_handles
from messages.codec import encode, fingerprint
from messages.consent import ConsentChange
from messages.contact import Contact
from messages.effects import (
    Answer,
    CancelTimer,
    ChangeConsent,
    IgnoreMessage,
    KeepEvidence,
    OutgoingMessage,
    Send,
    StartTimer,
)
from messages.inbound import ConversationEnded, ConversationReference, HandedBack, Scope, TimerFired
from storage.journal_chain import record_digest, turn_content
from storage.records import TurnCommit
from storage.times import to_ms


class PreparedReply(NamedTuple):
    """A message for the outbox, where it goes, and both as records."""

    message: OutgoingMessage
    reference: ConversationReference
    message_record: bytes
    reference_record: bytes


RareEffect = KeepEvidence | StartTimer | CancelTimer | IgnoreMessage


_NOT_THEIRS = (TimerFired, HandedBack, ConversationEnded)
"""What is no act of the person: a wait that is over, a bot that an administrator took away."""


def _named(contact: Contact) -> tuple[str, str, str]:
    return contact.email, contact.external_id, contact.aad_object_id


class PreparedTurn:
    """What the commit of one turn checks and writes."""

    def __init__(self, turn: TurnCommit) -> None:
        entry = turn.entry
        self.bot = turn.bot
        self.entry = entry
        self.event = entry.event
        self.expected_state_version = turn.expected_state_version
        self.expected_contact_version = turn.expected_contact_version
        self.at = to_ms(entry.at)
        self.state = entry.outcome.state
        self.contact = entry.outcome.contact
        self.state_record = encode(self.state)
        self.journal_record = encode(entry)
        self.journal_content = turn_content(self.bot, entry.turn, self.at, record_digest(self.journal_record))
        """What the turn's link is made over."""
        self.contact_record = encode(self.contact) if self.contact != entry.contact_before else None
        self.replies: list[PreparedReply] = []
        self.asks_consent = False
        """Whether consent must be as it was when the turn was decided: the turn changes it, or says what needs it."""
        self.changes: list[ConsentChange] = []
        self.rare_effects: list[RareEffect] = []
        self.fingerprint = fingerprint(entry.event)
        self.lowered = {subject: to_ms(at) for subject, at in entry.outcome.lowered.items()}
        """By subject, in milliseconds since 1970: acts that lowered consent once more and changed nothing."""
        self.raised = {subject: to_ms(at) for subject, at in entry.outcome.raised.items()}
        """The same of acts that raised it."""
        if entry.contact_before is None:  # what an erased person did before is lowered for the new contact too
            for subject, at in entry.lowered.items():
                self.lowered[subject] = max(to_ms(at), self.lowered.get(subject, 0))
        self.answer: str | None = None
        self._sort_effects()
        before = entry.contact_before.identities if entry.contact_before else ()
        after = self.contact.identities
        self.new_identities = () if after == before else tuple(i for i in dict.fromkeys(after) if i not in before)
        self.lost_identities = () if after == before else tuple(i for i in before if i not in after)
        self.new_handles, self.lost_handles = self._changed_handles()
        self.seen_at = None if isinstance(entry.event.action, _NOT_THEIRS) else self.at
        """When the person acted, in milliseconds since 1970; None where it was not the person who did."""
        self.claims = {
            (self.bot, "event", self.event.reference.channel, self.event.event_id),
            (self.bot, "conversation", self.state.key),
            (self.bot, "contact", self.contact.id),
            *((self.bot, "identity", identity.channel, identity.user) for identity in self.new_identities),
        }
        """What one turn must not look at before another one that has it too is written."""

    def _changed_handles(self) -> tuple[frozenset[Handle], frozenset[Handle]]:
        """Return the handles, without accounts, that the turn adds and takes away."""
        before, after = self.entry.contact_before, self.contact
        if self.contact_record is None or (before is not None and _named(before) == _named(after)):
            return frozenset(), frozenset()
        ours = other_handles(after)
        theirs = frozenset[Handle]() if before is None else other_handles(before)
        return ours - theirs, theirs - ours

    def _sort_effects(self) -> None:
        reference = self.state.reference
        record = encode(reference)
        for effect in self.entry.outcome.effects:
            match effect:
                case Send(message):
                    self.asks_consent |= message.consent is not None
                    if message.private and reference.scope is not Scope.PERSONAL:
                        alone = reference.private()
                        self.replies.append(PreparedReply(message, alone, encode(message), encode(alone)))
                    else:
                        self.replies.append(PreparedReply(message, reference, encode(message), record))
                case ChangeConsent(change):
                    if change.contact != self.contact.id:
                        raise ValueError("a turn changes the consent of its own contact only")
                    self.changes.append(change)
                    self.asks_consent = True
                case Answer(text):
                    self.answer = text
                case KeepEvidence() | StartTimer() | CancelTimer() | IgnoreMessage():
                    self.rare_effects.append(effect)
                case _:
                    pass  # in the journal, and nowhere else

"""A turn as stores write it: encoded by the caller, linked to the turn before; and one that is tried and never kept.

A link is a hash over the link before, the turn's place in the conversation, and its content: bot, turn id, time, and
the SHA-256 of its record. Erasing a person replaces the record and leaves that SHA-256; forgetting old turns leaves the
last link. A turn that was written by a version before has no link, and the one behind it begins a chain.
"""

import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol

import msgspec

from flows.engine.trace import CONDITION
from flows.engine.turn import ConversationState, Turn, conversation_key
from messages.addresses import Handle, other_handles
from messages.channel_addresses import REMOVED_CODE, act_at, last_act
from messages.codec import encode, fingerprint, to_ms
from messages.consent import ConsentChange, Membership, SourceKind
from messages.contact import Contact
from messages.effects import (
    Answer,
    CancelTimer,
    ChangeConsent,
    IgnoreMessage,
    KeepEvidence,
    OutgoingMessage,
    OutgoingText,
    Send,
    StartTimer,
    WorkEffect,
)
from messages.inbound import (
    ConversationEnded,
    ConversationReference,
    EffectDone,
    HandedBack,
    InboundEvent,
    PushDue,
    Scope,
    Sender,
    TeamSpoke,
    TextReceived,
    TimerFired,
)
from storage.push_rows import DecidedPush, decided_push
from storage.records import JournalEntry, OutboxRow

_encode = msgspec.json.Encoder().encode


def record_digest(record: bytes) -> str:
    """Return SHA-256 of a turn's record, in hex."""
    return hashlib.sha256(record).hexdigest()


def turn_content(bot: str, turn: str, at: int, digest: str) -> str:
    """Return SHA-256, in hex, over what a link is to keep of a turn; `at` in milliseconds since 1970."""
    return hashlib.sha256(_encode((bot, turn, at, digest))).hexdigest()


_FIRST_LINK: Final = bytes(32)


def next_link(previous: bytes | None, ordinal: int, content: str) -> bytes:
    """Return a turn's link: SHA-256 over the link before, the turn's place and its content."""
    return hashlib.sha256((previous or _FIRST_LINK) + f"{ordinal} {content}".encode()).digest()


class ConversationChain(NamedTuple):
    """What a store keeps of the journal of a conversation, beside the turns. Links are in hex, '' for none."""

    conversation: str
    shard: int
    contact: str
    state: bytes
    version: int
    turns: int
    """How many turns there were; the place of the last one."""
    link: str
    """Of the last turn."""
    pruned: int
    """The place of the last turn that was forgotten."""
    pruned_link: str
    """The link of that turn."""
    pruned_at: int | None
    """No turn that was forgotten is younger, in milliseconds since 1970. None: none was."""
    head_is_kept: bool = True
    """False where a version before took `turns` and `link` away: it erased the person."""


class ChainedTurn(NamedTuple):
    """A turn as the store has it."""

    ordinal: int
    """Its place in the conversation, from 1; 0 where the version that wrote it did not count."""
    place: str
    """Where the store keeps it, for people."""
    number: int
    """What orders turns in the store."""
    turn: str | None
    """Turn id, where the store keeps it beside the record."""
    at: int | None
    """Milliseconds since 1970, where the store keeps it beside the record."""
    record: bytes
    link: str
    """In hex; '' where a version before wrote it."""
    digest: str
    """SHA-256 of the record as it was committed, where erasing replaced it; else ''."""


class Stray(NamedTuple):
    """Something in the journal that belongs to no turn of a conversation, or the other way round."""

    conversation: str
    problem: str


class JournalChain(Protocol):
    """The journal with what proves it."""

    async def chains(self, bot: str, *, after: str = "", limit: int = 100) -> Sequence[ConversationChain]:
        """Return conversations in order of their keys."""
        ...

    async def chains_of(self, bot: str, conversation: str) -> Sequence[ConversationChain]:
        """Return the chain of a conversation; one in each shard that has turns of it."""
        ...

    def chained_turns(self, bot: str, chain: ConversationChain) -> AsyncIterator[ChainedTurn]:
        """Yield the turns of a chain that are kept, in the order of their places."""
        ...

    def link(self, previous: str, ordinal: int, content: str) -> str:
        """Return a link in hex, as the store makes it. `previous` is '' where a chain begins."""
        ...

    async def strays(self, bot: str) -> Sequence[Stray]:
        """Return what is in the journal and belongs to no conversation, and what the store's own log lacks."""
        ...


MAX_TEXTS = 20_000


class EvidenceCache:
    """A bounded set of (bot or part of it, digest); the one used longest ago goes first."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], None] = {}

    def has(self, bot: str, digest: str) -> bool:
        key = (bot, digest)
        if key not in self._kept:
            return False
        self._kept.pop(key, None)
        self._kept[key] = None
        return True

    def add(self, kept: Iterable[tuple[str, str]]) -> None:
        for key in kept:
            self._kept[key] = None
        while len(self._kept) > MAX_TEXTS:
            self._kept.pop(next(iter(self._kept)), None)

    def clear(self) -> None:
        self._kept.clear()


class PreparedReply(NamedTuple):
    """A message for the outbox, where it goes, and both as records."""

    message: OutgoingMessage
    reference: ConversationReference
    message_record: bytes
    reference_record: bytes


RareEffect = KeepEvidence | StartTimer | CancelTimer | IgnoreMessage | WorkEffect


_NOT_THEIRS = (TimerFired, EffectDone, HandedBack, TeamSpoke, ConversationEnded, PushDue)
"""What is no act of the person: a wait that is over, a push, a bot that an administrator took away."""


def _decided_push(entry: JournalEntry) -> DecidedPush | None:
    action = entry.event.action
    if not isinstance(action, PushDue):
        return None
    membership = entry.memberships.get(action.subject, Membership.NONE)
    return decided_push(action, entry.outcome, membership.value)


def _named(contact: Contact) -> tuple[str, str, str]:
    return contact.email, contact.external_id, contact.aad_object_id


def _kept(entry: JournalEntry) -> ConversationState:
    """Return the state as it is kept, with what the store adds to it: when the person last acted here, and the code of
    why they can't be reached.
    """
    state, before = entry.outcome.state, entry.state_before
    known = None if before is None else last_act(before.inbound_at, before.last_event_at)
    acted = act_at(entry.event, entry.at)
    code = ""
    if state.unreachable:
        is_same = before is not None and before.unreachable == state.unreachable
        code = before.unreachable_code if before is not None and is_same else REMOVED_CODE
    latest = max((at for at in (known, acted) if at is not None), default=None)
    return msgspec.structs.replace(state, inbound_at=latest, unreachable_code=code)


class PreparedTurn:
    """What the commit of one turn checks and writes."""

    def __init__(self, entry: JournalEntry) -> None:
        self.bot = entry.bot
        self.entry = entry
        self.event = entry.event
        self.expected_state_version = entry.state_before.version if entry.state_before else 0
        self.expected_contact_version = entry.contact_before.version if entry.contact_before else 0
        self.at = to_ms(entry.at)
        self.state = entry.outcome.state
        self.contact = entry.outcome.contact
        self.state_record = encode(_kept(entry))
        self.journal_record = encode(entry)
        self.journal_content = turn_content(self.bot, entry.turn, self.at, record_digest(self.journal_record))
        """What the turn's link is made over."""
        self.contact_record = encode(self.contact) if self.contact != entry.contact_before else None
        self.replies: list[PreparedReply] = []
        self.asks_consent = isinstance(entry.event.action, PushDue) or any(
            step.kind == CONDITION for step in entry.outcome.trace
        )
        """Whether consent must be as it was when the turn was decided: the turn changes it, says what needs it, or
        took a branch that may depend on it.
        """
        self.changes: list[ConsentChange] = []
        self.rare_effects: list[RareEffect] = []
        self.fingerprint = fingerprint(entry.event)
        self.push = _decided_push(entry)
        """What was decided of the push that the turn was taken for; None for any other turn."""
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
        was = entry.state_before
        self.is_followed = self.seen_at is not None or was is None or was.unreachable != self.state.unreachable
        """Whether who follows people is to hear of it, also where nothing of the contact itself changes."""
        self.claims = {
            (self.bot, "event", self.event.reference.channel, self.event.event_id),
            (self.bot, "conversation", self.state.key),
            (self.bot, "contact", self.contact.id),
            *((self.bot, "identity", identity.channel, identity.user) for identity in self.new_identities),
        }
        """What one turn must not look at before another one that has it too is written."""

    def outbox_row(self, reply: PreparedReply, sequence: int = 0) -> OutboxRow:
        """Return a reply as a row of the outbox; one that is not numbered yet has the sequence 0."""
        return OutboxRow(
            sequence=sequence,
            bot=self.bot,
            conversation=self.state.key,
            contact=self.contact.id,
            reference=reply.reference,
            message=reply.message,
            queued_at=self.entry.at,
        )

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
                case _ if isinstance(effect, RareEffect):
                    self.rare_effects.append(effect)
                case _:
                    pass  # in the journal, and nowhere else


BOT: Final = ".trial"
"""No bot's id begins with a dot."""
REFERENCE: Final = ConversationReference(channel="trial", conversation="trial", user="trial")
_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)


def trial_turn() -> JournalEntry:
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
    return JournalEntry(
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

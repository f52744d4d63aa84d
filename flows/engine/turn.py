"""What a turn is given and what it gives back: the snapshot, the conversation's state, the turn itself."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

import msgspec

from filters.person import language_of as known_language
from flows.engine.own_words import own_words
from flows.revision import Revision
from messages.consent import ConsentChange, Membership
from messages.contact import Contact
from messages.effects import Answer, ConsentTerms, Effect, OutgoingMessage, OutgoingText, Send, SkipPush
from messages.inbound import ButtonPressed, ConversationReference, InboundEvent, PushDue, TextReceived
from messages.pushes import SkipReason
from segment_buttons.payload import FORM


class Caller(msgspec.Struct, frozen=True):
    """A message that called another one: it goes on behind the part at `cursor` (`Run`) when that one ends."""

    message: str
    cursor: tuple[int, ...]


class Run(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message that is not finished: it waits for an answer or for a timer.

    `cursor` addresses the part that waits, as a path: index of the part, then for each `if` on the way 0 (then) or
    1 (else), for each `split` the way, and the index within that branch.
    """

    revision: int
    message: str
    cursor: tuple[int, ...]
    asked: bool = False
    """Waits for the answer to the question at `cursor`; otherwise for `timer`."""
    timer: str = ""
    effect: str = ""
    """Waits for the outcome of the effect of this id."""
    attempts: int = 0
    private: bool = False
    """What follows goes to the person alone: the message confirms a consent."""
    consent: ConsentTerms | None = None
    """What going on asks of the person's consent. None: kept by a version before."""
    callers: tuple[Caller, ...] = ()
    """The messages that this one goes back to when it ends, the last one first to go on."""


class OfferedReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """A quick reply on screen. Channels that send it back as plain text are answered by its label."""

    label: str
    """Normalised by `keywords.normalise`."""
    revision: int
    button: str
    evidence: str = ""
    text: str = ""
    """The exact words shown with it, for a button that changes consent."""
    at: datetime | None = None
    """When it was offered, for a button that changes consent."""
    digest: str = ""
    """How the digest of the revision's source begins; empty where its payload is of the first form."""
    act: str = ""
    """What it does to consent, as its payload says it."""


class AnsweredInvoke(msgspec.Struct, frozen=True, omit_defaults=True):
    """A press that was answered synchronously: `key` tells the person, the payload and the message."""

    key: str
    at: datetime
    answer: str


class LastPush(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last message that no act of the person caused: what it stood on, and when it was decided."""

    run: str
    subject: str
    at: datetime


class ConversationState(msgspec.Struct, frozen=True, omit_defaults=True):
    """One person's side of one conversation. `version` is the store's: 0 means not stored yet.

    In a group each person has a state of their own, so a question is answered by the one who was asked.
    """

    key: str
    """`conversation_key(reference)`."""
    reference: ConversationReference
    contact: str = ""
    run: Run | None = None
    offered: tuple[OfferedReply, ...] = ()
    handed_over: bool = False
    back: tuple[str, ...] = ()
    """While handed over: the flow's words that end it, beside the built-in ones."""
    unreachable: str = ""
    """Why nothing may be sent until the person speaks again; empty when all is well."""
    unreachable_code: str = ""
    """The channel's code for it. The store's, as `inbound_at` is: no turn reads or decides them."""
    inbound_at: datetime | None = None
    """The person's last act here that lets the bot write (`messages.channel_addresses`)."""
    welcomed: bool = False
    """The welcome was sent; not again until the conversation ended."""
    stop_offered_at: datetime | None = None
    """When words that hold a word that stops were last answered with the button that does."""
    last_event_at: datetime | None = None
    invokes: tuple[AnsweredInvoke, ...] = ()
    """Presses answered lately, oldest first: one that comes again under a new id gets the same answer."""
    pushed: LastPush | None = None
    version: int = 0


def as_decided(state: ConversationState) -> ConversationState:
    """Return a state as a turn decides it, without what the store adds: version, code, the person's last act."""
    return msgspec.structs.replace(state, version=0, unreachable_code="", inbound_at=None)


class IdSource:
    """Makes the ids of one turn from that turn's id.

    The same seed gives the same ids in the same order, so a replayed turn is equal to the recorded one to the byte.
    """

    def __init__(self, turn_id: str) -> None:
        self.turn_id = turn_id
        self._made = 0

    def new(self, prefix: str) -> str:
        """Return the next id, e.g. `m_0192f3…_1`: prefix, turn id, position within the turn."""
        self._made += 1
        return f"{prefix}_{self.turn_id}_{self._made}"


def conversation_key(reference: ConversationReference) -> str:
    """Return our key of a person's side of a conversation, unique within a bot.

    Personal: `teams:a:1x…`, `directline:…`, `workplace:<page>:<user>`; in a group or a channel the person is a part of
    it: `teams:19:…|29:…`.
    """
    if reference.scope == "personal":
        return f"{reference.place}:{reference.conversation or reference.user}"
    return f"{reference.place}:{reference.conversation}|{reference.user}"


RULES_VERSION = 1
"""Version of the engine's rules. A change that makes a recording of a release replay differently raises it."""


class TraceStep(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step of the reasoning, for the builder and for ops: what was looked at and what came of it.

    `kind` is a word of `flows.engine.trace`; a step whose `notice` is true is a fault in the flow (a template that
    does not render, a message that is gone, too many steps), which the builder should see.
    """

    kind: str
    detail: str = ""
    message: str = ""
    revision: int = 0
    notice: bool = False


class Turn(msgspec.Struct, frozen=True, omit_defaults=True):
    """The outcome of one event: the conversation and the contact as they are now, and what is to be done."""

    state: ConversationState
    contact: Contact
    effects: tuple[Effect, ...] = ()
    trace: tuple[TraceStep, ...] = ()
    revision: int = 0
    """The live revision the turn was taken on."""
    lowered: Mapping[str, datetime] = msgspec.field(default_factory=dict)
    """By subject: a lowering act that changed nothing, whose time the store keeps all the same."""
    raised: Mapping[str, datetime] = msgspec.field(default_factory=dict)
    """By subject: a raising act that changed nothing. A no that overrides it is as young as it is."""
    rules: int = msgspec.field(default=0, name="engine_rules")
    """Version of the rules it was taken by, counted from release 0.1.0 on. 0: recorded before that release, where the
    count began at 1 as well and stood under another key, which is not read.
    """


class Snapshot(msgspec.Struct, frozen=True):
    """One conversation at one moment. `take_turn` gets it from the runtime and never changes it."""

    bot: str
    state: ConversationState
    contact: Contact
    memberships: Mapping[str, Membership]
    """By segment id, and by `messages.consent.ALL`; a missing one is `Membership.NONE`."""
    live: Revision
    revisions: Mapping[int, Revision] = msgspec.field(default_factory=dict)
    """Other revisions that this turn needs: the running message's and the pressed button's."""
    lowered: Mapping[str, datetime] = msgspec.field(default_factory=dict)
    """By subject (a segment's id, or `ALL`): the time of the last act that lowered consent."""
    raised: Mapping[str, datetime] = msgspec.field(default_factory=dict)
    """By subject: the time of the last act that raised it."""
    evidence: str | None = None
    """The exact words kept under the pressed button's digest, if the store still has them."""
    filters: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Filters of segments that staff made, as text: those that conditions of its revisions or other filters name."""
    last_seen: datetime | None = None
    """When the person last did something before this event; known where `filters` ask for it."""
    payload_form: int = FORM
    """The form of the payloads of the buttons this turn sends: one that every running server reads."""
    signing_key: bytes = b""
    """The key that signs the payloads of the buttons this turn sends."""
    stood_on: ConsentChange | None = None
    """The row of the ledger that the last push stood on; read where an event asks why it came (`asks_why`)."""
    recorded: Mapping[str, str] | None = None
    """When a recorded turn is run again: its payloads by what they sign, so that the key is not needed."""

    def revision(self, number: int) -> Revision | None:
        """Return the revision of that number, if this turn has it."""
        return self.live if number == self.live.number else self.revisions.get(number)

    def named(self, number: int, digest: str) -> Revision | None:
        """Return the revision that a payload names, if this turn has it: by its digest; without one by its number.

        Revisions with one digest have one source, so any of them will do: the live one, else the first.
        """
        if not digest:
            return self.revision(number)
        if self.live.digest.startswith(digest):
            return self.live
        found = [each for each in self.revisions.values() if each.digest.startswith(digest)]
        return min(found, key=lambda revision: revision.number, default=None)

    def membership(self, subject: str) -> Membership:
        """Return how the contact stands to a segment, or to `ALL`."""
        return self.memberships.get(subject, Membership.NONE)


def language_of(contact: Contact, revision: Revision) -> str:
    """Return the language the flow stored, else the one the channel told, else the bot's first."""
    return known_language(contact) or revision.fallback


def speaks(language: str, wanted: str) -> bool:
    """Tell whether `language` is `wanted` or a form of it: `fr-CA` is French."""
    ours, theirs = language.casefold(), wanted.casefold()
    return ours == theirs or ours.startswith(f"{theirs}-")


@lru_cache(maxsize=1024)
def tidy(locale: str) -> str:
    """Return a channel's locale as BCP 47, or nothing if it does not look like one: `en_GB` is `en-GB`."""
    parts = locale.strip().replace("_", "-").split("-")
    if not 2 <= len(parts[0]) <= 3 or not all(part.isascii() and part.isalnum() and len(part) <= 8 for part in parts):
        return ""
    return "-".join([parts[0].lower(), *parts[1:]])


ENGINE_FAULT = "engine_fault"
"""The trace of such a turn."""

UNDECIDED, UNWRITTEN = "the engine failed; see the log", "what was decided can't be written; see the log"
"""What of a turn failed, for its trace."""


def faulted_turn(snapshot: Snapshot, event: InboundEvent, turn_id: str, failed: str = UNDECIDED) -> Turn:
    """Return a turn that changes no consent and says so, to somebody who typed or pressed something.

    What the conversation waited for is forgotten, so that a state which the engine can't bear does not last. A push
    is skipped, and forgets nothing.
    """
    ids = IdSource(turn_id)
    contact = snapshot.contact
    if not contact.id:
        account = event.reference.account
        contact = Contact(id=ids.new("c"), identities=(account,), source=account.channel)
    state = msgspec.structs.replace(snapshot.state, contact=contact.id)
    if not isinstance(event.action, PushDue):
        state = msgspec.structs.replace(state, run=None, offered=())
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
    if isinstance(action, PushDue):
        return (SkipPush(SkipReason.NOTHING_TO_SAY),)
    if snapshot.state.handed_over or not isinstance(action, TextReceived | ButtonPressed):
        return ()
    words = own_words("sorry", language_of(snapshot.contact, snapshot.live), snapshot.live.fallback)
    said = Send(OutgoingMessage(id=ids.new("m"), parts=(OutgoingText(words),), revision=snapshot.live.number))
    if isinstance(action, ButtonPressed) and action.wants_answer:
        return said, Answer(words)
    return (said,)

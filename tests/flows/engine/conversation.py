"""A conversation played through the engine, as a person and the runtime would have it.

State, contact, event and turn go through the codec between turns, as they do between a worker and its store. The person
presses what was really sent: payloads are verified, evidence is looked up by its digest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from consent.membership import ActTimes
from flows.compile import compile_revision
from flows.engine.subscriptions import asks_why
from flows.engine.take_turn import take_turn
from flows.engine.turn import ConversationState, IdSource, OfferedReply, Snapshot, Turn, conversation_key
from flows.revision import Revision
from flows.source.read import read_flow
from messages.codec import RecordDecoder, encode, to_ms
from messages.consent import ConsentChange, Membership
from messages.contact import Contact
from messages.effects import (
    CancelTimer,
    ChangeConsent,
    KeepEvidence,
    OutgoingActivity,
    OutgoingButton,
    OutgoingCarousel,
    OutgoingMessage,
    OutgoingText,
    Send,
    StartTimer,
)
from messages.inbound import (
    Action,
    ButtonPressed,
    ButtonRef,
    ConversationEnded,
    ConversationReference,
    InboundEvent,
    PushDue,
    Scope,
    Sender,
    TimerFired,
)
from segment_buttons.payload import FORM, RefusedPayload, verify
from storage.records import JournalEntry, RecordedTurn

KEY = b"k" * 32
BEGIN = datetime(2026, 11, 23, 9, tzinfo=UTC)

_state = RecordDecoder[ConversationState](ConversationState)
_contact = RecordDecoder[Contact](Contact)
_event = RecordDecoder[InboundEvent](InboundEvent)
_turn = RecordDecoder[Turn](Turn)


def revision_of(text: str, number: int = 1) -> Revision:
    """Compile a flow's text as revision `number`."""
    source = read_flow(text, "flow.yaml")
    return compile_revision(source.bot, number, source.digest)


def buttons_in(message: OutgoingMessage) -> list[OutgoingButton]:
    """All buttons of a message, quick replies last."""
    found: list[OutgoingButton] = []
    for part in message.parts:
        if isinstance(part, OutgoingText):
            found.extend(part.buttons)
        elif isinstance(part, OutgoingCarousel):
            found.extend(button for card in part.cards for button in card.buttons)
    return [*found, *message.quick_replies]


@dataclass
class Conversation:
    """One person and one bot. `live` is the revision that new messages start on."""

    live: Revision
    sender: Sender = field(default_factory=lambda: Sender(user="29:1", name="Ana Lima", locale="en-GB"))
    scope: Scope = Scope.PERSONAL
    state: ConversationState | None = None
    contact: Contact = field(default_factory=lambda: Contact(id="", identities=()))
    memberships: dict[str, Membership] = field(default_factory=dict)
    revisions: dict[int, Revision] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    ledger: list[ConsentChange] = field(default_factory=list)
    sent: list[OutgoingMessage] = field(default_factory=list)
    timers: dict[str, datetime] = field(default_factory=dict)
    now: datetime = BEGIN
    events: int = 0
    entries: list[JournalEntry] = field(default_factory=list)
    filters: Mapping[str, str] = field(default_factory=dict)
    last_seen: datetime | None = None
    payload_form: int = FORM
    times: ActTimes = field(default_factory=lambda: ActTimes({}, {}))
    ago: timedelta | None = timedelta()
    """How old the person's acts are when they arrive; None: the channel does not tell."""

    def __post_init__(self) -> None:
        self.revisions[self.live.number] = self.live
        self.reference = ConversationReference("teams", "a:1", self.sender.user, "28:b", scope=self.scope)
        if self.state is None:
            self.state = ConversationState(key=conversation_key(self.reference), reference=self.reference)

    def push(self, text: str) -> None:
        """Make a flow the live revision."""
        self.live = revision_of(text, self.live.number + 1)
        self.revisions[self.live.number] = self.live

    def press(self, wanted: str, *, revision: int = 0, wants_answer: bool = False) -> Turn:
        """Press the button of that label or id that was sent last, or last by `revision`."""
        for message in reversed(self.sent):
            for button in buttons_in(message):
                if not button.payload:
                    continue
                ref = verify(button.payload, self.live.bot.bot, [KEY])
                if wanted in (button.label, ref.button) and revision in (0, self.number_of(ref)):
                    return self.press_payload(button.payload, wants_answer=wants_answer)
        raise LookupError(f"nothing that was sent has a button {wanted!r}")

    def number_of(self, ref: ButtonRef | OfferedReply) -> int:
        """The number of the first revision that a payload may mean."""
        found = (number for number, each in self.revisions.items() if each.digest.startswith(ref.digest))
        return min(found, default=0) if ref.digest else ref.revision

    def press_payload(
        self, payload: str, *, wants_answer: bool = False, answered: tuple[OutgoingActivity, ...] | None = None
    ) -> Turn:
        """Press whatever carries this payload; it is verified as the runtime does."""
        button: ButtonRef | None = None
        fault = ""
        try:
            button = verify(payload, self.live.bot.bot, [KEY])
        except RefusedPayload as refusal:
            fault = refusal.reason
        press = ButtonPressed(payload, wants_answer=wants_answer, button=button, fault=fault)
        return self.take(press, answered=answered)

    def fire_timer(self) -> Turn:
        """Let the time pass until the next timer fires."""
        timer = min(self.timers, key=lambda one: (self.timers[one], one))
        self.now = max(self.now, self.timers.pop(timer))
        return self.take(TimerFired(timer))

    def take(
        self,
        action: Action,
        *,
        reply_to: str = "",
        sent_at: datetime | None = None,
        answered: tuple[OutgoingActivity, ...] | None = None,
    ) -> Turn:
        """Take one turn, and keep what it decided as a store would. `answered`: by the team's own bot."""
        assert self.state is not None
        self.events += 1
        self.now += timedelta(seconds=1)
        if sent_at is None and self.ago is not None:
            sent_at = self.now - self.ago
        heard = InboundEvent(
            f"event-{self.events}",
            self.reference,
            self.sender,
            action,
            sent_at=sent_at,
            reply_to=reply_to,
            answered=answered,
        )
        event = _event(encode(heard))
        evidence = self.evidence.get(action.button.evidence) if _has_ref(action) else None  # type: ignore[union-attr]
        snapshot = Snapshot(
            bot=self.live.bot.bot,
            state=_state(encode(self.state)),
            contact=_contact(encode(self.contact)),
            memberships=dict(self.memberships),
            lowered=self.times.lowered,
            raised=self.times.raised,
            live=self.live,
            revisions=self.revisions,
            evidence=evidence,
            filters=self.filters,
            last_seen=self.last_seen,
            stood_on=self._stood_on(event),
            payload_form=self.payload_form,
            signing_key=KEY,
        )
        decided = take_turn(snapshot, event, self.now, IdSource(f"turn-{self.events}"))
        turn = _turn(encode(decided))
        assert turn == decided, "the turn is another one after the codec"
        self._record(snapshot, event, turn)
        if not isinstance(action, TimerFired | PushDue | ConversationEnded):
            self.last_seen = self.now
        self._keep(turn)
        return turn

    def _stood_on(self, event: InboundEvent) -> ConsentChange | None:
        """The row that the last push stood on, read as the worker does."""
        if self.state is None or self.state.pushed is None or not asks_why(event, self.state):
            return None
        about = [row for row in self.ledger if row.subject == self.state.pushed.subject and row.source != "used"]
        return next((row for row in reversed(about) if row.at <= self.state.pushed.at), None)

    def _record(self, snapshot: Snapshot, event: InboundEvent, turn: Turn) -> None:
        """Write the journal as the worker does."""
        self.entries.append(
            JournalEntry(
                turn=f"turn-{self.events}",
                bot=snapshot.bot,
                conversation=snapshot.state.key,
                contact=turn.contact.id,
                at=self.now,
                event=event,
                outcome=turn,
                revision_digest=snapshot.live.digest,
                memberships=snapshot.memberships,
                lowered=snapshot.lowered,
                raised=snapshot.raised,
                state_before=snapshot.state if snapshot.state.version else None,
                contact_before=snapshot.contact if snapshot.contact.id else None,
                evidence=snapshot.evidence,
                filters=snapshot.filters,
                last_seen_before=snapshot.last_seen,
                stood_on=snapshot.stood_on,
            )
        )

    def recorded(self) -> list[RecordedTurn]:
        """The journal as a store has it."""
        return [
            RecordedTurn(entry.conversation, f"entry {number}", to_ms(entry.at), encode(entry))
            for number, entry in enumerate(self.entries, 1)
        ]

    def _keep(self, turn: Turn) -> None:
        changes = [effect.change for effect in turn.effects if isinstance(effect, ChangeConsent)]
        self.times = self.times.after(changes, turn.lowered, turn.raised)
        self.state = replace(turn.state, version=turn.state.version + 1)
        self.contact = replace(turn.contact, version=turn.contact.version + 1)
        for effect in turn.effects:
            match effect:
                case Send(message):
                    self.sent.append(message)
                case ChangeConsent(change):
                    standing = self.memberships.get(change.subject, Membership.NONE)
                    assert change.before is standing, f"a ledger row says {change.before}, it was {standing}"
                    self.memberships[change.subject] = change.after
                    self.ledger.append(change)
                case KeepEvidence(digest, text):
                    self.evidence[digest] = text
                case StartTimer(timer, due):
                    self.timers[timer] = due
                case CancelTimer(timer):
                    self.timers.pop(timer, None)
                case _:
                    pass


def _has_ref(action: Action) -> bool:
    return isinstance(action, ButtonPressed) and action.button is not None

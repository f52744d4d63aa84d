"""A turn in the making: what is known so far, and what was decided so far."""

from datetime import datetime

import msgspec

from consent.membership import act_time, whole_milliseconds
from flows.engine import trace
from flows.engine.own_words import own_words
from flows.engine.turn import (
    RULES_VERSION,
    ConversationState,
    IdSource,
    OfferedReply,
    Run,
    Snapshot,
    TraceStep,
    Turn,
    language_of,
)
from flows.engine.words_shown import context_of
from flows.model.base import Localised, text_for
from flows.revision import Revision
from flows.template import TemplateFault, has_placeholders, render, render_rest
from messages.consent import ALL, ConsentChange, Membership
from messages.contact import Contact, FieldValue
from messages.effects import (
    CancelTimer,
    ChangeConsent,
    ConsentTerms,
    Effect,
    Notify,
    OutgoingButton,
    OutgoingMessage,
    OutgoingPart,
    OutgoingText,
    Send,
    told_to_hooks,
)
from messages.inbound import (
    OF_THE_RUNTIME,
    ConversationEnded,
    InboundEvent,
    Scope,
    TextReceived,
)

_MAX_PLAIN = 100_000
"""Texts that a revision keeps ready; people may bring any number of languages."""

_LONGEST_NAME, _MAX_TALKED_WITH = 200, 200
"""Characters of a name, and how many people a contact is remembered to have talked with."""


class Work:
    """One turn while it is decided. Begins with the snapshot; `finish` makes the turn of it."""

    def __init__(self, snapshot: Snapshot, event: InboundEvent, now: datetime, ids: IdSource, contact: Contact) -> None:
        self.snapshot = snapshot
        self.event = event
        self.now = now
        self.ids = ids
        self.contact = contact
        self.state: ConversationState = _own(snapshot.state, contact)
        self.acted_at = act_time(event.sent_at, now, server_clock=event.server_clock)
        """When the person acted; None where nothing tells."""
        self.memberships = dict(snapshot.memberships)
        self.lowered: dict[str, datetime] = {}
        """By subject: lowering acts of this turn that changed nothing."""
        self.raised: dict[str, datetime] = {}
        """By subject: raising acts of this turn that changed nothing."""
        self.run: Run | None = self.state.run
        self.offered: tuple[OfferedReply, ...] = ()
        self.handed_over = self.state.handed_over
        self.back = self.state.back
        self.welcomed = self.state.welcomed
        self.stop_offered_at = self.state.stop_offered_at
        self.unreachable = self.state.unreachable
        self.invokes = self.state.invokes
        self.pushed = self.state.pushed
        self.form = event.action.form if isinstance(event.action, TextReceived) else ""
        """How the person's words came."""
        self.effects: list[Effect] = []
        self.trace: list[TraceStep] = []
        self.steps = 0
        """Parts run so far."""
        self.messages = 0
        """Messages sent so far."""
        self.private = False
        """Whether what is said now goes to the person alone."""
        self.keeps_question = False
        """What is said now takes the place of no question that is open."""
        self.asks_alone = False
        """A question was left out, because its answer would come in another conversation."""
        self._personal = False
        """What is said is private because it depends on what is known of the person."""
        self.addition = ""
        """Words of ours that go with the next thing said."""
        self._spoken_to: Contact | None = None
        self._spoken_by: Revision | None = None
        self._language = ""
        self.terms: ConsentTerms | None = None
        """What going on asked of the person's consent, when no act of theirs but a timer does."""
        self.opted_in: set[str] = set()
        """Segments that the person opted in to on the way to what is said now."""
        self.kept: set[str] = set()
        """Digests of the evidence kept in this turn."""

    @property
    def said(self) -> bool:
        """Whether anything was said."""
        return self.messages > 0

    @property
    def apart(self) -> bool:
        """Whether what is said goes to the person alone although the event came from a group."""
        return self.private and self.event.reference.scope is not Scope.PERSONAL

    def speak_alone(self) -> None:
        """Say what follows to the person alone, because it depends on what is known of them."""
        if not self.private:
            self.private = self._personal = True
            if self.apart:
                self.note(trace.ALONE)

    # -- what is decided

    def note(self, kind: str, detail: str = "", *, message: str = "", revision: int = 0, notice: bool = False) -> None:
        """Add a step to the trace; a `notice` is a fault in the flow."""
        self.trace.append(TraceStep(kind, detail, message, revision, notice))

    def say(
        self,
        parts: tuple[OutgoingPart, ...],
        *,
        revision: int = 0,
        message: str = "",
        quick_replies: tuple[OutgoingButton, ...] = (),
    ) -> None:
        """Send something into the conversation, or to the person alone while `private`."""
        self.messages += 1
        outgoing = OutgoingMessage(
            id=self.ids.new("m"),
            parts=parts,
            quick_replies=quick_replies,
            revision=revision,
            message=message,
            private=self.apart,
            consent=self.terms,
        )
        self.effects.append(Send(outgoing))

    def change_consent(self, change: ConsentChange) -> None:
        """Write a ledger row; what comes later in this turn sees the membership that follows."""
        self.memberships[change.subject] = change.after
        self.effects.append(ChangeConsent(change))
        self.note(trace.CONSENT, f"{change.subject}: {change.before} → {change.after}", revision=change.revision)

    def terms_of_wait(self) -> ConsentTerms:
        """Return what going on after a wait asks: counted from the person's last act, not from the wait before."""
        segments = tuple(sorted(self.opted_in))
        if self.terms is not None:
            return msgspec.structs.replace(self.terms, segments=segments)
        stopped = self.memberships.get(ALL) is Membership.OPTED_OUT
        return ConsentTerms(self.acted_at or whole_milliseconds(self.now), segments, stopped)

    def cancel_run(self) -> None:
        """End what waits for an answer or a timer."""
        if self.run is None:
            return
        if self.run.timer:
            self.effects.append(CancelTimer(self.run.timer))
        self.note(trace.CANCELLED, message=self.run.message, revision=self.run.revision)
        self.run = None

    def hand_over(self, back: tuple[str, ...]) -> None:
        """Give the conversation to a person. `back`: further words that end it, as they are compared."""
        self.cancel_run()
        self.handed_over = True
        self.back = back

    def hand_back(self, how: str = "") -> bool:
        """Give the conversation back to the bot; tell whether a person had it."""
        if not self.handed_over:
            return False
        self.handed_over = False
        self.back = ()
        self.note(trace.HANDED_BACK, how)
        return True

    def store(self, field: str, value: FieldValue) -> None:
        """Store a field of the contact."""
        self.contact = msgspec.structs.replace(self.contact, fields={**self.contact.fields, field: value})

    def had_event(self, event: str) -> None:
        """Keep that the contact had an event of the flow now."""
        self.contact = msgspec.structs.replace(self.contact, events={**self.contact.events, event: self.now})

    def stop_was_offered(self) -> None:
        """Keep that the person was offered a way to stop now. Servers of the version before ask the conversation."""
        self.stop_offered_at = self.now
        self.contact = msgspec.structs.replace(self.contact, stop_offered_at=self.now)

    def completed(self, kind: str, item: str) -> None:
        """Keep that the contact completed something now."""
        completed = {**self.contact.completed, f"{kind}:{item}": self.now}
        self.contact = msgspec.structs.replace(self.contact, completed=completed)

    def talked_with(self, who: str) -> None:
        """Keep with whom the contact talked."""
        name = who.strip()[:_LONGEST_NAME]
        if name and len(self.contact.talked_with) < _MAX_TALKED_WITH:
            self.contact = msgspec.structs.replace(self.contact, talked_with=self.contact.talked_with | {name})

    # -- words

    def language(self, revision: Revision) -> str:
        """The language in which this person is spoken to."""
        if self._spoken_to is not self.contact or self._spoken_by is not revision:
            self._spoken_to, self._spoken_by = self.contact, revision
            self._language = language_of(self.contact, revision)
        return self._language

    def words(self, text: Localised, revision: Revision, message: str = "") -> str:
        """Return a text of `revision` in the person's language, filled in.

        A placeholder that can't be filled in is left out, with a notice.
        """
        if isinstance(text, str) and "{" not in text:
            return text
        language = self.language(revision)
        ready = revision.plain_texts.get((id(text), language))
        if ready is not None and ready[0] is text:
            return ready[1]
        chosen = text_for(text, language, revision.fallback)
        if not has_placeholders(chosen):
            return _keep_plain(revision, text, language, chosen)
        return self._filled_in(chosen, revision, language, message)

    def _filled_in(self, chosen: str, revision: Revision, language: str, message: str) -> str:
        context = context_of(self.contact, revision, language)
        try:
            return render(chosen, context)
        except TemplateFault as fault:
            self.note(trace.TEMPLATE_FAULT, fault.problem, message=message, revision=revision.number, notice=True)
            return render_rest(chosen, context)

    # -- the end

    def finish(self) -> Turn:
        """Return the turn."""
        self._tell_the_group()
        self._tell_hooks()
        action = self.event.action
        before = self.state
        ours = isinstance(action, OF_THE_RUNTIME)
        ended = isinstance(action, ConversationEnded)
        state = ConversationState(
            key=before.key,
            reference=before.reference if ours else self.event.reference,
            contact=self.contact.id,
            run=self.run,
            offered=self._on_screen(ended=ended),
            handed_over=self.handed_over,
            back=self.back if self.handed_over else (),
            unreachable=self.unreachable,
            welcomed=self.welcomed,
            stop_offered_at=self.stop_offered_at,
            last_event_at=before.last_event_at if ours else self.now,
            invokes=self.invokes,
            pushed=self.pushed,
            version=before.version,
        )
        return Turn(
            state=state,
            contact=self.contact,
            effects=tuple(self.effects),
            trace=tuple(self.trace),
            revision=self.snapshot.live.number,
            lowered=self.lowered,
            raised=self.raised,
            rules=RULES_VERSION,
        )

    def _tell_hooks(self) -> None:
        """Leave work for each hook that is to hear of what this turn did. Consent changes it hears by the ledger."""
        hooks = self.snapshot.live.bot.hooks
        for event, data in [told for effect in self.effects if (told := told_to_hooks(effect))] if hooks else ():
            for name, hook in hooks.items():
                if event in hook.events:
                    self.effects.append(Notify(self.ids.new("f"), name, event, data))

    def _tell_the_group(self) -> None:
        """Say one neutral line where others saw the question: where the answer is, and how to get one."""
        if self._personal and self.apart and (self.said or self.asks_alone):
            live = self.snapshot.live
            kind = "ask_alone" if self.asks_alone else "answered_alone"
            self.private = False
            words = own_words(kind, self.language(live), live.fallback)
            self.say((OutgoingText(words),), revision=live.number)

    def _on_screen(self, *, ended: bool) -> tuple[OfferedReply, ...]:
        """The quick replies that words may press: none once a person has the conversation."""
        if self.handed_over:
            return ()
        return self.offered if self.said or ended else self.state.offered


def _keep_plain(revision: Revision, text: Localised, language: str, words: str) -> str:
    if len(revision.plain_texts) >= _MAX_PLAIN:
        revision.plain_texts.clear()
    revision.plain_texts[id(text), language] = text, words
    return words


def _own(state: ConversationState, contact: Contact) -> ConversationState:
    """Return the state without what was another person's: their open question, their quick replies.

    A service account may begin a conversation in which somebody else then speaks.
    """
    if state.contact in ("", contact.id):
        return state
    return msgspec.structs.replace(
        state, contact=contact.id, run=None, offered=(), handed_over=False, back=(), invokes=(), pushed=None
    )

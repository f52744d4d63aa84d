"""One person's recorded conversations, lived again on another revision.

What the person did is what was recorded; what the bot remembers is carried forward. A press goes to the button that
the other revision has in that place, if it showed it; one on a message from before the recording does what that message
said. A wait is over when it was in the recording, or when its time comes. Segments of staff are asked by the filters of
the recording; those that it did not ask, by the filters of now.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

import msgspec

from flows.engine.contact import NOT_THEIRS
from flows.engine.faulted import faulted_turn
from flows.engine.rendering import ref_of
from flows.engine.resolve import UNKNOWN_REVISION
from flows.engine.snapshot import Snapshot
from flows.engine.state import ConversationState, conversation_key
from flows.engine.take_turn import take_turn
from flows.engine.turn import Turn
from flows.revision import Revision
from messages.consent import ConsentChange, Membership
from messages.contact import Contact
from messages.effects import CancelTimer, ChangeConsent, KeepEvidence, Send, StartTimer
from messages.ids import IdSource
from messages.inbound import ButtonPressed, ButtonRef, InboundEvent, Sender, TimerFired
from replay.counterparts import counterparts
from replay.named import number_named
from replay.rerun import NOBODY, buttons_in
from segment_buttons.payload import FORM, named_by
from segments.act_time import ActTimes
from storage.records import JournalEntry

_MOST_WAITS = 20
"""Waits that may end between two events; a flow can wait round and round."""

S = TypeVar("S", bound=msgspec.Struct)


class Lived(NamedTuple):
    """One recorded turn beside what it comes to now; `now` is None where the button was never shown."""

    entry: JournalEntry
    now: Turn | None


class Life(NamedTuple):
    """What came of a person: every turn, and the memberships in the end, as recorded and now."""

    turns: Sequence[Lived]
    extra: Sequence[Turn]
    """Turns of waits that the recording did not have."""
    recorded: Mapping[str, Membership]
    now: Mapping[str, Membership]


class Simulation:
    """Lives recordings again with `candidate` as the live revision. `revisions`: those that were pushed.

    `filters`: those of the segments of staff as they are now.
    """

    def __init__(
        self, candidate: Revision, revisions: Mapping[int, Revision], filters: Mapping[str, str] | None = None
    ) -> None:
        self._candidate = candidate
        self.filters = filters or {}
        self._revisions = {**revisions, candidate.number: candidate}
        self._counterparts: dict[int, Mapping[str, str]] = {}

    def live(self, entries: Sequence[JournalEntry], until: datetime) -> Life:
        """Live one person's turns again, in order of time; waits that end up to `until` are lived too."""
        person = _Person(self._candidate, self._revisions, self)
        turns: list[Lived] = []
        waits = {entry.event.action.timer for entry in entries if isinstance(entry.event.action, TimerFired)}
        for entry in entries:
            person.catch_up(entry)
            person.wait(entry.conversation, entry.at, waits)
            turns.append(Lived(entry, person.take(entry)))
        for conversation in {entry.conversation: None for entry in entries}:
            person.wait(conversation, until, set())
        return Life(turns, person.extra, person.recorded_memberships, person.memberships)

    def counterpart(self, ref: ButtonRef) -> str | None:
        """Return the candidate's button in the place of one that an older revision sent."""
        number = self.number(ref)
        if number not in self._counterparts:
            old = self._revisions.get(number)
            self._counterparts[number] = counterparts(old, self._candidate) if old is not None else {}
        return self._counterparts[number].get(ref.button)

    def number(self, ref: ButtonRef) -> int:
        """Return the number of the revision that a payload names, as a turn finds it; 0 for one that is not known."""
        if ref.digest and self._candidate.digest.startswith(ref.digest):
            return self._candidate.number
        return number_named(ref, None, self._revisions) or 0


class _Person:
    """What the bot remembers of one person, as recorded and now."""

    def __init__(self, candidate: Revision, revisions: Mapping[int, Revision], simulation: Simulation) -> None:
        self._candidate = candidate
        self._revisions = revisions
        self._simulation = simulation
        self._recorded_states: dict[str, ConversationState] = {}
        self._states: dict[str, ConversationState] = {}
        self._recorded_contact: Contact | None = None
        self._contact = NOBODY
        self.recorded_memberships: dict[str, Membership] = {}
        self.memberships: dict[str, Membership] = {}
        self._recorded_times = self._times = ActTimes({}, {})
        self._shown_then: set[tuple[str, int, str]] = set()
        self._shown_now: set[tuple[str, int, str]] = set()
        self._evidence: dict[str, str] = {}
        self._filters: Mapping[str, str] = {}
        self._last_seen: datetime | None = None
        self._acted: datetime | None = None
        self._due: dict[str, datetime] = {}
        self._begun = False
        self.extra: list[Turn] = []

    def catch_up(self, entry: JournalEntry) -> None:
        """Take over what changed from elsewhere since the recorded turn before: by staff, by the outbox."""
        key = entry.conversation
        before = entry.state_before or _fresh(entry)
        if (then := self._recorded_states.get(key)) is None:
            self._states[key] = before
        else:
            self._states[key] = _carried(then, before, self._states[key])
        contact = entry.contact_before or NOBODY
        if self._recorded_contact is None:
            self._contact = contact
        else:
            self._contact = _carried(self._recorded_contact, contact, self._contact)
        subjects = {*entry.memberships, *self.recorded_memberships}
        for subject in subjects:
            was = self.recorded_memberships.get(subject, Membership.NONE)
            now = entry.memberships.get(subject, Membership.NONE)
            if was is not now or not self._begun:
                self.memberships[subject] = now
        self._catch_up_times(entry)
        self._begun = True
        self._filters = {**self._simulation.filters, **entry.filters}
        self._last_seen = entry.last_seen_before or self._acted
        if not isinstance(entry.event.action, NOT_THEIRS):
            self._acted = entry.at
        self._recorded_states[key] = entry.outcome.state
        self._recorded_contact = entry.outcome.contact
        self.recorded_memberships = dict(entry.memberships) | {
            effect.change.subject: effect.change.after
            for effect in entry.outcome.effects
            if isinstance(effect, ChangeConsent)
        }

    def _catch_up_times(self, entry: JournalEntry) -> None:
        """Take over the times of acts that were done elsewhere since the recorded turn before."""
        then, now = self._recorded_times, self._times
        before = ActTimes(entry.lowered, entry.raised)
        self._times = ActTimes(
            {**now.lowered, **_moved(then.lowered, before.lowered)},
            {**now.raised, **_moved(then.raised, before.raised)},
        )
        self._recorded_times = before.after(_changes_of(entry.outcome), entry.outcome.lowered, entry.outcome.raised)

    def wait(self, key: str, until: datetime, recorded: set[str]) -> None:
        """End the waits of a conversation that are over at `until`, but for those that the recording ends itself."""
        for _ in range(_MOST_WAITS):
            state = self._states[key]
            timer = state.run.timer if state.run is not None and not state.run.asked else ""
            due = self._due.get(timer)
            then = self._recorded_states[key].run
            waits_then = then is not None and then.timer == timer
            if due is None or due > until or timer in recorded or waits_then:
                return
            event = InboundEvent(f"timer:{timer}", state.reference, Sender(state.reference.user), TimerFired(timer))
            self.extra.append(self._taken(key, event, due, f"after_{timer}"))

    def take(self, entry: JournalEntry) -> Turn | None:
        """Take the turn of what the person did; None when it was a press on a button that they don't see now."""
        event = self._event(entry)
        for effect in entry.outcome.effects:
            if isinstance(effect, Send):
                self._shown_then.update((entry.conversation, *place) for place in self._places(effect))
        return self._taken(entry.conversation, event, entry.at, entry.turn, entry.evidence) if event else None

    def _event(self, entry: JournalEntry) -> InboundEvent | None:
        event = entry.event
        match event.action:
            case ButtonPressed(button=ButtonRef() as ref) as action:
                pressed = self._pressed(entry.conversation, ref, action)
                return msgspec.structs.replace(event, action=pressed) if pressed is not None else None
            case TimerFired():
                run = self._states[entry.conversation].run
                waits = run is not None and not run.asked and run.timer
                return msgspec.structs.replace(event, action=TimerFired(run.timer)) if run and waits else event
            case _:
                return event

    def _pressed(self, key: str, ref: ButtonRef, action: ButtonPressed) -> ButtonPressed | None:
        """Return the press as it would be now; None when the person does not see the button."""
        place = (key, self._simulation.number(ref), ref.button)
        if not ref.digest and ref.revision == self._candidate.number:  # recorded when there was none of that number
            return msgspec.structs.replace(action, button=None, fault=UNKNOWN_REVISION)
        if place not in self._shown_then or place in self._shown_now:
            return action
        button = self._simulation.counterpart(ref)
        if button is None or (key, self._candidate.number, button) not in self._shown_now:
            return None
        return msgspec.structs.replace(action, button=ref_of(self._candidate, button, ref.evidence, form=FORM))

    def _taken(self, key: str, event: InboundEvent, at: datetime, seed: str, evidence: str | None = None) -> Turn:
        action = event.action
        if isinstance(action, ButtonPressed) and action.button is not None:
            evidence = self._evidence.get(action.button.evidence, evidence)
        snapshot = Snapshot(
            bot=self._candidate.bot.bot,
            state=self._states[key],
            contact=self._contact,
            memberships=self.memberships,
            lowered=self._times.lowered,
            raised=self._times.raised,
            live=self._candidate,
            revisions=self._revisions,
            evidence=evidence,
            filters=self._filters,
            last_seen=self._last_seen,
            recorded={},
        )
        try:
            turn = take_turn(snapshot, event, at, IdSource(seed))
        except Exception:  # noqa: BLE001  # as in the worker: a fault of the engine is a turn of its own
            turn = faulted_turn(snapshot, event, seed)
        self._keep(key, turn)
        return turn

    def _keep(self, key: str, turn: Turn) -> None:
        self._states[key] = turn.state
        self._contact = turn.contact
        self._times = self._times.after(_changes_of(turn), turn.lowered, turn.raised)
        for effect in turn.effects:
            match effect:
                case Send():
                    self._shown_now.update((key, *place) for place in self._places(effect))
                case ChangeConsent(change):
                    self.memberships[change.subject] = change.after
                case KeepEvidence(digest, text):
                    self._evidence[digest] = text
                case StartTimer(timer, due):
                    self._due[timer] = due
                case CancelTimer(timer):
                    self._due.pop(timer, None)
                case _:
                    pass

    def _places(self, effect: Send) -> Iterator[tuple[int, str]]:
        """Yield revision and id of the buttons that a message shows."""
        for button in buttons_in(effect.message):
            ref = named_by(button.payload) if button.payload else None
            if ref is not None:
                yield self._simulation.number(ref), ref.button


def _changes_of(turn: Turn) -> list[ConsentChange]:
    return [effect.change for effect in turn.effects if isinstance(effect, ChangeConsent)]


def _moved(then: Mapping[str, datetime], before: Mapping[str, datetime]) -> dict[str, datetime]:
    return {subject: at for subject, at in before.items() if then.get(subject) != at}


def _fresh(entry: JournalEntry) -> ConversationState:
    reference = entry.event.reference
    return ConversationState(key=conversation_key(reference), reference=reference)


def _carried(then: S, before: S, now: S) -> S:
    """Return `now` with what changed between two recorded turns: from `then`, after the one, to `before` the next."""
    changed = {
        field: getattr(before, field)
        for field in then.__struct_fields__
        if getattr(then, field) != getattr(before, field)
    }
    return msgspec.structs.replace(now, **changed) if changed else now

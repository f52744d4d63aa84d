"""What the bot knows of a contact and of a conversation, as recorded and on the draft, while they are lived again."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple, Protocol

import msgspec

from consent.membership import ActTimes
from consent.merging import merge_people, merged_contact, merged_memberships
from flows.engine.press import UNKNOWN_REVISION
from flows.engine.turn import ConversationState, Turn
from messages.consent import ALL, ConsentChange, Membership, SourceKind
from messages.contact import Contact
from messages.effects import CancelTimer, ChangeConsent, Send, StartTimer
from messages.inbound import ButtonPressed, ButtonRef
from replay.comparison import Doubt, Side, Step, StepKind
from replay.rerun import NOBODY, buttons_in
from segment_buttons.payload import named_by
from storage.records import AuditRow

Place = tuple[int, str]
"""A button: number of its revision, and its id there."""


class ButtonNames(Protocol):
    """Tells which button is which."""

    candidate: int
    """Number of the draft's revision."""

    def number(self, ref: ButtonRef) -> int: ...

    def counterpart(self, ref: ButtonRef) -> str | None: ...


class Press(NamedTuple):
    """A recorded press as it would be on the draft."""

    action: ButtonPressed | None
    """None: the draft does not show the button."""
    sure: bool
    """Whether it is certain that the draft shows the button, or that it does not."""


class Screen:
    """What one conversation has shown. Grows with the number of different buttons, not of messages."""

    def __init__(self, names: ButtonNames) -> None:
        self._names = names
        self._then: set[Place] = set()
        self._now: dict[Place, ButtonRef] = {}
        self._sure: set[Place] = set()

    def showed(self, recorded: Turn) -> None:
        """Take in what a recorded turn showed."""
        self._then.update((self._names.number(ref), ref.button) for ref in _refs(recorded))

    def shows(self, now: Turn, *, sure: bool) -> None:
        """Take in what a turn of the draft shows; `sure`: that turn is certain."""
        for ref in _refs(now):
            place = (self._names.number(ref), ref.button)
            self._now[place] = ref
            if sure:
                self._sure.add(place)

    def press(self, action: ButtonPressed, ref: ButtonRef) -> Press:
        """Return a recorded press on the button `ref` as it would be.

        A button that was shown before the recording began does what its message said.
        """
        number = self._names.number(ref)
        place = (number, ref.button)
        if not ref.digest and ref.revision == self._names.candidate:  # recorded when there was none of that number
            return Press(msgspec.structs.replace(action, button=None, fault=UNKNOWN_REVISION), sure=True)
        if place not in self._then:
            return Press(action, sure=True)
        if place not in self._now:
            button = self._names.counterpart(ref)
            if button is None:
                return Press(None, sure=True)
            place = (self._names.candidate, button)
        shown = self._now.get(place)
        if shown is None:
            return Press(None, sure=False)
        return Press(msgspec.structs.replace(action, button=shown), sure=place in self._sure)


def _refs(turn: Turn) -> Iterator[ButtonRef]:
    for effect in turn.effects:
        if isinstance(effect, Send):
            for button in buttons_in(effect.message):
                ref = named_by(button.payload) if button.payload else None
                if ref is not None:
                    yield ref


_MEMBER = (Membership.OPTED_IN, Membership.ADDED)


class World:
    """One side of a contact: what is known and consented to by now."""

    def __init__(self) -> None:
        self.contact: Contact = NOBODY
        self.memberships: dict[str, Membership] = {}
        self.proofs: dict[str, ConsentChange] = {}
        self.times = ActTimes({}, {})

    def take(self, turn: Turn) -> None:
        """Take in what a turn left."""
        self.contact = turn.contact
        changes = changes_of(turn)
        for change in changes:
            self._note(change)
        self.times = self.times.after(changes, turn.lowered, turn.raised)

    def change(self, change: ConsentChange) -> None:
        """Take in a change that no turn made."""
        self._note(change)
        self.times = self.times.after([change])

    def _note(self, change: ConsentChange) -> None:
        self.memberships[change.subject] = change.after
        self.proofs[change.subject] = change

    def copy_from(self, other: "World") -> None:
        """Begin as another world stands."""
        self.contact = other.contact
        self.memberships = dict(other.memberships)
        self.proofs = dict(other.proofs)
        self.times = other.times

    def absorb(self, gone: "World", changes: Iterable[ConsentChange]) -> None:
        """Become one person with `gone`; `changes` are the rows about the one who is kept."""
        after = merged_memberships(self.memberships, gone.memberships)
        if self.contact.id and gone.contact.id:
            self.contact = merged_contact(self.contact, gone.contact)
        rows = {change.subject: change for change in changes}
        told = {*self.memberships, *rows}
        self.proofs.update(rows)
        self.memberships = after
        lowered, raised = (_latest(one, two) for one, two in zip(self.times, gone.times, strict=True))
        everything = [lowered[ALL]] if ALL in lowered else []
        for subject in told:  # as stores do: where no row tells of a subject, nothing was said against a yes
            if after.get(subject) not in _MEMBER:
                acted = [side[subject] for side in (lowered, raised) if subject in side] or everything
                if acted:
                    lowered[subject] = max(acted)
        self.times = ActTimes(lowered, raised)
        gone.memberships = {}


class ContactLife:
    """Both sides of a contact. `doubt`: why what is known of them on the draft is in doubt."""

    def __init__(self) -> None:
        self.recorded = World()
        self.draft = World()
        self.begun = False
        self.pending: list[ConsentChange] = []
        """Changes that no turn made, after the last turn that saw their effect."""
        self.doubt: Doubt | None = None
        self.known: set[str] = set()
        """Subjects whose membership is certain in spite of the doubt."""
        self.acted: datetime | None = None
        """When the person last did something."""
        self.filters: Mapping[str, str] = {}
        self.merged_into = ""
        self.merging: frozenset[str] = frozenset()
        """Who became one with them at a time that is not known, and was not seen to be yet."""

    def taint(self, doubt: Doubt) -> None:
        """From here on what is known of them on the draft is in doubt."""
        self.doubt = self.doubt or doubt
        self.known.clear()

    def learn(self, subjects: Iterable[str]) -> None:
        """Take memberships for certain in spite of the doubt; not while another contact may bring its own."""
        if not self.merging:
            self.known.update(subjects)


class ConversationLife:
    """Both sides of a conversation. `parted`: what the person saw otherwise first."""

    def __init__(self, state: ConversationState, screen: Screen) -> None:
        self.recorded = self.draft = state
        self.recorded_due: dict[str, datetime] = {}
        self.due: dict[str, datetime] = {}
        """When the waits end that run."""
        self.screen = screen
        self.parted: Doubt | None = None
        self.contact = ""

    @property
    def timer(self) -> str:
        """The timer that the draft waits for; empty when it waits for none."""
        return _timer(self.draft)

    @property
    def recorded_timer(self) -> str:
        """The timer that the recording waits for; empty when it waits for none."""
        return _timer(self.recorded)

    @property
    def waits_alike(self) -> bool:
        """Whether the draft waits as the recording does, which then ends both. Ids of timers may differ."""
        timer, recorded = self.timer, self.recorded_timer
        ends, recorded_ends = self.due.get(timer), self.recorded_due.get(recorded)
        return bool(timer and recorded) and ends == recorded_ends and (ends is not None or timer == recorded)

    @property
    def due_alone(self) -> datetime | None:
        """When the wait ends that the draft alone has; None when it has none."""
        timer = self.timer
        return self.due.get(timer) if timer and not self.waits_alike else None

    def recorded_turn(self, turn: Turn) -> None:
        """Take in what a recorded turn left."""
        self.recorded = turn.state
        self.recorded_due = _due_after(self.recorded_due, turn)
        self.screen.showed(turn)

    def turn(self, turn: Turn, *, sure: bool) -> None:
        """Take in what a turn of the draft left."""
        self.draft = turn.state
        self.due = _due_after(self.due, turn)
        self.screen.shows(turn, sure=sure)


def changes_of(turn: Turn) -> list[ConsentChange]:
    """Return the changes of consent that a turn made."""
    return [effect.change for effect in turn.effects if isinstance(effect, ChangeConsent)]


def _timer(state: ConversationState) -> str:
    return state.run.timer if state.run is not None and not state.run.asked else ""


def _due_after(due: Mapping[str, datetime], turn: Turn) -> dict[str, datetime]:
    after = dict(due)
    for effect in turn.effects:
        match effect:
            case StartTimer(timer, at):
                after[timer] = at
            case CancelTimer(timer):
                after.pop(timer, None)
            case _:
                pass
    timer = _timer(turn.state)
    return {timer: after[timer]} if timer in after else {}


def _latest(one: Mapping[str, datetime], other: Mapping[str, datetime]) -> dict[str, datetime]:
    return {name: max(side[name] for side in (one, other) if name in side) for name in {*one, *other}}


_TOOK, _BECAME = "took over ", "became "

MERGE_ACTIONS: Final = frozenset({"merge", "merge_contacts"})
"""Actions of audit rows that tell of a merge: by what proved it, and by staff."""


class Merged(msgspec.Struct, frozen=True):
    """Two contacts became one, as the audit has it: where neither was in anything, no row of the ledger says so.

    `at` is None where nothing says when; then this comes after the last turn that shows the two apart.
    """

    kept: str
    gone: str
    at: datetime | None
    actor: str = ""


def merged_by(row: AuditRow) -> Merged | None:
    """Return the merge that an audit row tells of; None when it tells of something else."""
    if row.action not in MERGE_ACTIONS or not row.detail.startswith(_TOOK):
        return None
    return Merged(row.target, row.detail.removeprefix(_TOOK), row.at, row.actor)


def kept_of(change: ConsentChange) -> str:
    """Return who is kept, by a ledger row of a merge; empty when it does not say."""
    if change.source is not SourceKind.MERGE:
        return ""
    if change.detail.startswith(_BECAME):
        return change.detail.removeprefix(_BECAME)
    return change.contact


def gone_of(change: ConsentChange) -> str:
    """Return who was merged away, by a ledger row of a merge; empty when it does not say."""
    if change.source is not SourceKind.MERGE:
        return ""
    if change.detail.startswith(_TOOK):
        return change.detail.removeprefix(_TOOK)
    return change.contact if change.detail.startswith(_BECAME) else ""


def merge_step(one: ContactLife, other: ContactLife, kept: str, gone: str, at: datetime, actor: str) -> Step:
    """Make one life of two; return the step."""
    if other.begun and not one.begun:
        one.begun = True
        one.filters = other.filters
        for ours, theirs in ((one.recorded, other.recorded), (one.draft, other.draft)):
            ours.contact = msgspec.structs.replace(theirs.contact, id=kept)
    recorded, draft = (
        _joined(ours, theirs, kept, gone, at, actor)
        for ours, theirs in ((one.recorded, other.recorded), (one.draft, other.draft))
    )
    _join_doubts(one, other)
    one.merging = (one.merging | other.merging) - {gone}
    other.merged_into = kept
    one.acted = max((each.acted for each in (one, other) if each.acted is not None), default=None)
    what = "another contact became one person with them"
    return Step(StepKind.MERGE, kept, at, what, recorded=recorded, draft=draft, doubt=one.doubt)


def _joined(ours: World, theirs: World, kept: str, gone: str, at: datetime, actor: str) -> Side:
    changes = merge_people(
        Contact(kept, ()), ours.memberships, Contact(gone, ()), theirs.memberships, at=at, actor=actor
    ).changes
    ours.absorb(theirs, [change for change in changes if change.contact == kept])
    subjects = sorted({change.subject for change in changes})
    return Side(
        acts=changes, after={subject: ours.memberships[subject] for subject in subjects if subject in ours.memberships}
    )


def _join_doubts(one: ContactLife, other: ContactLife) -> None:
    known = [each.known for each in (one, other) if each.doubt is not None]
    if known:
        both = set.intersection(*known)
        one.known = both if ALL in both else set()
    one.doubt = one.doubt or other.doubt

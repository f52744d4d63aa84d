"""What the bot knows of a contact and of a conversation, as recorded and on the draft, while they are lived again."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from consent.act_time import ActTimes
from consent.merging import merged_contact, merged_memberships
from flows.engine.turn import ConversationState, Turn
from messages.consent import ConsentChange, Membership
from messages.contact import Contact
from messages.effects import CancelTimer, ChangeConsent, StartTimer
from messages.ids import ALL
from replay.comparison import Doubt
from replay.rerun import NOBODY
from replay.screens import Screen

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

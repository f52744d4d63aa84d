"""What a push would have changed for people: their recorded lives on another revision, counted by what differs.

Each person comes to a `Previewed`, whose size depends on how many different things differ, not on how many turns there
were; `replay.preview_pool` adds them up.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from flows.diff_words import bold
from flows.engine import trace
from flows.engine.take_turn import why_not_known
from flows.engine.turn import Turn
from flows.own_lines import MASKED
from flows.revision import Revision
from messages.consent import ConsentChange
from messages.contact import Contact
from messages.effects import Send
from messages.inbound import ButtonPressed
from privacy.masking import FlowTexts, Mask
from replay import differences
from replay.comparison import GroupKind, PersonEnd, Side, Step, StepKind
from replay.contact_life import Merged, changes_of
from replay.life import Life
from replay.recorded import Unreadable, number_named
from replay.simulation import Simulation
from replay.visible import Reply, lines_of
from storage.records import JournalEntry

EXAMPLES = 3
"""Examples for each difference."""


class Example(msgspec.Struct, frozen=True):
    """A turn to look at, with what came of it and what would have."""

    conversation: str
    contact: str
    turn: str
    at: datetime
    recorded: Side | None = None
    draft: Side | None = None


class Examples:
    """Makes examples, as many of each difference as are shown. `flows`: words for masking; None shows all."""

    def __init__(self, flows: FlowTexts | None) -> None:
        self._flows = flows
        self._made: Counter[Hashable] = Counter()

    def of(
        self,
        group: Hashable,
        step: Step | None,
        contact: str,
        until: datetime,
        entry: JournalEntry | None,
        taken: Turn | None,
    ) -> Example | None:
        """Return an example of a step, or of a person's end; None once there are enough. `entry` and `taken` are its
        turns on both sides.
        """
        self._made[group] += 1
        if self._made[group] > EXAMPLES:
            return None
        if step is None:
            return Example("", contact, "", until)
        recorded, draft = step.recorded, step.draft
        if self._flows is not None:
            recorded, draft = self.masked(step, entry, taken)
        return Example(step.conversation, contact, step.turn, step.at, recorded, draft)

    def masked(self, step: Step, entry: JournalEntry | None, taken: Turn | None) -> tuple[Side | None, Side | None]:
        """Return both sides of a step for those who may not see what people said."""
        if step.kind in (StepKind.STAFF, StepKind.MERGE):
            entry = taken = None
        known = [each for each in (entry, taken.contact if taken is not None else None) if each is not None]
        mask = Mask(*known, flows=self._flows)
        return (
            _masked(step.recorded, entry.outcome if entry is not None else None, mask),
            _masked(step.draft, taken, mask),
        )


def _masked(side: Side | None, turn: Turn | None, mask: Mask) -> Side | None:
    if side is None:
        return None
    fields = {name: None if value is None else MASKED for name, value in side.fields.items()}
    if turn is None:
        return msgspec.structs.replace(side, acts=tuple(map(mask.masked, side.acts)), fields=fields, replies=())
    shown = mask.masked(turn)
    replies = tuple(Reply(e.message.message, lines_of(e.message)) for e in shown.effects if isinstance(e, Send))
    return msgspec.structs.replace(side, acts=tuple(changes_of(shown)), fields=fields, replies=replies)


PersonEvent = JournalEntry | ConsentChange | Merged | Contact
"""What a person's life is told by: recorded turns, rows of the ledger and merges in order of time; how the store has a
contact now may come at any time.
"""


class Group(NamedTuple):
    """A difference that people share: of single acts, or of where people end."""

    kind: GroupKind
    text: str
    end: bool = False

    @property
    def is_consent(self) -> bool:
        """Whether consent differs for certain."""
        return self.kind in _CONSENT


_CONSENT = frozenset(
    {GroupKind.GAINED, GroupKind.LOST, GroupKind.OPTED_OUT, GroupKind.NOT_OPTED_OUT, GroupKind.OTHER_PROOF}
)


class Shared(msgspec.Struct):
    """How often a difference occurs to one person."""

    turns: int = 0
    conversations: set[str] = msgspec.field(default_factory=set)
    example: Example | None = None


class Previewed(NamedTuple):
    """What one person's conversations came to on the other revision."""

    conversations: int
    turns: int
    different: frozenset[str]
    """Conversations that would have gone differently for certain."""
    doubtful: frozenset[str]
    """Conversations of which some turns can't be told."""
    groups: Mapping[Group, Shared]
    older: int
    """Turns that were taken before the newest revision: what it changed is among the differences."""
    pruned: int
    """Conversations whose earlier turns are not kept, though they are of the time that was asked for."""


class Preview:
    """Lives recordings again on `candidate` and tells what would have been different. `revisions`: those pushed.

    `filters`: those of the segments of staff as they are now. `since`: only turns from then on come. `masked`: examples
    hide what people said and are called.
    """

    def __init__(
        self,
        candidate: Revision,
        revisions: Mapping[int, Revision],
        until: datetime,
        filters: Mapping[str, str] | None = None,
        *,
        since: datetime | None = None,
        masked: bool = True,
    ) -> None:
        self.simulation = Simulation(candidate, revisions, until, filters)
        self.revisions = revisions
        self.since = since
        self.newest = max(revisions, default=0)
        self.examples = Examples(FlowTexts(self.simulation.revisions) if masked else None)

    def missing(self, entry: JournalEntry) -> Unreadable | None:
        """Return a turn whose revision or rules are not there as one of whose person nothing can be told: what other
        rules changed would be counted as the draft's doing.
        """
        if problem := why_not_known(entry.outcome.rules):
            return Unreadable(entry.conversation, f"turn {entry.turn}", problem)
        needed: list[int | None] = [entry.outcome.revision]
        if isinstance(entry.event.action, ButtonPressed) and entry.event.action.button is not None:
            missed = any(step.kind in (trace.PRESS_REFUSED, trace.PRESS_BY_ACT) for step in entry.outcome.trace)
            needed += [] if missed else [number_named(entry.event.action.button, None, self.revisions)]
        for number in needed:
            if number not in self.revisions:
                which = f"revision {number}" if number is not None else "the revision of a button"
                return Unreadable(entry.conversation, f"turn {entry.turn}", f"{which} is missing")
        return None

    def person(self, events: Iterable[PersonEvent]) -> Previewed:
        """Compare one person's life, in order of time."""
        person = PersonPreview(self)
        for event in events:
            person.take(event)
        return person.end()


class PersonPreview:
    """Counts what differs in one person's life while it is lived again."""

    def __init__(self, preview: Preview) -> None:
        self._preview = preview
        self._life = Life(preview.simulation)
        self._groups: dict[Group, Shared] = {}
        self._conversations: set[str] = set()
        self._different: set[str] = set()
        self._doubtful: set[str] = set()
        self._turns = self._older = self._pruned = 0
        self._entry: JournalEntry | None = None

    def take(self, event: PersonEvent) -> None:
        """Take in what happened next."""
        self._entry = None
        if isinstance(event, Contact):
            self._life.now(event)
        elif isinstance(event, ConsentChange | Merged):
            self._count(self._life.change(event))
        else:
            self._turn(event)

    def end(self) -> Previewed:
        """Return what it all came to."""
        self._entry = None
        self._count(self._life.end())
        for end in self._life.ends():
            for group in _of_end(end, self._preview.simulation.revisions):
                self._add(group, None, end.contact)
        return Previewed(
            len(self._conversations),
            self._turns,
            frozenset(self._different),
            frozenset(self._doubtful),
            self._groups,
            self._older,
            self._pruned,
        )

    def _turn(self, entry: JournalEntry) -> None:
        self._entry = entry
        self._turns += 1
        self._older += entry.outcome.revision < self._preview.newest
        if entry.conversation not in self._conversations:
            self._conversations.add(entry.conversation)
            self._pruned += _is_cut(entry, self._preview.since)
        self._count(self._life.turn(entry))

    def _count(self, steps: Iterator[Step]) -> None:
        for step in steps:
            groups = list(groups_of(step, self._preview.simulation.revisions))
            if step.conversation and groups:
                certain = any(group.kind is not GroupKind.DOUBT for group in groups)
                (self._different if certain else self._doubtful).add(step.conversation)
                if step.doubt is not None:
                    self._doubtful.add(step.conversation)
            for group in groups:
                self._add(group, step, step.contact)

    def _add(self, group: Group, step: Step | None, contact: str) -> None:
        shared = self._groups.get(group)
        if shared is None:
            self._groups[group] = shared = Shared()
            entry = self._entry if step is not None and self._entry and step.turn == self._entry.turn else None
            shared.example = self._preview.examples.of(
                group, step, contact, self._preview.simulation.until, entry, self._life.taken
            )
        if step is not None:
            shared.turns += 1
            if step.conversation:
                shared.conversations.add(step.conversation)


def groups_of(step: Step, revisions: Mapping[int, Revision]) -> Iterator[Group]:
    """Yield what differs in a step. Of one in doubt that is no press nothing is counted as certain."""
    if step.acts_certain:
        for kind, text in differences.consent_of_step(step, revisions):
            yield Group(kind, text)
    if step.doubt is None:
        for kind, text in differences.of_step(step):
            yield Group(kind, text)
        return
    yield Group(GroupKind.DOUBT, step.doubt.text)
    if not step.acts_certain:
        for kind, text in differences.consent_of_step(step, revisions):
            if kind in _CONSENT:
                yield Group(GroupKind.DOUBT, f"{step.doubt.text}; if they still did the same, {text}")


def _of_end(end: PersonEnd, revisions: Mapping[int, Revision]) -> Iterator[Group]:
    for kind, text, certain in differences.of_end(end, revisions):
        if certain:
            yield Group(kind, text, end=True)
        elif end.doubt is not None and kind in _CONSENT:
            yield Group(GroupKind.DOUBT, f"{end.doubt.text}; if they still did the same, {text}", end=True)
    was, will = end.recorded.filter_segments, end.draft.filter_segments
    if end.doubt is None:
        for name in sorted(was - will):
            yield Group(GroupKind.SEGMENT, f"would no longer be in {bold(name)}", end=True)
        for name in sorted(will - was):
            yield Group(GroupKind.SEGMENT, f"would be in {bold(name)}", end=True)
    else:
        yield Group(GroupKind.DOUBT, end.doubt.text, end=True)


def _is_cut(first: JournalEntry, since: datetime | None) -> bool:
    """Tell whether turns are missing before the first one of a conversation, of the time that was asked for."""
    state = first.state_before
    if state is None or not state.version or state.last_event_at is None:
        return False
    return since is None or state.last_event_at >= since

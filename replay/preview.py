"""What a push would have changed for people: their recorded lives on another revision, counted by what differs.

Each person comes to a `Previewed`, whose size depends on how many different things differ, not on how many turns there
were; `replay.summary` adds them up.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from flows.diff_words import bold
from flows.engine import trace
from flows.engine.take_turn import why_not_known
from flows.revision import Revision
from messages.consent import ConsentChange
from messages.contact import Contact
from messages.inbound import ButtonPressed
from replay import consent_differences, step_differences
from replay.comparison import GroupKind, PersonEnd, Step
from replay.examples import Example, Examples
from replay.flow_words import FlowTexts
from replay.life import Life
from replay.merged_lives import Merged
from replay.named import number_named
from replay.reading import Unreadable
from replay.simulation import Simulation
from storage.records import JournalEntry

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
        for kind, text in consent_differences.of_step(step, revisions):
            yield Group(kind, text)
    if step.doubt is None:
        for kind, text in step_differences.of_step(step):
            yield Group(kind, text)
        return
    yield Group(GroupKind.DOUBT, step.doubt.text)
    if not step.acts_certain:
        for kind, text in consent_differences.of_step(step, revisions):
            if kind in _CONSENT:
                yield Group(GroupKind.DOUBT, f"{step.doubt.text}; if they still did the same, {text}")


def _of_end(end: PersonEnd, revisions: Mapping[int, Revision]) -> Iterator[Group]:
    for kind, text, certain in consent_differences.of_end(end, revisions):
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

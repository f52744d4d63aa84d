"""What a push would have changed for people: their recorded conversations on another revision, by difference."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from flows.diff_words import bold
from flows.engine import trace
from flows.revision import Revision
from messages.consent import Membership
from messages.ids import ALL
from messages.inbound import ButtonPressed
from replay.named import number_named
from replay.reading import Unreadable
from replay.simulation import Life, Lived, Simulation
from replay.visible import Reply, Visible, act_of, visible
from storage.records import JournalEntry

EXAMPLES = 3
"""Conversations named for each group."""

_IN = (Membership.OPTED_IN, Membership.ADDED)


class Group(NamedTuple):
    """A difference that people share. Those with `membership` come first."""

    membership: bool
    text: str


class Example(msgspec.Struct, frozen=True):
    """A turn to look at."""

    conversation: str
    contact: str
    turn: str
    at: datetime


class Previewed(NamedTuple):
    """What one person's conversations came to on the other revision."""

    conversations: int
    turns: int
    different: frozenset[str]
    """Conversations that would have gone differently."""
    groups: Mapping[Group, Example]
    """Each difference of this person once, with its first turn."""
    older: int
    """Turns that were taken before the newest revision: what it changed is among the differences."""


class Preview:
    """Lives recordings again on `candidate` and tells what would have been different. `revisions`: those pushed.

    `filters`: those of the segments of staff as they are now, for what the recordings did not ask.
    """

    def __init__(
        self,
        candidate: Revision,
        revisions: Mapping[int, Revision],
        until: datetime,
        filters: Mapping[str, str] | None = None,
    ) -> None:
        self._simulation = Simulation(candidate, revisions, filters)
        self._revisions = revisions
        self._until = until
        self._newest = max(revisions, default=0)

    def missing(self, entries: Sequence[JournalEntry]) -> list[Unreadable]:
        """Return the first turn of each conversation whose revision is not there: nothing can be told of its person."""
        found: dict[str, Unreadable] = {}
        for entry in entries:
            needed: list[int | None] = [entry.outcome.revision]
            if isinstance(entry.event.action, ButtonPressed) and entry.event.action.button is not None:
                missed = any(step.kind in (trace.PRESS_REFUSED, trace.PRESS_BY_ACT) for step in entry.outcome.trace)
                needed += [] if missed else [number_named(entry.event.action.button, None, self._revisions)]
            for number in needed:
                if number not in self._revisions:
                    problem = (
                        f"revision {number} is missing" if number is not None else "the revision of a button is missing"
                    )
                    found.setdefault(entry.conversation, Unreadable(entry.conversation, f"turn {entry.turn}", problem))
        return list(found.values())

    def person(self, entries: Sequence[JournalEntry]) -> Previewed:
        """Compare one person's turns, in order of time."""
        life = self._simulation.live(entries, self._until)
        groups: dict[Group, Example] = {}
        different: set[str] = set()
        for lived in life.turns:
            for text in self._differences(lived):
                groups.setdefault(Group(membership=False, text=text), _example(lived.entry))
                different.add(lived.entry.conversation)
        for turn in life.extra:
            different.add(turn.state.key)
            at = turn.state.last_event_at or self._until
            example = Example(turn.state.key, turn.contact.id, "", at)
            groups.setdefault(Group(membership=False, text="a wait would be over that was not recorded"), example)
        for group, entry in self._memberships(life):
            groups[group] = _example(entry)
            different.add(entry.conversation)
        conversations = len({entry.conversation for entry in entries})
        older = sum(entry.outcome.revision < self._newest for entry in entries)
        return Previewed(conversations, len(entries), frozenset(different), groups, older)

    def _differences(self, lived: Lived) -> Iterator[str]:
        entry, now = lived
        act = act_of(entry.event, entry.outcome, self._revisions)
        if now is None:
            yield f"{act} would not be there to press"
            return
        was, will = visible(entry.outcome), visible(now)
        if was == will:
            return
        yield from _replies(act, was, will)
        for line in was.also:
            if line not in will.also:
                yield f"{act} no longer {line}"
        for line in will.also:
            if line not in was.also:
                yield f"{act} now {line}"

    def _memberships(self, life: Life) -> Iterator[tuple[Group, JournalEntry]]:
        for subject in sorted({*life.recorded, *life.now}):
            was, will = (side.get(subject, Membership.NONE) for side in (life.recorded, life.now))
            if was is will:
                continue
            entry = _cause(life.turns, subject)
            act = act_of(entry.event, entry.outcome, self._revisions)
            yield Group(membership=True, text=f"{_in_words(subject, was, will)}: {act}"), entry


def _cause(turns: Sequence[Lived], subject: str) -> JournalEntry:
    """Return the first turn that treats the subject otherwise, from which all that follows comes."""
    for entry, now in turns:
        was = [after for name, after in visible(entry.outcome).consents if name == subject]
        will = [after for name, after in visible(now).consents if name == subject] if now is not None else []
        if was != will:
            return entry
    return turns[-1].entry


def _in_words(subject: str, was: Membership, will: Membership) -> str:
    left = Membership.OPTED_OUT in (was, will)
    out = "would be opted out of" if will is Membership.OPTED_OUT else "would no longer be opted out of"
    if subject == ALL:
        return f"{out} everything" if left else "would have asked for messages otherwise"
    name = bold(subject)
    if was in _IN and will not in _IN:
        return f"would no longer be opted in to {name}"
    if will in _IN and was not in _IN:
        return f"would be opted in to {name}"
    if left:
        return f"{out} {name}"
    return f"would be {'added' if will is Membership.ADDED else 'opted in'} to {name}"


def _replies(act: str, was: Visible, will: Visible) -> Iterator[str]:
    if was.replies == will.replies:
        return
    old, new = ([reply.message for reply in side.replies] for side in (was, will))
    if old != new:
        yield f"{act} is answered by {_named(will.replies)} instead of {_named(was.replies)}"
        return
    for before, after in zip(was.replies, will.replies, strict=True):
        if before != after:
            yield f"{_named((after,))} reads otherwise"


def _named(replies: Sequence[Reply]) -> str:
    return ", ".join(bold(reply.message) if reply.message else "our own words" for reply in replies) or "nothing"


def _example(entry: JournalEntry) -> Example:
    return Example(entry.conversation, entry.contact, entry.turn, entry.at)


class Totals:
    """The sum over people. Memory grows with the number of different groups, not of people."""

    def __init__(self) -> None:
        self.conversations = self.turns = self.different = self.older = 0
        self._people: defaultdict[Group, int] = defaultdict(int)
        self._examples: defaultdict[Group, list[Example]] = defaultdict(list)

    def add(self, person: Previewed) -> None:
        """Count one person."""
        self.conversations += person.conversations
        self.turns += person.turns
        self.different += len(person.different)
        self.older += person.older
        for group, example in person.groups.items():
            self._people[group] += 1
            if len(self._examples[group]) < EXAMPLES:
                self._examples[group].append(example)

    @property
    def groups(self) -> list[tuple[Group, int, Sequence[Example]]]:
        """Every difference with how many people it concerns and some examples: memberships first, then by number."""
        order = sorted(self._people, key=lambda group: (not group.membership, -self._people[group], group.text))
        return [(group, self._people[group], self._examples[group]) for group in order]

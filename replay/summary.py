"""Previews of people, added up."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from replay.comparison import GroupKind
from replay.preview import EXAMPLES, Example, Group, Previewed
from replay.preview_pool import PersonPreviewed
from replay.recorded import Unreadable

NAMED = 20
"""Turns that can't be told which are named."""

_ORDER = {kind: place for place, kind in enumerate(GroupKind)}


class Count(msgspec.Struct):
    """How many share a difference."""

    people: int = 0
    conversations: int = 0
    turns: int = 0


class Summed(NamedTuple):
    """A difference, how many share it, and some to look at."""

    group: Group
    counted: Count
    examples: Sequence[Example]


class Totals:
    """The sum over people. Memory grows with the number of different groups, not of people.

    People come in any order; their places say who is first, so that examples don't depend on it.
    """

    def __init__(self) -> None:
        self.people = self.conversations = self.turns = self.different = self.doubtful = self.older = 0
        self.erased_people = self.erased_turns = self.pruned = self.left_out = 0
        self._unreadable: list[tuple[int, Unreadable]] = []
        self.problems = 0
        """Conversations of which something can't be told because of what the store has."""
        self._counts: dict[Group, Count] = {}
        self._examples: dict[Group, list[tuple[int, Example]]] = {}

    def add(self, person: PersonPreviewed) -> None:
        """Count one person."""
        self.erased_turns += person.erased_turns
        self.erased_people += person.turns > 0 and person.erased_turns == person.turns
        self.problems += len(person.unreadable)
        self._unreadable += [(person.place, each) for each in person.unreadable]
        self._unreadable.sort(key=lambda placed: placed[0])
        del self._unreadable[NAMED:]
        if person.previewed is None:
            self.left_out += bool(person.unreadable)
        else:
            self._add(person.place, person.previewed)

    def _add(self, place: int, person: Previewed) -> None:
        self.people += 1
        self.conversations += person.conversations
        self.turns += person.turns
        self.different += len(person.different)
        self.doubtful += len(person.doubtful)
        self.older += person.older
        self.pruned += person.pruned
        for group, shared in person.groups.items():
            count = self._counts.setdefault(group, Count())
            count.people += 1
            count.conversations += len(shared.conversations)
            count.turns += shared.turns
            if shared.example is not None:
                examples = self._examples.setdefault(group, [])
                examples.append((place, shared.example))
                examples.sort(key=lambda placed: placed[0])
                del examples[EXAMPLES:]

    @property
    def unreadable(self) -> list[Unreadable]:
        """The first turns that can't be told, by person."""
        return [each for _, each in self._unreadable]

    @property
    def groups(self) -> list[Summed]:
        """Every difference: single acts before where people end, consent first, then by how many share it."""
        order = sorted(self._counts, key=lambda one: (one.end, _ORDER[one.kind], -self._counts[one].people, one.text))
        return [
            Summed(group, self._counts[group], [example for _, example in self._examples.get(group, [])])
            for group in order
        ]

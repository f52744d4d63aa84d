"""Named sets of people: tags, channels, events, and all else that a person has or has not."""

from collections.abc import Iterable, Mapping
from sys import getsizeof

from pyroaring import BitMap


class NamedSets:
    """Sets of people by name. A person may be in any number of them."""

    def __init__(self) -> None:
        self._sets: dict[str, BitMap] = {}

    def replace(self, people: BitMap, names: Mapping[int, Iterable[str]]) -> None:
        """Say in which sets people are now; those of `people` that `names` lacks are in none."""
        for members in self._sets.values():
            members.difference_update(people)
        joined: dict[str, list[int]] = {}
        for person, theirs in names.items():
            for name in theirs:
                joined.setdefault(name, []).append(person)
        for name, numbers in joined.items():
            self._sets.setdefault(name, BitMap()).update(numbers)

    def get(self, name: str) -> BitMap:
        """Return a set, not to be changed."""
        return self._sets.get(name) or BitMap()

    def items(self) -> Iterable[tuple[str, BitMap]]:
        return self._sets.items()

    def __len__(self) -> int:
        return len(self._sets)

    @property
    def size(self) -> int:
        """Bytes, about."""
        return sum(len(members.serialize()) + getsizeof(name) for name, members in self._sets.items())

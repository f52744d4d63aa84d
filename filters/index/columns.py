"""Values of people by person: numbers and days as arrays, names as sets, texts as sets or as one run of bytes."""

import re
from collections.abc import Callable, Iterable, Mapping
from sys import getsizeof
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from filters.holds import compare_text, fold
from filters.model import TextOrder

UNKNOWN = np.iinfo(np.int64).min
"""Stands where nothing is known in a column of whole numbers."""

Mask = NDArray[np.bool_]


_CONTAINER = 1 << 16
"""Numbers in one container of a bitmap."""
_DENSE = 4096
"""Numbers in a container up to which it lists them; one with more has a bit for each."""
_NO_RUNS = 12346


def as_set(mask: Mask) -> BitMap:
    """Return the places where a mask is true.

    The bitmap is written down as a file of it would be (github.com/RoaringBitmap/RoaringFormatSpec) and read from
    that, which takes a tenth of the time that handing over the numbers does.
    """
    whole = np.concatenate([mask, np.zeros(-len(mask) % _CONTAINER, np.bool_)]).reshape(-1, _CONTAINER)
    counts = np.count_nonzero(whole, axis=1)
    keys = np.flatnonzero(counts)
    parts = [
        np.packbits(whole[key], bitorder="little").tobytes()
        if counts[key] > _DENSE
        else np.flatnonzero(whole[key]).astype("<u2").tobytes()
        for key in keys
    ]
    described = np.stack([keys, counts[keys] - 1], axis=1).astype("<u2").tobytes()
    head = np.array([_NO_RUNS, len(keys)], "<u4").tobytes() + described
    lengths = np.array([0, *map(len, parts)], np.int64)
    offsets = (len(head) + 4 * len(keys) + np.cumsum(lengths)[:-1]).astype("<u4").tobytes()
    return BitMap.deserialize(head + offsets + b"".join(parts))


class Column:
    """Whole numbers (moments in microseconds, days), or numbers with a fraction; grows as people come."""

    def __init__(self, dtype: type[np.int64] | type[np.float64]) -> None:
        self._unknown: Any = UNKNOWN if dtype is np.int64 else np.nan
        self._values = np.full(0, self._unknown, dtype)

    def replace(self, people: NDArray[np.uint32], values: Mapping[int, float]) -> None:
        """Set what is known of people; nothing is, of those that `values` lacks."""
        if len(people):
            self._grow(int(people.max()) + 1)
            self._values[people] = self._unknown
        if values:
            places = np.fromiter(values.keys(), np.int64, len(values))
            self._values[places] = np.fromiter(values.values(), self._values.dtype, len(values))

    def _grow(self, size: int) -> None:
        if size > len(self._values):
            more = max(size, len(self._values) * 5 // 4) - len(self._values)
            self._values = np.concatenate([self._values, np.full(more, self._unknown, self._values.dtype)])

    def get(self, people: NDArray[np.uint32]) -> list[Any]:
        """Return the values of people; `UNKNOWN`, or not a number, of those without."""
        if len(people):
            self._grow(int(people.max()) + 1)
        values: list[Any] = self._values[people].tolist()
        return values

    @property
    def known(self) -> BitMap:
        """Who has a value."""
        return as_set(self._is_known())

    def _is_known(self) -> Mask:
        if self._values.dtype == np.float64:
            return ~np.isnan(self._values)
        known: Mask = self._values != UNKNOWN
        return known

    def where(self, compare: Callable[[NDArray[Any], Any], Mask], value: float) -> BitMap:
        """Return whose value compares so to `value`. Nobody's does of whom none is known."""
        with np.errstate(invalid="ignore"):
            return as_set(compare(self._values, value) & self._is_known())

    @property
    def size(self) -> int:
        """Bytes."""
        return self._values.nbytes


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

    @property
    def everybody(self) -> BitMap:
        """Who is in one of the sets at least."""
        return BitMap.union(BitMap(), *self._sets.values())

    def items(self) -> Iterable[tuple[str, BitMap]]:
        return self._sets.items()

    def __len__(self) -> int:
        return len(self._sets)

    @property
    def size(self) -> int:
        """Bytes, about."""
        return sum(len(members.serialize()) + getsizeof(name) for name, members in self._sets.items())


FEW = 1_000
"""Distinct texts up to which they are kept as sets; more become a run of bytes."""

_END = b"\0"
_MAX_CHANGED = 0.05
"""Part of the texts that may have changed before the run is written anew."""
_MIN_CHANGED = 5_000

Compare = Callable[[str, TextOrder, str], bool]


class Texts:
    """One detail or field of people: a text for each who has one. `compare` is what filters compare with; `few` is how
    many distinct ones are kept as sets. Those that compare in a way of their own, as languages do, always are.
    """

    def __init__(self, compare: Compare, few: int = FEW) -> None:
        self._compare = compare
        self._few = few
        self._sets: dict[str, BitMap] | None = {}
        self._run = _Run()

    def replace(self, people: BitMap, texts: Mapping[int, str]) -> None:
        """Set the texts of people; those of `people` that `texts` lacks have none."""
        if self._sets is None:
            self._run.replace(people, texts)
            return
        for members in self._sets.values():
            members.difference_update(people)
        joined: dict[str, list[int]] = {}
        for person, text in texts.items():
            joined.setdefault(text, []).append(person)
        for text, numbers in joined.items():
            self._sets.setdefault(text, BitMap()).update(numbers)
        if len(self._sets) > self._few and self._compare is compare_text:
            self._many()

    def _many(self) -> None:
        assert self._sets is not None  # noqa: S101  # asked once, while there are few
        texts = {person: text for text, members in self._sets.items() for person in members}
        self._sets = None
        self._run.replace(BitMap(), texts)

    @property
    def known(self) -> BitMap:
        """Who has a text."""
        return self._run.known if self._sets is None else BitMap.union(BitMap(), *self._sets.values())

    def where(self, order: TextOrder, text: str) -> BitMap:
        """Return whose text compares so."""
        if self._sets is not None:
            found = [members for own, members in self._sets.items() if self._compare(own, order, text)]
            return BitMap.union(BitMap(), *found)
        if order is TextOrder.IS_NOT:
            return self._run.known - self.where(TextOrder.IS, text)
        return self._run.where(order, fold(text))

    def sets(self) -> Iterable[tuple[str, BitMap]]:
        """Return who has each text, for one that is always kept as sets; they are not to be changed."""
        return [(text, people) for text, people in (self._sets or {}).items() if people]

    @property
    def size(self) -> int:
        """Bytes, about."""
        if self._sets is None:
            return self._run.size
        return sum(len(text) + 64 + len(members.serialize()) for text, members in self._sets.items())


class _Run:
    """Texts, folded, one behind the other, in order of no matter what; those that changed since lie beside."""

    def __init__(self) -> None:
        self._bytes = b""
        self._starts: NDArray[np.uint32] = np.zeros(0, np.uint32)
        self._people: NDArray[np.uint32] = np.zeros(0, np.uint32)
        self._in_run = BitMap()
        self._gone = BitMap()
        """People whose text in the run holds no more."""
        self._changed: dict[int, bytes] = {}
        """Texts that are not in the run, folded."""

    @property
    def known(self) -> BitMap:
        return (self._in_run - self._gone) | BitMap(self._changed)

    def replace(self, people: BitMap, texts: Mapping[int, str]) -> None:
        for person in people & BitMap(self._changed):
            del self._changed[person]
        self._gone |= (people | BitMap(texts)) & self._in_run
        self._changed.update({person: _folded(text) for person, text in texts.items()})
        if len(self._changed) + len(self._gone) > max(_MIN_CHANGED, len(self._people) * _MAX_CHANGED):
            self._rewrite()

    def _rewrite(self) -> None:
        """Write the run anew. Bytes that stay are copied, not decoded."""
        people, kept, lengths = self._people, self._bytes, self._ends() - self._starts
        if self._gone:
            stays = np.isin(people, np.fromiter(self._gone, np.uint32, len(self._gone)), invert=True)
            kept = np.frombuffer(kept, np.uint8)[np.repeat(stays, lengths)].tobytes()
            people, lengths = people[stays], lengths[stays]
        new = list(self._changed.values())
        self._bytes = kept + b"".join(new)
        lengths = np.concatenate([lengths, np.fromiter(map(len, new), np.uint32, len(new))])
        self._starts = (np.cumsum(lengths, dtype=np.uint32) - lengths).astype(np.uint32)
        self._people = np.concatenate([people, np.fromiter(self._changed, np.uint32, len(self._changed))])
        self._in_run = (self._in_run - self._gone) | BitMap(self._changed)
        self._gone, self._changed = BitMap(), {}

    def _ends(self) -> NDArray[np.uint32]:
        return np.append(self._starts[1:], np.uint32(len(self._bytes)))

    def where(self, order: TextOrder, folded: str) -> BitMap:
        """Return whose text is so, has that in it, or begins so."""
        needle = (folded.strip() if order is TextOrder.IS else folded).encode("utf-8", "surrogatepass")
        found = [person for person, text in self._changed.items() if needle in text and _is_so(text, order, needle)]
        places = [match.start() for match in re.finditer(re.escape(needle), self._bytes)]
        rows = np.searchsorted(self._starts, np.array(places, np.uint32), side="right") - 1
        if order is TextOrder.STARTS_WITH:
            rows = rows[self._starts[rows] == np.array(places, np.uint32)]
        elif order is TextOrder.IS:
            rows = np.array([row for row in rows.tolist() if _is_so(self._text(row), order, needle)], np.int64)
        mask = np.zeros(int(self._people.max()) + 1 if len(self._people) else 0, np.bool_)
        mask[self._people[rows]] = True
        return BitMap(found) | (as_set(mask) - self._gone)

    def _text(self, row: int) -> bytes:
        end = self._starts[row + 1] if row + 1 < len(self._starts) else len(self._bytes)
        return self._bytes[self._starts[row] : end]

    @property
    def size(self) -> int:
        arrays = self._starts.nbytes + self._people.nbytes
        return len(self._bytes) + arrays + sum(len(text) + 120 for text in self._changed.values())


def _folded(text: str) -> bytes:
    return fold(text).encode("utf-8", "surrogatepass") + _END


def _is_so(text: bytes, order: TextOrder, needle: bytes) -> bool:
    if order is TextOrder.STARTS_WITH:
        return text.startswith(needle)
    if order is TextOrder.IS:
        return text[: -len(_END)].decode("utf-8", "surrogatepass").strip().encode("utf-8", "surrogatepass") == needle
    return True

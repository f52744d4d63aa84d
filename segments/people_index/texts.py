"""Texts of people: few distinct ones as sets, many as one run of bytes that is searched at the speed of memory."""

import re
from collections.abc import Callable, Mapping
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from segments.filters.holds import fold
from segments.filters.kinds import TextOrder

FEW = 1_000
"""Distinct texts up to which they are kept as sets; more become a run of bytes."""

_END = b"\0"
_CHANGED_AT_MOST = 0.05
"""Part of the texts that may have changed before the run is written anew."""
_LEAST_CHANGED = 5_000

Compare = Callable[[str, TextOrder, str], bool]


class Texts:
    """One detail or field of people: a text for each who has one. `compare` is what filters compare with; `few` is how
    many distinct ones are kept as sets.
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
        if len(self._sets) > self._few:
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
        return self._run.where(order, fold(text), lambda own: self._compare(own, order, text))

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
        self._starts: NDArray[np.int64] = np.zeros(0, np.int64)
        self._people: NDArray[np.uint32] = np.zeros(0, np.uint32)
        self._hashes: NDArray[np.int64] = np.zeros(0, np.int64)
        self._gone = BitMap()
        """People whose text in the run holds no more."""
        self._changed: dict[int, str] = {}
        """Texts that are not in the run."""
        self._in_run = BitMap()

    @property
    def known(self) -> BitMap:
        return (self._in_run - self._gone) | BitMap(self._changed)

    def replace(self, people: BitMap, texts: Mapping[int, str]) -> None:
        self._gone |= people & self._in_run
        for person in people & BitMap(self._changed):
            del self._changed[person]
        self._gone |= BitMap(texts) & self._in_run
        self._changed.update(texts)
        if len(self._changed) + len(self._gone) > max(_LEAST_CHANGED, len(self._people) * _CHANGED_AT_MOST):
            self._rewrite()

    def _rewrite(self) -> None:
        """Write the run anew. Bytes that stay are copied, not decoded."""
        stay = np.isin(self._people, np.array(self._gone, np.uint32), invert=True) if self._gone else None
        kept = bytes(self._bytes) if stay is None else self._left(stay)
        people = self._people if stay is None else self._people[stay]
        hashes = self._hashes if stay is None else self._hashes[stay]
        lengths = np.diff(np.append(self._starts, len(self._bytes)))
        lengths = lengths if stay is None else lengths[stay]
        new = [_folded(text) for text in self._changed.values()]
        self._bytes = kept + b"".join(new)
        lengths = np.concatenate([lengths, np.fromiter(map(len, new), np.int64, len(new))])
        self._starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])[:-1] if len(lengths) else lengths
        self._people = np.concatenate([people, np.fromiter(self._changed, np.uint32, len(self._changed))])
        self._hashes = np.concatenate([hashes, np.fromiter(map(_hash, new), np.int64, len(new))])
        self._in_run = BitMap(self._people)
        self._gone, self._changed = BitMap(), {}

    def _left(self, stay: NDArray[np.bool_]) -> bytes:
        ends = np.append(self._starts[1:], len(self._bytes))
        return b"".join(
            self._bytes[start:end] for start, end in zip(self._starts[stay].tolist(), ends[stay].tolist(), strict=True)
        )

    def where(self, order: TextOrder, folded: str, holds: Callable[[str], bool]) -> BitMap:
        found = BitMap([person for person, text in self._changed.items() if holds(text)])
        if order is TextOrder.IS:
            rows = np.flatnonzero(self._hashes == _hash(_folded(folded)))
            same = [row for row in rows.tolist() if self._text(row).strip() == folded.strip()]
            return found | (BitMap(self._people[same]) - self._gone)
        needle = folded.encode("utf-8", "surrogatepass")
        if order is TextOrder.STARTS_WITH:
            mask = self._beginning(needle)
            return found | (BitMap(self._people[mask]) - self._gone)
        places = np.fromiter((match.start() for match in re.finditer(re.escape(needle), self._bytes)), np.int64)
        rows = np.unique(np.searchsorted(self._starts, places, side="right") - 1)
        return found | (BitMap(self._people[rows]) - self._gone)

    def _beginning(self, needle: bytes) -> NDArray[np.bool_]:
        """Return which texts begin so."""
        whole = np.frombuffer(self._bytes, np.uint8)
        ends = np.append(self._starts[1:], len(self._bytes))
        mask = ends - self._starts > len(needle)
        for place, byte in enumerate(needle):
            if not mask.any():
                break
            at = np.minimum(self._starts + place, len(whole) - 1)
            mask &= whole[at] == byte
        return mask

    def _text(self, row: int) -> str:
        end = self._starts[row + 1] if row + 1 < len(self._starts) else len(self._bytes)
        return self._bytes[self._starts[row] : end - 1].decode("utf-8", "surrogatepass")

    @property
    def size(self) -> int:
        arrays = self._starts.nbytes + self._people.nbytes + self._hashes.nbytes
        return len(self._bytes) + arrays + sum(len(text) + 150 for text in self._changed.values())


def _folded(text: str) -> bytes:
    return fold(text).encode("utf-8", "surrogatepass") + _END


def _hash(folded: bytes) -> int:
    """Return a number that texts which differ hardly share; blanks around do not count."""
    text = folded.removesuffix(_END).decode("utf-8", "surrogatepass").strip()
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)

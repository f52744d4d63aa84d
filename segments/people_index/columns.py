"""Columns of numbers: one for each person, by the person's number. Ranges are compared all at once."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

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

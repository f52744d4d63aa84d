"""Columns of numbers: one for each person, by the person's number. Ranges are compared all at once."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

UNKNOWN = np.iinfo(np.int64).min
"""Stands where nothing is known in a column of whole numbers."""

Mask = NDArray[np.bool_]


def as_set(mask: Mask) -> BitMap:
    """Return the places where a mask is true."""
    return BitMap(np.flatnonzero(mask).astype(np.uint32))


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

"""Fields of the builder's own, each with values of any type: texts, numbers, days, yes and no."""

from collections.abc import Mapping
from datetime import date, datetime
from math import inf

import numpy as np
from pyroaring import BitMap

from segments.filters.holds import compare_text
from segments.filters.person import TypedValue
from segments.people_index.columns import Column
from segments.people_index.sets import NamedSets
from segments.people_index.texts import Texts


class Field:
    """One field. A person's value is in one of the columns, or in `yes_no`."""

    def __init__(self, few: int) -> None:
        self.texts = Texts(compare_text, few)
        self.numbers = Column(np.float64)
        self.days = Column(np.int64)
        self.yes_no = NamedSets()
        self.known = BitMap()

    def replace(self, people: BitMap, values: Mapping[int, TypedValue]) -> None:
        """Set the values of people; those of `people` that `values` lacks have none."""
        texts: dict[int, str] = {}
        numbers: dict[int, float] = {}
        days: dict[int, float] = {}
        yes_no: dict[int, list[str]] = {}
        for person, value in values.items():
            if isinstance(value, bool):
                yes_no[person] = ["yes" if value else "no"]
            elif isinstance(value, int | float):
                numbers[person] = _number(value)
            elif isinstance(value, date) and not isinstance(value, datetime):
                days[person] = value.toordinal()
            elif isinstance(value, str) and value:
                texts[person] = value
        changed = np.array(people, np.uint32)
        self.texts.replace(people, texts)
        self.numbers.replace(changed, numbers)
        self.days.replace(changed, days)
        self.yes_no.replace(people, yes_no)
        self.known -= people
        self.known |= BitMap([person for person, value in values.items() if value != ""])

    @property
    def size(self) -> int:
        """Bytes, about."""
        return self.texts.size + self.numbers.size + self.days.size + self.yes_no.size + len(self.known.serialize())


def _number(value: float) -> float:
    """Return a number as the column holds it: those beyond all that can be asked for stand at the end."""
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf


class Fields:
    """All fields that somebody has a value of."""

    def __init__(self, few: int) -> None:
        self._few = few
        self._fields: dict[str, Field] = {}

    def replace(self, people: BitMap, values: Mapping[int, Mapping[str, TypedValue]]) -> None:
        """Set all values of people."""
        by_field: dict[str, dict[int, TypedValue]] = {name: {} for name in self._fields}
        for person, own in values.items():
            for name, value in own.items():
                by_field.setdefault(name, {})[person] = value
        for name, of_field in by_field.items():
            self._fields.setdefault(name, Field(self._few)).replace(people, of_field)

    def get(self, name: str) -> Field:
        """Return a field, which is empty if nobody has a value."""
        return self._fields.get(name) or Field(self._few)

    @property
    def size(self) -> int:
        """Bytes, about."""
        return sum(field.size for field in self._fields.values())

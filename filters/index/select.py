"""Conditions over the whole index: each becomes a set of people."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from filters.holds import starts
from filters.model import (
    SEVERAL_OF,
    And,
    AnyKnown,
    Completed,
    Condition,
    DetailKnown,
    DetailText,
    FieldDate,
    FieldKnown,
    FieldNumber,
    FieldText,
    FieldYesNo,
    InSegment,
    InSequence,
    Named,
    Not,
    OnTopic,
    OptedOut,
    Or,
    Order,
    TimeCompared,
    TimeKnown,
    TimeWithin,
)
from filters.person import SEVERAL_BY_KIND, SUBJECTS
from messages.consent import kind_of_subject, name_of_subject

if TYPE_CHECKING:
    from filters.index.people import PeopleIndex

_COMPARE: Mapping[Order, Callable[[NDArray[Any], Any], NDArray[np.bool_]]] = {
    Order.IS: np.equal,
    Order.IS_NOT: np.not_equal,
    Order.AT_LEAST: np.greater_equal,
    Order.AT_MOST: np.less_equal,
    Order.BEFORE: np.less,
    Order.AFTER: np.greater,
}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


class Selector:
    """Answers conditions at one moment; what was worked out of a segment is not worked out twice."""

    def __init__(self, index: "PeopleIndex", now: datetime) -> None:
        self._index = index
        self._now = now
        self._segments: dict[str, BitMap] = {}

    def members(self, segment: str) -> BitMap:
        """Return who is in a segment, a topic or a sequence. Whoever opted out is in none, filter or not."""
        found = self._segments.get(segment)
        if found is None:
            self._segments[segment] = BitMap()  # a segment that leans on itself finds nobody
            own, condition = self._index.standings.to(segment), self._index.filters.get(segment)
            found = own.members
            if condition is not None:
                found |= self.select(condition) - own.opted_out
            found |= self._kept(segment) - own.opted_out
            found &= self._index.everybody
            self._segments[segment] = found
        return found

    def _kept(self, subject: str) -> BitMap:
        """Return whose contact has the name of a topic or sequence since a version before."""
        several = SEVERAL_BY_KIND.get(kind_of_subject(subject))
        return BitMap() if several is None else self._index.several[several].get(name_of_subject(subject))

    def select(self, condition: Condition) -> BitMap:
        """Return who meets a condition."""
        match condition:
            case And(conditions=several):
                found = self.select(several[0])
                for one in several[1:]:
                    if not found:
                        break
                    found = found & self.select(one)
                return found
            case Or(conditions=several):
                return BitMap.union(*map(self.select, several))
            case Not(condition=inner):
                return self._index.everybody - self.select(inner)
        found = _LEAVES[type(condition)](self, condition)
        return found & self._index.everybody

    def _time(self, condition: TimeCompared) -> BitMap:  # noqa: PLR0911  # one for each order
        """A day is all of its moments: `since` it is from its first on, `after` it from the first of the next."""
        column = self._index.moments[condition.when]
        at = condition.at
        if isinstance(at, datetime):
            return column.where(_COMPARE[condition.order], _microseconds(at))
        first, past = _bounds(at)
        match condition.order:
            case Order.IS:
                return column.where(np.greater_equal, first) & column.where(np.less, past)
            case Order.IS_NOT:
                return column.where(np.less, first) | column.where(np.greater_equal, past)
            case Order.AT_LEAST:
                return column.where(np.greater_equal, first)
            case Order.AT_MOST:
                return column.where(np.less, past)
            case Order.BEFORE:
                return column.where(np.less, first)
            case Order.AFTER:
                return column.where(np.greater_equal, past)

    def _within(self, condition: TimeWithin) -> BitMap:
        compare = np.greater_equal if condition.within else np.less
        column = self._index.moments[condition.when]
        try:
            return column.where(compare, _microseconds(starts(condition, self._now)))
        except OverflowError:  # before the first day that there is
            return column.known if condition.within else BitMap()

    def _detail_known(self, condition: DetailKnown) -> BitMap:
        known = self._index.details[condition.detail].known
        return known if condition.known else self._index.everybody - known

    def _field_known(self, condition: FieldKnown) -> BitMap:
        known = self._index.fields.get(condition.field).known
        return known if condition.known else self._index.everybody - known

    def _time_known(self, condition: TimeKnown) -> BitMap:
        known = self._index.moments[condition.when].known
        return known if condition.known else self._index.everybody - known

    def _field_number(self, condition: FieldNumber) -> BitMap:
        return self._index.fields.get(condition.field).numbers.where(_COMPARE[condition.order], condition.number)

    def _field_date(self, condition: FieldDate) -> BitMap:
        days = self._index.fields.get(condition.field).days
        return days.where(_COMPARE[condition.order], condition.day.toordinal())

    def _field_yes_no(self, condition: FieldYesNo) -> BitMap:
        return self._index.fields.get(condition.field).yes_no.get("yes" if condition.yes else "no")

    def _one(self, condition: Named) -> BitMap:
        return self._index.several[SEVERAL_OF[type(condition)]].get(condition.name)

    def _subscribed(self, condition: InSequence | OnTopic) -> BitMap:
        return self.members(SUBJECTS[SEVERAL_OF[type(condition)]] + condition.name)

    def _any_known(self, condition: AnyKnown) -> BitMap:
        kind = SUBJECTS.get(condition.of)
        if kind is None:
            known = self._index.several[condition.of].everybody
        else:
            subjects = {name for name in self._index.subjects if kind_of_subject(name) == kind}
            known = BitMap.union(BitMap(), *map(self.members, sorted(subjects)))
        return known if condition.known else self._index.everybody - known

    def _segment(self, condition: InSegment) -> BitMap:
        return self.members(condition.name)

    def _opted_out(self, condition: OptedOut) -> BitMap:
        return self._index.standings.to(condition.name).opted_out

    def _completed(self, condition: Completed) -> BitMap:
        return self._index.completed.get(f"{condition.kind}:{condition.item}")

    def _detail(self, condition: DetailText) -> BitMap:
        return self._index.details[condition.detail].where(condition.order, condition.text)

    def _field_text(self, condition: FieldText) -> BitMap:
        return self._index.fields.get(condition.field).texts.where(condition.order, condition.text)


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _bounds(day: date) -> tuple[int, int]:
    """Return the first moment of a day in UTC, and the first after it, in microseconds since 1970."""
    first = _microseconds(datetime.combine(day, time(), UTC))
    return first, first + _DAY // timedelta(microseconds=1)


_LEAVES: dict[type, Callable[[Selector, Any], BitMap]] = {
    **dict.fromkeys(SEVERAL_OF, Selector._one),  # noqa: SLF001  # its own
    InSequence: Selector._subscribed,  # noqa: SLF001
    OnTopic: Selector._subscribed,  # noqa: SLF001
    AnyKnown: Selector._any_known,  # noqa: SLF001
    InSegment: Selector._segment,  # noqa: SLF001
    OptedOut: Selector._opted_out,  # noqa: SLF001
    Completed: Selector._completed,  # noqa: SLF001
    DetailText: Selector._detail,  # noqa: SLF001
    DetailKnown: Selector._detail_known,  # noqa: SLF001
    FieldText: Selector._field_text,  # noqa: SLF001
    FieldNumber: Selector._field_number,  # noqa: SLF001
    FieldDate: Selector._field_date,  # noqa: SLF001
    FieldYesNo: Selector._field_yes_no,  # noqa: SLF001
    FieldKnown: Selector._field_known,  # noqa: SLF001
    TimeCompared: Selector._time,  # noqa: SLF001
    TimeKnown: Selector._time_known,  # noqa: SLF001
    TimeWithin: Selector._within,  # noqa: SLF001
}

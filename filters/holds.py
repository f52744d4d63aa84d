"""Whether a condition holds for a person: the plain answer, that indexes are checked against."""

import operator
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from filters.model import (
    SEVERAL_OF,
    And,
    AnyKnown,
    Completed,
    Condition,
    Detail,
    DetailKnown,
    DetailText,
    FieldDate,
    FieldKnown,
    FieldNumber,
    FieldText,
    FieldYesNo,
    InSegment,
    Named,
    Not,
    OptedOut,
    Or,
    Order,
    TextOrder,
    TimeCompared,
    TimeKnown,
    TimeWithin,
    Unit,
    When,
)
from filters.person import Person
from messages.consent import Membership

_ORDERS: dict[Order, Callable[[Any, Any], bool]] = {
    Order.IS: operator.eq,
    Order.IS_NOT: operator.ne,
    Order.AT_LEAST: operator.ge,
    Order.AT_MOST: operator.le,
    Order.BEFORE: operator.lt,
    Order.AFTER: operator.gt,
}


def holds(condition: Condition, person: Person, now: datetime) -> bool:
    """Tell whether a condition holds for a person at `now`, a moment with its zone.

    What is not known meets no comparison, negative ones included: only `is unknown`, and a `not` around the whole.
    """
    match condition:
        case And(conditions=several):
            return all(holds(one, person, now) for one in several)
        case Or(conditions=several):
            return any(holds(one, person, now) for one in several)
        case Not(condition=inner):
            return not holds(inner, person, now)
        case TimeWithin():
            return _within(condition, person, now)
    return _LEAVES[type(condition)](condition, person)


def fold(text: str) -> str:
    """Return a text as it is compared: in one form of Unicode, without capitals."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def compare_text(value: str, order: TextOrder, wanted: str) -> bool:
    """Tell whether a text compares so, without regard to capitals; `is` passes over blanks around it."""
    ours, theirs = fold(value), fold(wanted)
    if order is TextOrder.CONTAINS:
        return theirs in ours
    if order is TextOrder.STARTS_WITH:
        return ours.startswith(theirs)
    return (ours.strip() == theirs.strip()) is (order is TextOrder.IS)


def speaks(language: str, order: TextOrder, wanted: str) -> bool:
    """Compare languages: `fr` is also `fr-CA`, and `fr-CA` is not `fr`."""
    if order in (TextOrder.CONTAINS, TextOrder.STARTS_WITH):
        return compare_text(language, order, wanted)
    ours, theirs = fold(language).strip(), fold(wanted).strip()
    return (ours == theirs or ours.startswith(theirs + "-")) is (order is TextOrder.IS)


def _detail(condition: DetailText, person: Person) -> bool:
    value = person.details.get(condition.detail, "")
    if not value:
        return False
    compare = speaks if condition.detail is Detail.LANGUAGE else compare_text
    return compare(value, condition.order, condition.text)


def _detail_known(condition: DetailKnown, person: Person) -> bool:
    return bool(person.details.get(condition.detail)) is condition.known


def _field_text(condition: FieldText, person: Person) -> bool:
    value = person.fields.get(condition.field)
    return isinstance(value, str) and value != "" and compare_text(value, condition.order, condition.text)


def _field_number(condition: FieldNumber, person: Person) -> bool:
    value = person.fields.get(condition.field)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return _ORDERS[condition.order](value, condition.number)


def _field_date(condition: FieldDate, person: Person) -> bool:
    value = person.fields.get(condition.field)
    if isinstance(value, datetime) or not isinstance(value, date):
        return False
    return _ORDERS[condition.order](value, condition.day)


def _field_yes_no(condition: FieldYesNo, person: Person) -> bool:
    return person.fields.get(condition.field) is condition.yes


def _field_known(condition: FieldKnown, person: Person) -> bool:
    return (person.fields.get(condition.field, "") != "") is condition.known


def _moment(when: When, person: Person) -> datetime | None:
    return person.last_seen if when is When.LAST_SEEN else person.subscribed_at


def _time(condition: TimeCompared, person: Person) -> bool:
    """Compare a moment with another one; with a day, compare the day that the moment lies in."""
    moment = _moment(condition.when, person)
    if moment is None:
        return False
    compared = moment if isinstance(condition.at, datetime) else moment.astimezone(UTC).date()
    return _ORDERS[condition.order](compared, condition.at)


def _within(condition: TimeWithin, person: Person, now: datetime) -> bool:
    moment = _moment(condition.when, person)
    return moment is not None and (moment >= starts(condition, now)) is condition.within


def starts(condition: TimeWithin, now: datetime) -> datetime:
    """Return the first moment of the last days or hours: days count back to the start of a day in UTC."""
    here = now.astimezone(UTC)
    if condition.unit is Unit.HOURS:
        return here - timedelta(hours=condition.amount)
    return here.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=condition.amount)


def _one(condition: Named, person: Person) -> bool:
    return condition.name in person.several(SEVERAL_OF[type(condition)])


_LEAVES: dict[type, Callable[[Any, Person], bool]] = {
    **dict.fromkeys(SEVERAL_OF, _one),
    OptedOut: lambda condition, person: person.memberships.get(condition.name) is Membership.OPTED_OUT,
    AnyKnown: lambda condition, person: bool(person.several(condition.of)) is condition.known,
    InSegment: lambda condition, person: person.is_member(condition.name),
    Completed: lambda condition, person: (condition.kind, condition.item) in person.completed,
    DetailText: _detail,
    DetailKnown: _detail_known,
    FieldText: _field_text,
    FieldNumber: _field_number,
    FieldDate: _field_date,
    FieldYesNo: _field_yes_no,
    FieldKnown: _field_known,
    TimeCompared: _time,
    TimeKnown: lambda condition, person: (_moment(condition.when, person) is not None) is condition.known,
}

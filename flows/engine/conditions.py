"""Whether a condition holds."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from flows.engine.filters import is_member
from flows.engine.turn import speaks
from flows.engine.work import Work
from flows.model.conditions import (
    AllCondition,
    AnyCondition,
    Condition,
    FieldCondition,
    LanguageCondition,
    NotCondition,
    SegmentCondition,
    TagCondition,
)
from flows.revision import Revision
from messages.consent import Membership
from messages.contact import FieldValue, known_of


def holds(condition: Condition, work: Work, revision: Revision) -> bool:
    """Tell whether a condition holds for the person, as this turn has left them so far."""
    return _KINDS[type(condition)](condition, work, revision)


def found(condition: Condition, work: Work, revision: Revision) -> str:
    """Say what a condition looked at and found, for the trace: `tips is opted_in, age is 41`."""
    return ", ".join(dict.fromkeys(_found(condition, work, revision)))


def _found(condition: Condition, work: Work, revision: Revision) -> Iterator[str]:
    match condition:
        case SegmentCondition(segment=segment):
            yield f"{segment} is {_standing(segment, work)}"
        case FieldCondition(field=field):
            value = _value(field, work, revision)
            yield f"{field} is {'not known' if value is None or value == '' else value}"
        case TagCondition(tag=tag):
            yield f"tag {tag} is {'there' if tag in work.contact.tags else 'not there'}"
        case LanguageCondition():
            yield f"the language is {work.language(revision)}"
        case NotCondition(not_=inner):
            yield from _found(inner, work, revision)
        case AllCondition(all=several) | AnyCondition(any=several):
            for inner in several:
                yield from _found(inner, work, revision)


def _standing(segment: str, work: Work) -> str:
    standing = work.memberships.get(segment, Membership.NONE)
    if standing is Membership.NONE and segment in work.snapshot.filters:
        return "met" if is_member(work, segment) else "not met"
    return standing


def _segment(condition: SegmentCondition, work: Work, _: Revision) -> bool:
    if condition.is_ == "opted_out":
        return work.memberships.get(condition.segment) is Membership.OPTED_OUT
    return is_member(work, condition.segment)


def _value(field: str, work: Work, revision: Revision) -> FieldValue | None:
    """Return a stored field; for one that the flow does not keep itself, else the detail of that name."""
    if field in revision.fields:
        return work.contact.fields.get(field)
    return known_of(work.contact, field, work.language(revision))


def _field(condition: FieldCondition, work: Work, revision: Revision) -> bool:
    value = _value(condition.field, work, revision)
    known = value is not None and value != ""
    if condition.known is not None:
        return known is condition.known
    if condition.is_not is not None:
        return value is None or not same(value, condition.is_not)
    return value is not None and known and _compares(condition, value)


def _compares(condition: FieldCondition, value: FieldValue) -> bool:
    if condition.is_ is not None:
        return same(value, condition.is_)
    if condition.contains is not None:
        return condition.contains.casefold() in str(value).casefold()
    if condition.at_least is not None:
        order = _order(value, condition.at_least)
        return order is not None and order >= 0
    order = _order(value, condition.at_most or "")
    return order is not None and order <= 0


def same(value: FieldValue, wanted: str) -> bool:
    """Tell whether a stored value is the one written in a flow: numbers by their worth, text in any capitals."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = _number(wanted)
        return number is not None and number == value
    return str(value).strip().casefold() == wanted.strip().casefold()


def _order(value: FieldValue, bound: str) -> float | None:
    """Return how a value stands to a bound: below 0, 0, above 0; None where they can't be compared."""
    ours, theirs = _number(value), _number(bound)
    if ours is not None and theirs is not None:
        return (ours > theirs) - (ours < theirs)
    day, other = _day(value), _day(bound)
    return None if day is None or other is None else (day - other).days


def _number(value: FieldValue) -> float | None:
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _day(value: FieldValue) -> date | None:
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        return None


def _tag(condition: TagCondition, work: Work, _: Revision) -> bool:
    return condition.tag in work.contact.tags


def _language(condition: LanguageCondition, work: Work, revision: Revision) -> bool:
    return speaks(work.language(revision), condition.language)


def _not(condition: NotCondition, work: Work, revision: Revision) -> bool:
    return not holds(condition.not_, work, revision)


def _all(condition: AllCondition, work: Work, revision: Revision) -> bool:
    return all(holds(inner, work, revision) for inner in condition.all)


def _any(condition: AnyCondition, work: Work, revision: Revision) -> bool:
    return any(holds(inner, work, revision) for inner in condition.any)


_KINDS: dict[type, Callable[[Any, Work, Revision], bool]] = {
    SegmentCondition: _segment,
    FieldCondition: _field,
    TagCondition: _tag,
    LanguageCondition: _language,
    NotCondition: _not,
    AllCondition: _all,
    AnyCondition: _any,
}

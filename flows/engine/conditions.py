"""Conditions of a flow and filters of staff, asked of the person as this turn has left them so far."""

from datetime import date
from functools import lru_cache
from typing import Any

from filters.holds import holds as holds_for
from filters.model import (
    And,
    Condition,
    Detail,
    DetailKnown,
    DetailText,
    InSegment,
    Not,
    OptedOut,
    Or,
    Tag,
)
from filters.parse import parse
from filters.person import Person, person_of
from filters.references import leaves
from filters.words import show
from flows.engine import trace
from flows.engine.work import Work
from flows.model.conditions import If, StoredField
from flows.revision import Revision
from messages.consent import Membership
from messages.contact import FieldValue, known_of
from messages.errors import BadInput


def holds(asked: If, work: Work, revision: Revision) -> bool:
    """Tell whether a condition holds for the person, as this turn has left them so far."""
    return _Look(work, revision).holds(asked.condition)


def found(asked: If, work: Work, revision: Revision) -> str:
    """Say what a condition looked at and found, for the trace: `tips is opted_in, age is 41`."""
    look = _Look(work, revision)
    return ", ".join(dict.fromkeys(look.found(one) for one in leaves(asked.condition)))


class _Look:
    """One look at a person. Filters that lean on each other in a circle let nobody in by it."""

    def __init__(self, work: Work, revision: Revision) -> None:
        self._work = work
        self._revision = revision
        self._known: dict[str, bool] = {}
        self._person: Person = person_of(work.contact, work.snapshot.last_seen, work.memberships, self.meets)

    def holds(self, condition: Condition) -> bool:
        match condition:
            case And(conditions=several):
                return all(map(self.holds, several))
            case Or(conditions=several):
                return any(map(self.holds, several))
            case Not(condition=inner):
                return not self.holds(inner)
            case StoredField():
                return _compares(condition, self._stored(condition.field))
        return holds_for(condition, self._person, self._work.now)

    def meets(self, segment: str) -> bool:
        """Tell whether the person meets the filter of a segment."""
        if segment in self._known:
            return self._known[segment]
        self._known[segment] = False
        text = self._work.snapshot.filters.get(segment)
        if text is None:
            return False
        condition = read_filter(text)
        if condition is None:
            self._tell(segment)
            return False
        self._known[segment] = holds_for(condition, self._person, self._work.now)
        return self._known[segment]

    def _tell(self, segment: str) -> None:
        """Add to the trace, once a turn, that a filter can't be read."""
        told = any(step.kind == trace.UNREADABLE_FILTER and step.detail == segment for step in self._work.trace)
        if not told:
            self._work.note(trace.UNREADABLE_FILTER, segment, notice=True)

    def _stored(self, name: str) -> FieldValue | None:
        """Return a stored field; for one that the flow does not keep itself, else the detail of that name."""
        work, revision = self._work, self._revision
        if name in revision.fields:
            return work.contact.fields.get(name)
        return known_of(work.contact, name, work.language(revision))

    def found(self, leaf: Any) -> str:  # noqa: ANN401  # a condition, or a comparison of before
        """Say what one condition that holds no other looked at and found."""
        work = self._work
        match leaf:
            case InSegment(name=name) | OptedOut(name=name):
                return f"{name} is {self._standing(name)}"
            case Tag(name=name):
                return f"tag {name} is {'there' if name in work.contact.tags else 'not there'}"
            case DetailText(detail=Detail.LANGUAGE) | DetailKnown(detail=Detail.LANGUAGE):
                return f"the language is {work.language(self._revision)}"
            case DetailText(detail=detail) | DetailKnown(detail=detail):
                return _told(f"the person's {detail}", self._person.details[detail])
        field: str | None = getattr(leaf, "field", None)
        if field is None:
            return f"`{show(leaf)}` is {'met' if self.holds(leaf) else 'not met'}"
        return _told(field, self._stored(field) if isinstance(leaf, StoredField) else work.contact.fields.get(field))

    def _standing(self, segment: str) -> str:
        standing = self._work.memberships.get(segment, Membership.NONE)
        if standing is Membership.NONE and segment in self._work.snapshot.filters:
            return "met" if self.meets(segment) else "not met"
        return standing


def _told(name: str, value: FieldValue | None) -> str:
    return f"{name} is {'not known' if value is None or value == '' else value}"


@lru_cache(maxsize=1024)
def read_filter(text: str) -> Condition | None:
    """Return a filter; None for one that this version can't read."""
    try:
        return parse(text)
    except BadInput:
        return None


# -- comparisons of before


def _compares(condition: StoredField, value: FieldValue | None) -> bool:
    known = value is not None and value != ""
    match condition.how:
        case "known":
            return known is (condition.value == "true")
        case "is_not":
            return value is None or not same(value, condition.value)
        case "is" if value is not None and known:
            return same(value, condition.value)
        case "contains" if known:
            return condition.value.casefold() in str(value).casefold()
        case "at_least" | "at_most" if value is not None and known:
            order = _order(value, condition.value)
            return order is not None and (order >= 0 if condition.how == "at_least" else order <= 0)
    return False


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

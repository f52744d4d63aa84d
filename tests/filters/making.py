"""Conditions and people by chance, and people by hand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from filters.model import (
    NAMED,
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
    Kind,
    Not,
    Or,
    Order,
    Several,
    TextOrder,
    TimeCompared,
    TimeKnown,
    TimeWithin,
    Unit,
    When,
)
from filters.person import Person
from messages.consent import Membership

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)

any_text = st.text(
    st.one_of(st.characters(exclude_categories=["Cc", "Cs"]), st.sampled_from('\n\t"\\ ')), min_size=1, max_size=12
).filter(str.strip)
few_names = st.sampled_from(["vip", "press", "and", "field", "7d", "2026-11-01", "2026-11-01T09", "été", "a b", "is"])
names = few_names | any_text
texts = st.sampled_from(["an", "Ana", "fr", "yes", "unknown", "18"]) | any_text
numbers = st.integers(-3, 3) | st.integers(-(10**15) + 1, 10**15 - 1) | st.floats(-9e14, 9e14)
days = st.dates(date(2026, 11, 20), date(2026, 11, 25)) | st.dates()
moments = st.integers(-7200, 3600).map(lambda minutes: NOW + timedelta(minutes=minutes))

leaves: st.SearchStrategy[Condition] = st.one_of(
    *(st.builds(kind, names) for kind in NAMED.values()),
    st.builds(AnyKnown, st.sampled_from(Several), st.booleans()),
    st.builds(Completed, st.sampled_from(Kind), names),
    st.builds(FieldText, names, st.sampled_from(TextOrder), texts),
    st.builds(FieldNumber, names, st.sampled_from(Order), numbers),
    st.builds(FieldDate, names, st.sampled_from(Order), days),
    st.builds(FieldYesNo, names, st.booleans()),
    st.builds(FieldKnown, names, st.booleans()),
    st.builds(DetailText, st.sampled_from(Detail), st.sampled_from(TextOrder), texts),
    st.builds(DetailKnown, st.sampled_from(Detail), st.booleans()),
    st.builds(TimeCompared, st.sampled_from(When), st.sampled_from(Order), days | moments),
    st.builds(TimeWithin, st.sampled_from(When), st.integers(1, 72), st.sampled_from(Unit), st.booleans()),
    st.builds(TimeKnown, st.sampled_from(When), st.booleans()),
)


def _joined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(inner, min_size=2, max_size=4).map(tuple)
    return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, inner)


conditions = st.recursive(leaves, _joined, max_leaves=12)

people = st.builds(
    Person,
    id=st.just("c1"),
    details=st.dictionaries(st.sampled_from(Detail), st.just("") | texts, max_size=4),
    names=st.dictionaries(st.sampled_from(Several), st.frozensets(names, max_size=3)),
    fields=st.dictionaries(names, st.one_of(st.just(""), texts, numbers, st.booleans(), days), max_size=4),
    subscribed_at=st.none() | moments,
    last_seen=st.none() | moments,
    completed=st.frozensets(st.tuples(st.sampled_from(Kind), names), max_size=2),
    memberships=st.dictionaries(names, st.sampled_from(Membership), max_size=3),
)


def person(**known: Any) -> Person:
    return Person("c1", **known)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)

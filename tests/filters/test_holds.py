"""For whom a filter holds, at the edges above all."""

from datetime import date, timedelta, timezone

import pytest
from hypothesis import given
from msgspec.structs import replace

from filters.holds import holds
from filters.model import (
    And,
    AnyKnown,
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
    Several,
    TimeCompared,
    TimeKnown,
    TimeWithin,
)
from filters.parse import parse
from filters.person import Person, person_of
from messages.consent import Membership
from messages.contact import Contact
from tests.filters.making import NOW, at, conditions, leaves, people, person


def meets(text: str, who: Person) -> bool:
    return holds(parse(text), who, NOW)


@pytest.mark.parametrize(
    ("text", "seen", "answer"),
    [
        # NOW is 2026-11-23 14:30: seven days count back to the start of the 16th.
        ("last_seen within 7d", "2026-11-16T00:00:00", True),
        ("last_seen within 7d", "2026-11-15T23:59:59.999999", False),
        ("last_seen not within 7d", "2026-11-16T00:00:00", False),
        ("last_seen not within 7d", "2026-11-15T23:59:59.999999", True),
        ("last_seen within 2h", "2026-11-23T12:30:00", True),
        ("last_seen within 2h", "2026-11-23T12:29:59.999999", False),
        ("last_seen within 1h", "2026-11-23T14:30:05", True),
        ("last_seen before 2026-11-20", "2026-11-19T23:59:59.999999", True),
        ("last_seen before 2026-11-20", "2026-11-20T00:00:00", False),
        ("last_seen after 2026-11-20", "2026-11-20T23:59:59.999999", False),
        ("last_seen after 2026-11-20", "2026-11-21T00:00:00", True),
        ("last_seen since 2026-11-20", "2026-11-20T00:00:00", True),
        ("last_seen since 2026-11-20", "2026-11-19T23:59:59.999999", False),
        ("last_seen until 2026-11-20", "2026-11-20T23:59:59.999999", True),
        ("last_seen until 2026-11-20", "2026-11-21T00:00:00", False),
        ("last_seen on 2026-11-20", "2026-11-20T23:59:59.999999", True),
        ("last_seen on 2026-11-20", "2026-11-21T00:00:00", False),
        ("last_seen is not 2026-11-20", "2026-11-21T00:00:00", True),
        ("last_seen before 2026-11-20T09:30Z", "2026-11-20T09:30:00", False),
        ("last_seen until 2026-11-20T09:30Z", "2026-11-20T09:30:00", True),
        ("last_seen after 2026-11-20T09:30Z", "2026-11-20T09:30:00", False),
        ("last_seen since 2026-11-20T10:30+01:00", "2026-11-20T09:30:00", True),
    ],
)
def test_edges_of_time(text: str, seen: str, answer: bool) -> None:
    assert meets(text, person(last_seen=at(seen))) is answer
    assert meets(text.replace("last_seen", "subscribed"), person(subscribed_at=at(seen))) is answer


@pytest.mark.parametrize(
    ("text", "value", "answer"),
    [
        ("field.x >= 18", 18, True),
        ("field.x > 18", 18, False),
        ("field.x <= 18", 18.0, True),
        ("field.x < 18", 17.5, True),
        ("field.x is 18", 18.0, True),
        ("field.x is 18", "18", False),
        ("field.x is not 18", "18", False),
        ("field.x is 1", True, False),
        ("field.x is yes", True, True),
        ("field.x is yes", 1, False),
        ("field.x is not yes", False, True),
        ("field.x is no", "", False),
        ("field.x since 2000-01-01", date(2000, 1, 1), True),
        ("field.x after 2000-01-01", date(2000, 1, 1), False),
        ("field.x until 2000-01-01", date(2000, 1, 1), True),
        ("field.x before 2000-01-01", date(1999, 12, 31), True),
        ("field.x on 2000-01-01", "2000-01-01", False),
        ("field.x is sales", "Sales ", True),
        ('field.x is "STRASSE"', "Straße", True),
        ('field.x contains "LÉ"', "le\u0301on", True),
        ("field.x starts with on", "leon", False),
        ("field.x is known", "", False),
        ("field.x is unknown", "", True),
        ("field.x is known", False, True),
        ("field.x is known", 0, True),
    ],
)
def test_fields_compare_by_their_type(text: str, value: object, answer: bool) -> None:
    assert meets(text, person(fields={"x": value})) is answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("language is fr", True),
        ("language is FR-ca", True),
        ("language is f", False),
        ("language is fr-CA-x", False),
        ("language is not fr", False),
        ("language is not en", True),
        ("language starts with f", True),
        ("email is ANA@example.org", True),
        ("name starts with ana", True),
        ("country is not known", True),
        ("country is not fr", False),
        ("not country is fr", True),
    ],
)
def test_personal_details(text: str, answer: bool) -> None:
    known = {Detail.LANGUAGE: "fr-CA", Detail.EMAIL: "ana@example.org", Detail.NAME: "Ana Smith", Detail.COUNTRY: ""}
    assert meets(text, person(details=known)) is answer


def test_what_somebody_has_and_did() -> None:
    who = person(
        names={
            Several.TAG: {"vip"},
            Several.CHANNEL: {"teams"},
            Several.TALKED_WITH: {"Ben"},
            Several.EVENT: {"cart_filled"},
            Several.SEQUENCE: {"welcome"},
            Several.TOPIC: {"offers"},
        },
        memberships={"press": Membership.OPTED_OUT},
        completed=frozenset({(Kind.PRODUCT, "boots")}),
    )
    assert meets("tag:vip and channel:teams and talked_with:Ben and completed product:boots", who)
    assert meets("event:cart_filled and not event:paid", who)
    assert meets("sequence:welcome and topic:offers and opted_out:press", who)
    assert not meets("sequence:offers or topic:welcome or opted_out:tips", who)
    assert not meets("tag:VIP or channel:workplace or talked_with:Ana or completed flow:boots", who)


@pytest.mark.parametrize(
    ("stands", "is_in"),
    [
        ({}, False),
        ({"topic:offers": Membership.ADDED}, True),
        ({"topic:offers": Membership.OPTED_IN}, True),
        ({"topic:offers": Membership.OPTED_OUT}, False),
        ({"sequence:offers": Membership.ADDED, "offers": Membership.OPTED_IN}, False),
    ],
)
def test_topics_are_memberships(stands: dict[str, Membership], is_in: bool) -> None:
    assert meets("topic:offers", person(memberships=stands)) is is_in
    assert meets('segment:"topic:offers"', person(memberships=stands)) is is_in
    assert meets("topic is known", person(memberships=stands)) is is_in


def test_a_membership_outweighs_the_name_that_a_version_before_kept() -> None:
    kept = {Several.TOPIC: {"offers"}}
    assert meets('topic:offers and segment:"topic:offers"', person(names=kept))
    assert not meets("topic:offers", person(names=kept, memberships={"topic:offers": Membership.OPTED_OUT}))


@pytest.mark.parametrize("several", Several)
def test_whether_somebody_has_any(several: Several) -> None:
    some, none = person(names={several: {"x"}}), person()
    for who, has in ((some, True), (none, False)):
        assert meets(f"{several} is known", who) is has
        assert meets(f"{several} is unknown", who) is not has
        assert meets(f"{several} is not known", who) is not has


def test_the_language_that_a_person_chose_counts_before_the_channels() -> None:
    contact = Contact("c1", (), language="en-GB", fields={"language": "fr"})
    assert meets("language is fr", person_of(contact, None, {}))
    assert meets("language is en", person_of(replace(contact, fields={}), None, {}))


@pytest.mark.parametrize(
    ("standing", "in_filter", "answer"),
    [
        (Membership.OPTED_IN, False, True),
        (Membership.ADDED, False, True),
        (Membership.OPTED_OUT, True, False),
        (Membership.NONE, True, True),
        (Membership.NONE, False, False),
    ],
)
def test_members_of_segments_of_either_kind(standing: Membership, in_filter: bool, answer: bool) -> None:
    who = person(memberships={"press": standing}, in_filter=lambda segment: segment == "press" and in_filter)
    assert meets("segment:press", who) is answer
    assert meets("not segment:press", who) is not answer


@given(leaves)
def test_nothing_compares_with_what_is_not_known(condition: Condition) -> None:
    kinds = FieldText | FieldNumber | FieldDate | FieldYesNo | DetailText | TimeCompared | TimeWithin
    unknown = isinstance(condition, AnyKnown | FieldKnown | DetailKnown | TimeKnown) and not condition.known
    assert holds(condition, person(), NOW) is unknown
    if isinstance(condition, kinds):
        assert holds(Not(condition), person(), NOW)


@given(conditions, conditions, people)
def test_joining_is_logic(one: Condition, other: Condition, who: Person) -> None:
    first, second = holds(one, who, NOW), holds(other, who, NOW)
    assert holds(And((one, other)), who, NOW) is (first and second)
    assert holds(Or((one, other)), who, NOW) is (first or second)
    assert holds(Not(And((one, other))), who, NOW) is holds(Or((Not(one), Not(other))), who, NOW)


@given(people)
def test_a_range_and_its_opposite_part_those_who_are_known(who: Person) -> None:
    seen = who.last_seen is not None
    for ours, theirs in (("within 2d", "not within 2d"), ("before 2026-11-22", "since 2026-11-22")):
        assert meets(f"last_seen {ours}", who) + meets(f"last_seen {theirs}", who) == seen
    assert meets("last_seen until 2026-11-22", who) + meets("last_seen after 2026-11-22", who) == seen


def test_days_are_counted_in_utc_wherever_now_is_told() -> None:
    late = NOW.astimezone(timezone(timedelta(hours=12)))
    assert late.day == 24
    assert holds(parse("last_seen within 1d"), person(last_seen=at("2026-11-22T00:00:00")), late)
    assert not holds(parse("last_seen within 1d"), person(last_seen=at("2026-11-21T23:59:59")), late)


def test_the_day_of_a_moment_is_that_in_utc() -> None:
    evening = at("2026-11-20T20:00:00").astimezone(timezone(timedelta(hours=12)))
    assert evening.day == 21
    assert meets("last_seen on 2026-11-20", person(last_seen=evening))

"""What each act makes of a membership."""

import pytest

from consent.membership import Act, Change, Refusal, change, may_receive, use_once
from messages.consent import ALL, Membership
from tests.consent.acts import START, STOP, Person

NONE, IN, OUT, ADDED = Membership.NONE, Membership.OPTED_IN, Membership.OPTED_OUT, Membership.ADDED


@pytest.mark.parametrize(
    ("act", "before", "after"),
    [
        (Act.OPT_IN, NONE, IN),
        (Act.OPT_IN, OUT, IN),
        (Act.OPT_IN, ADDED, IN),
        (Act.OPT_IN, IN, None),
        (Act.OPT_OUT, NONE, OUT),
        (Act.OPT_OUT, IN, OUT),
        (Act.OPT_OUT, ADDED, OUT),
        (Act.OPT_OUT, OUT, None),
        (Act.ADD, NONE, ADDED),
        (Act.ADD, IN, None),
        (Act.ADD, ADDED, None),
        (Act.ADD, OUT, Refusal.OPTED_OUT),
        (Act.REMOVE, IN, NONE),
        (Act.REMOVE, ADDED, NONE),
        (Act.REMOVE, NONE, None),
        (Act.REMOVE, OUT, Refusal.OPTED_OUT),
    ],
)
def test_an_act_on_one_segment(act: Act, before: Membership, after: Membership | Refusal | None) -> None:
    expected = Change("tips", before, after) if isinstance(after, Membership) else after
    assert change(act, "tips", before) == expected


def test_staff_can_not_add_somebody_who_stopped_everything() -> None:
    assert change(Act.ADD, "tips", NONE, OUT) is Refusal.SUPPRESSED


def test_staff_can_not_add_somebody_who_stopped_everything_and_left_the_segment() -> None:
    assert change(Act.ADD, "tips", OUT, OUT) is Refusal.OPTED_OUT


def test_the_person_opts_in_although_everything_is_stopped() -> None:
    assert change(Act.OPT_IN, "tips", OUT, OUT) == Change("tips", OUT, IN)


def test_a_stop_ends_everything_that_was_on() -> None:
    person = Person().does((Act.OPT_IN, "tips"), (Act.ADD, "events"), (Act.OPT_OUT, "news"))
    rows = len(person.ledger)
    person.does(STOP)
    assert [(row.subject, row.before, row.after) for row in person.ledger[rows:]] == [
        (ALL, NONE, OUT),
        ("events", ADDED, OUT),
        ("tips", IN, OUT),
    ]


def test_a_second_stop_changes_nothing() -> None:
    person = Person().does((Act.OPT_IN, "tips"), STOP)
    rows = len(person.ledger)
    person.does(STOP)
    assert len(person.ledger) == rows


def test_a_stop_ends_an_opt_in_made_after_the_stop_before() -> None:
    person = Person().does(STOP, (Act.OPT_IN, "tips"), STOP)
    assert not person.may_receive("tips")


def test_a_start_brings_no_membership_back() -> None:
    person = Person().does((Act.OPT_IN, "tips"), STOP, START)
    assert person.memberships == {"tips": OUT, ALL: IN}


def test_a_start_by_somebody_who_never_stopped_changes_nothing() -> None:
    assert Person().does(START).ledger == []


def test_after_a_start_staff_can_add_people_again_but_not_to_what_they_left() -> None:
    person = Person().does((Act.OPT_IN, "tips"), STOP, START, (Act.ADD, "tips"), (Act.ADD, "events"))
    assert person.standing("tips") is OUT
    assert person.may_receive("events")


@pytest.mark.parametrize("everything", [NONE, IN, OUT])
def test_who_may_get_a_pushed_message(everything: Membership) -> None:
    allowed = {membership for membership in Membership if may_receive(membership, everything)}
    assert allowed == ({IN} if everything is OUT else {IN, ADDED})


@pytest.mark.parametrize(("before", "used"), [(IN, True), (ADDED, True), (OUT, False), (NONE, False)])
def test_a_consent_for_one_message_is_used_up_by_it(before: Membership, used: bool) -> None:
    assert use_once("topic:news", before) == (Change("topic:news", before, NONE) if used else None)

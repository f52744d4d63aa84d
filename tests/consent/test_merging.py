"""Two contacts that are one person: nobody who was out of anything is in afterwards, and nothing known is lost."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.membership import fold, may_receive, start_again
from consent.merging import in_order, merge_people, merged_contact, merged_memberships
from messages.consent import ALL, ConsentChange, Membership, SourceKind
from messages.contact import Contact, Identity, Note
from tests.consent.acts import SEGMENTS, Person, any_acts

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
NONE, IN, OUT, ADDED = Membership.NONE, Membership.OPTED_IN, Membership.OPTED_OUT, Membership.ADDED

lived = st.lists(any_acts, max_size=12).map(lambda steps: Person().does(*steps).memberships)
standings = st.dictionaries(st.sampled_from((*SEGMENTS, ALL)), st.sampled_from(Membership)) | lived


def may(side: Mapping[str, Membership], segment: str) -> bool:
    return may_receive(side.get(segment, NONE), side.get(ALL, NONE))


def seeded(contact: str, side: Mapping[str, Membership]) -> list[ConsentChange]:
    return [ConsentChange(contact, name, NONE, state, AT, SourceKind.API, "") for name, state in side.items()]


@given(standings, standings)
def test_nobody_who_was_out_in_either_is_in_afterwards(
    ours: dict[str, Membership], theirs: dict[str, Membership]
) -> None:
    after = merged_memberships(ours, theirs)
    for side in (ours, theirs):
        for subject, standing in side.items():
            if standing is OUT:
                assert after[subject] is OUT
        for segment in SEGMENTS:
            stopped = side.get(ALL) is OUT and side.get(segment) is not IN
            assert not (stopped and may(after, segment))


@given(standings, standings)
def test_a_start_afterwards_brings_back_nothing_that_either_was_out_of(
    ours: dict[str, Membership], theirs: dict[str, Membership]
) -> None:
    after = merged_memberships(ours, theirs)
    for change in start_again(after):
        after[change.subject] = change.after
    for side in (ours, theirs):
        if side.get(ALL) is OUT:
            assert not any(may(after, segment) for segment in SEGMENTS if side.get(segment) is not IN)


@given(standings, standings)
def test_the_ledger_folds_to_what_came_of_both(ours: dict[str, Membership], theirs: dict[str, Membership]) -> None:
    kept, gone = Contact("c_1", ()), Contact("c_2", ())
    merged = merge_people(kept, ours, gone, theirs, at=AT, actor="teams")
    standing = {"c_1": dict(ours), "c_2": dict(theirs)}
    for change in merged.changes:
        assert standing[change.contact].get(change.subject, NONE) is change.before
        assert change.before is not change.after
        assert change.source is SourceKind.MERGE
        standing[change.contact][change.subject] = change.after
    folded = fold([*seeded("c_1", ours), *seeded("c_2", theirs), *merged.changes])
    assert folded.get("c_1", {}) == merged_memberships(ours, theirs)
    assert "c_2" not in folded


@given(standings, standings)
def test_it_does_not_matter_which_of_the_two_is_kept(
    ours: dict[str, Membership], theirs: dict[str, Membership]
) -> None:
    assert merged_memberships(ours, theirs) == merged_memberships(theirs, ours)


@given(standings)
def test_joining_the_same_twice_changes_nothing(ours: dict[str, Membership]) -> None:
    once = merged_memberships(ours, ours)
    assert merged_memberships(once, ours) == once


@pytest.mark.parametrize(
    ("ours", "theirs", "after"),
    [
        ({"tips": IN}, {"tips": OUT}, {"tips": OUT}),
        ({"tips": ADDED}, {"tips": IN}, {"tips": IN}),
        ({"tips": ADDED}, {}, {"tips": ADDED}),
        ({"tips": IN}, {ALL: OUT}, {"tips": OUT, ALL: OUT}),
        ({"tips": IN}, {ALL: OUT, "tips": IN}, {"tips": IN, ALL: OUT}),
        ({ALL: IN}, {ALL: OUT}, {ALL: OUT}),
        ({"tips": NONE}, {}, {}),
    ],
)
def test_the_stricter_of_the_two_counts(
    ours: dict[str, Membership], theirs: dict[str, Membership], after: dict[str, Membership]
) -> None:
    assert merged_memberships(ours, theirs) == after


def test_what_is_known_of_both_is_kept_and_the_one_that_stays_wins() -> None:
    early, late = AT - timedelta(days=9), AT
    kept = Contact(
        "c_1",
        (Identity("teams", "29:1"),),
        name="Ana Lima",
        fields={"team": "Sales", "shift": ""},
        tags=frozenset({"vip"}),
        created_at=late,
        version=4,
        events={"paid": early, "seen": late},
        notes=(Note(late, "Ben", "Asked twice."),),
    )
    gone = Contact(
        "c_2",
        (Identity("workplace", "7"), Identity("teams", "29:1")),
        name="A. Lima",
        email="ana@example.org",
        fields={"team": "Care", "shift": "night"},
        tags=frozenset({"new"}),
        created_at=early,
        version=2,
        subscribed_at=early,
        events={"paid": late},
        notes=(Note(early, "Ben", "Met her."),),
    )
    merged = merged_contact(kept, gone)
    assert merged == Contact(
        "c_1",
        (Identity("teams", "29:1"), Identity("workplace", "7")),
        name="Ana Lima",
        email="ana@example.org",
        fields={"team": "Sales", "shift": "night"},
        tags=frozenset({"vip", "new"}),
        created_at=early,
        version=4,
        subscribed_at=early,
        events={"paid": late, "seen": late},
        notes=(Note(early, "Ben", "Met her."), Note(late, "Ben", "Asked twice.")),
    )


@pytest.mark.parametrize("ours", [AT, None])
def test_who_was_offered_a_way_to_stop_is_not_offered_one_again_that_day(ours: datetime | None) -> None:
    kept, gone = Contact("c_1", (), stop_offered_at=ours), Contact("c_2", (), stop_offered_at=AT + timedelta(hours=1))
    assert merged_contact(kept, gone).stop_offered_at == AT + timedelta(hours=1)
    assert merged_contact(gone, kept).stop_offered_at == AT + timedelta(hours=1)


def test_the_one_that_met_the_bot_first_stays() -> None:
    known, met, newer = (
        Contact("c_1", (), created_at=AT - timedelta(days=30)),
        Contact("c_2", (), created_at=AT, subscribed_at=AT),
        Contact("c_3", (), created_at=AT, subscribed_at=AT + timedelta(days=1)),
    )
    assert in_order(known, met) == in_order(met, known) == (met, known)
    assert in_order(newer, met) == (met, newer)


def test_a_contact_is_not_merged_with_itself() -> None:
    ana = Contact("c_1", ())
    with pytest.raises(ValueError, match="itself"):
        merge_people(ana, {}, ana, {}, at=AT, actor="teams")

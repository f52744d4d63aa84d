"""The plan against a book that is kept person by person, and what it costs at a million."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from broadcasts.plan import ZonePlan, held_out, plan
from messages.pushes import SkipReason
from tests.examples import examples

AT = datetime(2027, 1, 15, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
PEOPLE = st.sets(st.integers(1, 60))


@given(
    audience=PEOPLE,
    barred=st.lists(st.tuples(st.sampled_from(["no account", "stopped everything", "holdout"]), PEOPLE), max_size=5),
    zone_of=st.lists(st.integers(0, 4), min_size=60, max_size=60),
    due=st.lists(st.none() | st.integers(-14, 12), min_size=5, max_size=5),
)
@examples(60)
def test_each_person_is_in_one_place_and_the_first_reason_counts(
    audience: set[int], barred: list[tuple[str, set[int]]], zone_of: list[int], due: list[int | None]
) -> None:
    zones = [
        ZonePlan(f"Zone/{zone}", BitMap([each for each in range(1, 61) if zone_of[each - 1] == zone]),
                 None if hours is None else AT + hours * HOUR)
        for zone, hours in enumerate(due)
    ]  # fmt: skip
    found = plan(BitMap(audience), [(reason, BitMap(people)) for reason, people in barred], zones)
    told = {number: reason for reason, people in found.skipped.items() for number in people}
    told |= {number: f"{each.zone} {at}" for each, at in found.buckets for number in each.people}
    book = {}
    for number in audience:
        hours = due[zone_of[number - 1]]
        passed = SkipReason.TIME_PASSED if hours is None else f"Zone/{zone_of[number - 1]} {AT + hours * HOUR}"
        book[number] = next((reason for reason, people in barred if number in people), passed)
    assert told == book
    assert sum(map(len, found.skipped.values())) + len(found.receivers) == len(audience)
    assert [at for _, at in found.buckets] == sorted(at for _, at in found.buckets)
    assert all(found.skipped.values())
    assert (found.first, found.last) == ((found.buckets[0][1], found.buckets[-1][1]) if found.buckets else (None, None))


def test_the_holdout_is_the_same_for_the_same_seed_and_about_as_large_as_asked() -> None:
    people = BitMap(range(1, 20_001))
    found = held_out("run-1", people, 10)
    assert held_out("run-1", people, 10) == found
    assert held_out("run-1", BitMap([*found][:50]), 10) == BitMap([*found][:50]), "a person's lot is their own"
    assert 1_800 < len(found) < 2_200
    assert found != held_out("run-2", people, 10)
    assert not held_out("run-1", people, 0)
    assert found <= held_out("run-1", people, 20)

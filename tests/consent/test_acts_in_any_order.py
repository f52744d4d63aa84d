"""What holds whatever people and staff do, in whatever order."""

from hypothesis import given
from hypothesis import strategies as st

from consent.membership import Act, fold
from messages.consent import ALL, Membership
from tests.consent.acts import SEGMENTS, STOP, Person, Step, any_acts, staff_acts

sequences = st.lists(any_acts, max_size=30)
segments = st.sampled_from(SEGMENTS)


@given(sequences)
def test_the_fold_of_the_ledger_is_the_running_state(steps: list[Step]) -> None:
    person = Person().does(*steps)
    running = {subject: standing for subject, standing in person.memberships.items() if standing is not Membership.NONE}
    assert fold(person.ledger).get("c_1", {}) == running


@given(sequences, segments, st.lists(staff_acts, max_size=20))
def test_staff_never_bring_back_who_left_a_segment(before: list[Step], segment: str, staff: list[Step]) -> None:
    person = Person().does(*before, (Act.OPT_OUT, segment), *staff)
    assert person.standing(segment) is Membership.OPTED_OUT
    assert not person.may_receive(segment)


@given(sequences, st.lists(staff_acts, max_size=20))
def test_staff_never_bring_back_who_stopped_everything(before: list[Step], staff: list[Step]) -> None:
    person = Person().does(*before, STOP, *staff)
    assert not any(person.may_receive(segment) for segment in SEGMENTS)


@given(sequences, segments)
def test_an_opt_in_after_a_stop_counts_for_that_segment_alone(before: list[Step], segment: str) -> None:
    person = Person().does(*before, STOP, (Act.OPT_IN, segment))
    assert [name for name in SEGMENTS if person.may_receive(name)] == [segment]
    assert person.standing(ALL) is Membership.OPTED_OUT


@given(sequences, any_acts)
def test_the_same_act_twice_leaves_one_row(before: list[Step], act: Step) -> None:
    person = Person().does(*before, act)
    rows = len(person.ledger)
    person.does(act)
    assert len(person.ledger) == rows


@given(st.lists(st.tuples(st.sampled_from(["ana", "ben"]), any_acts), max_size=30))
def test_one_persons_acts_are_nobody_elses(steps: list[tuple[str, Step]]) -> None:
    together = {"ana": Person(), "ben": Person()}
    for name, step in steps:
        together[name].does(step)
    for name, person in together.items():
        alone = Person().does(*[step for who, step in steps if who == name])
        assert person.memberships == alone.memberships

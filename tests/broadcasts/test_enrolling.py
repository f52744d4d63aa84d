"""A person's way through a sequence: given when they joined and what they had, this step comes next, then."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from broadcasts.enrolling import behind, ended, entered, settled, steps_ahead, taken_over, waits_for_a_date
from flows.model.bot import Sequence, Step
from messages.contact import Contact
from schedules.wall_clock import zone
from storage.enrolments import Enrolment, EnrolmentState

PARIS = zone("Europe/Paris")
AT = datetime(2027, 3, 27, 8, tzinfo=UTC)
"""9 o'clock in Paris, the day before its clocks go forward."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANA = Contact(id="ana", identities=(), time_zone="Europe/Paris")


def sequence(*steps: tuple[str, str], late: str | None = None) -> Sequence:
    return Sequence(
        name="Course", steps=tuple(Step(id=name, wait=wait, message=name, late=late) for name, wait in steps)
    )


COURSE = sequence(("one", "1d"), ("two", "24h"), ("three", "2d at 09:00"))
NEW = Enrolment("bot", "course", "ana", entered_at=AT)


def next_of(known: Enrolment, now: datetime = AT, of: Sequence | None = COURSE, person: Contact = ANA) -> Enrolment:
    return settled(known, of, person, now, ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("wait", "due"),
    [
        ("1d", datetime(2027, 3, 28, 7, tzinfo=UTC)),
        ("24h", datetime(2027, 3, 28, 8, tzinfo=UTC)),
        ("1d at 09:00", datetime(2027, 3, 28, 7, tzinfo=UTC)),
        ("at 08:30", datetime(2027, 3, 28, 6, 30, tzinfo=UTC)),
        ("at 18:00", datetime(2027, 3, 27, 17, tzinfo=UTC)),
    ],
)
def test_the_first_step_waits_from_joining_by_the_persons_clock(wait: str, due: datetime) -> None:
    found = next_of(NEW, of=sequence(("one", wait)))
    assert (found.step, found.due, found.state) == ("one", due, EnrolmentState.ACTIVE)


def test_who_has_no_zone_lives_by_the_clock_of_the_bot() -> None:
    there = settled(NEW, sequence(("one", "1d at 09:00")), replace(ANA, time_zone=""), AT, zone("America/New_York"))
    assert there.due == datetime(2027, 3, 28, 13, tzinfo=UTC)


def test_a_step_waits_from_the_end_of_the_step_before_and_the_last_one_ends_it() -> None:
    had_one = behind(next_of(NEW), "one", AT + DAY)
    second = next_of(had_one, AT + DAY)
    assert (second.step, second.due) == ("two", AT + 2 * DAY)
    third = next_of(behind(second, "two", AT + 2 * DAY), AT + 2 * DAY)
    assert (third.step, third.due) == ("three", datetime(2027, 3, 31, 7, tzinfo=UTC))
    over = next_of(behind(third, "three", third.due or AT), AT + 5 * DAY)
    assert (over.state, over.step, over.due, over.had) == (EnrolmentState.DONE, "", None, ("one", "two", "three"))


def test_a_step_that_is_too_late_is_passed_over_and_the_next_waits_from_when_it_was_due() -> None:
    found = next_of(NEW, AT + 3 * DAY - HOUR)
    assert (found.step, found.had) == ("two", ("one",))
    assert found.due == datetime(2027, 3, 29, 7, tzinfo=UTC)
    hours = sequence(("one", "1h"), ("two", "1h"), late="30m")
    assert next_of(NEW, AT + HOUR + timedelta(minutes=30), hours).step == "one"
    assert next_of(NEW, AT + HOUR + timedelta(minutes=31), hours).step == "two"


def test_an_edited_sequence_goes_on_behind_the_last_step_that_was_had() -> None:
    had = behind(next_of(NEW), "two", AT)
    before_and_behind = sequence(("zero", "1d"), ("two", "1d"), ("new", "1d"), ("three", "1d"))
    assert [step.id for step in steps_ahead(had, before_and_behind)] == ["new", "three"]
    assert [step.id for step in steps_ahead(had, sequence(("three", "1d"), ("two", "1d")))] == []
    gone = sequence(("four", "1d"), ("five", "1d"))
    assert [step.id for step in steps_ahead(had, gone)] == ["four", "five"]


def test_a_day_of_the_person_moves_the_step_until_it_is_sent() -> None:
    renewal = sequence(("remind", "field.renewed - 7d at 09:00"))
    unknown = next_of(NEW, of=renewal)
    assert (unknown.step, unknown.due, unknown.state) == ("remind", None, EnrolmentState.ACTIVE)
    assert waits_for_a_date(unknown, renewal)
    stored = replace(ANA, fields={"renewed": "2027-05-10"})
    assert next_of(unknown, of=renewal, person=stored).due == datetime(2027, 5, 3, 7, tzinfo=UTC)
    moved = replace(ANA, fields={"renewed": "2027-06-10"})
    assert next_of(unknown, of=renewal, person=moved).due == datetime(2027, 6, 3, 7, tzinfo=UTC)
    odd = replace(ANA, fields={"renewed": "soon"})
    assert next_of(unknown, of=renewal, person=odd).due is None


def test_a_sequence_that_the_flow_has_no_more_sends_nothing_and_keeps_its_people() -> None:
    found = next_of(next_of(NEW), of=None)
    assert (found.state, found.step, found.due) == (EnrolmentState.ACTIVE, "", None)


def test_joining_twice_or_late_changes_nothing() -> None:
    first = entered(None, "bot", "course", "ana", AT, "never")
    assert first == NEW
    assert entered(NEW, "bot", "course", "ana", AT + HOUR, "never") is None
    out = ended(NEW, AT + HOUR)
    assert out is not None
    assert (out.state, out.ended_at) == (EnrolmentState.LEFT, AT + HOUR)
    assert ended(out, AT + 2 * HOUR) is None
    assert ended(NEW, AT - HOUR) is None, "a row from before they joined"
    assert entered(out, "bot", "course", "ana", AT, "never") is None, "a row from before they left"


@pytest.mark.parametrize("reentry", ["never", "after_end"])
def test_who_comes_back_goes_on_or_begins_again_as_the_sequence_says(reentry: str) -> None:
    left = ended(behind(next_of(NEW), "one", AT + DAY), AT + 2 * DAY)
    assert left is not None
    back = entered(left, "bot", "course", "ana", AT + 3 * DAY, reentry)
    assert back is not None
    assert (back.state, back.entered_at) == (EnrolmentState.ACTIVE, AT + 3 * DAY)
    goes_on = reentry == "never"
    assert (back.generation, back.had) == ((1, ("one",)) if goes_on else (2, ()))
    assert next_of(back, AT + 3 * DAY).step == ("two" if goes_on else "one")


@pytest.mark.parametrize("state", [EnrolmentState.DONE, EnrolmentState.GOAL])
def test_who_was_through_begins_again_only_where_the_sequence_allows_it(state: EnrolmentState) -> None:
    through = replace(NEW, state=state, had=("one",), ended_at=AT + DAY)
    assert entered(through, "bot", "course", "ana", AT + 2 * DAY, "never") is None
    again = entered(through, "bot", "course", "ana", AT + 2 * DAY, "after_end")
    assert again is not None
    assert (again.generation, again.had, again.state) == (2, (), EnrolmentState.ACTIVE)


def test_who_took_over_another_contact_gets_no_step_that_either_had() -> None:
    kept = behind(next_of(NEW), "one", AT)
    gone = replace(behind(behind(next_of(NEW), "one", AT), "two", AT + DAY), contact="old")
    joined = taken_over(kept, gone)
    assert joined is not None
    assert (joined.had, joined.base, joined.contact) == (("one", "two"), AT + DAY, "ana")
    assert taken_over(joined, gone) is None

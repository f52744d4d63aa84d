"""The example `onboarding`: 30 days from a start date, at 09:00 of the person's clock, on working days."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from broadcasts.enrolling import behind, settled
from flows.source import read_flow_file
from messages.contact import Contact
from storage.enrolments import Enrolment, EnrolmentState
from tests.flows.files import ROOT

SEQUENCE = read_flow_file(ROOT / "examples" / "onboarding.yaml").bot.sequences["first_days"]

BOOKS = {
    # A Monday in winter: thirty days later it is a Wednesday.
    ("2026-12-07", "Europe/London"): ["12-07", "12-08", "12-11", "12-16", "12-23", "01-06"],
    # Clocks go forward on 28 March.
    ("2027-03-22", "Europe/Berlin"): ["03-22", "03-23", "03-26", "03-31", "04-07", "04-21"],
    # A Saturday: it begins on the Monday after it.
    ("2027-05-01", "America/New_York"): ["05-03", "05-04", "05-07", "05-12", "05-19", "06-02"],
}
"""By the start date and the zone: the days on which each step is due, counted on a calendar."""


@pytest.mark.parametrize(("start", "zone"), BOOKS)
def test_each_step_is_due_at_nine_on_a_working_day(start: str, zone: str) -> None:
    person = Contact("c", (), fields={"start_date": start}, time_zone=zone)
    now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    known, due = Enrolment("onboarding", "first_days", "c", now), []
    while known.state is EnrolmentState.ACTIVE:
        known = settled(known, SEQUENCE, person, now, ZoneInfo("UTC"))
        if known.due is not None:
            due.append(known.due)
            now = known.due + timedelta(minutes=7)  # a server is a little late
            known = behind(known, known.step, now)
    local = [f"{one.astimezone(ZoneInfo(zone)):%m-%d %H:%M}" for one in due]
    assert local == [f"{day} 09:00" for day in BOOKS[start, zone]]


def test_nothing_is_due_before_the_start_date_is_known() -> None:
    now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    known = settled(Enrolment("onboarding", "first_days", "c", now), SEQUENCE, Contact("c", ()), now, ZoneInfo("UTC"))
    assert (known.step, known.due, known.state) == ("day0", None, EnrolmentState.ACTIVE)

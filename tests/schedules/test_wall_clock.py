"""Zones, local times, quiet hours and waits, beside a search minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo, reset_tzpath

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.errors import BadInput
from schedules.wall_clock import (
    Hours,
    Quiet,
    Wait,
    after_quiet,
    due_after,
    own_zone,
    read_local,
    read_quiet,
    read_wait,
    to_instant,
    to_local,
    tz_version,
    zone,
    zone_names,
)
from tests.examples import examples

PARIS = zone("Europe/Paris")
MINUTE = timedelta(minutes=1)

CHANGING = [
    *("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "Asia/Beirut"),
    *("Pacific/Chatham", "America/Havana", "Europe/Dublin", "Asia/Jerusalem", "America/Nuuk", "Antarctica/Troll"),
]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@cache
def changes(name: str, year: int) -> list[datetime]:
    """Return about when a zone's offset changes in a year, to the hour."""
    where, hour = zone(name), timedelta(hours=1)
    hours = (datetime(year, 1, 1, tzinfo=UTC) + number * hour for number in range(366 * 24))
    return [at for at in hours if at.astimezone(where).utcoffset() != (at + hour).astimezone(where).utcoffset()]


def test_the_pinned_data_are_of_a_release_with_the_rules_of_2027() -> None:
    assert tz_version() >= "2026f"
    assert to_instant(datetime(2027, 1, 15, 9), zone("America/Vancouver")) == utc("2027-01-15T16:00")


def test_a_zone_is_the_pinned_one_wherever_the_system_keeps_others(tmp_path: Path) -> None:
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "Madrid").write_bytes((files("tzdata") / "zoneinfo" / "Asia" / "Tokyo").read_bytes())
    try:
        reset_tzpath([tmp_path])
        assert datetime(2027, 1, 1, tzinfo=ZoneInfo.no_cache("Europe/Madrid")).utcoffset() == timedelta(hours=9)
        assert datetime(2027, 1, 1, tzinfo=zone("Europe/Madrid")).utcoffset() == timedelta(hours=1)
    finally:
        reset_tzpath([])


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("europe/paris", "Write Europe/Paris"),
        ("Paris", "Write Europe/Paris"),
        ("New York", "Write America/New_York"),
        ("Europe/Pariss", "Did you mean Europe/Paris?"),
        ("", "Write a name of the IANA database, such as Europe/Paris"),
        ("../Europe/Paris", "Did you mean Europe/Paris?"),
        ("+01:00", "Write a name of the IANA database, such as Europe/Paris"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest(name: str, remedy: str) -> None:
    with pytest.raises(BadInput) as refused:
        zone(name, "schedule.zone")
    assert (refused.value.place, refused.value.remedy) == ("schedule.zone", remedy)


def test_every_pinned_zone_can_be_read() -> None:
    assert {str(zone(name)) for name in zone_names()} == zone_names()


def test_a_person_whose_zone_is_not_known_has_the_schedules() -> None:
    assert own_zone("Asia/Tokyo", PARIS) is zone("Asia/Tokyo")
    assert own_zone("Mars/Base", PARIS) is own_zone("", PARIS) is PARIS


@given(
    st.sampled_from(sorted(zone_names())),
    st.datetimes(datetime(1970, 1, 2), datetime(2199, 12, 30)),
)
@examples(300)
def test_every_local_time_is_one_instant_which_shows_it_or_lies_behind_a_gap(name: str, local: datetime) -> None:
    where = zone(name)
    shown = to_local(to_instant(local, where), where)
    assert shown >= local
    if shown != local:  # a gap, and it is moved on by the gap's length
        assert to_local(to_instant(local, where) - (shown - local), where) < local


def test_a_year_beyond_32_bits_has_the_rules_of_its_zone() -> None:
    assert to_instant(datetime(2038, 7, 1, 9), PARIS) == utc("2038-07-01T07:00")
    assert to_instant(datetime(2038, 1, 20, 9), PARIS) == utc("2038-01-20T08:00")


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "2027-02-30 09:00", "2027-01-15T09:00Z", "2027-01-15 09:00+01:00", "1969-01-01", "2200-01-01"],
)
def test_what_is_no_local_time_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="at: "):
        read_local(text)


def test_local_times_are_read() -> None:
    assert read_local(" 2027-01-15 09:00 ") == read_local("2027-01-15T09:00:00") == datetime(2027, 1, 15, 9)


# -- quiet hours


def searched(due: datetime, quiet: Quiet, where: ZoneInfo) -> datetime:
    """Go on minute by minute until the clocks show no quiet hour."""
    while True:
        shown = due.astimezone(where).time()
        inside = quiet.start <= shown < quiet.end
        if quiet.start > quiet.end:
            inside = shown >= quiet.start or shown < quiet.end
        if not inside:
            return due
        due += MINUTE


QUIET = st.builds(
    lambda start, length: Quiet(time(*divmod(start, 60)), time(*divmod((start + length) % (24 * 60), 60))),
    st.integers(0, 24 * 60 - 1),
    st.integers(1, 16 * 60),
)


@given(st.data(), QUIET)
@examples(1000)
def test_quiet_hours_end_when_a_search_minute_by_minute_says(data: st.DataObject, quiet: Quiet) -> None:
    name = data.draw(st.sampled_from(CHANGING))
    year = data.draw(st.sampled_from([2027, 2038]))
    around = data.draw(st.sampled_from(changes(name, year)))
    due = around + data.draw(st.integers(-36 * 60, 36 * 60)) * MINUTE
    assert after_quiet(due, quiet, zone(name)) == searched(due, quiet, zone(name))


def test_a_due_within_a_minute_waits_for_the_minute_at_which_quiet_hours_end() -> None:
    due = utc("2027-01-15T23:59:59.999999")
    assert after_quiet(due, read_quiet("22:00-08:00"), PARIS) == utc("2027-01-16T07:00")
    gap = utc("2027-03-28T00:59:59.999999")
    assert after_quiet(gap, read_quiet("01:00-02:30"), PARIS) == utc("2027-03-28T01:00")


def test_quiet_hours_over_a_day_that_a_zone_left_out() -> None:
    """Samoa had no 30 December 2011."""
    assert after_quiet(utc("2011-12-30T09:00"), read_quiet("22:00-08:00"), zone("Pacific/Apia")) == utc(
        "2011-12-30T18:00"
    )


@pytest.mark.parametrize("text", ["", "21:00", "21-08", "24:00-08:00", "21:00-21:00", "08:00-00:01", "21:60-08:00"])
def test_what_are_no_quiet_hours_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"quiet: .*[.] "):
        read_quiet(text)


def test_quiet_hours_are_kept_and_shown_as_written() -> None:
    quiet = read_quiet(" 21:00 - 8:00")
    assert str(quiet) == "21:00-08:00"
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(quiet), type=Quiet) == quiet
    assert read_quiet("08:00-00:00").length == timedelta(hours=16)


# -- waits


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("48h", Wait(seconds=48 * 3600)),
        ("90 minutes", Wait(seconds=5400)),
        ("1m", Wait(seconds=60)),
        ("2d", Wait(days=2)),
        ("1 week at 9:30", Wait(days=7, at=time(9, 30))),
        ("2d at 09:00", Wait(days=2, at=time(9))),
        ("at 09:00", Wait(at=time(9))),
        ("field.renewed - 7d at 09:00", Wait(days=-7, at=time(9), field="renewed")),
        ("field.renewed + 366d at 00:00", Wait(days=366, at=time(0), field="renewed")),
        ("field.end.date at 18:00", Wait(at=time(18), field="end.date")),
        ("Next working day at 09:00", Wait(days=1, at=time(9), working=True)),
        ("3 working days", Wait(days=3, working=True)),
        ("field.start + 0 working days at 09:00", Wait(at=time(9), field="start", working=True)),
        ("field.start - 2 working days at 09:00", Wait(days=-2, at=time(9), field="start", working=True)),
    ],
)
def test_waits_are_read_and_shown(text: str, wait: Wait) -> None:
    assert read_wait(text) == wait
    assert read_wait(str(wait)) == wait
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(wait), type=Wait) == wait


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "0m", "59s", "367d", "8785h", "0d at 09:00", "48h at 09:00", "2d at 25:00", "2d 09:00", "2x"),
        *("field.renewed", "field.renewed - 7d", "field.renewed - 48h at 09:00", "field. at 09:00", "at"),
        *("next day at 09:00", "next 1d", "0 working days at 09:00", "251 working days", "1 workingday"),
        *("field.renewed - 367d at 09:00", "field.-x at 09:00", "2dat09:00", "1d at 09:00 at 10:00"),
    ],
)
def test_what_is_no_wait_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_wait(text, "step 2: wait")
    assert refused.value.place == "step 2: wait"
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("base", "wait", "due"),
    [
        ("2027-01-15T12:00", "next working day at 09:00", "2027-01-18T08:00"),  # Friday
        ("2027-01-16T12:00", "next working day at 09:00", "2027-01-18T08:00"),
        ("2027-01-17T23:30", "next working day at 09:00", "2027-01-19T08:00"),  # in Paris it is Monday already
        ("2027-01-15T12:00", "6 working days", "2027-01-25T12:00"),
    ],
)
def test_working_days_pass_over_the_weekend(base: str, wait: str, due: str) -> None:
    assert due_after(utc(base), read_wait(wait), PARIS) == utc(due)


@pytest.mark.parametrize(
    ("wait", "day"),
    [
        ("field.start + 0 working days at 09:00", "2027-01-18"),
        ("field.start + 1 working days at 09:00", "2027-01-18"),
        ("field.start + 2 working days at 09:00", "2027-01-20"),
        ("field.start - 1 working days at 09:00", "2027-01-15"),
    ],
)
def test_working_days_from_a_field_leave_out_days_off(wait: str, day: str) -> None:
    hours = Hours(frozenset(range(5)), None, frozenset({date(2027, 1, 19)}))
    due = due_after(utc("2020-01-01T00:00"), read_wait(wait), PARIS, date(2027, 1, 16), hours.works)
    assert due == utc(f"{day}T08:00")
    closed = Hours(frozenset(), None)
    assert due_after(utc("2020-01-01T00:00"), read_wait(wait), PARIS, date(2027, 1, 16), closed.works) is None


@pytest.mark.parametrize(
    ("local", "day_hours", "night_hours"),
    [
        ("2027-01-15T08:59", False, False),
        ("2027-01-15T09:00", True, False),
        ("2027-01-15T16:59", True, False),
        ("2027-01-15T17:00", False, False),
        ("2027-01-15T22:00", False, True),
        ("2027-01-16T05:59", False, True),  # the night of Friday
        ("2027-01-16T06:00", False, False),
        ("2027-01-16T12:00", False, False),
        ("2027-01-17T23:00", False, False),
        ("2027-01-18T00:00", False, False),  # the night of Sunday
    ],
)
def test_hours_are_open_on_their_days_and_a_night_is_of_the_day_it_begins_on(
    local: str, day_hours: bool, night_hours: bool
) -> None:
    at, week = datetime.fromisoformat(local), frozenset(range(5))
    assert Hours(week, read_quiet("09:00-17:00")).is_open(at) is day_hours
    assert Hours(week, read_quiet("22:00-06:00")).is_open(at) is night_hours
    assert Hours(week).is_open(at) is (at.weekday() < 5)


@pytest.mark.parametrize(
    ("base", "wait", "due"),
    [
        ("2027-03-27T01:30", "1d", "2027-03-28T01:30"),  # 02:30 on the day that has none: 03:30
        ("2027-10-30T00:30", "1d", "2027-10-31T00:30"),  # the first of two
        ("2027-10-31T01:30", "1d", "2027-11-01T01:30"),  # from the second of two
        ("2027-10-30T00:30", "24h", "2027-10-31T00:30"),
        ("2027-01-15T07:59", "at 09:00", "2027-01-15T08:00"),
        ("2027-01-15T08:00", "at 09:00", "2027-01-16T08:00"),
        ("2027-01-15T08:00", "366d", "2028-01-16T08:00"),
    ],
)
def test_days_are_of_the_calendar_and_hours_exact(base: str, wait: str, due: str) -> None:
    assert due_after(utc(base), read_wait(wait), PARIS) == utc(due)


def test_a_wait_by_a_field_counts_from_its_day_and_needs_one() -> None:
    wait = read_wait("field.renewed - 7d at 09:00")
    assert due_after(utc("2020-01-01T00:00"), wait, PARIS, date(2027, 4, 3)) == utc("2027-03-27T08:00")
    assert due_after(utc("2020-01-01T00:00"), wait, PARIS, date(2027, 4, 4)) == utc("2027-03-28T07:00")
    assert due_after(utc("2020-01-01T00:00"), wait, PARIS) is None
    assert due_after(utc("2020-01-01T00:00"), wait, PARIS, date.min) is None


@given(
    st.sampled_from(CHANGING),
    st.datetimes(datetime(2026, 1, 1), datetime(2038, 12, 31), timezones=st.just(UTC)),
    st.sampled_from(["1m", "48h", "1d", "30d", "1d at 00:00", "1d at 02:30", "at 02:30", "at 00:00"]),
)
@examples(300)
def test_a_wait_ends_later_than_it_begins(name: str, base: datetime, wait: str) -> None:
    due = due_after(base, read_wait(wait), zone(name))
    assert due is not None
    assert due > base

"""Schedules: worked examples of local times, rules, quiet hours, waits, moves and outages; and what is refused."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from messages.codec import RecordDecoder, encode
from messages.errors import BadInput
from schedules.schedule import (
    DueRun,
    Late,
    Overlap,
    RunState,
    Schedule,
    due_in,
    due_runs,
    has_passed,
    last_due,
    local_buckets,
    missed,
    moved,
    next_instants,
)
from schedules.wall_clock import after_quiet, due_after, own_zone, read_local, read_quiet, read_wait, to_instant, zone

HOUR = timedelta(hours=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)


def schedule(**fields: object) -> Schedule:
    """Make a schedule from words, and check it."""
    times = {name: datetime.fromisoformat(str(fields[name])) for name in ("at", "from", "until") if name in fields}
    made = msgspec.convert({"zone": "Europe/Paris", **fields, **times}, Schedule)
    made.check()
    return made


DAILY = schedule(rule="FREQ=DAILY", **{"from": "2027-01-11 09:00"})


@pytest.mark.parametrize(
    ("local", "name", "instant"),
    [
        ("2027-01-15 09:00", "Europe/Paris", "2027-01-15T08:00:00Z"),
        ("2027-03-28 02:30", "Europe/Paris", "2027-03-28T01:30:00Z"),
        ("2027-10-31 02:30", "Europe/Paris", "2027-10-31T00:30:00Z"),
        ("2027-03-14 02:30", "America/New_York", "2027-03-14T07:30:00Z"),
        ("2027-11-07 01:30", "America/New_York", "2027-11-07T05:30:00Z"),
        ("2027-10-03 02:15", "Australia/Lord_Howe", "2027-10-02T15:45:00Z"),
        ("2027-04-30 00:30", "Africa/Cairo", "2027-04-29T22:30:00Z"),
        ("2027-09-05 00:00", "America/Santiago", "2027-09-05T04:00:00Z"),
        ("2027-01-15 09:00", "America/Vancouver", "2027-01-15T16:00:00Z"),
        ("2027-01-15 09:00", "Asia/Kathmandu", "2027-01-15T03:15:00Z"),
        ("2011-12-30 09:00", "Pacific/Apia", "2011-12-30T19:00:00Z"),
    ],
)
def test_1_to_11_a_local_time_is_one_instant(local: str, name: str, instant: str) -> None:
    assert to_instant(read_local(local), zone(name)) == utc(instant)


def test_12_nine_o_clock_in_each_persons_zone() -> None:
    expected = {
        "Pacific/Kiritimati": "2027-01-14T19:00:00Z",
        "Pacific/Auckland": "2027-01-14T20:00:00Z",
        "Asia/Tokyo": "2027-01-15T00:00:00Z",
        "Europe/Paris": "2027-01-15T08:00:00Z",
        "America/New_York": "2027-01-15T14:00:00Z",
        "America/Los_Angeles": "2027-01-15T17:00:00Z",
        "Pacific/Pago_Pago": "2027-01-15T20:00:00Z",
        "Etc/GMT+12": "2027-01-15T21:00:00Z",
    }
    found = local_buckets(read_local("2027-01-15 09:00"), expected, utc("2027-01-01"))
    assert found == {name: utc(instant) for name, instant in expected.items()}
    [whole] = next_instants(schedule(at="2027-01-15 09:00", local=True), utc("2027-01-01"), 2)
    assert (whole.due, whole.last) == (found["Pacific/Kiritimati"], found["Etc/GMT+12"])
    assert whole.last - whole.due == 26 * HOUR


@pytest.mark.parametrize(
    ("rule", "start", "name", "instants"),
    [
        ("FREQ=DAILY", "2027-03-27 02:30", "Europe/Paris", "03-27T01:30 03-28T01:30 03-29T00:30 03-30T00:30"),
        ("FREQ=DAILY", "2027-10-30 02:30", "Europe/Paris", "10-30T00:30 10-31T00:30 11-01T01:30 11-02T01:30"),
        (
            "FREQ=WEEKLY;BYDAY=MO,TH",
            "2027-03-25 09:00",
            "America/New_York",
            "03-25T13:00 03-29T13:00 04-01T13:00 04-05T13:00",
        ),
        (
            "FREQ=WEEKLY;BYDAY=MO",
            "2027-10-25 09:00",
            "Europe/London",
            "10-25T08:00 11-01T09:00 11-08T09:00 11-15T09:00",
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "2027-01-31 09:00", "Europe/Paris", "01-31T08:00 03-31T07:00 05-31T07:00"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-1",
            "2027-01-31 09:00",
            "Europe/Paris",
            "01-31T08:00 02-28T08:00 03-31T07:00 04-30T07:00",
        ),
        (
            "FREQ=MONTHLY;BYDAY=-1FR",
            "2027-01-29 17:00",
            "Asia/Kolkata",
            "01-29T11:30 02-26T11:30 03-26T11:30 04-30T11:30",
        ),
        ("FREQ=YEARLY", "2028-02-29 09:00", "UTC", "2028-02-29T09:00 2032-02-29T09:00 2036-02-29T09:00"),
    ],
)
def test_13_to_20_a_rule_goes_by_the_wall_clock(rule: str, start: str, name: str, instants: str) -> None:
    expected = [utc(each if len(each) > 11 else f"2027-{each}") for each in instants.split()]
    found = next_instants(schedule(rule=rule, zone=name, **{"from": start}), utc("2026-01-01"), len(expected))
    assert [each.due for each in found] == expected


def test_21_a_time_that_the_clocks_leave_out_counts() -> None:
    found = next_instants(schedule(rule="FREQ=DAILY;COUNT=3", **{"from": "2027-03-27 02:30"}), utc("2027-01-01"), 9)
    assert [each.due for each in found] == [utc(f"2027-03-{each}") for each in ("27T01:30", "28T01:30", "29T00:30")]


@pytest.mark.parametrize(
    ("quiet", "due", "then"),
    [
        ("22:00-08:00", "2027-01-15T20:59:59", "2027-01-15T20:59:59"),
        ("22:00-08:00", "2027-01-15T21:00:00", "2027-01-16T07:00:00"),
        ("22:00-08:00", "2027-01-16T07:00:00", "2027-01-16T07:00:00"),
        ("01:00-02:30", "2027-03-28T00:45:00", "2027-03-28T01:00:00"),
        ("01:00-02:30", "2027-10-31T00:10:00", "2027-10-31T00:30:00"),
        ("01:00-02:30", "2027-10-31T01:10:00", "2027-10-31T01:30:00"),
    ],
)
def test_22_to_27_quiet_hours(quiet: str, due: str, then: str) -> None:
    assert after_quiet(utc(due), read_quiet(quiet), zone("Europe/Paris")) == utc(then)


@pytest.mark.parametrize(
    ("entered", "wait", "name", "due"),
    [
        ("2027-03-27T08:00", "1d", "Europe/Paris", "2027-03-28T07:00"),
        ("2027-03-27T08:00", "24h", "Europe/Paris", "2027-03-28T08:00"),
        ("2027-03-27T08:00", "1d at 09:00", "Europe/Paris", "2027-03-28T07:00"),
        ("2027-01-15T23:30", "1d at 09:00", "Asia/Tokyo", "2027-01-17T00:00"),
        ("2027-01-15T23:30", "1d at 09:00", "", "2027-01-16T14:00"),
    ],
)
def test_28_to_32_waits_of_a_sequence(entered: str, wait: str, name: str, due: str) -> None:
    where = own_zone(name, zone("America/New_York"))
    assert due_after(utc(entered), read_wait(wait), where) == utc(due)


def test_33_who_moves_west_gets_it_later_and_once() -> None:
    nine, moves = read_local("2027-01-15 09:00"), utc("2027-01-15T10:00")
    for now in (moves, utc("2027-01-15T14:00")):
        assert moved(nine, "America/Los_Angeles", now, HOUR) == utc("2027-01-15T17:00")


def test_34_who_moves_east_gets_it_at_once_if_it_is_not_too_late() -> None:
    nine, now = read_local("2027-01-15 09:00"), utc("2027-01-15T10:00")
    due = moved(nine, "Europe/Paris", now, 4 * HOUR)
    assert due == utc("2027-01-15T08:00")
    assert now - due == 2 * HOUR
    assert not has_passed(due, now, 4 * HOUR)
    assert has_passed(moved(nine, "Europe/Paris", now, HOUR), now, HOUR)


@pytest.mark.parametrize(
    ("late", "now", "due"),
    [
        (Late.SEND_NOW, "2027-01-15T12:00", "2027-01-15T12:00"),
        (Late.SEND_NOW, "2027-01-15T22:00", "2027-01-16T07:00"),
        (Late.NEXT_DAY, "2027-01-15T12:00", "2027-01-16T08:00"),
        (Late.NEXT_DAY, "2027-01-16T08:20", "2027-01-16T08:00"),
    ],
)
def test_who_moves_where_the_time_passed_is_dealt_with_as_asked_and_never_in_quiet_hours(
    late: Late, now: str, due: str
) -> None:
    nine, quiet = read_local("2027-01-15 09:00"), read_quiet("21:00-08:00")
    assert moved(nine, "Europe/Paris", utc(now), HOUR, late=late, quiet=quiet) == utc(due)


def test_a_time_in_quiet_hours_is_their_end_and_passes_with_it() -> None:
    seven, quiet = read_local("2027-01-15 07:00"), read_quiet("21:00-08:00")
    assert due_in(seven, "Europe/Paris", utc("2027-01-15T06:30"), quiet=quiet) == utc("2027-01-15T07:00")
    assert due_in(seven, "Europe/Paris", utc("2027-01-15T06:30")) is None
    assert due_in(seven, "Europe/Paris", utc("2027-01-15T07:01"), quiet=quiet) is None


def states(decided: list[DueRun]) -> Mapping[str, tuple[str, timedelta]]:
    return {each.occurrence.key: (each.state.value, each.late) for each in decided}


def test_35_after_an_outage_only_the_latest_runs() -> None:
    assert states(due_runs(DAILY, None, utc("2027-01-11T08:00"))) == {"2027-01-11T09:00": ("planned", 0 * HOUR)}
    back = due_runs(DAILY, read_local("2027-01-11 09:00"), utc("2027-01-14T08:20"))
    assert states(back) == {
        "2027-01-12T09:00": ("missed", timedelta(days=2, minutes=20)),
        "2027-01-13T09:00": ("missed", timedelta(days=1, minutes=20)),
        "2027-01-14T09:00": ("planned", timedelta(minutes=20)),
    }
    after = due_runs(DAILY, read_local("2027-01-14 09:00"), utc("2027-01-15T08:00"))
    assert states(after) == {"2027-01-15T09:00": ("planned", 0 * HOUR)}


def test_36_after_an_outage_the_latest_does_not_run_beyond_its_catch_up() -> None:
    back = utc("2027-01-14T09:10")
    decided = due_runs(DAILY, read_local("2027-01-11 09:00"), back)
    assert [each.state for each in decided] == [RunState.MISSED] * 3
    [following] = next_instants(DAILY, back, 1)
    assert following.due == utc("2027-01-15T08:00")


# -- occurrences


def test_what_was_decided_is_not_decided_again_and_nothing_is_due_early() -> None:
    now = utc("2027-01-12T08:00")
    assert due_runs(DAILY, read_local("2027-01-12 09:00"), now) == []
    assert due_runs(DAILY, None, utc("2027-01-11T07:59:59")) == []
    assert missed(DAILY, None, now - HOUR) == due_runs(DAILY, None, now - HOUR)


def test_a_schedule_is_not_answerable_for_what_lay_before_it_was_made() -> None:
    made = utc("2027-01-20T12:00")
    assert last_due(DAILY, made) == read_local("2027-01-20 09:00")
    assert last_due(DAILY, utc("2027-01-11T07:00")) is None
    assert due_runs(DAILY, last_due(DAILY, made), made) == []


def test_a_day_that_a_zone_left_out_yields_an_occurrence_of_its_own() -> None:
    apia = schedule(rule="FREQ=DAILY", zone="Pacific/Apia", **{"from": "2011-12-29 09:00"})
    found = next_instants(apia, utc("2011-12-01"), 3)
    assert [each.key for each in found] == ["2011-12-29T09:00", "2011-12-30T09:00", "2011-12-31T09:00"]
    assert found[1].due == found[2].due
    decided = due_runs(apia, read_local("2011-12-29 09:00"), found[1].due)
    assert [each.state for each in decided] == [RunState.MISSED, RunState.PLANNED]


def test_the_next_instants_are_those_after_now_and_end_with_the_rule() -> None:
    ending = schedule(rule="FREQ=DAILY", until="2027-01-13 09:00", **{"from": "2027-01-11 09:00"})
    now = utc("2027-01-11T08:00")
    assert [each.key for each in next_instants(ending, now, 10)] == ["2027-01-12T09:00", "2027-01-13T09:00"]
    counted = schedule(rule="FREQ=DAILY", count=2, **{"from": "2027-01-11 09:00"})
    assert [each.key for each in next_instants(counted, now, 10)] == ["2027-01-12T09:00"]
    assert next_instants(schedule(at="2027-01-11 09:00"), now, 10) == []
    assert len(next_instants(DAILY, utc("2038-01-18T00:00"), 10)) == 10


# -- overlap


@pytest.mark.parametrize(
    ("overlap", "state", "cancels"),
    [
        (Overlap.SKIP, RunState.OVERLAPPED, False),
        (Overlap.QUEUE_ONE, RunState.QUEUED, False),
        (Overlap.CANCEL_OTHER, RunState.PLANNED, True),
        (Overlap.ALLOW, RunState.PLANNED, False),
    ],
)
def test_an_occurrence_while_the_former_run_is_not_over(overlap: Overlap, state: RunState, cancels: bool) -> None:
    daily = msgspec.structs.replace(DAILY, overlap=overlap)
    former, now = read_local("2027-01-11 09:00"), utc("2027-01-12T08:00")
    [one] = due_runs(daily, former, now, running=former)
    assert (one.state, one.cancels_former) == (state, cancels)
    [alone] = due_runs(daily, former, now)
    assert (alone.state, alone.cancels_former) == (RunState.PLANNED, False)


def test_one_occurrence_waits_and_runs_however_late_when_the_former_run_is_over() -> None:
    daily = msgspec.structs.replace(DAILY, overlap=Overlap.QUEUE_ONE)
    first, second, third = (read_local(f"2027-01-{day} 09:00") for day in (11, 12, 13))
    now = utc("2027-01-13T08:00")
    [third_waits_not] = due_runs(daily, second, now, running=first, queued=second)
    assert third_waits_not.state is RunState.OVERLAPPED
    [runs] = due_runs(daily, third, now + 2 * HOUR, queued=second)
    assert (runs.occurrence.local, runs.state, runs.late) == (second, RunState.PLANNED, timedelta(days=1, hours=2))
    both = due_runs(daily, second, now, queued=second)
    assert [(each.occurrence.local, each.state) for each in both] == [
        (second, RunState.PLANNED),
        (third, RunState.QUEUED),
    ]


def test_a_missed_occurrence_overlaps_with_nothing() -> None:
    former = read_local("2027-01-11 09:00")
    decided = due_runs(DAILY, former, utc("2027-01-14T09:10"), running=former)
    assert [each.state for each in decided] == [RunState.MISSED] * 3


def test_a_daily_local_sending_does_not_overlap_with_that_of_the_day_before() -> None:
    """A day lasts 26 hours around the world: the next one begins in the east before this one ends in the west."""
    daily = schedule(rule="FREQ=DAILY", local=True, **{"from": "2027-01-11 09:00"})
    first, second = next_instants(daily, utc("2027-01-01"), 2)
    assert second.due < first.last
    [one] = due_runs(daily, first.local, second.due, running=first.local)
    assert one.state is RunState.PLANNED
    third = next_instants(daily, second.due, 1)[0]
    [other] = due_runs(daily, second.local, third.due, running=first.local)
    assert other.state is RunState.OVERLAPPED


def test_a_local_sending_is_not_missed_while_some_zone_has_it_ahead() -> None:
    once = schedule(at="2027-01-15 09:00", local=True)
    [whole] = next_instants(once, utc("2027-01-01"), 1)
    assert [each.state for each in due_runs(once, None, whole.last - HOUR)] == [RunState.PLANNED]
    assert [each.state for each in due_runs(once, None, whole.last + HOUR)] == [RunState.PLANNED]
    assert [each.state for each in due_runs(once, None, whole.last + 2 * HOUR)] == [RunState.MISSED]


# -- each person's own clock


def test_zones_whose_time_has_passed_are_dealt_with_as_asked() -> None:
    nine, now = read_local("2027-01-15 09:00"), utc("2027-01-15T10:00")
    assert due_in(nine, "America/New_York", now) == utc("2027-01-15T14:00")
    assert due_in(nine, "Asia/Tokyo", now) is due_in(nine, "Asia/Tokyo", now, late=Late.SKIP) is None
    assert due_in(nine, "Asia/Tokyo", now, late=Late.SEND_NOW) == now
    assert due_in(nine, "Asia/Tokyo", now, late=Late.NEXT_DAY) == utc("2027-01-16T00:00")
    assert due_in(nine, "Asia/Tokyo", utc("2027-01-17T00:00"), late=Late.NEXT_DAY) == utc("2027-01-17T00:00")
    assert due_in(nine, "Europe/Paris", now, grace=2 * HOUR) == utc("2027-01-15T08:00")


# -- what is refused, and what is said


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({}, "schedule"),
        ({"at": "2027-01-15 09:00", "rule": "FREQ=DAILY", "from": "2027-01-15 09:00"}, "schedule"),
        ({"at": "2027-01-15 09:00", "zone": "Paris"}, "schedule.zone"),
        ({"at": "2027-01-15 09:00", "catch_up": 7 * 86400 + 1}, "schedule.catch_up"),
        ({"at": "2027-01-15 09:00", "catch_up": -1}, "schedule.catch_up"),
        ({"at": "2027-01-15 09:00", "late": "skip"}, "schedule.late"),
        ({"at": "2500-01-15 09:00"}, "schedule.at"),
        ({"at": "2027-01-15 09:00", "count": 2}, "schedule.count"),
        ({"at": "2027-01-15 09:00", "from": "2027-01-15 09:00"}, "schedule.from"),
        ({"rule": "FREQ=DAILY"}, "schedule.from"),
        ({"rule": "FREQ=HOURLY", "from": "2027-01-15 09:00"}, "schedule.rule: FREQ"),
        ({"rule": "FREQ=DAILY;COUNT=2", "from": "2027-01-15 09:00", "until": "2027-02-15 09:00"}, "schedule"),
        ({"rule": "FREQ=DAILY", "from": "2027-01-15 09:00", "count": 10_001}, "schedule.count"),
        ({"rule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31", "from": "2027-01-15 09:00"}, "schedule.rule"),
        ({"rule": "FREQ=DAILY;UNTIL=20270101", "from": "2027-01-15 09:00"}, "schedule.rule"),
        ({"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;INTERVAL=3", "from": "2030-01-15 09:00"}, "schedule.rule"),
    ],
)
def test_what_is_no_schedule_is_refused_with_its_place_and_what_to_do(fields: dict[str, object], place: str) -> None:
    with pytest.raises(BadInput) as refused:
        schedule(**fields)
    assert refused.value.place == place
    assert refused.value.remedy


def test_what_may_surprise_in_a_rule_is_said() -> None:
    start = {"from": "2027-01-31 09:00"}
    said = "months without a day 31 are skipped; BYMONTHDAY=-1 is the last day of each month"
    assert schedule(rule="FREQ=MONTHLY;BYMONTHDAY=31", **start).notes() == [said]
    assert schedule(rule="FREQ=MONTHLY", **start).notes() == [said]
    assert schedule(rule="FREQ=MONTHLY;BYMONTHDAY=-1", **start).notes() == []
    leap = schedule(rule="FREQ=YEARLY", **{"from": "2028-02-29 09:00"})
    assert leap.notes() == ["years without a 29 February are skipped"]
    assert schedule(at="2027-01-15 09:00").notes() == []


def test_a_schedule_is_a_record_that_leaves_out_what_is_not_said() -> None:
    assert RecordDecoder[Schedule](Schedule)(encode(DAILY)) == DAILY
    assert msgspec.to_builtins(DAILY) == {
        "zone": "Europe/Paris",
        "rule": "FREQ=DAILY",
        "from": "2027-01-11T09:00:00",
    }
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"zone": "UTC", "at": "2027-01-15T09:00:00Z"}, Schedule)

"""Recurrence rules, beside what python-dateutil yields on the wall clock."""

from datetime import datetime, timedelta
from itertools import dropwhile, islice

import pytest
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule, weekday
from hypothesis import assume, given
from hypothesis import strategies as st

from messages.errors import BadInput
from schedules.rules import WEEKDAYS, Rule, read_rule, wall_times
from schedules.wall_clock import LAST_YEAR
from tests.examples import examples

FREQUENCIES = {"DAILY": DAILY, "WEEKLY": WEEKLY, "MONTHLY": MONTHLY, "YEARLY": YEARLY}
STARTS = st.datetimes(datetime(2024, 1, 1), datetime(2040, 12, 31)).map(lambda at: at.replace(microsecond=0))


FEW = 12


def some(values: st.SearchStrategy[int]) -> st.SearchStrategy[list[int]]:
    return st.lists(values, min_size=1, max_size=4, unique=True)


@st.composite
def rules(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    """Make a rule as text and as dateutil takes it."""
    frequency = draw(st.sampled_from(list(FREQUENCIES)))
    parts: dict[str, object] = {"FREQ": frequency}
    given: dict[str, object] = {"freq": FREQUENCIES[frequency]}
    interval = draw(st.sampled_from([1, 1, 1, 2, 3, 5, 12]))
    if interval > 1:
        parts["INTERVAL"] = given["interval"] = interval
    if draw(st.booleans()):
        nth = draw(st.booleans()) and frequency in ("MONTHLY", "YEARLY")
        days = draw(some(st.integers(0, 6)))
        numbers = [draw(st.sampled_from([1, 2, 4, 5, -1, -2])) if nth else 0 for _ in days]
        parts["BYDAY"] = ",".join(f"{n or ''}{WEEKDAYS[day]}" for day, n in zip(days, numbers, strict=True))
        given["byweekday"] = [weekday(day, n or None) for day, n in zip(days, numbers, strict=True)]
    if frequency != "WEEKLY" and draw(st.integers(0, 2)) == 0:
        month_days = draw(some(st.sampled_from([1, 2, 15, 28, 29, 30, 31, -1, -2, -31])))
        parts["BYMONTHDAY"], given["bymonthday"] = ",".join(map(str, month_days)), month_days
    if draw(st.integers(0, 2)) == 0:
        months = draw(some(st.integers(1, 12)))
        parts["BYMONTH"], given["bymonth"] = ",".join(map(str, months)), months
    # dateutil takes a week that has begun at the start for a whole one
    if frequency != "WEEKLY" and len(parts) > 1 + (interval > 1) and draw(st.integers(0, 2)) == 0:
        places = draw(some(st.sampled_from([1, 2, 3, -1, -2])))
        parts["BYSETPOS"], given["bysetpos"] = ",".join(map(str, places)), places
    if draw(st.booleans()):
        start = draw(st.integers(0, 6))
        parts["WKST"], given["wkst"] = WEEKDAYS[start], start
    if draw(st.integers(0, 3)) == 0:
        parts["COUNT"] = given["count"] = draw(st.integers(1, 20))
    return ";".join(f"{name}={value}" for name, value in parts.items()), given


@given(rules(), STARTS)
@examples(1000)
def test_a_rule_yields_what_dateutil_does(rule: tuple[str, dict[str, object]], start: datetime) -> None:
    text, given = rule
    own = list(islice(wall_times(read_rule(text), start), FEW))
    assume(own)  # dateutil looks for one until the year 9999
    theirs = islice(rrule(dtstart=start, **given), FEW if "count" in given else len(own))
    assert own == [at for at in theirs if at.year <= LAST_YEAR]


@given(rules(), STARTS, st.integers(0, 2000))
@examples(300)
def test_a_later_beginning_leaves_out_what_is_before_it(
    rule: tuple[str, dict[str, object]], start: datetime, days: int
) -> None:
    read, since = read_rule(rule[0]), start + timedelta(days=days)
    later = list(islice(dropwhile(lambda at: at < since, wall_times(read, start)), FEW))
    assume(later)
    assert list(islice(wall_times(read, start, since), len(later))) == later


def test_the_last_weekday_of_a_month() -> None:
    rule = read_rule("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1")
    found = islice(wall_times(rule, datetime(2027, 1, 1, 17)), 3)
    assert [at.isoformat() for at in found] == ["2027-01-29T17:00:00", "2027-02-26T17:00:00", "2027-03-31T17:00:00"]


def test_a_position_counts_from_the_beginning_of_its_week_also_in_the_first_one() -> None:
    rule = read_rule("FREQ=WEEKLY;BYDAY=MO,TH;BYSETPOS=1")
    assert [at.day for at in islice(wall_times(rule, datetime(2027, 1, 5)), 2)] == [11, 18]


def test_each_weekday_beside_a_numbered_one_is_either() -> None:
    rule = read_rule("FREQ=MONTHLY;BYDAY=MO,1TU")
    assert [at.day for at in islice(wall_times(rule, datetime(2027, 3, 1)), 6)] == [1, 2, 8, 15, 22, 29]


def test_the_end_is_a_local_time_and_belongs_to_the_rule() -> None:
    start = datetime(2027, 1, 1, 9)
    assert len(list(wall_times(read_rule("FREQ=DAILY;UNTIL=20270103T090000"), start))) == 3
    assert len(list(wall_times(read_rule("FREQ=DAILY;UNTIL=20270103T085959"), start))) == 2
    assert len(list(wall_times(read_rule("FREQ=DAILY;UNTIL=20270103"), start))) == 3


@pytest.mark.parametrize("text", ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30,31"])
def test_a_rule_that_never_matches_ends(text: str) -> None:
    """In the last year that schedules cover, after some ten thousand days: dateutil goes on to the year 9999."""
    assert list(wall_times(read_rule(text), datetime(2027, 1, 1))) == []


def test_the_last_year_is_the_end() -> None:
    assert sum(1 for _ in wall_times(read_rule("FREQ=YEARLY"), datetime(2190, 5, 1))) == 10


def test_rules_are_read_in_any_case_with_blanks_and_the_prefix() -> None:
    written = read_rule(" rrule:freq=weekly; byday=th,mo ;".replace("rrule", "RRULE"))
    assert written == read_rule("FREQ=WEEKLY;BYDAY=MO,TH")
    assert isinstance(written, Rule)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not a part of a rule"),
        ("every Monday", "is not a part of a rule"),
        ("BYDAY=MO", "FREQ is missing"),
        ("FREQ=HOURLY", "'HOURLY' is not supported"),
        ("FREQ=SECONDLY", "'SECONDLY' is not supported"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ is given twice"),
        ("FREQ=DAILY;BYHOUR=9", "'BYHOUR' is not supported"),
        ("FREQ=YEARLY;BYWEEKNO=20", "'BYWEEKNO' is not supported"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=367", "INTERVAL"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTH=-1", "BYMONTH"),
        ("FREQ=WEEKLY;BYDAY=XX", "'XX' is not a weekday"),
        ("FREQ=WEEKLY;BYDAY=1MO", "a numbered weekday goes with months and years"),
        ("FREQ=MONTHLY;BYDAY=0MO", "is not a weekday"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY does not go with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS chooses from days"),
        ("FREQ=DAILY;COUNT=10001", "COUNT"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20270101", "ends by COUNT or by UNTIL"),
        ("FREQ=DAILY;UNTIL=20270101T000000Z", "the end is a local time"),
        ("FREQ=DAILY;UNTIL=soon", "is not a date and time"),
    ],
)
def test_what_is_no_rule_is_refused_with_what_to_do(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        read_rule(text, "schedule.rule")
    assert refused.value.place.startswith("schedule.rule")
    assert refused.value.remedy

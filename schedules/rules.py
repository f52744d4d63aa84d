"""Recurrence rules: a part of RFC 5545 on the wall clock, daily or slower, bounded in work.

A rule yields local times; which instants they are is for a zone to say. An empty rule part has the meaning that the
RFC gives it: a weekly rule falls on the weekday of its start, a monthly one on its day, a yearly one on its date.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import count, islice
from typing import Any, Final, NamedTuple

from messages.errors import BadInput
from schedules.wall_clock import LAST_YEAR, read_local

MAX_INTERVAL: Final = 366
MAX_COUNT: Final = 10_000
MUST_OCCUR: Final = timedelta(days=5 * 366)
"""A rule that yields nothing for so long is refused."""

WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Every(StrEnum):
    """How long the period of a rule is."""

    DAY = "DAILY"
    WEEK = "WEEKLY"
    MONTH = "MONTHLY"
    YEAR = "YEARLY"


class NthDay(NamedTuple):
    """A weekday (0 is Monday): each one, or the n-th of the period, from its end where negative."""

    weekday: int
    nth: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence rule. `interval` is in periods; `until` is a local time, itself included; 0 as `count`: no end."""

    every: Every
    interval: int = 1
    weekdays: tuple[NthDay, ...] = ()
    month_days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0
    count: int = 0
    until: datetime | None = None


# -- reading


def read_rule(text: str, place: str = "rule") -> Rule:
    """Read a rule such as `FREQ=WEEKLY;BYDAY=MO,TH`. Raises BadInput that names the part and what to do."""
    parts: dict[str, Any] = {}
    for part in text.strip().removeprefix("RRULE:").rstrip(";").split(";"):
        name, sign, value = (each.strip().upper() for each in part.partition("="))
        if not sign or not value:
            remedy = "Write a rule such as FREQ=WEEKLY;BYDAY=MO,TH"
            raise BadInput(f"{part[:60]!r} is not a part of a rule", place=place, remedy=remedy)
        if name not in _PARTS:
            by_clock = name in ("BYHOUR", "BYMINUTE", "BYSECOND")
            remedy = f"Use {', '.join(_PARTS)}" if not by_clock else "The time of the day is that of `from`"
            raise BadInput(f"{name[:60]!r} is not supported", place=place, remedy=remedy)
        field, read = _PARTS[name]
        if field in parts:
            raise BadInput(f"{name} is given twice", place=place, remedy="Leave one of them out")
        parts[field] = read(value, f"{place}: {name}")
    if "every" not in parts:
        raise BadInput("FREQ is missing", place=place, remedy=f"Add one of {_FREQUENCIES}")
    return _checked(Rule(**parts), place)


_FREQUENCIES: Final = ", ".join(f"FREQ={each}" for each in Every)


def _every(value: str, place: str) -> Every:
    if value not in list(Every):
        raise BadInput(f"{value[:60]!r} is not supported", place=place, remedy=f"Use one of {_FREQUENCIES}")
    return Every(value)


def _whole(low: int, high: int) -> Callable[[str, str], int]:
    def read(value: str, place: str) -> int:
        number = int(value) if re.fullmatch(r"[+-]?[0-9]{1,5}", value) else 0
        if not low <= number <= high or not number:
            names = f"{low} to {high}" + (", without 0" if low < 0 else "")
            raise BadInput(f"{value[:60]!r} is not a number that fits", place=place, remedy=f"Use {names}")
        return number

    return read


def _list(low: int, high: int) -> Callable[[str, str], tuple[int, ...]]:
    read = _whole(low, high)
    return lambda value, place: tuple(sorted({read(each.strip(), place) for each in value.split(",")}))


def _weekday(value: str, place: str) -> int:
    if value not in WEEKDAYS:
        raise BadInput(f"{value[:60]!r} is not a weekday", place=place, remedy=f"Use {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(value)


def _weekdays(value: str, place: str) -> tuple[NthDay, ...]:
    found = set()
    for each in value.split(","):
        match = re.fullmatch(r"([+-]?[0-9]{1,2})?([A-Z]{2})", each.strip())
        nth = int(match[1] or 0) if match else 0
        if match is None or (match[1] and not 1 <= abs(nth) <= 53):
            remedy = "Write MO to SU, with a number before it for the first or last ones: 1MO, -1FR"
            raise BadInput(f"{each[:60]!r} is not a weekday", place=place, remedy=remedy)
        found.add(NthDay(_weekday(match[2], place), nth))
    return tuple(sorted(found))


def _until(value: str, place: str) -> datetime:
    if value.endswith("Z"):
        raise BadInput("the end is a local time", place=place, remedy="Write it in the schedule's zone, without the Z")
    local = read_local(value, place)
    return local if "T" in value or " " in value else datetime.combine(local, time.max)


_PARTS: Final[dict[str, tuple[str, Callable[[str, str], Any]]]] = {
    "FREQ": ("every", _every),
    "INTERVAL": ("interval", _whole(1, MAX_INTERVAL)),
    "BYDAY": ("weekdays", _weekdays),
    "BYMONTHDAY": ("month_days", _list(-31, 31)),
    "BYMONTH": ("months", _list(1, 12)),
    "BYSETPOS": ("positions", _list(-366, 366)),
    "WKST": ("week_start", _weekday),
    "COUNT": ("count", _whole(1, MAX_COUNT)),
    "UNTIL": ("until", _until),
}
"""The parts that a rule may have: the field that each is kept in, and what reads it."""


def _checked(rule: Rule, place: str) -> Rule:
    if rule.count and rule.until is not None:
        raise BadInput("a rule ends by COUNT or by UNTIL", place=place, remedy="Leave one of them out")
    if rule.every is Every.WEEK and rule.month_days:
        raise BadInput("BYMONTHDAY does not go with FREQ=WEEKLY", place=place, remedy="Use FREQ=MONTHLY")
    if rule.every in (Every.DAY, Every.WEEK) and any(day.nth for day in rule.weekdays):
        raise BadInput("a numbered weekday goes with months and years", place=place, remedy="Use FREQ=MONTHLY")
    if rule.positions and not (rule.weekdays or rule.month_days or rule.months):
        raise BadInput("BYSETPOS chooses from days", place=place, remedy="Add BYDAY, BYMONTHDAY or BYMONTH")
    return rule


# -- yielding


def wall_times(rule: Rule, start: datetime, since: datetime | None = None) -> Iterator[datetime]:
    """Yield the local times of a rule in order, from `start` (and from `since` on), until the end of `LAST_YEAR`.

    The first one is `start` if that fits the rule. What is before `since` is passed over at once where the rule has no
    COUNT, and counted, at most 10,000 times, where it has one.
    """
    for each in _all(rule, start, since):
        if rule.until is not None and each > rule.until:
            return
        if since is None or each >= since:
            yield each


def _all(rule: Rule, start: datetime, since: datetime | None) -> Iterator[datetime]:
    since_day = None if rule.count or since is None else since.date()
    days = _days_in_order(_with_defaults(rule, start), start.date(), since_day)
    times = (datetime.combine(day, start.time()) for day in days)
    return islice(times, rule.count) if rule.count else times


def _with_defaults(rule: Rule, start: datetime) -> Rule:
    if rule.weekdays or rule.month_days:
        return rule
    match rule.every:
        case Every.WEEK:
            return replace(rule, weekdays=(NthDay(start.weekday()),))
        case Every.MONTH:
            return replace(rule, month_days=(start.day,))
        case Every.YEAR:
            return replace(rule, month_days=(start.day,), months=rule.months or (start.month,))
    return rule


def _days_in_order(rule: Rule, start: date, since: date | None) -> Iterator[date]:
    """Yield the days of a rule, from `start`; those well before `since` are left out."""
    period = _PERIODS[rule.every]
    last = date(LAST_YEAR, 12, 31) if rule.until is None else min(date(LAST_YEAR, 12, 31), rule.until.date())
    passed = period.number(rule, start, since) // rule.interval - 1 if since is not None else 0
    for number in count(max(0, passed)):
        first = period.first(rule, start, number * rule.interval)
        if first > last:
            return
        following = period.first(rule, start, number * rule.interval + 1)
        days = [day for day in _between(first, following) if _fits(rule, day)]
        for day in _chosen(rule, days):
            if day >= start:
                yield day


def _between(first: date, following: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((following - first).days))


def _chosen(rule: Rule, days: list[date]) -> list[date]:
    if not rule.positions:
        return days
    places = (at - 1 if at > 0 else at + len(days) for at in rule.positions)
    return [days[at] for at in sorted(set(places)) if 0 <= at < len(days)]


def _fits(rule: Rule, day: date) -> bool:
    """Tell whether a day is of the months, month days and weekdays of a rule."""
    if rule.months and day.month not in rule.months:
        return False
    if rule.month_days and day.day not in rule.month_days:
        from_end = day.day - monthrange(day.year, day.month)[1] - 1
        if from_end not in rule.month_days:
            return False
    same = [each.nth for each in rule.weekdays if each.weekday == day.weekday()]
    return not rule.weekdays or 0 in same or (bool(same) and not _places(rule, day).isdisjoint(same))


def _places(rule: Rule, day: date) -> set[int]:
    """Return which of its weekday a day is, from the beginning and from the end: of the year, or of the month."""
    if rule.every is Every.YEAR and not rule.months:
        before = day.timetuple().tm_yday - 1
        behind = (date(day.year, 12, 31) - day).days
    else:
        before, behind = day.day - 1, monthrange(day.year, day.month)[1] - day.day
    return {before // 7 + 1, -(behind // 7) - 1}


class _Period(NamedTuple):
    """Which period since the start's a day is in, and the first day of a period."""

    number: Callable[[Rule, date, date], int]
    first: Callable[[Rule, date, int], date]


def _week(rule: Rule, day: date) -> date:
    """Return the first day of a day's week."""
    return day - timedelta(days=(day.weekday() - rule.week_start) % 7)


def _month(start: date, number: int) -> date:
    years, month = divmod(start.month - 1 + number, 12)
    return date(start.year + years, month + 1, 1)


_PERIODS: Final[dict[Every, _Period]] = {
    Every.DAY: _Period(
        lambda _, start, day: (day - start).days,
        lambda _, start, number: start + timedelta(days=number),
    ),
    Every.WEEK: _Period(
        lambda rule, start, day: (_week(rule, day) - _week(rule, start)).days // 7,
        lambda rule, start, number: _week(rule, start) + timedelta(weeks=number),
    ),
    Every.MONTH: _Period(
        lambda _, start, day: (day.year - start.year) * 12 + day.month - start.month,
        lambda _, start, number: _month(start, number),
    ),
    Every.YEAR: _Period(
        lambda _, start, day: day.year - start.year,
        lambda _, start, number: date(start.year + number, 1, 1),
    ),
}

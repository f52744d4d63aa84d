"""Local times and the instants that they are: zones from the pinned data, quiet hours, waits.

An instant is an aware `datetime` in UTC, a local time a naive one. Each local time is exactly one instant: where clocks
go forward, a time that is left out is moved on by as much as they are; where they go back, a time that comes twice is
the first of the two.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import tzdata

from messages.errors import BadInput

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2199
"""Local times lie in these years, so that no arithmetic with zones leaves the calendar."""

MAX_QUIET: Final = timedelta(hours=16)
NO_QUIET: Final = "none"
"""Written where quiet hours that hold otherwise don't."""
MIN_WAIT: Final = timedelta(minutes=1)
MAX_WAIT: Final = timedelta(days=366)

_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_CLOCK: Final = r"([01]?[0-9]|2[0-3]):([0-5][0-9])"


def tz_version() -> str:
    """Return the release of the IANA database that is pinned, such as `2026f`."""
    return str(tzdata.IANA_VERSION)


@cache
def zone_names() -> frozenset[str]:
    """Return the names of the pinned zones, whatever the system has."""
    names = (files("tzdata") / "zones").read_text(encoding="utf-8").split()
    return frozenset(names) - {"Factory"}


def zone(name: str, place: str = "zone") -> ZoneInfo:
    """Return a zone of the pinned data. Raises BadInput with the nearest name."""
    if name not in zone_names():
        raise BadInput(f"{name[:60]!r} is not a time zone", place=place, remedy=_instead(name))
    return _load(name)


def own_zone(name: str, fallback: ZoneInfo) -> ZoneInfo:
    """Return a person's zone: the one of that name if the pinned data have it, else `fallback`."""
    return _load(name) if name in zone_names() else fallback


@cache
def _load(name: str) -> ZoneInfo:
    """Read a zone from the package itself: `ZoneInfo(name)` would prefer the system's wherever its path is set."""
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


def _instead(name: str) -> str:
    wanted = name.strip().casefold().replace(" ", "_")[:60]
    by_fold = {known.casefold(): known for known in sorted(zone_names())}
    cities = {fold.rpartition("/")[2]: known for fold, known in by_fold.items() if "/" in fold}
    exact = by_fold.get(wanted) or cities.get(wanted)
    if exact is not None:
        return f"Write {exact}"
    near = get_close_matches(wanted, by_fold, n=1) or get_close_matches(wanted, cities, n=1)
    if not near:
        return "Write a name of the IANA database, such as Europe/Paris"
    return f"Did you mean {by_fold.get(near[0]) or cities[near[0]]}?"


def to_instant(local: datetime, where: ZoneInfo) -> datetime:
    """Return the one instant of a local time."""
    return local.replace(tzinfo=where, fold=0).astimezone(UTC)


def to_local(instant: datetime, where: ZoneInfo) -> datetime:
    """Return what clocks show in a zone at an instant."""
    return instant.astimezone(where).replace(tzinfo=None, fold=0)


def read_local(text: str, place: str = "at") -> datetime:
    """Read a local time such as `2027-01-15 09:00`. Raises BadInput."""
    remedy = "Write a local time such as 2027-01-15 09:00"
    try:
        local = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(f"{text[:60]!r} is not a date and time", place=place, remedy=remedy) from None
    if local.tzinfo is not None:
        raise BadInput(f"{text[:60]!r} names an offset", place=place, remedy=f"{remedy}, and the zone beside it")
    return checked_local(local, place)


def checked_local(local: datetime, place: str) -> datetime:
    """Return a local time if it lies in the years that schedules cover. Raises BadInput."""
    if not FIRST_YEAR <= local.year <= LAST_YEAR:
        raise BadInput(f"the year {local.year} is out of range", place=place, remedy=f"Use {FIRST_YEAR} to {LAST_YEAR}")
    return local


# -- quiet hours


class Quiet(msgspec.Struct, frozen=True):
    """Hours of the day in which nothing is pushed: from `start` up to but not including `end`, past midnight or not."""

    start: time
    end: time

    @property
    def length(self) -> timedelta:
        """How long they are by the clock."""
        return _until(self.start, self.end)

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def read_quiet(text: str, place: str = "quiet") -> Quiet:
    """Read quiet hours such as `21:00-08:00`. Raises BadInput."""
    match = re.fullmatch(rf"\s*{_CLOCK}\s*-\s*{_CLOCK}\s*", text)
    if match is None:
        remedy = "Write two times of the day such as 21:00-08:00"
        raise BadInput(f"{text[:60]!r} is not a span of hours", place=place, remedy=remedy)
    hours = [int(part) for part in match.groups()]
    quiet = Quiet(time(hours[0], hours[1]), time(hours[2], hours[3]))
    if quiet.start == quiet.end:
        raise BadInput("the two times are the same", place=place, remedy="Leave quiet hours out if there are none")
    if quiet.length > MAX_QUIET:
        raise BadInput("quiet hours are longer than 16 hours", place=place, remedy="Shorten them to 16 hours at most")
    return quiet


def quiet_of(text: str, place: str = "quiet") -> Quiet | None:
    """Return the quiet hours that are written down; None for `none` and where nothing is. Raises BadInput."""
    return None if text in ("", NO_QUIET) else read_quiet(text, place)


def after_quiet(due: datetime, quiet: Quiet | None, where: ZoneInfo) -> datetime:
    """Return the first instant, `due` or later, at which a zone's clocks show no quiet hour.

    Where quiet hours end at a time that the clocks leave out, that is the moment at which they go forward; where the
    clocks go back into quiet hours, these begin again.
    """
    while quiet is not None:
        shown = to_local(due, where).time()
        if _until(quiet.start, shown) >= quiet.length:
            return due
        end = due + _until(shown, quiet.end)
        change = _change_of_offset(due, end, where)
        if change is None:
            return end
        due = change
    return due


def _until(start: time, end: time) -> timedelta:
    """Return how long clocks go from one time of the day to the next time that they show the other one."""
    day = date(2000, 1, 1)
    return (datetime.combine(day, end) - datetime.combine(day, start)) % _DAY


def _change_of_offset(start: datetime, end: datetime, where: ZoneInfo) -> datetime | None:
    """Return when a zone's offset changes, after `start`, not after `end`; None if it doesn't.

    There is one change at most in a span of hours.
    """
    before = start.astimezone(where).utcoffset()
    if end.astimezone(where).utcoffset() == before:
        return None
    low, high = start, end
    while high - low > _SECOND:
        middle = low + (high - low) / 2
        if middle.astimezone(where).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)  # offsets change at whole seconds


# -- opening hours


class Hours(msgspec.Struct, frozen=True):
    """When somebody is there: on which days, in which span of each, by whose clock."""

    weekdays: frozenset[int]
    """0 is Monday."""
    span: Quiet | None = None
    """From its start up to but not including its end, past midnight or not; None: all day."""
    days_off: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        """Tell whether a day is a working day."""
        return day.weekday() in self.weekdays and day not in self.days_off

    def is_open(self, local: datetime) -> bool:
        """Tell whether a local time lies in the hours. A span past midnight belongs to the day on which it begins."""
        if self.span is None:
            return self.works(local.date())
        if _until(self.span.start, local.time()) >= self.span.length:
            return False
        begins_before = local.time() < self.span.start
        return self.works(local.date() - _DAY if begins_before else local.date())


# -- waits


class Wait(msgspec.Struct, frozen=True, omit_defaults=True):
    """How long to wait, or until when: calendar days, an exact time, or a day told by a date field of the person."""

    days: int = 0
    """Days of the calendar, at the same time of the day or at `at`; before the field's day where negative."""
    seconds: int = 0
    """Exactly so long, whatever the clocks do."""
    at: time | None = None
    """By the person's clock. Alone: the next such time, today if it is still ahead."""
    field: str = ""
    """The date field that `days` are counted from."""
    working: bool = False
    """Of the days, working ones alone are counted: 0 from a field is its day, or the next working one."""

    def __str__(self) -> str:
        at = "" if self.at is None else f"at {self.at:%H:%M}"
        if self.field:
            unit = " working days" if self.working else "d"
            offset = f" {'-' if self.days < 0 else '+'} {abs(self.days)}{unit}" if self.days or self.working else ""
            return f"field.{self.field}{offset} {at}"
        if self.working:
            return f"{self.days} working days {at}".strip()
        if self.seconds:
            hours = self.seconds % 3600 == 0
            return f"{self.seconds // 3600}h" if hours else f"{self.seconds // 60}m"
        return f"{self.days}d {at}".strip() if self.days else at


_WAIT: Final = re.compile(
    rf"""
    (?: field\.(?P<field>\S+)
        (?: \s+ (?P<sign>[+-]) \s+ (?P<away>[0-9]{{1,4}}) \s* (?P<away_unit>working \s+ days? | [a-z]+) )?
      | (?P<number>[0-9]{{1,7}} | next) \s* (?P<unit>working \s+ days? | [a-z]+)
    )?
    (?: \s* \b at \s+ {_CLOCK} )?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_UNITS: Final = {
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hour", "hours"), 3600),
}
_DAYS: Final = {**dict.fromkeys(("d", "day", "days"), 1), **dict.fromkeys(("w", "week", "weeks"), 7)}
_FIELD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_MAX_WORKING: Final = 250


def read_wait(text: str, place: str = "wait") -> Wait:
    """Read a wait: `2d at 09:00`, `48h`, `at 09:00`, `field.renewed - 7d at 09:00`, `next working day at 09:00`.

    Raises BadInput.
    """
    match = _WAIT.fullmatch(text.strip())
    if match is None or not match.group():
        remedy = "Write one such as 48h, 2d, 2d at 09:00, at 09:00 or field.renewed - 7d at 09:00"
        raise BadInput(f"{text[:60]!r} is not a wait", place=place, remedy=remedy)
    *_, hour, minute = match.groups()
    at = None if hour is None else time(int(hour), int(minute))
    wait = _by_field(match, at, place) if match["field"] else _by_span(match, at, place)
    if wait.working:
        if abs(wait.days) > _MAX_WORKING or not (wait.days or wait.field):
            raise BadInput(f"{text[:60]!r} is out of range", place=place, remedy="Wait 1 to 250 working days")
        return wait
    if not MIN_WAIT <= timedelta(days=abs(wait.days), seconds=wait.seconds) <= MAX_WAIT and (wait.days or not at):
        raise BadInput(f"{text[:60]!r} is out of range", place=place, remedy="Wait 1 minute to 366 days")
    return wait


def _by_field(match: re.Match[str], at: time | None, place: str) -> Wait:
    field = match["field"]
    if _FIELD.fullmatch(field) is None:
        raise BadInput(f"{field[:60]!r} is not a field's name", place=place, remedy="Write it as the flow does")
    if at is None:
        raise BadInput("a day has no time of its own", place=place, remedy="Add one, such as `at 09:00`")
    if match["away"] is None:
        return Wait(at=at, field=field)
    if " ".join(match["away_unit"].lower().split()).startswith("working "):
        return Wait(days=int(match["sign"] + match["away"]), at=at, field=field, working=True)
    days = _DAYS.get(match["away_unit"].lower())
    if days is None:
        raise BadInput("a distance from a day is in days", place=place, remedy="Write `d` or `w` behind the number")
    return Wait(days=int(match["sign"] + match["away"]) * days, at=at, field=field)


def _by_span(match: re.Match[str], at: time | None, place: str) -> Wait:
    if match["number"] is None:
        return Wait(at=at)
    unit = " ".join(match["unit"].lower().split())
    number = 1 if match["number"].lower() == "next" else int(match["number"])
    if unit.startswith("working "):
        return Wait(days=number, at=at, working=True)
    if match["number"].lower() == "next":
        raise BadInput("`next` goes with working days", place=place, remedy="Write `next working day at 09:00`")
    if unit in _DAYS:
        wait = Wait(days=number * _DAYS[unit], at=at)
        if not number:
            raise BadInput("no day is waited", place=place, remedy="Write `at 09:00` alone, or 1d and more")
        return wait
    if unit not in _UNITS:
        raise BadInput(f"{unit[:20]!r} is not a unit", place=place, remedy="Use m, h, d or w")
    if at is not None:
        remedy = "Wait in days and `at` a time, or in hours without one"
        raise BadInput("hours are exact, and can't end at a time of the day", place=place, remedy=remedy)
    return Wait(seconds=number * _UNITS[unit])


def monday_to_friday(day: date) -> bool:
    """Tell whether a day is one of the week's first five."""
    return day.weekday() < 5


def working_day(day: date, count: int, works: Callable[[date], bool] = monday_to_friday) -> date | None:
    """Return the working day that comes so many after (before, where negative) a day; 0: that day, or the next one.

    None where ten years hold no such day.
    """
    step = _DAY if count >= 0 else -_DAY
    left = abs(count) if count else 1
    day = day if count else day - _DAY
    for _ in range(3660):
        day += step
        left -= works(day)
        if not left:
            return day
    return None


def due_after(
    base: datetime,
    wait: Wait,
    where: ZoneInfo,
    day: date | None = None,
    works: Callable[[date], bool] = monday_to_friday,
) -> datetime | None:
    """Return when a wait is over.

    `base`: the instant from which it runs; `day`: the value of the wait's date field; `works` tells working days. None
    where the day is not known.
    """
    if wait.seconds:
        return base + timedelta(seconds=wait.seconds)
    if wait.field:
        if day is None or not FIRST_YEAR < day.year < LAST_YEAR:
            return None
        then = working_day(day, wait.days, works) if wait.working else day + timedelta(days=wait.days)
        return None if then is None else to_instant(datetime.combine(then, wait.at or time()), where)
    local = to_local(base, where)
    if wait.working:
        on = working_day(local.date(), wait.days, works)
        return None if on is None else to_instant(datetime.combine(on, wait.at or local.time()), where)
    if wait.days:
        then = local + timedelta(days=wait.days)
        return to_instant(then if wait.at is None else datetime.combine(then, wait.at), where)
    today = to_instant(datetime.combine(local, wait.at or time()), where)
    return today if today > base else to_instant(datetime.combine(local + _DAY, wait.at or time()), where)

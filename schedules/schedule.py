"""The schedule of a broadcast: which occurrences it has, and what becomes of each when it is due.

An occurrence is named by its wall-clock time. Sent by one zone's clock it is one instant; sent by each person's own
clock (`local`) it lasts from the zone that is ahead of all others, UTC+14, to the last one, UTC-12: 26 hours.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice, takewhile
from typing import Annotated, Final, NamedTuple

import msgspec

from messages.errors import BadInput
from schedules.rules import MAX_COUNT, MUST_OCCUR, Every, Rule, read_rule, wall_times
from schedules.wall_clock import Quiet, after_quiet, checked_local, to_instant, to_local, zone

MAX_CATCH_UP: Final = 7 * 24 * 3600
EAST: Final = timedelta(hours=14)
WEST: Final = timedelta(hours=12)
"""How far the clocks of the world are ahead of UTC, and behind it."""

_MARGIN: Final = timedelta(days=2)
"""More than any clock differs from UTC."""

LocalTime = Annotated[datetime, msgspec.Meta(tz=False)]


class Late(StrEnum):
    """What becomes of people whose own time has passed when a local-time sending is scheduled."""

    SKIP = "skip"
    SEND_NOW = "send_now"
    NEXT_DAY = "next_day"


class Overlap(StrEnum):
    """What becomes of an occurrence while the former run of the same broadcast is not over."""

    SKIP = "skip"
    """It does not run."""
    QUEUE_ONE = "queue_one"
    """It runs when the former one is over; one may wait."""
    CANCEL_OTHER = "cancel_other"
    """It runs, and the former one is cancelled."""
    ALLOW = "allow"
    """Both run."""


class Occurrence(NamedTuple):
    """One occurrence: its wall-clock time, and its first and last instant, which differ by each person's own clock."""

    local: datetime
    due: datetime
    last: datetime

    @property
    def key(self) -> str:
        """The occurrence's name: `2027-01-15T09:00`."""
        return self.local.isoformat(timespec="seconds" if self.local.second else "minutes")


class Schedule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"start": "from"}):
    """When a broadcast is sent: once, `at` a local time, or by a `rule` from a local time on."""

    zone: str
    """The zone of `at`, `from` and `until`, and of people whose own is not known."""
    at: LocalTime | None = None
    rule: str = ""
    """Of RFC 5545, such as `FREQ=WEEKLY;BYDAY=MO,TH`."""
    start: LocalTime | None = None
    local: bool = False
    """Sent when it is that time where each person is."""
    late: Late | None = None
    until: LocalTime | None = None
    """The last local time at which an occurrence may be."""
    count: int = 0
    """How many occurrences there are; 0: no end."""
    catch_up: int = 3600
    """Seconds that an occurrence may be late, after an outage, and still run."""
    overlap: Overlap = Overlap.SKIP

    def check(self, place: str = "schedule") -> None:
        """Raise BadInput, with the place and what to do, where this is no schedule or one that never sends."""
        zone(self.zone, f"{place}.zone")
        if (self.at is None) == (not self.rule):
            remedy = "Give `at` for one time, or `rule` and `from` for several"
            raise BadInput("it says neither or both of `at` and `rule`", place=place, remedy=remedy)
        if not 0 <= self.catch_up <= MAX_CATCH_UP:
            raise BadInput("out of range", place=f"{place}.catch_up", remedy="Use 0 s to 7 days")
        if self.late is not None and not self.local:
            raise BadInput("nobody's own time can pass", place=f"{place}.late", remedy="Leave it out, or set `local`")
        for name, moment in (("at", self.at), ("from", self.start), ("until", self.until)):
            if moment is not None:
                checked_local(moment, f"{place}.{name}")
        if self.at is not None:
            self._check_once(place)
        else:
            self._check_rule(place)

    def _check_once(self, place: str) -> None:
        given = [name for name, one in (("from", self.start), ("until", self.until), ("count", self.count)) if one]
        if given:
            raise BadInput("`at` is one time", place=f"{place}.{given[0]}", remedy="Leave it out, or use `rule`")

    def _check_rule(self, place: str) -> None:
        if self.start is None:
            raise BadInput("missing", place=f"{place}.from", remedy="Give the local time from which the rule counts")
        if not 0 <= self.count <= MAX_COUNT:
            raise BadInput("out of range", place=f"{place}.count", remedy=f"Use 1 to {MAX_COUNT:,}")
        rule = read_rule(self.rule, f"{place}.rule")
        if sum(map(bool, (rule.count, rule.until, self.count, self.until))) > 1:
            raise BadInput("it has two ends", place=place, remedy="Give one of COUNT, UNTIL, `count` and `until`")
        if next(wall_times(_until(rule, self.start + MUST_OCCUR), self.start), None) is None:
            remedy = "Change the rule, `from` or the end: nothing would ever be sent"
            raise BadInput("it yields nothing within five years", place=f"{place}.rule", remedy=remedy)

    def notes(self) -> list[str]:
        """Return what a rule does that may surprise who wrote it."""
        if not self.rule or self.start is None:
            return []
        rule = read_rule(self.rule)
        days = rule.month_days or ((self.start.day,) if rule.every is Every.MONTH and not rule.weekdays else ())
        yearly = rule.every is Every.YEAR and not rule.weekdays and (self.start.month, self.start.day) == (2, 29)
        said = [
            f"months without a day {abs(day)} are skipped; BYMONTHDAY={'-1' if day > 0 else '1'} is the "
            f"{'last' if day > 0 else 'first'} day of each month"
            for day in days
            if abs(day) > 28
        ]
        return [*said, "years without a 29 February are skipped"] if yearly and not rule.month_days else said


def _until(rule: Rule, last: datetime) -> Rule:
    """Return a rule that ends at `last`, or where it ends before."""
    return replace(rule, until=last if rule.until is None else min(last, rule.until))


def _rule_of(schedule: Schedule) -> Rule:
    rule = read_rule(schedule.rule)
    rule = replace(rule, count=schedule.count or rule.count)
    return rule if schedule.until is None else _until(rule, schedule.until)


def _occurrence(schedule: Schedule, local: datetime) -> Occurrence:
    if schedule.local:
        utc = local.replace(tzinfo=UTC)
        return Occurrence(local, utc - EAST, utc + WEST)
    due = to_instant(local, zone(schedule.zone))
    return Occurrence(local, due, due)


def occurrences(schedule: Schedule, since: datetime | None = None) -> Iterator[Occurrence]:
    """Yield the occurrences of a schedule that passes its check, in order; from the wall-clock time `since` on."""
    if schedule.at is not None:
        times = iter([schedule.at] if since is None or schedule.at >= since else [])
    elif schedule.start is not None:
        times = wall_times(_rule_of(schedule), schedule.start, since)
    else:
        return
    for local in times:
        yield _occurrence(schedule, local)


def next_instants(schedule: Schedule, after: datetime, n: int) -> list[Occurrence]:
    """Return the next `n` occurrences that are due after an instant; fewer where there are no more."""
    found = occurrences(schedule, to_local(after, zone(schedule.zone)) - _MARGIN)
    return list(islice((each for each in found if each.due > after), n))


def last_due(schedule: Schedule, now: datetime) -> datetime | None:
    """Return the wall-clock time of the latest occurrence that is due already.

    A schedule is answerable for what comes after it: what lay before, when it was made, was not missed.
    """
    found = None
    for each in takewhile(lambda each: each.due <= now, occurrences(schedule)):
        found = each.local
    return found


# -- runs


class RunState(StrEnum):
    """What becomes of an occurrence that is due."""

    PLANNED = "planned"
    QUEUED = "queued"
    """It waits for the former run's end."""
    MISSED = "missed"
    OVERLAPPED = "overlapped"


class DueRun(NamedTuple):
    """An occurrence that is due, and what becomes of it."""

    occurrence: Occurrence
    state: RunState
    late: timedelta
    """How long ago it was due."""
    cancels_former: bool = False


def due_runs(
    schedule: Schedule,
    last: datetime | None,
    now: datetime,
    *,
    running: datetime | None = None,
    queued: datetime | None = None,
) -> list[DueRun]:
    """Decide the occurrences that came due since the last one that was decided, the oldest first.

    All times but `now` are wall-clock times, which name occurrences. `last`: the latest one that was decided, None
    where none was. `running`: the latest one whose run is not over. `queued`: the one that waits for it.

    Of those that are late only the latest runs, and only if not later than `catch_up`; the others are missed. Sent by
    each person's own clock, one that some zones have still ahead of them is not late: it runs for these. Nor does it
    overlap with the former one before that should have ended everywhere.
    """
    decided: list[DueRun] = []
    if queued is not None and running is None:
        waiting = _occurrence(schedule, queued)
        decided.append(DueRun(waiting, RunState.PLANNED, now - waiting.due))
        running, queued = queued, None
    for each in missed(schedule, last, now):
        state, cancels = each.state, False
        if state is RunState.PLANNED:
            if running is not None and _occurrence(schedule, running).last <= now:
                state, cancels = _overlapping(schedule.overlap, waits=queued is not None)
            if state is RunState.QUEUED:
                queued = each.occurrence.local
            elif state is RunState.PLANNED:
                running = each.occurrence.local
        decided.append(DueRun(each.occurrence, state, each.late, cancels))
    return decided


def _overlapping(overlap: Overlap, *, waits: bool) -> tuple[RunState, bool]:
    match overlap:
        case Overlap.ALLOW:
            return RunState.PLANNED, False
        case Overlap.CANCEL_OTHER:
            return RunState.PLANNED, True
        case Overlap.QUEUE_ONE if not waits:
            return RunState.QUEUED, False
    return RunState.OVERLAPPED, False


def missed(schedule: Schedule, last: datetime | None, now: datetime) -> list[DueRun]:
    """Return the occurrences due since the wall-clock time `last`, each as planned or missed."""
    found = takewhile(lambda each: each.due <= now, occurrences(schedule, last))
    due = [each for each in found if last is None or each.local > last]
    return [
        DueRun(
            each, RunState.PLANNED if _runs(schedule, each, each is due[-1], now) else RunState.MISSED, now - each.due
        )
        for each in due
    ]


def _runs(schedule: Schedule, occurrence: Occurrence, latest: bool, now: datetime) -> bool:
    if occurrence.last > now:
        return True
    return latest and now - occurrence.last <= timedelta(seconds=schedule.catch_up)


# -- by each person's own clock


def has_passed(due: datetime, now: datetime, grace: timedelta) -> bool:
    """Tell whether somebody who was due more than `grace` ago gets nothing any more."""
    return now - due > grace


def due_in(
    local: datetime, zone_name: str, now: datetime, *, late: Late | None = None, grace: timedelta = timedelta(),
    quiet: Quiet | None = None,
) -> datetime | None:  # fmt: skip
    """Return when it is a wall-clock time in a zone, or its quiet hours end, for people who get it by their own clock.

    A time that passed more than `grace` ago is dealt with as `late` says; None: they get nothing, the time passed.
    """
    where = zone(zone_name)
    due = after_quiet(to_instant(local, where), quiet, where)
    if not has_passed(due, now, grace):
        return due
    match late:
        case Late.SEND_NOW:
            return after_quiet(now, quiet, where)
        case Late.NEXT_DAY:
            days = (to_instant(local + timedelta(days=days), where) for days in range(1, 400))
            return next(due for day in days if not has_passed(due := after_quiet(day, quiet, where), now, grace))
    return None


def local_buckets(
    local: datetime, zones: Iterable[str], now: datetime, *, late: Late | None = None, grace: timedelta = timedelta(),
    quiet: Quiet | None = None,
) -> dict[str, datetime | None]:  # fmt: skip
    """Return when each zone's people are due, by the zone's name; None where the time passed, as in `due_in`."""
    return {name: due_in(local, name, now, late=late, grace=grace, quiet=quiet) for name in zones}


def moved(
    local: datetime, zone_name: str, now: datetime, catch_up: timedelta, *, late: Late | None = None,
    quiet: Quiet | None = None,
) -> datetime:  # fmt: skip
    """Return when somebody is due by the clock of a zone that they moved to after they were planned.

    Later than `now`: they wait until then. Earlier: they are due now, unless that `has_passed` by more than `catch_up`.
    """
    due = due_in(local, zone_name, now, late=late, grace=catch_up, quiet=quiet)
    return after_quiet(to_instant(local, zone(zone_name)), quiet, zone(zone_name)) if due is None else due

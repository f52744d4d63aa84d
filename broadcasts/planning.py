"""Who gets a broadcast, and when: read from the index of people, planned, and frozen as a run.

Preview and start call the same functions, so what was previewed is what starts, as long as nothing changes meanwhile.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

import msgspec
from pyroaring import BitMap

from audiences.context import Context
from broadcasts.content import Content, content_of, frozen_text
from broadcasts.plan import Plan, ZonePlan, held_out, plan
from filters.index.people import PeopleIndex
from filters.parse import parse
from flows.source.nodes import did_you_mean
from messages.consent import ALL
from messages.errors import BadInput, StateConflict
from messages.pushes import SkipReason, reason_text
from schedules.schedule import Late, Overlap, Schedule, due_in, local_buckets
from schedules.wall_clock import (
    Quiet,
    after_quiet,
    quiet_of,
    read_local,
    to_instant,
    tz_version,
    zone,
    zone_names,
)
from storage.push_records import DEFERRED, BroadcastRecord, Bucket, RunRecord, ScheduleRecord

E = TypeVar("E", bound=StrEnum)

TOLERANCE: Final = 0.01
"""By which share of what was expected a start may differ from it."""
FEW: Final = 5
"""People by which it may differ in any case."""


class Planned(NamedTuple):
    """What a start would come to."""

    plan: Plan
    left_out: Mapping[str, BitMap]
    """By reason, members of the segment whom it is not for, and those who left the segment."""
    sequence: int
    """The row of the ledger up to which this is exact."""
    content: Content
    due: datetime
    expires: datetime
    """So long after the last people are due as the broadcast says; quiet hours put that off no further."""
    quiet: str
    """The broadcast's quiet hours, else the bot's."""


def schedule_of(record: ScheduleRecord) -> Schedule:
    """Return a schedule as the rules read it. Raises BadInput where it can't be read."""
    return Schedule(
        zone=record.zone,
        at=_local(record.at, "at"),
        rule=record.rule,
        start=_local(record.start, "from"),
        local=record.local,
        late=_one_of(Late, record.late, "late") if record.late else None,
        until=_local(record.until, "until"),
        catch_up=record.catch_up,
        overlap=_one_of(Overlap, record.overlap, "overlap"),
    )


def _local(text: str, name: str) -> datetime | None:
    return read_local(text, f"schedule.{name}") if text else None


def _one_of(kind: type[E], value: str, name: str) -> E:
    known = [str(each) for each in kind]
    if value not in known:
        remedy = did_you_mean(value, known, otherwise=f"Use one of {', '.join(known)}")
        raise BadInput(f"there is no {value!r}", place=f"schedule.{name}", remedy=remedy)
    return kind(value)


async def planned(
    context: Context,
    broadcast: BroadcastRecord,
    occurrence: datetime | None = None,
    *,
    without: BitMap | None = None,
    grace: timedelta = timedelta(),
) -> Planned:
    """Plan a run now: of an occurrence of the schedule, by its wall clock, or without one for now.

    `without`: people who are not to be in it. `grace`: how long ago a zone's time may have passed and its people still
    get it, where a schedule starts it. Raises as `content_of`.
    """
    content = content_of(broadcast, context.flow)
    index = await context.index()
    audience, left_out = _audience(index, broadcast, context.at)
    audience -= without or BitMap()
    schedule = schedule_of(broadcast.schedule) if broadcast.schedule is not None and occurrence is not None else None
    quiet = broadcast.quiet or context.flow.quiet or ""
    zones = _zones(index, schedule, occurrence, context.at, grace, quiet_of(quiet))
    due = min((each.due for each, _ in zones if each.due is not None), default=context.at)
    nominal = (without_quiet for each, without_quiet in zones if each.due is not None and each.people & audience)
    expires = max(nominal, default=due) + timedelta(seconds=broadcast.expires_after)
    barred = _barred(index, broadcast, audience, context.at, now=due <= context.at)
    found = plan(audience, barred, [_in_time(each, expires) for each, _ in zones])
    return Planned(found, left_out, index.seen, content, due, expires, quiet)


def _in_time(people: ZonePlan, expires: datetime) -> ZonePlan:
    """Leave people out whose quiet hours last until it is too late."""
    if people.due is None or people.due < expires:
        return people
    return people._replace(due=None, never=SkipReason.QUIET)


class Asked(NamedTuple):
    """Who a broadcast is for at one moment, by numbers."""

    members: BitMap
    """Of its segment or topic."""
    matching: BitMap
    """Who meets its filter; without one, the members."""
    excluded: BitMap


def ask_index(index: PeopleIndex, broadcast: BroadcastRecord, at: datetime) -> Asked:
    """Return who a broadcast is for now: when it is planned, and again for each message where its audience is live."""
    members = index.members(broadcast.subject, at)
    matching = index.select(parse(broadcast.filter), at) if broadcast.filter else members
    excluded = BitMap.union(BitMap(), *(index.members(segment, at) for segment in broadcast.exclude))
    return Asked(members, matching, excluded)


def _audience(index: PeopleIndex, broadcast: BroadcastRecord, at: datetime) -> tuple[BitMap, Mapping[str, BitMap]]:
    members, matching, excluded = ask_index(index, broadcast, at)
    out = index.standings.to(broadcast.subject).opted_out & index.everybody
    stopped = index.standings.to(ALL).opted_out
    left_out = {
        SkipReason.STOPPED: out & stopped,  # a STOP leaves a segment too: then it is the STOP that is named
        SkipReason.OPTED_OUT: out - stopped,
        SkipReason.LEFT_FILTER: members - matching,
        SkipReason.EXCLUDED: members & matching & excluded,
    }
    return members & matching - excluded, {str(reason): people for reason, people in left_out.items() if people}


def _barred(
    index: PeopleIndex, broadcast: BroadcastRecord, audience: BitMap, at: datetime, *, now: bool
) -> Iterator[tuple[str, BitMap]]:
    """Yield who does not get it from the start. What is asked again when it is sent may change by then."""
    channels = broadcast.channels or tuple(sorted(index.set_up))
    yield SkipReason.STOPPED, audience - index.allowed(broadcast.subject, at)
    with_account = BitMap.union(BitMap(), *map(index.has_address, channels))
    yield SkipReason.NO_ACCOUNT, audience - with_account
    reachable = BitMap.union(BitMap(), *map(index.reachable_on, channels))
    for channel in channels:
        for code, people in index.unreachable(channel).items():
            yield reason_text(SkipReason.UNREACHABLE, code), people - reachable
    if now:
        open_now = BitMap.union(
            BitMap(), *(index.open_window(channel, at) & index.reachable_on(channel) for channel in channels)
        )
        yield SkipReason.OUTSIDE_WINDOW, audience - open_now
    yield SkipReason.HOLDOUT, held_out(seed_of(broadcast), audience, broadcast.holdout)


def seed_of(broadcast: BroadcastRecord) -> str:
    """Return what holdout and variants are chosen by: each run of a broadcast leaves the same people out."""
    return f"{broadcast.bot}/{broadcast.id}"


def _zones(
    index: PeopleIndex, schedule: Schedule | None, occurrence: datetime | None, at: datetime, grace: timedelta,
    quiet: Quiet | None,
) -> list[tuple[ZonePlan, datetime]]:  # fmt: skip
    """Return who is due when, and when they would be without quiet hours."""
    fallback = schedule.zone if schedule is not None else "UTC"
    known, others = _by_zone(index)
    if schedule is not None and occurrence is not None and schedule.local:
        names = {*known, fallback}
        due = local_buckets(occurrence, names, at, late=schedule.late, grace=grace, quiet=quiet)
        nominal = local_buckets(occurrence, names, at, late=schedule.late, grace=grace)
        plans = [ZonePlan(name, people, due[name]) for name, people in sorted(known.items())]
        plans.append(ZonePlan(fallback, others, due[fallback], fallback=True))
        return [(each, nominal[each.zone] or each.due or at) for each in plans]
    sent = at
    if schedule is not None and occurrence is not None:
        sent = max(to_instant(occurrence, zone(schedule.zone)), at)
    return [(each, sent) for each in _at_once(index, known, others, fallback, sent, quiet)]


def _by_zone(index: PeopleIndex) -> tuple[Mapping[str, BitMap], BitMap]:
    """Return people by their own zone, and those of whom none is known."""
    known = {name: people for name, people in index.zones().items() if name in zone_names()}
    return known, index.everybody - BitMap.union(BitMap(), *known.values())


def _at_once(
    index: PeopleIndex, known: Mapping[str, BitMap], others: BitMap, fallback: str, sent: datetime, quiet: Quiet | None
) -> Iterator[ZonePlan]:
    """Yield all people, those apart whose quiet hours put it off."""
    rest = index.everybody.copy()
    for name, people in sorted(known.items()):
        if (due := after_quiet(sent, quiet, zone(name))) > sent:
            rest -= people
            yield ZonePlan(name, people, due)
    if (due := after_quiet(sent, quiet, zone(fallback))) > sent:
        rest -= others
        yield ZonePlan(fallback, others, due, fallback=True)
    yield ZonePlan("", rest, sent)


def by_own_clock(run: RunRecord) -> bool:
    """Tell whether a run is sent by each person's own clock."""
    schedule = run.content.schedule
    return schedule is not None and schedule.local and not run.occurrence.startswith("now:")


def is_planned_otherwise(run: RunRecord) -> bool:
    """Tell whether a run's times were computed with other time-zone data than this server has."""
    return run.time_zones not in ("", tz_version())


def planned_clocks(run: RunRecord) -> dict[int, str]:
    """Return by whose clock people were planned, by bucket; empty for those whose time may have been put off since, or
    was computed with other data. Of a run that is not sent by each person's own clock there is none.
    """
    if not by_own_clock(run):
        return {}
    again = is_planned_otherwise(run)
    return {place: "" if again else bucket.zone for place, bucket in enumerate(run.buckets)} | {DEFERRED: ""}


def moved_sooner(index: PeopleIndex, run: RunRecord, ahead: Iterable[Bucket], now: datetime) -> dict[int, datetime]:
    """Return who is in a bucket of a run that is not due yet, and moved to a zone where it is their time sooner, with
    when they are due there; where the time-zone data are others now, also who did not move and is due sooner by them.
    Whose time passed there longer ago than may be caught up is left where they are.
    """
    if run.content.schedule is None:
        return {}
    schedule, local, quiet = schedule_of(run.content.schedule), read_local(run.occurrence), quiet_of(run.content.quiet)
    grace = timedelta(seconds=schedule.catch_up)
    known, others = _by_zone(index)
    groups = {**known, schedule.zone: known.get(schedule.zone, BitMap()) | others}
    found: dict[int, datetime] = {}
    for bucket in ahead:
        if is_planned_otherwise(run):
            due = due_in(local, bucket.zone, run.created_at, late=schedule.late, grace=grace, quiet=quiet)
            if due is not None and due < bucket.due:
                stayed = BitMap.deserialize(bucket.people) & groups.get(bucket.zone, BitMap())
                found.update(dict.fromkeys(stayed, due))
        gone = (BitMap.deserialize(bucket.people) & index.everybody) - groups.get(bucket.zone, BitMap())
        for name, people in groups.items() if gone else ():
            if came := people & gone:
                due = due_in(local, name, now, late=schedule.late, grace=grace, quiet=quiet)
                if due is not None and due < bucket.due:
                    found.update(dict.fromkeys(came, due))
    return found


def refuse_unexpected(found: Planned, expected: int | None) -> None:
    """Raise StateConflict when more or fewer people would get it than somebody saw beforehand."""
    count = len(found.plan.receivers)
    if expected is None or abs(count - expected) <= max(FEW, expected * TOLERANCE):
        return
    raise StateConflict(
        f"{count} people would get it, not {expected}: nothing was started",
        remedy="Preview it again, and start it with the number that you see",
    )


def refuse_late(found: Planned, schedule: Schedule) -> None:
    """Raise BadInput where the time of some people has passed, and nothing says what becomes of them."""
    late = found.plan.skipped.get(SkipReason.TIME_PASSED)
    if late and schedule.late is None:
        raise BadInput(
            f"for {len(late)} people that time has passed",
            place="schedule.late",
            remedy=f"Say what becomes of them: {', '.join(Late)}",
        )


async def frozen(
    context: Context, broadcast: BroadcastRecord, found: Planned, *, run: str, occurrence: str, family: str = ""
) -> RunRecord:
    """Return a run as it is frozen. Words of the broadcast's own become a revision that is never live."""
    store, bot = context.store, context.bot
    if found.content.is_own:
        text = frozen_text(found.content.bot)
        revision = await store.keep_revision(bot, text, author=context.staff.name, at=context.at)
    else:
        live = await store.live(bot)
        if live is None:
            raise StateConflict("the bot has no live flow", remedy="Push one first: assent flow push")
        revision = live
    return RunRecord(
        bot=bot,
        id=run,
        broadcast=broadcast.id,
        occurrence=occurrence,
        family=family or run,
        content=msgspec.structs.replace(broadcast, quiet=found.quiet),
        created_at=context.at,
        created_by=context.staff.name,
        due=found.due,
        expires=found.expires,
        revision=revision.number,
        digest=revision.digest,
        seed=seed_of(broadcast),
        index_position=str(found.sequence),
        time_zones=tz_version(),
        planned=len(found.plan.audience),
        audience=found.plan.audience.serialize(),
        skipped={reason: people.serialize() for reason, people in found.plan.skipped.items()},
        buckets=found.plan.stored(),
    )

"""Runs: sending a broadcast now or when it is due, and what staff do to a sending under way."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from pyroaring import BitMap

from audiences.context import Context
from broadcasts.editing import Saved, broadcast_target, checked, editable, known_broadcast
from broadcasts.planning import Planned, frozen, planned, refuse_late, refuse_unexpected, schedule_of
from flows.source.nodes import did_you_mean
from messages.errors import BadInput, NotFound, StaleVersion, StateConflict
from messages.pushes import OVER, PushState, RunState
from schedules.schedule import last_due, next_instants
from schedules.wall_clock import zone
from storage.push_records import BroadcastRecord, RunRecord, RunStatus, ScheduleRecord

MAX_SCHEDULES: Final = 200
MAX_RUNS: Final = 50
"""Of a bot at once."""
ACTIVE: Final = tuple(state for state in RunState if state not in OVER)
GOING: Final = (RunState.PLANNED, RunState.RUNNING)
_PAGE: Final = 1_000


class BucketView(msgspec.Struct, frozen=True):
    """People who are due at one moment."""

    due: datetime
    people: int
    zone: str = ""
    """Whose clock that is; empty: all people at once."""
    fallback: bool = False
    """They have no zone that is known, so it is that of the schedule."""


class RunView(msgspec.Struct, frozen=True):
    """A run, as the command and the API show it."""

    id: str
    broadcast: str
    occurrence: str
    family: str
    state: RunState
    reason: str
    """Why it is held, missed or overlapped."""
    due: datetime
    expires: datetime
    planned: int
    """The sum of all that follow, at every moment."""
    waiting: int
    deferred: int
    sending: int
    sent: int
    delivered: int
    read: int
    failed: int
    unknown: int
    skipped: int
    reasons: Mapping[str, Mapping[str, int]]
    """Of those deferred, failed and skipped: how many for which reason."""
    created_at: datetime
    created_by: str
    changed_at: datetime | None
    changed_by: str
    revision: int
    time_zones: str
    note: str
    version: int
    """Rises with each change of state."""
    buckets: tuple[BucketView, ...] = ()


class Resent(NamedTuple):
    """A run some of whose messages are sent again, and how many."""

    run: RunView
    people: int


def run_target(run: str) -> str:
    """Return what audit rows about a run name."""
    return f"run {run}"


def view_of(run: RunRecord, status: RunStatus) -> RunView:
    """Return a run as it is shown."""
    by_state = dict.fromkeys(PushState, 0)
    reasons: dict[str, dict[str, int]] = {}
    for (state, reason), count in sorted(status.counts.items()):
        by_state[state] += count
        if reason and count:
            reasons.setdefault(state, {})[reason] = count
    return RunView(
        id=run.id, broadcast=run.broadcast, occurrence=run.occurrence, family=run.family,
        state=status.state, reason=status.reason,
        due=run.due,
        expires=run.expires,
        planned=run.planned,
        waiting=run.planned - sum(by_state.values()),
        **{state.value: count for state, count in by_state.items()},
        reasons=reasons,
        created_at=run.created_at,
        created_by=run.created_by,
        changed_at=status.changed_at,
        changed_by=status.changed_by,
        revision=run.revision,
        time_zones=run.time_zones,
        note=run.note,
        version=status.epoch,
        buckets=tuple(
            BucketView(each.due, len(BitMap.deserialize(each.people)), each.zone, each.fallback) for each in run.buckets
        ),
    )  # fmt: skip


async def known_run(context: Context, run: str) -> tuple[RunRecord, RunStatus]:
    """Return a run by its id, or the latest one of a broadcast by that one's. Raises NotFound."""
    found = await context.store.run(context.bot, run)
    if found is not None:
        return found
    latest = await context.store.runs(context.bot, broadcast=run, limit=1)
    if latest and (whole := await context.store.run(context.bot, latest[0][0].id)) is not None:
        return whole
    runs = await context.store.runs(context.bot, limit=_PAGE)
    remedy = did_you_mean(run, [each.id for each, _ in runs], otherwise="See `assent broadcast show BROADCAST`")
    raise NotFound(f"there is no run `{run}`", remedy=remedy)


async def show_run(context: Context, run: str) -> RunView:
    """Return one run. Raises NotFound."""
    return view_of(*await known_run(context, run))


async def list_runs(
    context: Context, *, broadcast: str = "", states: Sequence[RunState] = (), before: str = "", limit: int = 100
) -> list[RunView]:
    """Return runs, the newest first; missed and overlapped ones too. Raises NotFound for an unknown broadcast."""
    name = (await known_broadcast(context, broadcast)).id if broadcast else ""
    found = await context.store.runs(context.bot, broadcast=name, states=states, before=before, limit=limit)
    return [view_of(*each) for each in found]


# -- starting


async def send_broadcast(
    context: Context, broadcast: str, *, run: str, key: str = "", expected: int | None = None,
    accept_repeats: bool = False,
) -> RunView:  # fmt: skip
    """Send a broadcast now. `key`: the same one never starts a second run. `expected`: how many people were previewed.

    Raises StateConflict where more than a few others would get it, and on a store that may forget who got it.
    """
    context.staff.require("send_broadcast")
    record = await editable(context, broadcast, None)
    await refuse_forgetful(context, accept_repeats=accept_repeats)
    occurrence = f"now:{key or run}"
    if key and (before := await _run_of(context, record.id, occurrence)) is not None:
        return before
    await _refuse_too_many(context)
    found = await planned(context, (await checked(context, record)).broadcast)
    refuse_unexpected(found, expected)
    return await _start(context, record, found, run=run, occurrence=occurrence, action="send_broadcast")


async def _start(
    context: Context, record: BroadcastRecord, found: Planned, *, run: str, occurrence: str, action: str,
    family: str = "",
) -> RunView:  # fmt: skip
    made = await frozen(context, record, found, run=run, occurrence=occurrence, family=family)
    kept = await context.store.add_run(made, RunState.RUNNING)
    if kept.id == run:
        detail = f"{record.id}, {len(found.plan.receivers)} of {made.planned}"
        await context.record(action, run_target(run), detail)
    return await show_run(context, kept.id)


async def _run_of(context: Context, broadcast: str, occurrence: str) -> RunView | None:
    """Return the run of an occurrence, if it began before."""
    for run, status in await context.store.runs(context.bot, broadcast=broadcast, limit=_PAGE):
        if run.occurrence == occurrence:
            return view_of(run, status)
    return None


async def refuse_forgetful(context: Context, *, accept_repeats: bool) -> None:
    """Raise StateConflict on a store that may forget who got a push, unless that is accepted."""
    weaknesses = () if accept_repeats else await context.store.weaknesses()
    if weaknesses:
        raise StateConflict(
            f"the store may forget who got a message, who would get it twice: {weaknesses[0].problem}",
            remedy=f"{weaknesses[0].remedy}; or accept repeats",
        )


async def _refuse_too_many(context: Context) -> None:
    if len(await context.store.runs(context.bot, states=ACTIVE, limit=MAX_RUNS)) >= MAX_RUNS:
        raise StateConflict(f"{MAX_RUNS} runs are under way", remedy="Wait for one to finish, or cancel one")


async def schedule_broadcast(
    context: Context, broadcast: str, schedule: ScheduleRecord | None, *, expected: int | None = None,
    accept_repeats: bool = False, version: int | None = None,
) -> Saved:  # fmt: skip
    """Say when a broadcast is sent by itself; None: no more. Raises BadInput for what is no schedule, or one that never
    sends; where the time of some people has passed and `late` is not given; StateConflict as `send_broadcast`.
    """
    context.staff.require("schedule_broadcast")
    record = await editable(context, broadcast, version)
    warnings: tuple[str, ...] = ()
    if schedule is None:
        new, detail = msgspec.structs.replace(record, schedule=None, queued_occurrence="", held=""), "not scheduled"
    else:
        await refuse_forgetful(context, accept_repeats=accept_repeats)
        new, warnings = await _scheduled(context, record, schedule, expected)
        detail = " ".join(filter(None, [schedule.at or schedule.rule, schedule.zone, "local" * schedule.local]))
    if new == record:
        return Saved(record, warnings)
    saved = await context.store.save_broadcast(new)
    await context.record("schedule_broadcast", broadcast_target(record.id), detail)
    return Saved(saved, warnings)


async def _scheduled(
    context: Context, record: BroadcastRecord, schedule: ScheduleRecord, expected: int | None
) -> tuple[BroadcastRecord, tuple[str, ...]]:
    read = schedule_of(schedule)
    read.check()
    others = [each for each in await context.store.broadcasts(context.bot) if each.schedule and each.id != record.id]
    if len(others) >= MAX_SCHEDULES:
        raise StateConflict(f"{MAX_SCHEDULES} broadcasts are scheduled", remedy="End the schedule of one of them")
    passed = last_due(read, context.at)
    new = msgspec.structs.replace(
        record, schedule=schedule, last_occurrence=_key(passed), queued_occurrence="", held=""
    )
    coming = next_instants(read, context.at, 1)
    if not coming and not (schedule.local and read.at is not None):
        raise BadInput("that time has passed", place="schedule.at", remedy="Give a later one, or send it now")
    occurrence = coming[0].local if coming else read.at
    saved = await checked(context, new)
    found = await planned(context, saved.broadcast, occurrence)
    if (coming and schedule.local) or not coming:
        refuse_late(found, read)
    if not coming:
        new = msgspec.structs.replace(new, last_occurrence="")
    refuse_unexpected(found, expected)
    return new, (*saved.warnings, *read.notes())


class Coming(msgspec.Struct, frozen=True):
    """An occurrence that is still to come."""

    occurrence: str
    """Its wall-clock time, which names it."""
    due: datetime
    """When it is sent, or when the first people get it."""
    last: datetime
    """When the last people get it: later than `due` where each person's own clock counts."""
    shown: str
    """What the schedule's zone shows then, with its offset; empty where each person's own clock counts."""
    zone: str


async def coming(context: Context, broadcast: str, limit: int) -> list[Coming]:
    """Return the next occurrences of a broadcast's schedule. Raises StateConflict where it has none, NotFound."""
    record = await known_broadcast(context, broadcast)
    if record.schedule is None:
        raise StateConflict(
            f"broadcast {record.id} is not scheduled", remedy=f"Schedule it: assent broadcast schedule {record.id}"
        )
    schedule = schedule_of(record.schedule)
    where = zone(schedule.zone)
    return [
        Coming(
            each.key, each.due, each.last, "" if schedule.local else each.due.astimezone(where).isoformat(), where.key
        )
        for each in next_instants(schedule, context.at, limit)
    ]


def _key(local: datetime | None) -> str:
    return "" if local is None else local.isoformat()


# -- under way


async def pause_run(context: Context, run: str) -> RunView:
    """Pause a run. Once this has returned, no message of it is claimed by any server."""
    return await _change(context, run, "pause_run", RunState.PAUSED, GOING)


async def resume_run(context: Context, run: str) -> RunView:
    """Go on with a run that is paused or held, with exactly those who wait and are deferred."""
    return await _change(context, run, "resume_run", RunState.RUNNING, (RunState.PAUSED, RunState.HELD))


async def cancel_run(context: Context, run: str) -> RunView:
    """Cancel a run: who did not get it yet does not get it. It can't be undone; what was sent stays sent."""
    return await _change(context, run, "cancel_run", RunState.CANCELLED, ACTIVE)


async def _change(context: Context, run: str, action: str, state: RunState, among: Collection[RunState]) -> RunView:
    context.staff.require(action)
    record, status = await known_run(context, run)
    if status.state is state:
        return view_of(record, status)
    if status.state not in among:
        raise StateConflict(f"run {record.id} is {status.state}", remedy=_remedy(status.state))
    try:
        changed = await context.store.change_run(
            context.bot, record.id, state, among=tuple(among), at=context.at, by=context.staff.name
        )
    except StaleVersion:
        return await _change(context, record.id, action, state, among)
    await context.record(action, run_target(record.id), record.broadcast)
    return view_of(record, changed)


def _remedy(state: RunState) -> str:
    if state in OVER:
        return "It is over: send the broadcast again, or resend what failed"
    return "Resume it first" if state in (RunState.PAUSED, RunState.HELD) else "Pause or cancel it"


async def archive_broadcast(context: Context, broadcast: str) -> Saved:
    """Archive a broadcast: its schedule ends, its runs that are not over are cancelled. Its runs stay to be seen."""
    context.staff.require("archive_broadcast")
    record = await known_broadcast(context, broadcast)
    if record.archived:
        return Saved(record)
    saved = await context.store.save_broadcast(msgspec.structs.replace(record, archived=True, schedule=None))
    await context.record("archive_broadcast", broadcast_target(record.id))
    while going := await context.store.runs(context.bot, broadcast=record.id, states=ACTIVE, limit=_PAGE):
        for run, _ in going:
            await cancel_run(context, run.id)
    return Saved(saved)


async def top_up(
    context: Context, run: str, *, new: str, key: str = "", expected: int | None = None, accept_repeats: bool = False
) -> RunView:
    """Send what a run says to those who are in its audience now, and were to get neither it nor a top-up of it."""
    context.staff.require("top_up_run")
    record, _ = await known_run(context, run)
    await refuse_forgetful(context, accept_repeats=accept_repeats)
    occurrence = f"now:{key or new}"
    if key and (before := await _run_of(context, record.broadcast, occurrence)) is not None:
        return before
    await _refuse_too_many(context)
    found = await plan_top_up(context, record.id)
    refuse_unexpected(found, expected)
    return await _start(
        context, record.content, found, run=new, occurrence=occurrence, action="top_up_run", family=record.family
    )


async def plan_top_up(context: Context, run: str) -> Planned:
    """Return what a top-up of a run would come to. Raises NotFound."""
    record, _ = await known_run(context, run)
    return await planned(context, record.content, without=await _planned_before(context, record))


async def _planned_before(context: Context, record: RunRecord) -> BitMap:
    """Return who was to get a run or a top-up of it. Whoever was skipped from the start had nothing of it."""
    had, before = BitMap(), ""
    while page := await context.store.runs(context.bot, broadcast=record.broadcast, before=before, limit=_PAGE):
        for each, _ in page:
            if each.family == record.family and (whole := await context.store.run(context.bot, each.id)) is not None:
                had = BitMap.union(had, *(BitMap.deserialize(bucket.people) for bucket in whole[0].buckets))
        before = page[-1][0].id
    return had


async def resend(context: Context, run: str, state: PushState, *, expected: int | None = None) -> Resent:
    """Send again to those of a run to whom it failed, or of whom nobody knows. Of the latter some may see it twice.

    Consent is asked again. `expected`: nothing is done if it would be another number of people.
    """
    context.staff.require("resend_run")
    record, status = await known_run(context, run)
    if state not in (PushState.FAILED, PushState.UNKNOWN):
        raise BadInput(f"what is {state} is not sent again", place="state", remedy="Say failed or unknown")
    if status.state in (RunState.CANCELLED, RunState.EXPIRED) or record.expires <= context.at:
        raise StateConflict(f"the time of run {record.id} is over", remedy="Send the broadcast again, or a top-up")
    count = sum(number for (one, _), number in status.counts.items() if one is state)
    if expected is not None and count != expected:
        raise StateConflict(f"{count} people would get it again, not {expected}", remedy="Look again, then repeat")
    if not count:
        return Resent(view_of(record, status), 0)
    people = await context.store.send_again(context.bot, record.id, (state,), at=context.at)
    if status.state is RunState.FINISHED:
        await context.store.change_run(
            context.bot, record.id, RunState.RUNNING, among=(RunState.FINISHED,), at=context.at, by=context.staff.name
        )
    await context.record("resend_run", run_target(record.id), f"{state}: {people}")
    return Resent(await show_run(context, record.id), people)

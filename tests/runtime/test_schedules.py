"""What becomes of occurrences of a schedule while no server ran, and that each is a run once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from audiences.contacts import edit_contact, set_details
from broadcasts.editing import Definition, edit_broadcast
from broadcasts.planning import planned
from broadcasts.preview import preview
from broadcasts.runs import known_run, send_broadcast
from messages.pushes import Deferral, PushState, RunState, SkipReason
from runtime.clock import now
from schedules.wall_clock import tz_version
from storage.push_records import Bucket, PushRow, ScheduleRecord
from tests.runtime.harness import RunningBot, running_bot
from tests.runtime.test_pushes import CONTENT, FAST, PUSHED, begin, opt_in, over, replays, staff_of, status_of, tips
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=needs_redis)])
async def bot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RunningBot]:
    store = "" if request.param == "sqlite" else f"{empty_database(6)}?shards=2"
    async with running_bot(tmp_path, PUSHED, push=FAST, store=store) as running:
        yield running


async def runs_of(bot: RunningBot, broadcast: str) -> dict[str, tuple[str, RunState]]:
    """By occurrence, the id of its run and where it stands; the earliest first."""
    found = await bot.server.store.runs("demo", broadcast=broadcast)
    return {run.occurrence: (run.id, status.state) for run, status in reversed(found)}


async def test_of_what_was_missed_the_latest_runs_once_and_the_others_are_kept_as_missed(bot: RunningBot) -> None:
    await opt_in(bot, ["ana", "bob"])
    today = (now() - timedelta(minutes=5)).replace(second=0, microsecond=0, tzinfo=None)
    days = [today - timedelta(days=ago) for ago in (3, 2, 1, 0)]
    daily = ScheduleRecord(rule="FREQ=DAILY", start=days[0].isoformat(timespec="minutes"))
    broadcast = msgspec.structs.replace(CONTENT, id="b2", schedule=daily, last_occurrence=days[0].isoformat())
    await bot.server.store.save_broadcast(broadcast)
    await asyncio.gather(*(bot.server.runs.start_due("demo") for _ in range(3)))
    await bot.server.runs.start_due("demo")
    found = await runs_of(bot, "b2")
    assert list(found) == [day.isoformat(timespec="minutes") for day in days[1:]]
    assert [state for _, state in found.values()][:2] == [RunState.MISSED] * 2
    (sent, _) = list(found.values())[-1]
    assert (await over(bot, sent)).state is RunState.FINISHED
    assert tips(bot.standin.deliveries) == {"a:ana": 1, "a:bob": 1}
    assert await bot.metric('assent_schedule_missed_total{bot="demo",state="missed"}') == 2


async def test_an_occurrence_beside_a_run_that_is_not_over_overlaps(bot: RunningBot) -> None:
    await opt_in(bot, ["ana"])
    before = (now() - timedelta(minutes=30)).replace(second=0, microsecond=0, tzinfo=None)
    daily = ScheduleRecord(rule="FREQ=DAILY", start=(before - timedelta(days=1)).isoformat(timespec="minutes"))
    first = (before - timedelta(days=1)).isoformat(timespec="minutes")
    broadcast = msgspec.structs.replace(CONTENT, id="b3", schedule=daily, last_occurrence=first)
    record = await bot.server.store.save_broadcast(broadcast)
    await begin(bot, "going", broadcast="b3", occurrence=first, due=now() + timedelta(days=1))
    await bot.server.runs.start_due("demo")
    found = await runs_of(bot, "b3")
    assert [state for _, state in found.values()] == [RunState.PLANNED, RunState.OVERLAPPED]
    saved = await bot.server.store.broadcast("demo", "b3")
    assert saved is not None
    assert saved.last_occurrence > record.last_occurrence


async def test_a_broadcast_that_cannot_be_sent_is_missed_with_its_reason(bot: RunningBot) -> None:
    await opt_in(bot, ["ana"])
    at = (now() - timedelta(minutes=2)).replace(second=0, microsecond=0, tzinfo=None)
    once = ScheduleRecord(at=at.isoformat(timespec="minutes"))
    await bot.server.store.save_broadcast(msgspec.structs.replace(CONTENT, id="b4", message="gone", schedule=once))
    await bot.server.runs.start_due("demo")
    ((run, status),) = await bot.server.store.runs("demo", broadcast="b4")
    assert (status.state, run.planned) == (RunState.MISSED, 0)
    assert "gone" in status.reason


async def test_a_queued_occurrence_runs_when_the_run_before_is_over_however_late(bot: RunningBot) -> None:
    await opt_in(bot, ["ana"])
    now_due = (now() - timedelta(minutes=30)).replace(second=0, microsecond=0, tzinfo=None)
    first, second, third = (now_due - timedelta(days=ago) for ago in (2, 1, 0))
    daily = ScheduleRecord(rule="FREQ=DAILY", start=first.isoformat(timespec="minutes"), overlap="queue_one")
    broadcast = msgspec.structs.replace(
        CONTENT, id="b5", schedule=daily, last_occurrence=second.isoformat(), queued_occurrence=second.isoformat()
    )
    await bot.server.store.save_broadcast(broadcast)
    await begin(bot, "going", broadcast="b5", occurrence=first.isoformat(timespec="minutes"), due=now() + timedelta(1))
    await bot.server.runs.start_due("demo")
    found = await runs_of(bot, "b5")
    assert found[third.isoformat(timespec="minutes")][1] is RunState.OVERLAPPED, "one may wait"
    assert second.isoformat(timespec="minutes") not in found
    await bot.server.store.change_run("demo", "going", RunState.CANCELLED, among=[RunState.PLANNED], at=now(), by="ana")
    await bot.server.runs.start_due("demo")
    found = await runs_of(bot, "b5")
    assert (await over(bot, found[second.isoformat(timespec="minutes")][0])).state is RunState.FINISHED
    assert tips(bot.standin.deliveries) == {"a:ana": 1}
    saved = await bot.server.store.broadcast("demo", "b5")
    assert saved is not None
    assert (saved.queued_occurrence, saved.last_occurrence) == ("", third.isoformat())


async def test_people_furthest_east_get_what_their_own_clock_says(bot: RunningBot) -> None:
    """A schedule is looked at after the moment at which their time begins."""
    await opt_in(bot, ["ana"])
    east = (now() + timedelta(hours=14) - timedelta(minutes=1)).replace(second=0, microsecond=0, tzinfo=None)
    once = ScheduleRecord(at=east.isoformat(timespec="minutes"), zone="Pacific/Kiritimati", local=True)
    await bot.server.store.save_broadcast(msgspec.structs.replace(CONTENT, id="b6", schedule=once))
    await bot.server.runs.start_due("demo")
    ((run, _),) = await bot.server.store.runs("demo", broadcast="b6")
    assert (await over(bot, run.id)).state is RunState.FINISHED
    assert tips(bot.standin.deliveries) == {"a:ana": 1}


HERE, WEST, EAST = "Etc/GMT", "Etc/GMT+6", "Etc/GMT-1"
"""Zones at UTC, six hours behind it, and an hour ahead."""


def half_an_hour_ago() -> datetime:
    """What clocks showed half an hour ago at UTC: in the west it is that time in five and a half hours."""
    return (now() - timedelta(minutes=30)).replace(second=0, microsecond=0, tzinfo=None)


async def live_in(bot: RunningBot, user: str, zone: str) -> None:
    found = await bot.server.store.conversation("demo", f"teams:a:{user}")
    assert found is not None
    staff, change = staff_of(bot).staff, set_details({"time_zone": zone})
    await edit_contact(bot.server.store, "demo", found.contact.id, change, staff, now(), "edit_contact")


async def by_their_clocks(bot: RunningBot, broadcast: str, **content: Any) -> str:
    """Begin a run by each person's own clock; return its id."""
    at = half_an_hour_ago().isoformat(timespec="minutes")
    once = ScheduleRecord(at=at, zone=HERE, local=True, catch_up=7200)
    await bot.server.store.save_broadcast(msgspec.structs.replace(CONTENT, id=broadcast, schedule=once, **content))
    await bot.server.runs.start_due("demo")
    ((run, _),) = await bot.server.store.runs("demo", broadcast=broadcast)
    return run.id


async def row_of(bot: RunningBot, run: str, user: str) -> PushRow | None:
    found = await bot.server.store.conversation("demo", f"teams:a:{user}")
    assert found is not None
    rows = await bot.server.store.pushes("demo", run=run, contact=found.contact.id)
    return rows[0] if rows else None


async def until(bot: RunningBot, run: str, user: str, state: PushState) -> PushRow:
    """Wait until a push stands so."""
    async with asyncio.timeout(20):
        while True:
            row = await row_of(bot, run, user)
            if row is not None and row.state is state:
                return row
            await asyncio.sleep(0.02)


async def test_34_who_moves_where_it_is_past_gets_it_at_once_and_once(bot: RunningBot) -> None:
    people = ["ana", "bob", "cid", "dan"]
    await opt_in(bot, people)
    for user in people:
        await live_in(bot, user, WEST)
    run = await by_their_clocks(bot, "b7")
    assert (await status_of(bot, run)).counts == {}, "in the west their time is still to come"
    await live_in(bot, "ana", HERE)
    ana = await until(bot, run, "ana", PushState.SENT)
    assert (ana.due, ana.claims) == (half_an_hour_ago().replace(tzinfo=UTC), 1), "it is said to be late"
    await live_in(bot, "bob", "Etc/GMT-5")
    await live_in(bot, "cid", "Etc/GMT+4")
    cid = await until(bot, run, "cid", PushState.DEFERRED)
    assert cid.until == half_an_hour_ago().replace(tzinfo=UTC) + timedelta(hours=4)
    await live_in(bot, "cid", HERE)
    await until(bot, run, "cid", PushState.SENT)
    await bot.server.runs.look_after("demo")
    assert await row_of(bot, run, "bob") is None, "too late where he is now; he may move again"
    assert tips(bot.standin.deliveries) == {"a:ana": 1, "a:cid": 1}
    assert (await status_of(bot, run)).state is RunState.RUNNING, "bob and dan wait"
    await replays(bot, ["ana", "cid"])


async def test_33_who_moves_where_it_is_still_to_come_waits_for_it(bot: RunningBot) -> None:
    await opt_in(bot, ["ana"])
    await live_in(bot, "ana", EAST)
    await bot.server.audiences.of("demo").catch_up()
    await bot.server.background.close()  # nothing is pushed until she has moved
    run = await by_their_clocks(bot, "b8")
    await live_in(bot, "ana", WEST)
    pushing = asyncio.create_task(bot.server.pusher.run())
    try:
        ana = await until(bot, run, "ana", PushState.DEFERRED)
    finally:
        pushing.cancel()
        await asyncio.gather(pushing, return_exceptions=True)
    due = half_an_hour_ago().replace(tzinfo=UTC) + timedelta(hours=6)
    assert (ana.reason, ana.until) == (Deferral.MOVED, due)


async def test_quiet_hours_are_in_the_plan_and_outlast_nothing(bot: RunningBot) -> None:
    """Who is quiet for longer than it may be late is skipped from the start; others wait in a bucket of their own."""
    await opt_in(bot, ["ana", "bob"])
    await live_in(bot, "ana", EAST)
    await live_in(bot, "bob", WEST)
    hour = timedelta(hours=1)
    there = now() + hour
    quiet = f"{there - hour:%H:%M}-{there + hour:%H:%M}"
    index = await bot.server.audiences.of("demo").catch_up()
    plans = [
        await planned(
            replace(staff_of(bot), read_index=bot.server.audiences.of("demo").catch_up),
            msgspec.structs.replace(CONTENT, quiet=quiet, expires_after=seconds),
        )
        for seconds in (7200, 1800)
    ]
    people = {zone: next(iter(found)) for zone, found in index.zones().items()}
    for found, later in zip(plans, (True, False), strict=True):
        buckets = {bucket.zone: (list(bucket.people), due) for bucket, due in found.plan.buckets}
        assert buckets[""][0] == [people[WEST]]
        if later:
            (waits, due) = buckets[EAST]
            assert waits == [people[EAST]]
            assert timedelta(minutes=58) < due - now() < hour
        else:
            assert {reason: list(who) for reason, who in found.plan.skipped.items()} == {
                SkipReason.QUIET: [people[EAST]]
            }


async def test_quiet_hours_of_the_bot_hold_where_a_broadcast_says_nothing(bot: RunningBot) -> None:
    await opt_in(bot, ["ana"])
    context = replace(staff_of(bot), read_index=bot.server.audiences.of("demo").catch_up)
    quiet = f"{now() - timedelta(hours=1):%H:%M}-{now() + timedelta(hours=1):%H:%M}"
    context = replace(context, flow=context.flow.model_copy(update={"quiet": quiet}))
    await bot.server.store.save_broadcast(CONTENT)
    seen = await preview(context, "b1")
    ((bucket),) = seen.buckets
    assert (bucket.people, bucket.zone, bucket.fallback, seen.first) == (1, "UTC", True, bucket.due)
    assert timedelta(minutes=58) < bucket.due - now() < timedelta(hours=1)
    assert seen.ends is not None
    assert seen.ends > bucket.due
    run = await send_broadcast(context, "b1", run="r9", expected=seen.receivers)
    assert [(each.zone, each.due) for each in run.buckets] == [("UTC", bucket.due)]
    record, _ = await known_run(context, "r9")
    assert record.content.quiet == quiet, "frozen with the run, so that the claim asks the same"
    await edit_broadcast(context, "b1", Definition(quiet="none"))
    assert [each.zone for each in (await preview(context, "b1")).buckets] == [""]


@pytest.mark.parametrize("state", [RunState.PLANNED, RunState.PAUSED, RunState.HELD])
async def test_the_former_run_is_cancelled_wherever_it_stands_and_the_new_one_is_not(
    bot: RunningBot, state: RunState
) -> None:
    await opt_in(bot, ["ana"])
    today = half_an_hour_ago()
    first = today - timedelta(days=1)
    daily = ScheduleRecord(rule="FREQ=DAILY", start=first.isoformat(timespec="minutes"), overlap="cancel_other")
    content = msgspec.structs.replace(CONTENT, id="c1", schedule=daily, last_occurrence=first.isoformat())
    occurrence = first.isoformat(timespec="minutes")
    await begin(bot, "former", broadcast="c1", occurrence=occurrence, due=now() + timedelta(1), buckets=(), planned=0)
    if state is not RunState.PLANNED:
        await bot.server.store.change_run("demo", "former", state, among=[RunState.PLANNED], at=now(), by="ana")
    record = await bot.server.store.save_broadcast(content)
    await bot.server.runs.start_due("demo")
    assert (await status_of(bot, "former")).state is RunState.CANCELLED
    # A server that was killed before it could say what it decided, or another one at the same moment.
    decided = await bot.server.store.broadcast("demo", "c1")
    assert decided is not None
    await bot.server.store.save_broadcast(msgspec.structs.replace(record, version=decided.version))
    await bot.server.runs.start_due("demo")
    found = await runs_of(bot, "c1")
    assert (await over(bot, found[today.isoformat(timespec="minutes")][0])).state is RunState.FINISHED
    assert tips(bot.standin.deliveries) == {"a:ana": 1}


async def test_a_run_that_cannot_be_sent_cancels_none(bot: RunningBot) -> None:
    today = half_an_hour_ago()
    first = today - timedelta(days=1)
    daily = ScheduleRecord(rule="FREQ=DAILY", start=first.isoformat(timespec="minutes"), overlap="cancel_other")
    content = msgspec.structs.replace(CONTENT, message="gone", id="c2", schedule=daily)
    await begin(bot, "former", broadcast="c2", occurrence=first.isoformat(timespec="minutes"), due=now() + timedelta(1))
    await bot.server.store.save_broadcast(msgspec.structs.replace(content, last_occurrence=first.isoformat()))
    await bot.server.runs.start_due("demo")
    assert [state for _, state in (await runs_of(bot, "c2")).values()] == [RunState.PLANNED, RunState.MISSED]


async def test_what_was_planned_by_other_time_zone_data_is_planned_again(bot: RunningBot) -> None:
    """By the data of then it was an hour earlier, or later, than it is by ours."""
    await opt_in(bot, ["ana", "bob"])
    await live_in(bot, "ana", WEST)
    await live_in(bot, "bob", EAST)
    index = await bot.server.audiences.of("demo").catch_up()
    people = index.zones()
    at, hour = half_an_hour_ago(), timedelta(hours=1)
    local = ScheduleRecord(at=at.isoformat(timespec="minutes"), zone=HERE, local=True, catch_up=9000)
    in_the_west = at.replace(tzinfo=UTC) + 6 * hour
    buckets = (
        Bucket(now() - timedelta(seconds=1), people[WEST].serialize(), WEST),
        Bucket(now() + hour, people[EAST].serialize(), EAST),
    )
    content = msgspec.structs.replace(CONTENT, id="z1", schedule=local)
    run = await begin(
        bot, "zones", broadcast="z1", occurrence=local.at, content=content, buckets=buckets, time_zones="2019c",
        expires=now() + 9 * hour,
    )  # fmt: skip
    await until(bot, run.id, "bob", PushState.SENT)
    ana = await until(bot, run.id, "ana", PushState.DEFERRED)
    assert (ana.reason, ana.until) == (Deferral.MOVED, in_the_west)
    assert tips(bot.standin.deliveries) == {"a:bob": 1}
    (row,) = [row for row in await bot.server.store.audit("demo", limit=100) if row.action == "plan_again"]
    assert row.detail == f"z1: time zones 2019c to {tz_version()}"


async def test_what_was_planned_by_the_same_data_keeps_its_times(bot: RunningBot) -> None:
    await opt_in(bot, ["ana"])
    await live_in(bot, "ana", EAST)
    people = (await bot.server.audiences.of("demo").catch_up()).zones()
    local = ScheduleRecord(at=half_an_hour_ago().isoformat(timespec="minutes"), zone=HERE, local=True, catch_up=9000)
    content = msgspec.structs.replace(CONTENT, id="z2", schedule=local)
    ahead = (Bucket(now() + timedelta(hours=1), people[EAST].serialize(), EAST),)
    how = {"broadcast": "z2", "occurrence": local.at, "content": content, "buckets": ahead}
    run = await begin(bot, "zones", **how, time_zones=tz_version())
    await bot.server.runs.look_after("demo")
    assert await row_of(bot, run.id, "ana") is None

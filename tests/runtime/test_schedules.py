"""What becomes of occurrences of a schedule while no server ran, and that each is a run once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from messages.pushes import RunState
from runtime.clock import now
from storage.push_records import ScheduleRecord
from tests.runtime.harness import RunningBot, running_bot
from tests.runtime.test_pushes import CONTENT, FAST, PUSHED, begin, opt_in, over, tips
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

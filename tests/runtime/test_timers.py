"""What waits goes on when its time has come, once."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from adapters.port import TurnAnswer
from messages.errors import StoreError
from messages.inbound import ConversationReference, InboundEvent
from runtime.tasks.timers import TimerRunner, timer_event
from runtime.turn_limit import Unavailable
from storage.records import DueTimer
from storage.sqlite.store import SqliteStore
from tests.runtime.scene import Scene


async def test_a_wait_ends_when_its_time_has_come(scene: Scene) -> None:
    await scene.says("slow")
    await scene.timers.fire_due()
    assert scene.said == ["One moment."]
    scene.clock.now += timedelta(seconds=1)
    await scene.timers.fire_due()
    await scene.timers.fire_due()
    assert scene.said == ["One moment.", "Here it is."]
    assert await scene.store.next_timer() is None


async def test_a_timer_fires_once_though_two_runners_see_it(scene: Scene) -> None:
    await scene.says("slow")
    scene.clock.now += timedelta(seconds=1)
    other = Scene(scene.store)
    other.clock.now = scene.clock.now
    await asyncio.gather(scene.timers.fire_due(), other.timers.fire_due())
    assert [*scene.said, *other.said] == ["One moment.", "Here it is."]


async def test_the_runner_that_comes_late_is_quiet(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    await scene.says("slow")
    scene.clock.now += timedelta(seconds=1)
    others = [Scene(scene.store) for _ in range(5)]
    for other in others:
        other.clock.now = scene.clock.now
    capsys.readouterr()
    assert all(await asyncio.gather(*(other.timers.fire_due() for other in others)))
    told = [line for line in capsys.readouterr().out.splitlines() if "[debug" not in line]
    assert told == []
    outcomes = ("committed", "seen", "failed")
    counted = {
        outcome: sum(other.counted("assent_turns_total", channel="teams", outcome=outcome) for other in others)
        for outcome in outcomes
    }
    assert (counted["committed"], counted["failed"]) == (1, 0)
    assert counted["seen"] <= 4  # one that looks once the turn is committed finds no timer at all


class Away(SqliteStore):
    """A store that can't be reached for a while."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.reads = 0
        """How many further calls fail."""

    async def due_timers(
        self, now: datetime, limit: int = 1000, *, after: DueTimer | None = None
    ) -> Sequence[DueTimer]:
        if self.reads:
            self.reads -= 1
            raise StoreError("away")
        return await super().due_timers(now, limit, after=after)


async def test_a_timer_that_is_due_while_the_store_is_away_fires_later(capsys: pytest.CaptureFixture[str]) -> None:
    naps: list[float] = []

    async def nap(seconds: float) -> None:
        naps.append(seconds)

    store = Away.in_memory()
    await store.open()
    scene = Scene(store)
    await scene.push()
    await scene.says("slow")
    scene.clock.now += timedelta(seconds=1)
    store.reads = 3
    scene.spoke.clear()
    running = asyncio.create_task(TimerRunner(store, scene.worker.handle, scene.clock, sleep=nap).run())
    async with asyncio.timeout(60):
        await scene.spoke.wait()
    running.cancel()
    assert scene.said == ["One moment.", "Here it is."]
    assert naps == [1.0] * 3
    assert capsys.readouterr().out.count("timers wait for the store") == 1
    await store.close()


async def test_a_fault_in_one_timer_s_turn_stops_no_other(scene: Scene) -> None:
    for user in ("ana", "ben"):
        await scene.says("slow", user)
    scene.clock.now += timedelta(seconds=1)

    async def handle(bot: str, event: InboundEvent) -> TurnAnswer:
        if event.reference.user == "ana":
            raise KeyError("a bug")
        return await scene.worker.handle(bot, event)

    assert await TimerRunner(scene.store, handle, scene.clock).fire_due() is False
    assert scene.said.count("Here it is.") == 1


class Watched(SqliteStore):
    """A store that tells when it was asked for the next timer."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.asked = asyncio.Event()

    async def next_timer(self, *, after: datetime | None = None) -> datetime | None:
        self.asked.set()
        return await super().next_timer(after=after)


async def test_a_new_timer_wakes_the_runner() -> None:
    """Otherwise it would sleep on for half a minute."""
    store = Watched.in_memory()
    await store.open()
    scene = Scene(store)
    await scene.push()
    later = scene.clock.now + timedelta(hours=1)
    scene.timers = TimerRunner(store, scene.worker.handle, lambda: later)
    running = asyncio.create_task(scene.timers.run())
    await store.asked.wait()
    await scene.says("slow")
    scene.spoke.clear()
    async with asyncio.timeout(60):
        await scene.spoke.wait()
    running.cancel()
    assert scene.said == ["One moment.", "Here it is."]
    await store.close()


async def test_a_timer_that_cannot_be_taken_stays_and_holds_up_no_other(scene: Scene) -> None:
    for user in ("ana", "ben"):
        await scene.says("slow", user)
    scene.clock.now += timedelta(seconds=1)
    down = True

    async def handle(bot: str, event: object) -> object:
        if down and "ana" in str(event):
            raise Unavailable("not now")
        return await scene.worker.handle(bot, event)  # type: ignore[arg-type]

    timers = TimerRunner(scene.store, handle, scene.clock)  # type: ignore[arg-type]
    assert await timers.fire_due() is False
    assert scene.said.count("Here it is.") == 1
    assert timers.faults == {"timers of demo": "not now"}
    down = False
    assert await timers.fire_due() is True  # it rests
    assert scene.said.count("Here it is.") == 1
    scene.clock.now += timedelta(seconds=1)
    assert await timers.fire_due() is True
    assert scene.said.count("Here it is.") == 2
    assert timers.faults == {}


async def test_a_timer_that_fails_is_tried_later_and_later_and_is_logged_once(scene: Scene) -> None:
    await scene.says("slow")
    tries: list[float] = []
    began = scene.clock.now + timedelta(seconds=1)

    async def handle(bot: str, event: InboundEvent) -> TurnAnswer:
        tries.append((scene.clock.now - began).total_seconds())
        raise KeyError("a bug")

    failed: list[str] = []
    timers = TimerRunner(scene.store, handle, scene.clock, failed=failed.append)
    with capture_logs() as logs:
        for _ in range(120):
            scene.clock.now += timedelta(seconds=1)
            await timers.fire_due()
    assert tries == [0, 1, 3, 7, 15, 31, 61, 91]
    assert failed == ["demo"] * len(tries)
    assert [line["event"] for line in logs] == ["a timer failed", "timers deferred"]


def test_the_event_of_a_timer_has_its_id() -> None:
    reference = ConversationReference(channel="teams", conversation="a:ana", user="ana")
    due = DueTimer(bot="demo", timer="t_1", conversation="teams:a:ana", reference=reference, due=None)  # type: ignore[arg-type]
    assert timer_event(due) == timer_event(due)
    assert "t_1" in timer_event(due).event_id

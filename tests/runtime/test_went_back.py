"""A store that lacks what it acknowledged: who is opted in, who is heard, and what tells of it."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest

from broadcasts.editing import resume_broadcast
from broadcasts.planning import schedule_of
from broadcasts.runs import resume_run
from consent.membership import Act
from messages.consent import SourceKind
from messages.errors import StoreError
from messages.pushes import RunState
from runtime.clock import now
from runtime.tasks.store_memory import WENT_BACK
from schedules.schedule import last_due
from storage.audience_records import StaffChange
from storage.continuity import RaisingRefused
from storage.enrolments import Enrolment
from storage.push_records import ScheduleRecord
from storage.records import LedgerReport
from storage.stores import open_store
from tests.runtime.harness import RunningBot, payload, running_bot
from tests.runtime.test_pushes import CONTENT, FAST, PUSHED, begin, by_state, opt_in, over, staff_of, status_of, tips
from tests.runtime.went_back import FallibleStore, fallible
from tests.storage.redis.needed import needs_redis
from tests.storage.sending import NOW, run_of


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=needs_redis)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FallibleStore]:
    with fallible(request.param, tmp_path) as made:
        yield made


async def rows(url: str) -> list[tuple[int, str, str]]:
    """Read the ledger by a handle that no server had before."""
    store = open_store(url)
    await store.open()
    try:
        found = await store.ledger("demo", limit=1000)
    finally:
        await store.close()
    return [(row.sequence, row.change.subject, row.change.after.value) for row in found]


async def verified(url: str) -> LedgerReport:
    store = open_store(url)
    await store.open()
    try:
        return await store.verify_ledger("demo")
    finally:
        await store.close()


async def accepted(url: str) -> list[tuple[int, int]]:
    """Accept what is missing, as a command does; return from where to where."""
    store = open_store(url)
    await store.open()
    try:
        losses = await store.losses("demo")
        for loss in losses:
            await store.accept_loss(loss, now(), "eve")
    finally:
        await store.close()
    return [(loss.first, loss.last) for loss in losses]


async def ready(bot: RunningBot) -> tuple[int, dict[str, Any]]:
    """Return what /readyz says, once no connection is left that Redis ended."""
    status, text = 0, ""
    for _ in range(20):
        status, text = await bot.get("/readyz")
        if status == 200:
            break
    return status, orjson.loads(text)


async def heard(bot: RunningBot, text: str, user: str) -> int:
    """Say something until the server has a store again; return the status."""
    status = 0
    for _ in range(100):
        status, _ = await bot.teams(bot.activity(user, text=text))
        if status < 400:
            return status
    return status


async def test_put_back_under_a_server(store: FallibleStore, tmp_path: Path) -> None:
    """A STOP that was acknowledged and lost is noticed; nobody is opted in, who wants out is heard."""
    async with running_bot(tmp_path, store=store.url) as bot:
        for user in ("ana", "ben"):
            assert (await bot.presses(payload("yes"), user))[0] < 300
        store.save()
        assert (await bot.says("stop", "ana"))[0] < 300
        acknowledged = await rows(store.url)
        last = acknowledged[-1][0]
        store.put_back()

        assert await heard(bot, "stop", "ben") < 300
        later = [row for row in await rows(store.url) if row not in acknowledged]
        assert later
        assert min(row[0] for row in later) > last
        assert (await bot.presses(payload("yes"), "cho"))[0] == 503
        assert [row for row in await rows(store.url) if row[0] > last and row[2] == "opted_in"] == []
        with pytest.raises(RaisingRefused):
            await bot.server.store.change_many("demo", StaffChange("tips", Act.ADD, now(), SourceKind.API, "eve", [1]))
        assert (await bot.says("hello", "cho"))[0] < 300

        status, said = await ready(bot)
        assert status == 200
        assert "store" in said["degraded"]
        assert "missing from the ledger" in said["degraded"]["store"]
        assert await bot.metric('assent_store_went_back{bot="demo"}') > 0
        report = await verified(store.url)
        assert any("acknowledged" in difference.problem for difference in report.differences)


async def test_put_back_between_two_runs(store: FallibleStore, tmp_path: Path) -> None:
    """The next start notices it."""
    async with running_bot(tmp_path, store=store.url) as bot:
        await bot.presses(payload("yes"), "ana")
        store.save()
        await bot.says("stop", "ana")
        last = (await rows(store.url))[-1][0]
    store.put_back()
    async with running_bot(tmp_path, store=store.url) as bot:
        assert (await bot.presses(payload("yes"), "ben"))[0] == 503
        assert "store" in (await ready(bot))[1]["degraded"]
        assert (await bot.says("stop", "ana"))[0] < 300
        assert (await rows(store.url))[-1][0] > last


LATER = now() + timedelta(days=30)
DAILY = ScheduleRecord(rule="FREQ=DAILY", start="2026-01-01T09:00")


async def sends_by_itself(bot: RunningBot) -> None:
    """Have a run under way, one that is planned, one that staff paused, a schedule, and somebody in a sequence."""
    store = bot.server.store
    run = msgspec.structs.replace(run_of([1], later={LATER - NOW: [1]}), bot="demo", due=LATER, expires=LATER)
    for name, state in (("r1", RunState.RUNNING), ("r2", RunState.PLANNED), ("r3", RunState.PAUSED)):
        await store.add_run(msgspec.structs.replace(run, id=name, occurrence=name, family=name), state)
    await store.save_broadcast(msgspec.structs.replace(CONTENT, id="daily", schedule=DAILY, last_occurrence=_today()))
    await store.save_broadcast(msgspec.structs.replace(CONTENT, id="by-hand"))
    await store.save_enrolments("demo", [Enrolment("demo", "course", "c_1", now(), due=LATER)])


def _today() -> str:
    found = last_due(schedule_of(DAILY), now())
    assert found is not None
    return found.isoformat()


async def held(bot: RunningBot) -> tuple[dict[str, str], dict[str, str], frozenset[str]]:
    """Where runs stand and why, which schedules are held, and which sequences are paused."""
    store = bot.server.store
    runs = {run.id: f"{status.state} {status.reason}".rstrip() for run, status in await store.runs("demo")}
    broadcasts = {each.id: each.held for each in await store.broadcasts("demo")}
    return runs, broadcasts, await store.paused_sequences("demo")


ALL_HELD = (
    {"r1": f"held {WENT_BACK}", "r2": f"held {WENT_BACK}", "r3": "paused"},
    {"daily": WENT_BACK, "by-hand": ""},
    frozenset({"course"}),
)
NONE_HELD = ({"r1": "running", "r2": "planned", "r3": "paused"}, {"daily": "", "by-hand": ""}, frozenset[str]())


async def test_runs_and_schedules_are_held_until_staff_look(store: FallibleStore, tmp_path: Path) -> None:
    """A restored backup sends nothing by itself."""
    async with running_bot(tmp_path, store=store.url) as bot:
        await bot.presses(payload("yes"), "ana")
        await sends_by_itself(bot)
        store.save()
        await bot.says("stop", "ana")
    store.put_back()
    async with running_bot(tmp_path, store=store.url) as bot:
        assert "store" in (await ready(bot))[1]["degraded"]
        assert await held(bot) == ALL_HELD


async def test_a_store_that_lost_nothing_but_pushes_is_held_too(store: FallibleStore, tmp_path: Path) -> None:
    """No row of the ledger is missing. Staff let each go on; what came due meanwhile is not made up for."""
    async with running_bot(tmp_path, PUSHED, push=FAST, store=store.url) as bot:
        await bot.presses(payload("yes", flow=PUSHED), "ana")
        await sends_by_itself(bot)
        await bot.server.memory.compare()
        store.save()
        await begin(bot, "sent")
        assert (await over(bot, "sent")).state is RunState.FINISHED
        await bot.server.memory.compare()
    store.put_back()
    async with running_bot(tmp_path, PUSHED, push=FAST, store=store.url) as bot:
        assert await held(bot) == ALL_HELD
        audit = await bot.server.store.audit("demo", limit=100)
        assert {row.target for row in audit if row.action == "hold_sending"} == {
            "run r1", "run r2", "broadcast daily", "sequence course"
        }  # fmt: skip
        later = replace(staff_of(bot), at=now() + timedelta(days=3))
        assert (await resume_broadcast(later, "daily")).broadcast.held == ""
        saved = await bot.server.store.broadcast("demo", "daily")
        assert saved is not None
        assert saved.last_occurrence > _today(), "three occurrences came due, and are not made up for"
        await resume_run(later, "r1")
    async with running_bot(tmp_path, PUSHED, push=FAST, store=store.url) as bot:
        runs, broadcasts, _ = await held(bot)
        assert (runs["r1"], runs["r2"], broadcasts["daily"]) == ("running", f"held {WENT_BACK}", ""), "once only"


async def compared(bot: RunningBot) -> None:
    """Compare the store with what is remembered, once no connection is left that Redis ended."""
    for _ in range(20):
        with contextlib.suppress(StoreError):
            await bot.server.memory.compare()
            return
    raise AssertionError("the store does not come back")


async def test_put_back_under_a_server_that_pushed(store: FallibleStore, tmp_path: Path) -> None:
    async with running_bot(tmp_path, PUSHED, push=FAST, store=store.url) as bot:
        await bot.presses(payload("yes", flow=PUSHED), "ana")
        await sends_by_itself(bot)
        await bot.server.memory.compare()
        store.save()
        await begin(bot, "sent")
        assert (await over(bot, "sent")).state is RunState.FINISHED
        await bot.server.memory.compare()
        store.put_back()
        await compared(bot)
        assert await held(bot) == ALL_HELD


async def test_a_store_that_was_not_put_back_holds_nothing(store: FallibleStore, tmp_path: Path) -> None:
    async with running_bot(tmp_path, PUSHED, push=FAST, store=store.url) as bot:
        await bot.presses(payload("yes", flow=PUSHED), "ana")
        await sends_by_itself(bot)
        await begin(bot, "sent")
        await over(bot, "sent")
        await bot.server.memory.compare()
        await begin(bot, "again")
        await over(bot, "again")
    for _ in range(2):
        async with running_bot(tmp_path, PUSHED, push=FAST, store=store.url) as bot:
            runs, *others = await held(bot)
            assert ({name: runs[name] for name in ("r1", "r2", "r3")}, *others) == NONE_HELD


async def test_a_run_begun_on_a_store_that_went_back_reaches_nobody(store: FallibleStore, tmp_path: Path) -> None:
    """Who stopped may be among those whose rows are missing."""
    async with running_bot(tmp_path, PUSHED, store=store.url, push=FAST) as bot:
        await opt_in(bot, ["ana"])
        store.save()
        await bot.says("stop", "ana")
        store.put_back()
        assert await heard(bot, "stop", "ben") < 300
        await begin(bot)
        async with asyncio.timeout(60):
            while by_state(await status_of(bot)) != {"deferred passing fault": 1}:  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0.05)
        assert tips(bot.standin.deliveries) == {}


async def test_accepted(store: FallibleStore, tmp_path: Path) -> None:
    """Once somebody accepted what is missing all is taken again, and the ledger names the gap."""
    async with running_bot(tmp_path, store=store.url) as bot:
        await bot.presses(payload("yes"), "ana")
        store.save()
        await bot.says("stop", "ana")
        last = (await rows(store.url))[-1][0]
        store.put_back()
        assert await heard(bot, "stop", "ben") < 300
        assert "store" in (await ready(bot))[1]["degraded"]
        assert await accepted(store.url) == [(2, last)]
        assert (await bot.presses(payload("yes"), "cho"))[0] < 300
        assert (await ready(bot))[1] == {"status": "ready"}
        report = await verified(store.url)
        assert report.differences == ()
        assert [(each.first, each.accepted_by) for each in report.losses] == [(2, "eve")]


async def test_nothing_happened(store: FallibleStore, tmp_path: Path) -> None:
    """A server that is started again, on a store that has everything, refuses nothing."""
    for user in ("ana", "ben", "cho"):
        async with running_bot(tmp_path, store=store.url) as bot:
            assert (await bot.presses(payload("yes"), user))[0] < 300
            assert (await ready(bot))[1] == {"status": "ready"}
            assert (await bot.server.store.verify_ledger("demo")).losses == ()

"""A store that lacks what it acknowledged: who is opted in, who is heard, and what tells of it."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest

from consent.membership import Act
from messages.consent import SourceKind
from messages.pushes import RunState
from runtime.clock import now
from runtime.tasks.store_memory import WENT_BACK
from storage.audience_records import StaffChange
from storage.continuity import RaisingRefused
from storage.records import LedgerReport
from storage.stores import open_store
from tests.runtime.harness import RunningBot, payload, running_bot
from tests.runtime.test_pushes import FAST, PUSHED, begin, by_state, opt_in, status_of, tips
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


async def test_runs_are_held_until_staff_look(store: FallibleStore, tmp_path: Path) -> None:
    """A restored backup sends nothing of a run by itself."""
    later = now() + timedelta(days=30)
    run = msgspec.structs.replace(run_of([1], later={later - NOW: [1]}), bot="demo", due=later, expires=later)
    async with running_bot(tmp_path, store=store.url) as bot:
        await bot.presses(payload("yes"), "ana")
        await bot.server.store.add_run(run, RunState.RUNNING)
        store.save()
        await bot.says("stop", "ana")
    store.put_back()
    async with running_bot(tmp_path, store=store.url) as bot:
        assert "store" in (await ready(bot))[1]["degraded"]
        found = await bot.server.store.run("demo", "r1")
        assert found is not None
        assert (found[1].state, found[1].reason, found[1].changed_by) == (RunState.HELD, WENT_BACK, "server")


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

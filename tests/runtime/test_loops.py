"""Each loop that a server starts meets an unexpected error once, and goes on."""

import asyncio
import inspect
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from structlog.contextvars import get_contextvars

from audiences import index_feed, subscriptions
from messages.errors import StoreError
from messages.pushes import RunState
from runtime import app, push_delivery, revisions
from runtime.tasks import cleanup, jobs, pushes, schedules, sequences, timers
from storage.sqlite.store import SqliteStore
from tests.runtime.harness import payload, running_bot
from tests.runtime.test_pushes import FAST, begin, over
from tests.runtime.test_sequences import TAUGHT, an_hour_passes, anything, enrolled

LOOPS = {
    "timers", "live", "cleanup", "index of demo", "profiles", "imports", "store memory", "outbox", "pushes", "runs",
    "sequences", "subscriptions", "effects", "hooks",
}  # fmt: skip
"""All of them, by name; `index` starts those of the bots and asks the store nothing."""
WAITING = (pushes, push_delivery, schedules, sequences, subscriptions, timers, jobs, index_feed, revisions)
"""Modules whose loops wait for a store that is away."""
PUSHING = {
    "take_slice",
    "run",
    "segments",
    "push_targets",
    "pushed",
    "load",
    "commit",
    "end_push",
    "end_slice",
    "next_push",
}
SENT = TAUGHT.replace("messages:\n", "messages:\n  tip: {parts: [{text: Drink water.}]}\n")
LONG = 60.0
"""Seconds that no test waits for: what is waited for comes."""


class FailsOnce(SqliteStore):
    """A store that has a fault for each loop when it first asks for something, and none afterwards."""

    failed: set[str]
    asked: set[str]
    """Loops that asked again after their fault."""

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        loop = get_contextvars().get("task")
        if loop is None or name.startswith("_") or not callable(found):
            return found
        if loop in self.failed:
            self.asked.add(loop)
            return found
        self.failed.add(loop)
        raise RuntimeError("a fault of this loop's own")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FailsOnce:
    store = FailsOnce(tmp_path / "bot.db")
    store.failed, store.asked = set(), set()
    monkeypatch.setattr(app, "open_store", lambda _: store)
    monkeypatch.setattr(cleanup, "EVERY", 0.01)
    return store


class AwayOnce(SqliteStore):
    """A store that fails each call of each loop once, as one does whose connection broke."""

    failed: set[tuple[str, str]]

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        loop = get_contextvars().get("task")
        if loop is None or name.startswith("_") or not inspect.iscoroutinefunction(found):
            return found

        async def fails_once(*args: Any, **more: Any) -> Any:
            if (loop, name) not in self.failed:
                self.failed.add((loop, name))
                raise StoreError("the store is away")
            return await found(*args, **more)

        return fails_once


async def test_no_loop_fails_whichever_of_its_calls_meets_a_store_that_is_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It waits for the store, and goes on: a run and a step of a sequence come to their end."""
    store = AwayOnce(tmp_path / "bot.db")
    store.failed = set()
    monkeypatch.setattr(app, "open_store", lambda _: store)
    monkeypatch.setattr(cleanup, "EVERY", 0.01)
    for module in WAITING:
        monkeypatch.setattr(module, "_AFTER_TROUBLE", 0.01)
    monkeypatch.setattr(pushes, "LEASE", timedelta(seconds=0.2))
    monkeypatch.setattr(sequences, "LEASE", timedelta(seconds=0.2))
    async with running_bot(tmp_path, SENT, refresh_days=7, push=FAST) as bot:
        await bot.presses(payload("yes", flow=SENT))
        await bot.says("teach me")
        await begin(bot)
        assert (await over(bot)).state is RunState.FINISHED
        await enrolled(bot, "course", anything, 1)
        await an_hour_passes(bot, "course")
        await enrolled(bot, "course", lambda all_of: all_of[0].had == ("one",), 1)
        async with asyncio.timeout(LONG):
            while not {loop for loop, _ in store.failed} >= LOOPS:  # noqa: ASYNC110  # a call tells nobody
                await asyncio.sleep(0.05)
        assert {("pushes", name) for name in PUSHING} | {
            ("runs", "change_run"),
            ("sequences", "commit"),
        } <= store.failed
        assert await bot.metric("assent_background_failures_total") == 0
        assert orjson.loads((await bot.get("/readyz"))[1]).get("degraded", {}) == {}


async def test_each_loop_survives_a_fault_and_the_server_names_it(store: FailsOnce, tmp_path: Path) -> None:
    async with running_bot(tmp_path, refresh_days=7) as bot:
        assert {*bot.server.background.names, "outbox"} == LOOPS | {"index"}
        async with asyncio.timeout(LONG):
            for number in range(1_000_000):
                if store.asked >= LOOPS:
                    break
                await bot.says("hello", f"user{number}")  # somebody who has to be looked up
        assert store.failed == LOOPS
        degraded = orjson.loads((await bot.get("/readyz"))[1])["degraded"]
        survived_by_themselves = {"profiles"}
        assert degraded == dict.fromkeys(LOOPS - survived_by_themselves, "RuntimeError")
        assert await bot.metric('assent_profiles_total{channel="teams",outcome="failed"}') == 1
        for loop in LOOPS - survived_by_themselves:
            assert await bot.metric(f'assent_background_failures_total{{task="{loop.partition(" ")[0]}"') == 1
        assert (await bot.says("stop"))[0] == 200

"""Each loop that a server starts meets an unexpected error once, and goes on."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest
from structlog.contextvars import get_contextvars

from runtime import app
from runtime.tasks import cleanup
from storage.sqlite.store import SqliteStore
from tests.runtime.harness import running_bot

LOOPS = {
    "timers", "live", "cleanup", "index of demo", "profiles", "imports", "store memory", "outbox", "pushes", "runs",
    "sequences", "subscriptions",
}  # fmt: skip
"""All of them, by name; `index` starts those of the bots and asks the store nothing."""
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

"""Killed at random moments under load, the server loses nothing that it acknowledged and doubles nothing."""

import asyncio
import random
from pathlib import Path

import pytest

from standin.server import StandIn
from tests.crash.acts import FLOW, KEY
from tests.crash.crowd import Crowd
from tests.crash.examine import examine
from tests.crash.findings import Findings
from tests.crash.history import History
from tests.crash.table import told
from tests.runtime.process import ServerProcess

PEOPLE = 24
LOAD = 200
"""At most so many acts are acknowledged between a start and the next kill."""
KILLED_WHILE_STARTING = 0.1
LAST_WORDS = 0.2
"""Seconds after its end in which the stand-in may still read what a server wrote; no new one is up by then."""


async def test_killed_twice(tmp_path: Path, seed: int) -> None:
    """What is left of the crash test where there is no time for it."""
    _, found = await _killed(tmp_path, 2, random.Random(seed))
    assert found.broken() == []


@pytest.mark.crash
@pytest.mark.timeout(3600)
async def test_kill_nine_at_random_moments(
    tmp_path: Path, kills: int, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    history, found = await _killed(tmp_path, kills, random.Random(seed))
    with capsys.disabled():
        print(told(f"kills (seed {seed}): {kills}", history, found))  # noqa: T201  # the figures of the run
    assert found.broken() == []
    assert found.turns >= kills


async def _killed(folder: Path, kills: int, chance: random.Random) -> tuple[History, Findings]:
    """Kill a server so many times; return what people saw, and what the judge found."""
    history = History()
    async with StandIn(keep=1, on_delivery=history.replies_of(0)) as standin:
        starts: list[float] = []
        clock = asyncio.get_running_loop().time
        server = ServerProcess(folder, FLOW, standin.url, KEY)
        crowd = Crowd([server], PEOPLE, chance, history)
        people: asyncio.Task[None] | None = None
        for _ in range(kills):
            starts.append(clock() + LAST_WORDS)
            if chance.random() < KILLED_WHILE_STARTING:
                await server.launch()
                await asyncio.sleep(chance.random())
            else:
                await server.start()
                people = people or asyncio.create_task(crowd.run())
                await crowd.acknowledged(chance.randint(1, LOAD))
            await server.kill()
        starts.append(clock() + LAST_WORDS)
        await server.start()
        people = people or asyncio.create_task(crowd.run())
        await crowd.acknowledged(PEOPLE)
        crowd.finish()
        await people
        assert await server.stop() == 0
        return history, await examine(server.store, history, starts)

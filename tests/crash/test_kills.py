"""Killed at random moments under load, the server loses nothing that it acknowledged and doubles nothing."""

import asyncio
import random
from pathlib import Path

import pytest

from adapters.standin.server import StandIn
from tests.crash.crowd import FLOW, KEY, Crowd
from tests.crash.examine import Findings, examine
from tests.runtime.process import ServerProcess

PEOPLE = 24
LOAD = 200
"""At most so many acts are acknowledged between a start and the next kill."""
KILLED_WHILE_STARTING = 0.1
LAST_WORDS = 0.2
"""Seconds after its end in which the stand-in may still read what a server wrote; no new one is up by then."""


@pytest.mark.crash
@pytest.mark.timeout(3600)
async def test_kill_nine_at_random_moments(
    tmp_path: Path, kills: int, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(seed)
    async with StandIn(keep=5_000_000) as standin:
        starts: list[float] = []
        clock = asyncio.get_running_loop().time
        began = clock()
        server = ServerProcess(tmp_path, FLOW, standin.url, KEY)
        crowd = Crowd(server, PEOPLE, chance)
        people: asyncio.Task[None] | None = None
        for _ in range(kills):
            starts.append(clock() - began + LAST_WORDS)
            if chance.random() < KILLED_WHILE_STARTING:
                await server.launch()
                await asyncio.sleep(chance.random())
            else:
                await server.start()
                crowd.server_is_up()
                people = people or asyncio.create_task(crowd.run())
                await crowd.acknowledged(chance.randint(1, LOAD))
            crowd.server_is_down()
            await server.kill()
        starts.append(clock() - began + LAST_WORDS)
        await server.start()
        crowd.server_is_up()
        people = people or asyncio.create_task(crowd.run())
        await crowd.acknowledged(PEOPLE)
        crowd.finish()
        await people
        assert await server.stop() == 0
        found = await examine(server.store, crowd.record, standin, starts)
    with capsys.disabled():
        print(told(kills, seed, crowd, found))  # noqa: T201  # the figures of the run
    assert found.broken() == []
    assert found.turns >= kills


def told(kills: int, seed: int, crowd: Crowd, found: Findings) -> str:
    """The run as a table."""
    figures = {
        f"kills (seed {seed})": kills,
        "requests": crowd.record.requests,
        "  sent again after a kill": crowd.record.sent_again,
        "acts acknowledged": sum(crowd.record.acknowledged.values()),
        "turns in the journal": found.turns,
        "ledger rows": found.rows,
        "replies that arrived": found.deliveries,
        "  of them repeated after a kill": found.repeated,
        "acknowledged turns lost": len(found.lost),
        "turns or changes doubled": len(found.doubled),
        "faults in the ledger": len(found.ledger) + len(found.wrong),
        "replies lost": len(found.undelivered),
        "replies out of order": len(found.disorder),
    }
    return "\n" + "\n".join(f"{name:34}{figure:>9,}" for name, figure in figures.items())

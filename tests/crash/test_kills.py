"""Killed at random moments under load, the server loses nothing that it acknowledged and doubles nothing."""

import asyncio
import random
from pathlib import Path

import pytest

from adapters.standin.server import StandIn
from tests.crash.harness import Crowd, ServerProcess, examine

PEOPLE = 24


@pytest.mark.crash
@pytest.mark.timeout(3600)
async def test_kill_nine_at_random_moments(tmp_path: Path, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    async with StandIn(keep=5_000_000) as standin:
        server = ServerProcess(tmp_path, standin.url)
        await server.start()
        crowd = Crowd(server, PEOPLE, chance)
        crowd.server_is_up()
        people = asyncio.create_task(crowd.run())
        for _ in range(kills):
            await crowd.acknowledged(chance.randint(1, 200))
            crowd.server_is_down()
            await server.kill()
            await server.start()
            crowd.server_is_up()
        await crowd.acknowledged(PEOPLE)
        crowd.finish()
        await people
        await server.stop()
        findings = await examine(tmp_path, crowd.record, standin)
    print(  # noqa: T201  # the figures of the run
        f"\n{kills} kills (seed {seed}): {crowd.record.sent} requests, {crowd.record.resent} sent again, "
        f"{findings.turns} turns, {findings.rows} ledger rows, {findings.deliveries} deliveries, "
        f"{len(findings.all())} broken promises"
    )
    assert findings.all() == []

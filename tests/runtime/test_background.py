"""A background task that meets an unexpected error starts again, and the server says so."""

import asyncio
import itertools

import orjson
import pytest
from structlog.testing import capture_logs

from runtime.background import FIRST, LONGEST, Background
from runtime.metrics import Metrics
from tests.runtime.harness import RunningBot


class Clock:
    """Seconds that pass only while somebody sleeps; the waits are kept."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


async def test_it_starts_again_later_and_later_and_says_what_happened() -> None:
    clock, metrics = Clock(), Metrics()
    background = Background(metrics, monotonic=clock, sleep=clock.sleep)
    runs = itertools.count(1)
    well = asyncio.Event()

    async def task() -> None:
        if next(runs) < 10:
            raise RuntimeError("words that may quote a person")
        well.set()
        await asyncio.Event().wait()

    with capture_logs() as logs:
        background.start("timers", task)
        await well.wait()
    assert clock.waits == [FIRST, 2, 4, 8, 16, 32, LONGEST, LONGEST, LONGEST]
    assert background.degraded == {"timers": "RuntimeError"}
    assert {line["event"] for line in logs} == {"background task failed"}
    assert b'assent_background_failures_total{task="timers"} 9.0' in metrics.text()
    clock.now += LONGEST + 1
    assert background.degraded == {}
    await background.close()


async def test_a_failing_task_stops_no_other() -> None:
    clock = Clock()
    background = Background(Metrics(), monotonic=clock, sleep=clock.sleep)
    steps = asyncio.Queue[int]()

    async def failing() -> None:
        raise ExceptionGroup("several", [KeyError("a"), ValueError("b")])

    async def going_on() -> None:
        for step in itertools.count():
            steps.put_nowait(step)
            await asyncio.sleep(0)

    background.start("index of press", failing)
    background.start("index of demo", going_on)
    while await steps.get() < 20:
        pass
    assert background.degraded == {"index of press": "KeyError"}
    with pytest.raises(ValueError, match="runs already"):
        background.start("index of demo", going_on)
    await background.close()


async def test_a_server_with_a_failing_task_is_ready_and_names_it(bot: RunningBot) -> None:
    async def failing() -> None:
        raise OSError("disk")

    assert orjson.loads((await bot.get("/readyz"))[1]) == {"status": "ready"}
    bot.server.background.start("exports", failing)
    async with asyncio.timeout(60):
        while (answer := orjson.loads((await bot.get("/readyz"))[1])) == {"status": "ready"}:
            pass
    assert answer == {"status": "ready", "degraded": {"exports": "OSError"}}
    assert (await bot.says("hello"))[0] == 200

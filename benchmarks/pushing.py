"""Pushes to a stand-in: the pace of several servers over minutes, and a STOP beside many pushes.

`python -m benchmarks.pushing pace --workers 4 --minutes 10` and `python -m benchmarks.pushing replies --people 100000`.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from pyroaring import BitMap

from benchmarks.load import cpu_seconds
from standin.deliveries import Delivery, Fault
from standin.server import StandIn
from storage.pace import Limits
from storage.port import Store
from storage.stores import open_store
from tests.crash.pushing import BOT, Books, Storm, server
from tests.runtime.process import ServerProcess
from tests.storage.redis.server import RedisServer

AT_ONCE = 64


class Arrivals:
    """When pushes and other messages came, in seconds of one clock."""

    def __init__(self) -> None:
        self.pushes: list[float] = []
        self.others: dict[str, float] = {}

    def take(self, delivery: Delivery) -> None:
        at = time.monotonic()
        if "Tip number" in str(delivery.body.get("text", "")):
            self.pushes.append(at)
        else:
            self.others[delivery.conversation] = at

    def most_in_a_second(self) -> int:
        """Return the most pushes of any second, wherever it begins."""
        return max((bisect_left(self.pushes, at + 1.0) - place for place, at in enumerate(self.pushes)), default=0)

    def a_second(self, began: float, ended: float) -> float:
        return (bisect_left(self.pushes, ended) - bisect_left(self.pushes, began)) / (ended - began)


async def pace(workers: int, minutes: float, rate: float) -> None:
    """Push at a rate for so long; after 40 % of the time the channel asks for a pause."""
    arrivals, seconds = Arrivals(), minutes * 60
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis = stack.enter_context(RedisServer(folder / "redis"))
        standin = await stack.enter_async_context(StandIn(keep=1, on_delivery=arrivals.take))
        url, limit = f"{redis.url}/0", {"ASSENT_PUSH__RATE": f"{rate}", "ASSENT_PUSH__FIRST_RATE": f"{rate}"}
        servers = [server(folder / f"server{each}", standin, **limit, ASSENT_STORE=url) for each in range(workers)]
        storm = await _begun(stack, url, standin, servers)
        await _join(storm, int(rate * seconds))
        arrivals.pushes.clear()
        cpu, redis_cpu, began = _cpu(servers), cpu_seconds(redis.pid), time.monotonic()
        await storm.run(0)
        rates: list[float] = []
        while (passed := time.monotonic() - began) < seconds:
            if rates and passed < seconds * 0.4 <= passed + 10:
                standin.fail(Fault(next=3, status=429, retry_after=2))
            await asyncio.sleep(10)
            rates.append(arrivals.a_second(time.monotonic() - 10, time.monotonic()))
        bound = rate + Limits(rate).burst
        count = len(arrivals.pushes)
        _say("servers", workers)
        _say("rate, and most that a second may have", f"{rate:g}, {bound:g}")
        _say("pushes", count)
        _say("most in any second", arrivals.most_in_a_second())
        _say("a second, by tens of seconds", " ".join(f"{each:.1f}" for each in rates))
        _say(
            "median before the channel asked for a pause", statistics.median(rates[: int(len(rates) * 0.4) - 1] or [0])
        )
        _say(
            "CPU ms a push, servers and Redis",
            f"{_ms(servers, cpu, count)}, {(cpu_seconds(redis.pid) - redis_cpu) * 1000 / count:.2f}",
        )


async def replies(people: int, rate: float) -> None:
    """Push to many as fast as it goes, and measure how long a STOP takes to be confirmed meanwhile."""
    arrivals = Arrivals()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        standin = await stack.enter_async_context(StandIn(keep=1, on_delivery=arrivals.take))
        limit = {"ASSENT_PUSH__RATE": f"{rate}", "ASSENT_PUSH__FIRST_RATE": f"{rate}"}
        one = server(folder / "server", standin, **limit)
        storm = await _begun(stack, one.store, standin, [one])
        await _join(storm, people)
        cpu, began = _cpu([one]), time.monotonic()
        await storm.run(0)
        waits: list[float] = []
        while len(arrivals.pushes) < people * 0.95 and time.monotonic() - began < people / rate * 3 + 60:
            person = f"stops{len(waits)}"
            said = time.monotonic()
            await storm.says(person, text="STOP")
            while f"a:{person}" not in arrivals.others:  # noqa: ASYNC110  # noted by the stand-in
                await asyncio.sleep(0.002)
            waits.append(arrivals.others[f"a:{person}"] - said)
            await asyncio.sleep(0.1)
        took = time.monotonic() - began
        waits.sort()
        _say("pushes, in seconds", f"{len(arrivals.pushes)}, {took:.0f}")
        _say("a second", len(arrivals.pushes) / took)
        _say("STOPs beside them", len(waits))
        _say(
            "until confirmed: p50, p99, longest",
            " ".join(f"{waits[int((len(waits) - 1) * q)]:.3f}" for q in (0.5, 0.99, 1)),
        )
        _say("CPU ms a push, server", _ms([one], cpu, len(arrivals.pushes)))


class Pushing(Storm):
    """One run to all who joined."""

    async def run(self, number: int) -> None:
        known = BitMap()
        while page := await self._store.people(BOT, after=max(known, default=0), limit=10_000):
            known |= BitMap(person.number for person in page)
        await self.add_run(number, known, 1000)

    async def status_of(self) -> int:
        """Return how many have an outcome."""
        status = await self.status("r0")
        return 0 if status is None else sum(status.counts.values())


async def _begun(stack: AsyncExitStack, url: str, standin: StandIn, servers: Sequence[ServerProcess]) -> Pushing:
    for each in servers:
        stack.push_async_callback(each.kill)
        await each.start()
    store: Store = open_store(url)
    await store.open()
    stack.push_async_callback(store.close)
    storm = Pushing(store, standin, servers, random.Random(1), Books())
    stack.push_async_callback(storm.http.close)
    return storm


async def _join(storm: Storm, people: int) -> None:
    """Have people opt in."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with slots:
            await storm.joins(f"p{number}")

    for start in range(0, people, 1000):
        await asyncio.gather(*(one(each) for each in range(start, min(start + 1000, people))))


def _cpu(servers: Sequence[ServerProcess]) -> float:
    return sum(cpu_seconds(each.pid) for each in servers)


def _ms(servers: Sequence[ServerProcess], before: float, pushes: int) -> str:
    return f"{(_cpu(servers) - before) * 1000 / max(pushes, 1):.2f}"


def _say(what: str, figure: object) -> None:
    print(f"{what:45}{figure:.1f}" if isinstance(figure, float) else f"{what:45}{figure}", flush=True)


def main() -> None:
    """Run one of the two, and print its figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pushing", description=__doc__)
    parser.add_argument("what", choices=("pace", "replies"))
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--people", type=int, default=100_000)
    options = parser.parse_args()
    if options.what == "pace":
        asyncio.run(pace(options.workers, options.minutes, options.rate or 20))
    else:
        asyncio.run(replies(options.people, options.rate or 1000))


if __name__ == "__main__":
    main()

"""What a push costs a server and Redis, and what a run does to turns beside it; the channel is a process of its own."""

import asyncio
import dataclasses
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from benchmarks.http_turns import Subject, assent, running
from benchmarks.load import Load, cpu_seconds
from benchmarks.redis_turns import resident
from benchmarks.wire import Client, Connector
from messages.pushes import OVER, RunState
from runtime.clock import now
from storage.port import Store
from storage.stores import open_store
from tests.storage.redis.server import RedisServer

Row = dict[str, str | int | float]

_BOT = "bench"
_CLIENTS = 64
_QUIET = 5.0
"""Seconds without a reply after which none is on its way: several servers may repeat some of them."""
_TURNS_AT_ONCE = 8
_BESIDE = 240
"""Pushes a second beside turns: what is Messenger's share."""


class _House:
    """Servers of one bot on one store, and the channel that they push to."""

    def __init__(self, subject: Subject, url: str, servers: Sequence[tuple[int, int]], redis: int | None) -> None:
        self.pids = [pid for _, pid in servers]
        self.ports = [port for port, _ in servers]
        self.redis = redis
        self.url = url
        self.arrived: list[float] = []
        self.subject = subject

    def assent(self, *words: str) -> str:
        """Run a command on the store."""
        environment = {**os.environ, **self.subject.environment, "ASSENT_STORE": self.url}
        command = [sys.executable, "-m", "cli.main", *words]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    async def meet(self, people: int, service_url: str) -> None:
        """Have so many people opt in."""
        body = self.subject.body
        for user in range(people):
            body(user, 0, service_url)  # the presses of each begin with a no
        turns = iter(range(people))

        async def press(port: int) -> None:
            _, client = await asyncio.get_running_loop().create_connection(Client, "127.0.0.1", port)
            for user in turns:
                assert await client.post("/api/messages", body(user, time.time_ns(), service_url)) < 300
            client.transport.close()

        await asyncio.gather(*(press(self.ports[n % len(self.ports)]) for n in range(_CLIENTS)))
        while len(self.arrived) < people or time.time() - self.arrived[-1] < _QUIET:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        self.arrived.clear()

    def cpu(self) -> tuple[float, float]:
        """Return the CPU seconds of the servers, and of Redis."""
        return sum(map(cpu_seconds, self.pids)), cpu_seconds(self.redis) if self.redis else 0.0

    def consent_age(self) -> float:
        """Return the milliseconds that 99 % of the pushes' consents were younger than, at the first server."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[0]}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        found = [line for line in lines if line.startswith("assent_push_consent_age_seconds_bucket")]
        counts = [(line.split('le="')[1].split('"')[0], float(line.rsplit(" ", 1)[1])) for line in found]
        total = counts[-1][1]
        return next(float(bound) for bound, count in counts if count >= 0.99 * total) * 1000


async def _channel(house: _House) -> tuple[asyncio.Server, str]:
    loop = asyncio.get_running_loop()
    made = await loop.create_server(lambda: Connector(lambda _: house.arrived.append(time.time()), 0.0), "127.0.0.1", 0)
    return made, f"http://127.0.0.1:{made.sockets[0].getsockname()[1]}"


@contextmanager
def _house(redis: bool, servers: int, rate: float) -> Iterator[_House]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        subject = assent(Path(folder), 10, 0)
        pace = {"ASSENT_PUSH__RATE": str(rate), "ASSENT_PUSH__FIRST_RATE": str(rate)}
        subject = dataclasses.replace(subject, environment={**subject.environment, **pace})
        own = stack.enter_context(RedisServer(Path(folder))) if redis else None
        url = f"{own.url}/0" if own else f"sqlite:///{folder}/bench.db"
        running_servers = [stack.enter_context(running(subject, url)) for _ in range(servers)]
        house = _House(subject, url, running_servers, own.pid if own else None)
        house.assent("broadcast", "create", "Tip", "--to", "tips", "--message", "tips_on", "--cap-exempt")
        yield house


async def _send(house: _House) -> str:
    """Start a run by the command; return its id."""
    words = ("broadcast", "send", "tip", "--yes", "--accept-repeats", "--json")
    return str(msgspec.json.decode(await asyncio.to_thread(house.assent, *words))["id"])


async def _store(house: _House) -> Store:
    store = open_store(house.url)
    await store.open()
    return store


async def _over(store: Store, run: str) -> None:
    while (found := await store.run(_BOT, run)) is not None and found[1].state not in OVER:  # noqa: ASYNC110
        await asyncio.sleep(0.25)


def costs(people: int, *, redis: bool) -> Row:
    """Push to so many people as fast as it goes."""
    with _house(redis, 1, 10_000) as house:
        return asyncio.run(_costs(house, people))


async def _costs(house: _House, people: int) -> Row:
    made, url = await _channel(house)
    store = await _store(house)
    await house.meet(people, url)
    before, cpu = resident(house.pids[0]), house.cpu()
    run = await _send(house)
    await _over(store, run)
    found = await store.run(_BOT, run)
    assert found is not None
    after, sent = house.cpu(), len(house.arrived)
    assert sent == people, f"{sent} of {people} were sent"
    row: Row = {
        "store": "Redis" if house.redis else "SQLite",
        "people": people,
        "pushes/s": sent / (house.arrived[-1] - house.arrived[0]),
        "server CPU ms/push": (after[0] - cpu[0]) * 1000 / sent,
        "Redis CPU ms/push": (after[1] - cpu[1]) * 1000 / sent,
        "first push, s": house.arrived[0] - found[0].created_at.timestamp(),
        "consent age p99, ms at most": house.consent_age(),
        "server MB before": before,
        "after": resident(house.pids[0]),
    }
    await store.close()
    made.close()
    return row


AIM: Row = {
    "store": "aim", "people": "", "pushes/s": 800, "server CPU ms/push": 1.0, "Redis CPU ms/push": 0.25,
    "first push, s": 3, "consent age p99, ms at most": 100, "server MB before": "", "after": "before + 50",
}  # fmt: skip


def beside(people: int, turns: int, *, redis: bool) -> Row:
    """Take turns, then the same beside a run; pause it."""
    with _house(redis, 1, _BESIDE) as house:
        return asyncio.run(_beside(house, people, turns))


async def _beside(house: _House, people: int, turns: int) -> Row:
    made, url = await _channel(house)
    store = await _store(house)
    await house.meet(people, url)
    load = Load(house.subject.body)

    async def p99() -> float:
        some = await load.run(
            house.ports[0], house.pids[0], concurrent=_TURNS_AT_ONCE, turns=turns, warm_up=turns // 10
        )
        return some.p99_ms

    alone = await p99()
    run = await _send(house)
    with_run = await p99()
    state = await store.run(_BOT, run)
    assert state is not None
    assert state[1].state is RunState.RUNNING, "the run was over before the turns were"
    began = time.perf_counter()
    await store.change_run(_BOT, run, RunState.PAUSED, among=[RunState.RUNNING], at=now(), by="bench")
    took, paused = time.perf_counter() - began, time.time()
    await asyncio.sleep(2)
    row: Row = {
        "store": "Redis" if house.redis else "SQLite",
        "pushes/s": _BESIDE,
        "turns, p99 ms alone": alone,
        "beside a run": with_run,
        "ratio": with_run / alone,
        "pause, ms": took * 1000,
        "pushes that arrive after it": sum(at > paused for at in house.arrived),
    }
    await store.close()
    made.close()
    return row

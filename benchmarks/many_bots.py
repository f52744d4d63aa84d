"""What further bots on one server cost: its idle CPU, its memory, and the turns of one of them."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.bots import flow_of
from benchmarks.http_turns import assent, running
from benchmarks.load import Load, LoadResult, cpu_seconds
from benchmarks.redis_turns import resident
from storage.stores import open_store
from tests.storage.redis.server import RedisServer

Row = dict[str, str | int | float]

SIZES = (1, 10, 100, 1000)
_MESSAGES = 10
_CONCURRENCIES = (1, 64)
_STINTS = 6
"""How often each server has its go at each concurrency."""
_SETTLED = 5.0
_IDLE = 10.0
"""Seconds after the start until idle CPU is measured, and for which."""


@dataclass
class _Server:
    port: int
    pid: int
    load: Load
    stints: dict[int, list[LoadResult]] = field(default_factory=dict)

    def go(self, concurrent: int, turns: int) -> None:
        run = self.load.run(self.port, self.pid, concurrent=concurrent, turns=turns, warm_up=concurrent)
        self.stints.setdefault(concurrent, []).append(asyncio.run(run))


def on_sqlite(turns: int, sizes: Sequence[int] = SIZES) -> list[Row]:
    """Servers of so many bots, each beside one of a single bot and driven in turn with it."""
    with tempfile.TemporaryDirectory() as folder:
        return [_row(size, turns, lambda name: f"sqlite:///{folder}/{name}.db", None) for size in sizes]


def on_redis(turns: int, sizes: Sequence[int] = SIZES) -> list[Row]:
    """The same on one Redis, a database for each store."""
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder, RedisServer(Path(folder)) as redis:
            numbers = {"one": 0, "many": 1}
            rows.append(_row(size, turns, lambda name: f"{redis.url}/{numbers[name]}", redis.pid))  # noqa: B023
    return rows


def _row(size: int, turns: int, url: Callable[[str], str], redis: int | None) -> Row:
    for_one = url("one" if size > 1 else "many")
    with _served(size, url("many")) as many:
        idle, of_redis = _idle(many.pid, redis)
        memory = resident(many.pid)
        if size == 1:
            _stints([many], turns)
            one = many
        else:
            with _served(1, for_one) as one:
                _stints([one, many], turns)
    row: Row = {"bots": size, "idle CPU %": idle}
    if redis is not None:
        row["idle CPU % of Redis"] = of_redis
    row["MB"] = memory
    for concurrent in _CONCURRENCIES:
        of_many, of_one = many.stints[concurrent], one.stints[concurrent]
        row[f"CPU ms/turn at {concurrent}"] = statistics.median(each.cpu_ms_per_turn for each in of_many)
        row[f"p50 ms at {concurrent}"] = statistics.median(each.p50_ms for each in of_many)
        pairs = list(zip(of_many, of_one, strict=True))
        row[f"CPU / one bot at {concurrent}"] = statistics.median(
            a.cpu_ms_per_turn / b.cpu_ms_per_turn for a, b in pairs
        )
        row[f"p50 / one bot at {concurrent}"] = statistics.median(a.p50_ms / b.p50_ms for a, b in pairs)
    return row


def _idle(server: int, redis: int | None) -> tuple[float, float]:
    """Return what both use of a core while nobody says anything, in per cent."""
    processes = [server] if redis is None else [server, redis]
    time.sleep(_SETTLED)
    began, before = time.monotonic(), [cpu_seconds(each) for each in processes]
    time.sleep(_IDLE)
    seconds = time.monotonic() - began
    used = [(cpu_seconds(each) - former) / seconds * 100 for each, former in zip(processes, before, strict=True)]
    return used[0], used[-1]


def _stints(servers: Sequence[_Server], turns: int) -> None:
    for concurrent in _CONCURRENCIES:
        share = max(turns // _STINTS // (1 if concurrent > 1 else 4), concurrent)
        for stint in range(_STINTS):
            for server in servers[:: 1 if stint % 2 else -1]:
                server.go(concurrent, share)


@contextmanager
def _served(size: int, url: str) -> Iterator[_Server]:
    asyncio.run(_fill(url, size))
    with tempfile.TemporaryDirectory() as folder:
        subject = assent(Path(folder), _MESSAGES, 0)
        with running(subject, url) as (port, pid):
            yield _Server(port, pid, Load(subject.body))


async def _fill(url: str, size: int) -> None:
    """Push the bots. That which is pressed comes first: events without a bot's name are its."""
    store = open_store(url)
    await store.open()
    for number in range(size):
        name = "bench" if number == 0 else f"bench{number}"
        source = flow_of(_MESSAGES).replace("bot: bench", f"bot: {name}")
        await store.push(name, source, author="bench", at=datetime.now(UTC), expected_live=0)
    await store.close()

"""A store alone: presses loaded and committed with many waiting, what that costs here and in Redis, and the floors."""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from redis.asyncio import Redis

from benchmarks.load import cpu_seconds
from messages.consent import Membership
from storage.port import Store
from storage.records import JournalEntry, Loaded
from storage.stores import open_store
from tests.storage.redis.server import RedisServer
from tests.storage.talk import Talk, says

WAITING = 64

Row = dict[str, str | int | float]


class _Cost(NamedTuple):
    presses_per_second: float
    client_us: float
    server_us: float
    p99_ms: float


def measure(presses: int, rounds: int) -> Sequence[Row]:
    """Presses a second through the store, `WAITING` at a time, everything durable before it is answered."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        rows = [_floor(work)]
        rows.append({"what": "SQLite, load and commit", **_row(_run(f"sqlite:///{work}/a.db", presses, rounds, None))})
        with RedisServer(work / "redis") as redis:
            rows.append({"what": "Redis, PING", **_row(asyncio.run(_pings(redis, presses)))})
            url = f"{redis.url}/0"
            rows.append({"what": "Redis, commit", **_row(_run(url, presses, rounds, redis.pid, loads=False))})
            redis.command("FLUSHALL")
            rows.append({"what": "Redis, load and commit", **_row(_run(url, presses, rounds, redis.pid))})
        with RedisServer(work / "everysec", appendfsync="everysec") as redis:
            url = f"{redis.url}/0?durability=everysec"
            rows.append({"what": "the same, everysec", **_row(_run(url, presses, rounds, redis.pid))})
    return rows


def _row(cost: _Cost) -> Row:
    return {
        "presses/s": cost.presses_per_second,
        "client CPU µs": cost.client_us,
        "Redis CPU µs": cost.server_us,
        "p99 ms": cost.p99_ms,
    }


def _floor(work: Path) -> Row:
    """Write what 64 commits write, and wait for the disk once."""
    began = time.perf_counter()
    with (work / "floor").open("wb", buffering=0) as file:
        for _ in range(200):
            file.write(bytes(64 * 4000))
            os.fdatasync(file.fileno())
    each = (time.perf_counter() - began) / 200
    return {
        "what": "fdatasync of 64 presses",
        "presses/s": 64 / each,
        "client CPU µs": 0.0,
        "Redis CPU µs": 0.0,
        "p99 ms": each * 1000,
    }


async def _pings(redis: RedisServer, count: int) -> _Cost:
    """Round trips of redis-py, one after another: what one costs."""
    client = Redis.from_url(redis.url)
    await client.ping()
    cpu, server, began = time.process_time(), cpu_seconds(redis.pid), time.perf_counter()
    for _ in range(count // 4):
        await client.ping()
    seconds = time.perf_counter() - began
    cpu, server = time.process_time() - cpu, cpu_seconds(redis.pid) - server
    await client.aclose()
    number = count // 4
    return _Cost(number / seconds, cpu / number * 1e6, server / number * 1e6, seconds / number * 1000)


def _run(url: str, presses: int, rounds: int, server: int | None, *, loads: bool = True) -> _Cost:
    """Return the medians of some rounds."""
    runs = [asyncio.run(_presses(url, presses, server, round_, loads=loads)) for round_ in range(rounds)]
    return _Cost(*(statistics.median(values) for values in zip(*runs, strict=True)))


async def _presses(url: str, presses: int, server: int | None, round_: int, *, loads: bool) -> _Cost:
    store = open_store(url)
    await store.open()
    people = [Talk(f"user-{round_}-{number}") for number in range(WAITING)]  # nobody sends their replies, which pile up
    for person in people:
        await _take(store, person, f"first-{round_}")
    share = presses // WAITING
    latencies: list[float] = []

    async def one(person: Talk) -> None:
        for number in range(share):
            began = time.perf_counter()
            await _take(store, person, f"{round_}-{number}")
            latencies.append(time.perf_counter() - began)

    if loads:
        work: Callable[[], Coroutine[Any, Any, Any]] = lambda: asyncio.gather(*map(one, people))  # type: ignore[assignment,return-value]  # noqa: E731
        cost = await _timed(work, share * WAITING, server)
    else:
        cost = await _commits(store, people, share, round_, server, latencies)
    await store.close()
    latencies.sort()
    return cost._replace(p99_ms=latencies[int(len(latencies) * 0.99)] * 1000)


async def _commits(
    store: Store, people: Sequence[Talk], share: int, round_: int, server: int | None, latencies: list[float]
) -> _Cost:
    """Commit alone: what is decided on was loaded before the clock runs."""
    total = _Cost(0, 0, 0, 0)
    seconds = 0.0
    for number in range(share):
        loaded = [await person.load(store) for person in people]
        turns = [_turn(person, known, f"{round_}-{number}") for person, known in zip(people, loaded, strict=True)]

        async def commit(turn: JournalEntry) -> None:
            began = time.perf_counter()
            await store.commit(turn)
            latencies.append(time.perf_counter() - began)

        cost = await _timed(lambda turns=turns: asyncio.gather(*map(commit, turns)), len(turns), server)  # type: ignore[misc]
        seconds += len(turns) / cost.presses_per_second
        total = _Cost(0, total.client_us + cost.client_us, total.server_us + cost.server_us, 0)
    return _Cost(share * len(people) / seconds, total.client_us / share, total.server_us / share, 0)


async def _timed(work: Callable[[], Any], presses: int, server: int | None) -> _Cost:
    cpu, of_server, began = time.process_time(), cpu_seconds(server) if server else 0.0, time.perf_counter()
    await work()
    seconds = time.perf_counter() - began
    cpu = time.process_time() - cpu
    of_server = cpu_seconds(server) - of_server if server else 0.0
    return _Cost(presses / seconds, cpu / presses * 1e6, of_server / presses * 1e6, 0)


def _turn(person: Talk, loaded: Loaded, name: str) -> JournalEntry:
    event = f"{person.user}-{name}"
    stands = loaded.memberships.get("tips")
    after = Membership.OPTED_OUT if stands is Membership.OPTED_IN else Membership.OPTED_IN
    return person.turn(loaded, event, says("thanks"), consent={"tips": after})


async def _take(store: Store, person: Talk, name: str) -> None:
    loaded = await person.load(store)
    await store.commit(_turn(person, loaded, name))


def by_size(maximum: int, presses: int) -> Sequence[Row]:
    """The same presses with more and more contacts in the store, all of them members of the segment."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, RedisServer(Path(folder) / "redis") as redis:
        url = f"{redis.url}/0"
        there = 0
        for round_, contacts in enumerate(sorted({1, 10_000, maximum // 10, maximum})):
            asyncio.run(_fill(url, there, contacts))
            there = contacts
            while not _is_at_rest(redis):
                time.sleep(0.5)
            _run_once(url, presses, redis.pid, 10 + round_)  # finds the tables as the filling left them
            cost = _run_once(url, presses, redis.pid, round_)
            memory = int(redis.command("INFO", "memory")["used_memory"]) / 1e6
            rows.append({"contacts, all members": contacts, **_row(cost), "Redis MB": memory})
    return rows


def _is_at_rest(redis: RedisServer) -> bool:
    """Tell whether nothing is written in the background: a fork makes each write copy a page."""
    doing = redis.command("INFO", "persistence")
    return not any(
        doing[name] for name in ("aof_rewrite_in_progress", "aof_rewrite_scheduled", "rdb_bgsave_in_progress")
    )


def _run_once(url: str, presses: int, server: int, round_: int) -> _Cost:
    return asyncio.run(_presses(url, presses, server, round_, loads=True))


async def _fill(url: str, there: int, contacts: int) -> None:
    """Let people join until there are so many."""
    store = open_store(url)
    await store.open()
    nobody = await Talk("nobody").load(store)
    for first in range(there, contacts, 1000):
        people = [Talk(f"member-{number}") for number in range(first, min(first + 1000, contacts))]
        await asyncio.gather(
            *(
                store.commit(person.turn(nobody, f"joined-{person.user}", consent={"tips": Membership.OPTED_IN}))
                for person in people
            )
        )
    await store.close()

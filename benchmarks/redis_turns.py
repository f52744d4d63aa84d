"""Whole turns on Redis: several servers of one bot, and a rate that is held for minutes."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.http_turns import Subject, running
from benchmarks.load import Load, LoadResult, cpu_seconds
from benchmarks.wire import Client, Connector
from tests.storage.redis.server import RedisServer

CONCURRENT = 64

Row = dict[str, str | int | float]


def by_workers(subject: Subject, turns: int, rounds: int) -> tuple[Sequence[Row], float]:
    """Turns with 1, 2 and 4 servers on one Redis; also return the turns a second of one."""
    rows: list[Row] = []
    top = 0.0
    for workers in (1, 2, 4):
        runs = [_run(subject, workers, turns) for _ in range(rounds)]
        results = [result for result, _ in runs]
        rate = statistics.median(result.turns_per_second for result in results)
        top = top or rate
        server = statistics.median(result.cpu_ms_per_turn for result in results)
        redis = statistics.median(cpu for _, cpu in runs)
        rows.append(
            {
                "workers": workers,
                "turns/s": rate,
                "worker CPU ms/turn": server,
                "Redis CPU ms/turn": redis,
                "workers until Redis is full": server / redis,
                "p50 ms": statistics.median(result.p50_ms for result in results),
                "p99 ms": statistics.median(result.p99_ms for result in results),
            }
        )
    return rows, top


def _run(subject: Subject, workers: int, turns: int) -> tuple[LoadResult, float]:
    """Return what the turns cost the servers, and Redis in milliseconds a turn."""
    with tempfile.TemporaryDirectory() as folder, RedisServer(Path(folder)) as redis, ExitStack() as stack:
        servers = [stack.enter_context(running(subject, f"{redis.url}/0")) for _ in range(workers)]
        ports, pids = [port for port, _ in servers], [pid for _, pid in servers]
        began: list[float] = []
        result = asyncio.run(
            Load(subject.body).run_many(
                ports,
                pids,
                concurrent=CONCURRENT,
                turns=turns,
                warm_up=max(turns // 10, CONCURRENT),
                after_warm_up=lambda: began.append(cpu_seconds(redis.pid)),
            )
        )
        return result, (cpu_seconds(redis.pid) - began[0]) * 1000 / result.turns


def held(subject: Subject, rate: float, seconds: float) -> Sequence[Row]:
    """Send presses at a fixed rate, whatever becomes of those before; latency runs from the time each was due."""
    with (
        tempfile.TemporaryDirectory() as folder,
        RedisServer(Path(folder)) as redis,
        running(subject, f"{redis.url}/0") as (port, pid),
    ):
        before = resident(pid)
        latencies = asyncio.run(_Held(subject, port).run(rate, seconds))
        after = resident(pid)
    latencies.sort()
    return [
        {
            "presses/s": rate,
            "seconds": seconds,
            "presses": len(latencies),
            **{
                f"p{share * 100:g} ms": latencies[min(int(len(latencies) * share), len(latencies) - 1)] * 1000
                for share in (0.5, 0.99, 0.999)
            },
            "longest ms": latencies[-1] * 1000,
            "server MB before": before,
            "after": after,
        }
    ]


def resident(pid: int) -> float:
    """Memory of a process in MB (Linux: /proc/PID/status)."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1000


class _Held:
    """An open loop: people press when it is time, not when they were answered."""

    def __init__(self, subject: Subject, port: int) -> None:
        self._body = subject.body
        self._port = port
        self._due: dict[str, tuple[float, asyncio.Event]] = {}
        self._latencies: list[float] = []
        self._turn = time.time_ns()
        self._free: asyncio.Queue[tuple[int, Client]] = asyncio.Queue()

    def _arrived(self, conversation: str) -> None:
        if conversation in self._due:
            due, replied = self._due.pop(conversation)
            self._latencies.append(time.perf_counter() - due)
            replied.set()

    async def _press(self, service_url: str, due: float) -> None:
        user, client = await self._free.get()
        self._turn += 1
        replied = asyncio.Event()
        self._due[f"user-{user}"] = due, replied
        status = await client.post("/api/messages", self._body(user, self._turn, service_url))
        if status >= 300:
            message = f"the server answered {status}"
            raise RuntimeError(message)
        await replied.wait()
        self._free.put_nowait((user, client))

    async def run(self, rate: float, seconds: float) -> list[float]:
        loop = asyncio.get_running_loop()
        connector = await loop.create_server(lambda: Connector(self._arrived, 0.0), "127.0.0.1", 0)
        service_url = f"http://127.0.0.1:{connector.sockets[0].getsockname()[1]}"
        for user in range(256):
            _, client = await loop.create_connection(Client, "127.0.0.1", self._port)
            self._free.put_nowait((user, client))
        began = time.perf_counter()
        async with asyncio.TaskGroup() as pressing:
            for number in range(int(rate * seconds)):
                due = began + number / rate
                if (early := due - time.perf_counter()) > 0:
                    await asyncio.sleep(early)
                pressing.create_task(self._press(service_url, due))
        connector.close()
        return self._latencies

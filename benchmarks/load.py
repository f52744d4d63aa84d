"""A closed loop of users: each posts an activity, waits for the 200 and for the reply at the connector, goes on."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.wire import Client, Connector


@dataclass(frozen=True, slots=True)
class LoadResult:
    """One measured run. Times in milliseconds; a latency runs from the post to the reply's arrival."""

    turns: int
    seconds: float
    cpu_ms_per_turn: float
    p50_ms: float
    p99_ms: float

    @property
    def turns_per_second(self) -> float:
        """Turns a second, wall clock."""
        return self.turns / self.seconds


def cpu_seconds(pid: int) -> float:
    """CPU time, user and system, that all threads of a process have used (Linux: /proc/PID/schedstat per task)."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


class Load:
    """Drives one server. `body(user, turn, service_url)` makes the activity of a user's n-th turn."""

    def __init__(self, body: Callable[[int, int, str], bytes], *, delay: float = 0.0) -> None:
        self._body = body
        self._delay = delay
        self._waiting: dict[str, asyncio.Event] = {}
        self._latencies: list[float] = []
        # Ids must not repeat over the runs against one server: a repeated one is a redelivery, and not answered.
        self._turn = time.time_ns()

    def _arrived(self, conversation: str) -> None:
        if (waiting := self._waiting.get(conversation)) is not None:
            waiting.set()

    async def _user(self, user: int, port: int, service_url: str, stop_at: int) -> None:
        _, client = await asyncio.get_running_loop().create_connection(Client, "127.0.0.1", port)
        replied = self._waiting[f"user-{user}"] = asyncio.Event()
        while self._turn < stop_at:
            self._turn += 1
            body = self._body(user, self._turn, service_url)
            replied.clear()
            started = time.perf_counter()
            status = await client.post("/api/messages", body)
            if status >= 300:
                message = f"the server answered {status}"
                raise RuntimeError(message)
            await asyncio.wait_for(replied.wait(), 30)
            self._latencies.append((time.perf_counter() - started) * 1000)
        client.transport.close()

    async def run(self, port: int, pid: int, *, concurrent: int, turns: int, warm_up: int) -> LoadResult:
        """Drive the server at `port`, process `pid`, and return what `turns` turns after `warm_up` cost."""
        return await self.run_many([port], [pid], concurrent=concurrent, turns=turns, warm_up=warm_up)

    async def run_many(
        self,
        ports: Sequence[int],
        pids: Sequence[int],
        *,
        concurrent: int,
        turns: int,
        warm_up: int,
        after_warm_up: Callable[[], None] = lambda: None,
    ) -> LoadResult:
        """Drive several servers of one bot, each with its share of the users; CPU is that of all of `pids`."""
        loop = asyncio.get_running_loop()
        connector = await loop.create_server(lambda: Connector(self._arrived, self._delay), "127.0.0.1", 0)
        service_url = f"http://127.0.0.1:{connector.sockets[0].getsockname()[1]}"

        async def drive(stop_at: int) -> None:
            await asyncio.gather(
                *(self._user(user, ports[user % len(ports)], service_url, stop_at) for user in range(concurrent))
            )

        first = self._turn
        await drive(first + warm_up)
        self._latencies.clear()
        after_warm_up()
        cpu, started = sum(map(cpu_seconds, pids)), time.perf_counter()
        await drive(first + warm_up + turns)
        seconds, cpu = time.perf_counter() - started, sum(map(cpu_seconds, pids)) - cpu
        connector.close()
        ordered = sorted(self._latencies)
        return LoadResult(
            turns=len(ordered),
            seconds=seconds,
            cpu_ms_per_turn=cpu * 1000 / len(ordered),
            p50_ms=ordered[len(ordered) // 2],
            p99_ms=ordered[int(len(ordered) * 0.99)],
        )

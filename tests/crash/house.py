"""Several servers on one Redis, the channel, and the people who write to any of them."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from standin.server import StandIn
from storage.stores import open_store
from tests.crash.acts import FLOW, KEY
from tests.crash.crowd import Crowd
from tests.crash.findings import Findings
from tests.crash.history import History
from tests.crash.judge import judge
from tests.runtime.process import ServerProcess
from tests.storage.redis.server import HOST, RedisServer

PEOPLE = 24
LEASE = 1.0
MAX_WAIT = 60.0
"""Seconds within which the last reply must have arrived."""


class Worker(ServerProcess):
    """One of several servers, with a stand-in of its own: what comes there, it sent."""

    def __init__(self, folder: Path, store: str, standin: StandIn) -> None:
        folder.mkdir()
        super().__init__(folder, FLOW, standin.url, KEY, ASSENT_STORE=store, ASSENT_LOG__LEVEL="info")
        self.standin = standin

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None


class House:
    """Servers that run, under load. `ports`: where each of them finds Redis."""

    def __init__(
        self, folder: Path, ports: Sequence[int], chance: random.Random, *, words: str = f"lease={LEASE:g}&timeout=2"
    ) -> None:
        self._folder = folder
        self._ports = ports
        self._words = words
        self.history = History()
        self.workers: list[Worker] = []
        self.crowd = Crowd(self.workers, PEOPLE, chance, self.history)
        self._people: asyncio.Task[None] | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            for number, port in enumerate(self._ports):
                standin = StandIn(keep=1, on_delivery=self.history.replies_of(number))
                await stack.enter_async_context(standin)
                worker = Worker(self._folder / f"worker{number}", f"redis://{HOST}:{port}/0?{self._words}", standin)
                stack.push_async_callback(self._ended, worker)
                self.workers.append(worker)
            await self.workers[0].start()  # the first makes the flow live
            await asyncio.gather(*(worker.start() for worker in self.workers[1:]))
            self._people = asyncio.create_task(self.crowd.run())
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._people is not None:
            self._people.cancel()
            await asyncio.gather(self._people, return_exceptions=True)
        self.history.write(self._folder / "history.jsonl")
        await self._stack.aclose()

    async def _ended(self, worker: Worker) -> None:
        if worker.is_running:
            await worker.kill()

    async def kill(self, number: int) -> None:
        self.history.happened(f"server {number} is killed")
        await self.workers[number].kill()

    async def start(self, number: int) -> None:
        await self.workers[number].start()
        self.history.happened(f"server {number} is up again")

    async def taken_over(self, number: int, redis: RedisServer) -> None:
        """Return once nothing waits to be sent by a server that Redis does not hear of."""
        name = f"-{self.workers[number].pid}"

        def waits() -> bool:
            keys = redis.command("KEYS", "assent:{crash/0}:sending:*")
            return any(key.decode().endswith(name) for key in keys)

        async with asyncio.timeout(MAX_WAIT):
            while await asyncio.to_thread(waits):  # noqa: ASYNC110  # nobody is told of it
                await asyncio.sleep(0.05)

    async def finish(self, port: int, *, repeats: bool) -> Findings:
        """Let everybody end in good order; return what the judge says. `port`: where Redis is by now."""
        assert self._people is not None
        self.crowd.finish()
        await self._people
        address = f"redis://{HOST}:{port}/0?{self._words}"
        await _all_sent(address)
        assert [await worker.stop() for worker in self.workers] == [0] * len(self.workers)
        logs = [worker.log for worker in self.workers]
        return await judge(address, self.history, logs, repeats=repeats)


async def _all_sent(address: str) -> None:
    """Return once no reply waits, or after a long time: the judge tells which do."""
    store = open_store(address)
    await store.open()
    with suppress(TimeoutError):
        async with asyncio.timeout(MAX_WAIT):
            while (await store.outbox_depth())[0]:  # noqa: ASYNC110  # nobody is told when the last has ended
                await asyncio.sleep(0.05)
    await store.close()

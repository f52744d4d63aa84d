"""A connection to Redis that ends at any moment, also while it is made: whoever calls afterwards is answered."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Self

import pytest
from redis.asyncio.connection import Connection

from messages.errors import StoreError
from storage.redis.pipeline import BEAT, Pipeline

TIMEOUT = 0.05
"""Seconds within which the link wants an answer."""
LONG = 20.0
"""Seconds after which a call was lost."""


class SlowRedis:
    """Speaks as much of Redis' protocol as a link does. A script is answered with 1; one whose last word is
    `moved` is told so once another comes with `silent`, which gets no answer. Handshake and scripts are answered one by
    one, `steps` turns of the loop apart.
    """

    def __init__(self, steps: int) -> None:
        self.port = 0
        self.asked = asyncio.Event()
        """A call came that is to be told that its slot moved."""
        self._steps = steps
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while words := await self._command(reader):
                if words[0] != b"EVALSHA":
                    for _ in range(self._steps):
                        await asyncio.sleep(0)
                    writer.write(b"+OK\r\n")
                elif words[-1] == b"moved":
                    self.asked.set()
                elif words[-1] == b"silent":
                    writer.write(b"-MOVED 1 127.0.0.1:1\r\n")
                else:
                    writer.write(b":1\r\n")
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    @staticmethod
    async def _command(reader: asyncio.StreamReader) -> list[bytes]:
        head = await reader.readline()
        words = []
        for _ in range(int(head[1:]) if head else 0):
            size = int((await reader.readline())[1:])
            words.append((await reader.readexactly(size + 2))[:-2])
        return words


@pytest.fixture
async def connect() -> AsyncIterator[Callable[[SlowRedis], Pipeline]]:
    links: list[Pipeline] = []

    def link_to(server: SlowRedis) -> Pipeline:
        links.append(
            Pipeline(
                lambda: Connection(host="127.0.0.1", port=server.port, protocol=2, socket_timeout=None),
                name="slow",
                timeout=LONG,
                connected=lambda: None,
            )
        )
        return links[-1]

    yield link_to
    for link in links:
        await link.close()


async def answered(link: Pipeline, word: str = "well") -> object:
    async with asyncio.timeout(LONG):
        return await link.call(BEAT, "assent:", word)


def sessions() -> "set[asyncio.Task[object]]":
    return {task for task in asyncio.all_tasks() if "Link._run" in repr(task.get_coro())}


async def test_a_session_that_is_cancelled_at_any_step_makes_way_for_the_next(
    connect: Callable[[SlowRedis], Pipeline],
) -> None:
    async with SlowRedis(steps=1) as server:
        step = 0
        while True:
            link = connect(server)
            first = asyncio.ensure_future(answered(link))
            await asyncio.sleep(0)  # the call is made; its session has not begun
            for _ in range(step):
                await asyncio.sleep(0)
            if first.done():
                break  # all steps were tried
            for session in sessions():
                session.cancel()
            await asyncio.wait([first])
            outcome = first.exception() or first.result()
            assert outcome == 1 or isinstance(outcome, StoreError)
            assert await answered(link) == 1
            await link.close()
            step += 1
    assert step > 50


@pytest.mark.parametrize("again", range(6))
async def test_an_overdue_answer_of_a_connection_that_ended_leaves_the_next_alone(
    connect: Callable[[SlowRedis], Pipeline], again: int
) -> None:
    """One call is told that its slot moved, which ends the connection. Another gets no answer: the loop is busy until
    that is overdue, and in the next turn, `again` turns after the first was told, a further call is made.
    """
    async with SlowRedis(steps=0) as server:
        link = connect(server)
        assert await answered(link) == 1
        moved = link.call(BEAT, "assent:", "moved")
        await server.asked.wait()
        link._timeout = TIMEOUT
        silent = link.call(BEAT, "assent:", "silent")
        while not moved.done():  # noqa: ASYNC110  # the very turn in which it is told
            await asyncio.sleep(0)
        link._timeout = LONG
        for _ in range(again):
            await asyncio.sleep(0)
        time.sleep(2 * TIMEOUT)  # noqa: ASYNC251  # the loop is busy
        await asyncio.sleep(0)
        call = link.call(BEAT, "assent:", "well")
        async with asyncio.timeout(LONG):
            await asyncio.wait([moved, silent, call])
            assert await answered(link) == 1
        assert isinstance(moved.exception(), StoreError)
        assert isinstance(silent.exception(), StoreError)
        assert call.exception() is None or isinstance(call.exception(), StoreError)

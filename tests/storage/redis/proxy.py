"""A network between clients and a server, which can be told to fail."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from types import TracebackType
from typing import Self

from tests.storage.redis.link import Link, Network
from tests.storage.redis.server import HOST, MAX_WAIT, free_port


class Proxy:
    """Leads connections to a port of its own on to `port`. What goes to the server is a command, what comes back an
    answer; they are bytes to it, so it stands before anything that speaks TCP.

    It runs on a thread of its own: tests with and without a loop tell it what to do, and may block while it works.
    """

    def __init__(self, port: int) -> None:
        self.port = free_port()
        self._target = port
        self._network = Network()
        self._links: set[Link] = set()
        self._listener: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    @property
    def url(self) -> str:
        """What a client of Redis is given, without a database."""
        return f"redis://{HOST}:{self.port}"

    @property
    def connections(self) -> int:
        """How many it holds now."""
        return len(self._links)

    @property
    def swallowed(self) -> tuple[int, int]:
        """How many bytes of commands and of answers were lost in the black hole."""
        return self._network.commands.swallowed, self._network.answers.swallowed

    def cut(self) -> None:
        """Break all connections; new ones are welcome."""
        self._await(self._cut(list(self._links)))

    def refuse(self) -> None:
        """Refuse new connections until healed; those that stand are left."""
        self._do(self._stop_listening)

    def hold(self) -> None:
        """Let nothing through until healed, and then everything, late: a network that was down for a while."""
        self._do(self._network.passes.clear)

    def blackhole(self, *, commands: bool = True, answers: bool = True) -> None:
        """Take connections and what is sent on them, and let nothing out until healed.

        With `commands=False` the server does what it is told, and nobody learns of it.
        """

        def swallow() -> None:
            self._network.commands.swallows, self._network.answers.swallows = commands, answers

        self._do(swallow)

    def delay(self, *, commands: float = 0, answers: float = 0) -> None:
        """Let bytes take so many seconds each way from now on."""

        def slow_down() -> None:
            self._network.commands.delay, self._network.answers.delay = commands, answers

        self._do(slow_down)

    def lead_to(self, port: int) -> None:
        """Lead new connections elsewhere: to a replica that was promoted. `cut` moves those that stand."""

        def turn() -> None:
            self._target = port

        self._do(turn)

    def heal(self) -> None:
        """Be a good network again. Connections that lost something break."""
        self._await(self._heal())

    def __enter__(self) -> Self:
        self._thread.start()
        self.heal()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._await(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(MAX_WAIT)
        self._loop.close()

    def _do(self, act: Callable[[], None]) -> None:
        """Do it in the loop; return once it is done."""

        async def done() -> None:
            act()

        self._await(done())

    def _await(self, work: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(MAX_WAIT)

    async def _heal(self) -> None:
        for direction in (self._network.commands, self._network.answers):
            direction.delay, direction.swallows = 0, False
        await self._cut([link for link in self._links if link.lost_something])
        self._network.passes.set()
        await self._listen()

    async def _listen(self) -> None:
        if self._listener is None:
            self._listener = await asyncio.start_server(self._welcome, HOST, self.port)

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(self._network, HOST, self._target, reader, writer)
        self._links.add(link)
        link.task.add_done_callback(lambda _: self._links.discard(link))

    async def _cut(self, links: Sequence[Link]) -> None:
        await asyncio.gather(*[link.cut() for link in links])

    async def _close(self) -> None:
        self._stop_listening()
        await self._cut(list(self._links))

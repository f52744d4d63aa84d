"""One connection through a proxy, and what its network does to it."""

import asyncio
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field

CHUNK = 65_536
CHUNKS_UNDER_WAY = 256
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: closing tells the other side that the connection broke, not that it ended."""


@dataclass
class Direction:
    """How bytes fare on their way to the server, or back."""

    delay: float = 0
    swallows: bool = False
    swallowed: int = 0


@dataclass
class Network:
    """How a proxy treats its connections."""

    commands: Direction = field(default_factory=Direction)
    answers: Direction = field(default_factory=Direction)
    passes: asyncio.Event = field(default_factory=asyncio.Event)


class Link:
    """A client's connection, led on to `port`."""

    def __init__(
        self, network: Network, host: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._network = network
        self._target = host, port
        self._reader = reader
        self._writers = [writer]
        self.lost_something = False
        self.task = asyncio.create_task(self._run())

    async def cut(self) -> None:
        """Break it."""
        self._reset()
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    def _reset(self) -> None:
        for writer in self._writers:
            with suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()

    async def _run(self) -> None:
        try:
            await self._lead()
        except OSError:
            self._reset()
        finally:
            for writer in self._writers:
                writer.close()
            await asyncio.gather(*[writer.wait_closed() for writer in self._writers], return_exceptions=True)

    async def _lead(self) -> None:
        """Carry bytes both ways until either side has ended."""
        if self._network.commands.swallows:
            self.lost_something = True
            await self._receive(self._network.commands, self._reader, asyncio.Queue())
            return
        reader, writer = await asyncio.open_connection(*self._target)
        self._writers.append(writer)
        both = [
            asyncio.create_task(self._carry(self._network.commands, self._reader, writer)),
            asyncio.create_task(self._carry(self._network.answers, reader, self._writers[0])),
        ]
        try:
            ended, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def _carry(self, direction: Direction, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS_UNDER_WAY)
        receiving = asyncio.create_task(self._receive(direction, source, under_way))
        try:
            await self._deliver(under_way, sink)
        finally:
            receiving.cancel()

    async def _receive(
        self, direction: Direction, source: asyncio.StreamReader, under_way: asyncio.Queue[tuple[float, bytes]]
    ) -> None:
        """Take what comes, with the moment when it is to arrive; the end of all is no bytes.

        In a black hole the end isn't seen either.
        """
        clock = asyncio.get_running_loop().time
        chunk = b"-"
        while chunk:
            try:
                chunk = await source.read(CHUNK)
            except OSError:
                chunk = b""
            if direction.swallows:
                self.lost_something = True
                direction.swallowed += len(chunk)
            else:
                await under_way.put((clock() + direction.delay, chunk))

    async def _deliver(self, under_way: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            due, chunk = await under_way.get()
            await asyncio.sleep(due - clock())
            await self._network.passes.wait()
            if not chunk:
                return
            sink.write(chunk)
            await sink.drain()

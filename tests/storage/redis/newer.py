"""A Redis 7.2 as far as the store needs one, where only 7.0 can be had: WAITAOF is answered here, all else by it."""

import asyncio
from contextlib import suppress
from typing import Self

import hiredis

from tests.storage.redis.server import HOST


class NewerRedis:
    """Stands before the server at `port`. `on_disk`: what WAITAOF says, of the server itself and of its replicas."""

    def __init__(self, port: int, on_disk: tuple[int, int]) -> None:
        self._target = port
        self.on_disk = on_disk
        self.asked: list[list[bytes]] = []
        """The WAITAOF commands that came."""
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"redis://{HOST}:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take commands one after another; each is answered before the next is looked at."""
        behind, to_behind = await asyncio.open_connection(HOST, self._target)
        commands = hiredis.Reader()
        try:
            while data := await reader.read(65_536):
                commands.feed(data)
                while (command := commands.gets()) is not False:
                    writer.write(await self._answer(command, behind, to_behind))
        finally:
            for each in (writer, to_behind):
                each.close()
                with suppress(OSError):
                    await each.wait_closed()

    async def _answer(
        self, command: list[bytes], behind: asyncio.StreamReader, to_behind: asyncio.StreamWriter
    ) -> bytes:
        if command[0].upper() == b"WAITAOF":
            self.asked.append(command)
            return b"*2\r\n:%d\r\n:%d\r\n" % self.on_disk
        to_behind.write(hiredis.pack_command(tuple(command)))
        whole = hiredis.Reader()
        answer = b""
        while whole.gets() is False:
            data = await behind.read(65_536)
            if not data:
                return b""
            whole.feed(data)
            answer += data
        return answer.replace(b"redis_version:7.0", b"redis_version:7.2")

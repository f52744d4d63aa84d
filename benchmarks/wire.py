"""A connector and a client that cost next to nothing, so that the server under test is what is measured.

They speak just enough HTTP/1.1 for keep-alive requests with a Content-Length, on loopback.
"""

import asyncio
from collections.abc import Callable

_HEAD_END = b"\r\n\r\n"


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


class _Messages(asyncio.Protocol):
    """Splits a byte stream into HTTP messages and hands each to `on_message(first line)`."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(_HEAD_END)) >= 0:
            head = bytes(self._buffer[:end])
            total = end + 4 + _content_length(head)
            if b"100-continue" in head.lower() or len(self._buffer) < total:
                return
            del self._buffer[:total]
            self.on_message(head.split(b"\r\n", 1)[0].decode("latin-1"))

    def on_message(self, first_line: str) -> None:
        raise NotImplementedError


class Connector(_Messages):
    """Takes replies: calls `arrived(conversation)` for each, answers after `delay` seconds."""

    def __init__(self, arrived: Callable[[str], None], delay: float) -> None:
        super().__init__()
        self._arrived = arrived
        self._delay = delay
        self._loop = asyncio.get_running_loop()

    def on_message(self, first_line: str) -> None:
        conversation = first_line.split("/v3/conversations/", 1)[-1].split("/", 1)[0]
        if self._delay:
            self._loop.call_later(self._delay, self._answer, conversation)
        else:
            self._answer(conversation)

    def _answer(self, conversation: str) -> None:
        self.transport.write(
            b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n" + b'{"id":"1"}'
        )
        self._arrived(conversation)


class Client(_Messages):
    """One keep-alive connection that posts bodies, one after another."""

    def __init__(self) -> None:
        super().__init__()
        self._answer: asyncio.Future[int] | None = None

    def on_message(self, first_line: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(int(first_line.split(" ", 2)[1]))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server closed the connection"))

    async def post(self, path: str, body: bytes) -> int:
        """Send one request; return the status of its answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(
            b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (path.encode(), len(body), body)
        )
        return await self._answer

"""One connection to one Redis server. What is to be said goes out together, and is answered in order."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import (
    AskError,
    AuthenticationError,
    AuthorizationError,
    ClusterDownError,
    MasterDownError,
    MovedError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TryAgainError,
)

from messages.errors import StoreError
from storage.redis.scripts import ALL, Script

Word = str | bytes | int

MOST = 1000
"""Calls sent at once."""


class Moved(StoreError):
    """The slot is served elsewhere, or its server takes no writes: look again who serves it."""


class Confirmation(NamedTuple):
    """How a write is confirmed: by `replicas` within `milliseconds`, on their disks too if `on_disk`."""

    replicas: int
    milliseconds: int
    on_disk: bool = False


class _Call(NamedTuple):
    script: Script
    words: tuple[Word, ...]
    future: "asyncio.Future[Any]"

    def settle(self, answer: object) -> None:
        if self.future.done():
            return
        if isinstance(answer, Exception):
            self.future.set_exception(answer)
        else:
            self.future.set_result(answer)


class Link:
    """Runs scripts on one server.

    Calls made while others are under way wait and go out in one write, so that they share a round trip and a wait for
    the disk. Calls run in the order made, and their callers are woken in that order.
    """

    def __init__(
        self,
        connect: Callable[[], AbstractConnection],
        *,
        name: str,
        timeout: float,
        confirmation: Confirmation | None = None,
    ) -> None:
        self._make = connect
        self._name = name
        self._timeout = timeout
        self.confirmation = confirmation
        self._connection: AbstractConnection | None = None
        self._waiting: list[_Call] = []
        self._worker: asyncio.Task[None] | None = None
        self._closing = False

    def call(self, script: Script, prefix: str, *words: Word) -> "asyncio.Future[Any]":
        """Run a script on the keys that begin with `prefix`.

        The future raises StoreError when there is no answer, in which case the script may have run or not, and when
        Redis refuses.
        """
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self._closing:
            future.set_exception(StoreError("the store is closed"))
            return future
        self._waiting.append(_Call(script, (prefix, *words), future))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return future

    async def close(self) -> None:
        """Finish what is under way, and hang up."""
        self._closing = True
        if self._worker is not None:
            await asyncio.wait([self._worker])
        await self._hang_up()

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._exchange(batch)
        finally:
            self._worker = None

    async def _exchange(self, batch: Sequence[_Call]) -> None:
        """Send calls and settle them. The outermost boundary of the link: whatever goes wrong goes to the callers."""
        try:
            async with asyncio.timeout(self._timeout):
                answers = await self._answers(batch)
        except (RedisError, OSError, TimeoutError) as error:
            await self._hang_up()
            reason = "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
            refused = isinstance(error, AuthenticationError | AuthorizationError)
            lost = StoreError(f"Redis at {self._name} {'refused' if refused else 'failed'}: {reason}")
            for call in batch:
                call.settle(lost)
            return
        except asyncio.CancelledError:
            await self._hang_up()
            for call in batch:
                call.settle(StoreError("the store was closed before the answer"))
            raise
        moved = False
        for call, answer in zip(batch, answers, strict=True):
            moved = moved or isinstance(answer, Moved)
            call.settle(answer)
        if moved:
            await self._hang_up()

    async def _answers(self, batch: Sequence[_Call]) -> list[object]:
        connection = self._connection or await self._connected()
        answers = await self._sent(connection, batch)
        unknown = [place for place, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if unknown:
            await self._teach(connection)
            again = await self._sent(connection, [batch[place] for place in unknown])
            for place, answer in zip(unknown, again, strict=True):
                answers[place] = answer
        return [self._understood(answer) for answer in answers]

    async def _sent(self, connection: AbstractConnection, batch: Sequence[_Call]) -> list[object]:
        pack = connection.pack_command
        packed: list[bytes] = []
        for call in batch:
            packed += pack("EVALSHA", call.script.sha, 1, *call.words)
        asks = self.confirmation is not None and any(call.script.writes for call in batch)
        if asks and self.confirmation is not None:
            replicas, milliseconds, on_disk = self.confirmation
            packed += pack(*(("WAITAOF", 1) if on_disk else ("WAIT",)), replicas, milliseconds)
        await connection.send_packed_command(packed, check_health=False)
        answers = [await self._answer(connection) for _ in batch]
        if asks and not self._is_confirmed(await self._answer(connection)):
            unsure = StoreError(f"Redis at {self._name}: not confirmed by its replicas in time")
            for place, call in enumerate(batch):
                if call.script.writes and not isinstance(answers[place], ResponseError):
                    answers[place] = unsure
        return answers

    @staticmethod
    async def _answer(connection: AbstractConnection) -> object:
        try:
            return await connection.read_response()
        except ResponseError as refusal:
            return refusal

    def _is_confirmed(self, answer: object) -> bool:
        assert self.confirmation is not None  # noqa: S101  # asked only then
        match answer:
            case int(replicas):
                return replicas >= self.confirmation.replicas
            case [int(local), int(replicas)]:
                return local >= 1 and replicas >= self.confirmation.replicas
            case _:
                return False

    def _understood(self, answer: object) -> object:
        """Return an answer, or the error that it means to our callers."""
        match answer:
            case MovedError() | AskError() | TryAgainError() | ClusterDownError() | ReadOnlyError() | MasterDownError():
                return Moved(f"Redis at {self._name} does not serve this now: {answer}")
            case OutOfMemoryError():
                return StoreError(f"Redis at {self._name} is out of memory: {answer}")
            case ResponseError():
                return StoreError(f"Redis at {self._name} refused: {answer}")
            case _:
                return answer

    async def _connected(self) -> AbstractConnection:
        connection = self._make()
        await connection.connect()  # type: ignore[no-untyped-call]
        self._connection = connection
        await self._teach(connection)
        return connection

    async def _teach(self, connection: AbstractConnection) -> None:
        """Give the server the scripts."""
        packed: list[bytes] = []
        for script in ALL:
            packed += connection.pack_command("SCRIPT", "LOAD", script.text)
        await connection.send_packed_command(packed, check_health=False)
        for answer in [await self._answer(connection) for _ in ALL]:
            if isinstance(answer, ResponseError):
                raise answer

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.disconnect(nowait=True)

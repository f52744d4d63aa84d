"""Turns of one conversation, one after another."""

import asyncio
from collections.abc import Hashable
from types import TracebackType

_Tails = dict[Hashable, "asyncio.Future[None]"]


class Place:
    """A place in the queue of its key: entered once those before have left."""

    __slots__ = ("_before", "_key", "_mine", "_tails")

    def __init__(self, tails: _Tails, key: Hashable) -> None:
        self._tails = tails
        self._key = key
        self._before = tails.get(key)
        self._mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        tails[key] = self._mine

    async def __aenter__(self) -> None:
        if self._before is None:
            return
        try:
            await asyncio.shield(self._before)
        except asyncio.CancelledError:
            self._leave()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        mine = self._mine
        if self._before is not None and not self._before.done():
            self._before.add_done_callback(lambda _: mine.set_result(None))  # gave up waiting; the order stays
        else:
            mine.set_result(None)
        if self._tails.get(self._key) is mine:
            del self._tails[self._key]


class TurnQueue:
    """A queue for each key. A key that nobody waits for leaves nothing behind."""

    def __init__(self) -> None:
        self._tails: _Tails = {}

    def place(self, key: Hashable) -> Place:
        """Take the next place."""
        return Place(self._tails, key)

"""Compiled revisions, kept while they are in use."""

import asyncio
from collections import OrderedDict

from flows.compile import compile_revision
from flows.revision import Revision
from flows.source.read import read_flow
from storage.port import Revisions

_MOST = 64


def _compile(source: str, bot: str, number: int, digest: str) -> Revision:
    return compile_revision(read_flow(source, f"{bot} revision {number}").bot, number, digest)


class RevisionCache:
    """Revisions by bot and number. A revision never changes, so what is kept is never stale.

    Compiling takes place in a thread, once for everybody who waits for it.
    """

    def __init__(self, store: Revisions, most: int = _MOST) -> None:
        self._store = store
        self._most = most
        self._kept: OrderedDict[tuple[str, int], Revision] = OrderedDict()
        self._compiling: dict[tuple[str, int], asyncio.Task[Revision | None]] = {}

    def kept(self, bot: str, number: int) -> Revision | None:
        """Return a revision that is compiled already."""
        found = self._kept.get((bot, number))
        if found is not None:
            self._kept.move_to_end((bot, number))
        return found

    async def get(self, bot: str, number: int) -> Revision | None:
        """Return a revision, compiling it if need be; None when the store has none of that number."""
        found = self.kept(bot, number)
        if found is not None:
            return found
        key = (bot, number)
        task = self._compiling.get(key)
        if task is None:
            task = self._compiling[key] = asyncio.create_task(self._load(bot, number))
            task.add_done_callback(lambda _: self._compiling.pop(key, None))
        return await asyncio.shield(task)

    async def _load(self, bot: str, number: int) -> Revision | None:
        stored = await self._store.revision(bot, number)
        if stored is None:
            return None
        info, source = stored
        revision = await asyncio.to_thread(_compile, source, bot, number, info.digest)
        self._kept[bot, number] = revision
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return revision

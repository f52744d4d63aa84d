"""Compiled revisions, kept while they are in use."""

import asyncio
from collections import OrderedDict

import structlog

from flows.compile import compile_revision
from flows.revision import Revision
from flows.source.read import read_flow
from messages.errors import BadInput
from storage.port import Revisions

log = structlog.get_logger("assent.revisions")

PATIENCE = 0.25
"""Seconds that turns wait for a new live revision to be compiled, before they go on with the one before."""


def _compile(source: str, bot: str, number: int, digest: str) -> Revision:
    return compile_revision(read_flow(source, f"{bot} revision {number}").bot, number, digest)


class RevisionCache:
    """Revisions by bot and number. A revision never changes, so what is kept is never stale.

    Compiling takes place in a thread, once for everybody who waits for it. The last `most` that were used are kept,
    and each bot's live one beyond that.
    """

    def __init__(self, store: Revisions, most: int = 64, *, patience: float = PATIENCE) -> None:
        self._store = store
        self._most = most
        self._patience = patience
        self._kept: OrderedDict[tuple[str, int], Revision] = OrderedDict()
        self._live: dict[str, Revision] = {}
        self._compiling: dict[tuple[str, int], tuple[float, asyncio.Task[Revision | None]]] = {}
        self._unusable: set[tuple[str, int]] = set()
        self._numbers: dict[tuple[str, str], int] = {}
        """By bot and beginning of a digest."""

    async def live(self, bot: str, number: int) -> Revision | None:
        """Return the live revision, `number`; None when there is none, or none that can be used.

        While a big one is compiled, or when it can't be, it is the one that was live before: turns go on.
        """
        before = self._live.get(bot)
        if before is not None and before.number == number:
            return before
        if not number:
            return None
        found = self.kept(bot, number) or await self._soon(bot, number, may_wait=before is None)
        if found is None or (before is not None and before.number > number):
            return found or before
        self._live[bot] = found
        return found

    def last_live(self, bot: str) -> Revision | None:
        """Return the revision that was live when the store last had one."""
        return self._live.get(bot)

    async def get(self, bot: str, number: int) -> Revision | None:
        """Return a revision, compiling it if need be; None when the store has none of that number that can be used."""
        found = self.kept(bot, number)
        if found is not None or (bot, number) in self._unusable:
            return found
        _, task = self._started(bot, number)
        return await asyncio.shield(task)

    async def named(self, bot: str, digest: str) -> Revision | None:
        """Return the first revision whose digest begins with `digest`; None when the store has none that can be used.

        That it has none is not kept: its source may be pushed again.
        """
        number = self._numbers.get((bot, digest))
        if number is None:
            info = await self._store.revision_by_digest(bot, digest)
            if info is None:
                return None
            number = self._numbers[bot, digest] = info.number
        found = await self.get(bot, number)
        return found if found is not None and found.digest.startswith(digest) else None

    def forget(self, bot: str, number: int, digest: str) -> bool:
        """Forget a bot's revisions if `number` has another digest than here: the store was restored. Tell whether."""
        found = self._kept.get((bot, number))
        if found is None or found.digest == digest:
            return False
        self._kept = OrderedDict((key, each) for key, each in self._kept.items() if key[0] != bot)
        self._numbers = {key: each for key, each in self._numbers.items() if key[0] != bot}
        self._unusable = {key for key in self._unusable if key[0] != bot}
        self._live.pop(bot, None)
        return True

    def kept(self, bot: str, number: int) -> Revision | None:
        """Return a revision that is compiled already."""
        found = self._kept.get((bot, number))
        if found is not None:
            self._kept.move_to_end((bot, number))
        return found

    async def _soon(self, bot: str, number: int, *, may_wait: bool) -> Revision | None:
        if may_wait or (bot, number) in self._unusable:
            return await self.get(bot, number)
        began, task = self._started(bot, number)
        left = began + self._patience - asyncio.get_running_loop().time()
        if left > 0:
            await asyncio.wait([task], timeout=left)
        return task.result() if task.done() else None

    def _started(self, bot: str, number: int) -> tuple[float, "asyncio.Task[Revision | None]"]:
        key = (bot, number)
        found = self._compiling.get(key)
        if found is None:
            task = asyncio.create_task(self._load(bot, number))
            found = self._compiling[key] = (asyncio.get_running_loop().time(), task)
            task.add_done_callback(lambda done: self._loaded(key, done))
        return found

    def _loaded(self, key: tuple[str, int], task: "asyncio.Task[Revision | None]") -> None:
        del self._compiling[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("a revision can't be loaded", bot=key[0], revision=key[1], reason=str(error))

    async def _load(self, bot: str, number: int) -> Revision | None:
        stored = await self._store.revision(bot, number)
        if stored is None:
            return None
        info, source = stored
        try:
            revision = await asyncio.to_thread(_compile, source, bot, number, info.digest)
        except BadInput as error:
            self._unusable.add((bot, number))
            log.error("a revision can't be used", bot=bot, revision=number, reason=str(error))  # noqa: TRY400  # no fault of ours
            return None
        self._kept[bot, number] = revision
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return revision

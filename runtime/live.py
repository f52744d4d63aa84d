"""What is live, known and compiled before a turn needs it."""

import asyncio
from collections.abc import Callable, Collection, Iterable
from typing import Final, Protocol

import structlog

from config.settings import variable_form
from messages.errors import AssentError
from runtime.metrics import Metrics
from runtime.revisions import RevisionCache
from storage.change_feed import Changes
from storage.port import Revisions

_UNUSABLE = "no live revision that can be used"

log = structlog.get_logger("assent.revisions")

LOOK_ANYWAY: Final = 30.0
"""Seconds after which it is looked again although nothing seems to have changed: a store may have been restored."""
_AFTER_TROUBLE: Final = 1.0


class FlowSource(Revisions, Changes, Protocol):
    """What is watched of a store."""


NO_BOT = "no bot yet: save a flow and push it (assent flow save FILE, assent flow push)"
"""Why a server on an empty store is not ready."""


class LiveRevisions:
    """Watches the store for pushes, from wherever they come, and for bots that are new.

    `appeared` hears of each bot, those of `bots` first. `renamed` hears that one of `bots`, which had the name that a
    variable gives it (`well_being`), is in the store under its own (`well-being`).
    """

    def __init__(
        self,
        store: FlowSource,
        revisions: RevisionCache,
        metrics: Metrics,
        *,
        bots: Iterable[str],
        appeared: Callable[[str], None],
        renamed: Callable[[str, str], None] = lambda _old, _new: None,
    ) -> None:
        self._store = store
        self._revisions = revisions
        self._metrics = metrics
        self._appeared = appeared
        self._renamed = renamed
        self._seen: dict[str, int] = {}
        self._marks: dict[str, str] = {}
        """Of the live revision that was looked at last, by bot."""
        self._in_use: dict[str, int] = {}
        self.faults: dict[str, str] = {}
        """Bots whose live revision can't be looked at, and the kind of error."""
        for bot in bots:
            self._add(bot)

    @property
    def bots(self) -> list[str]:
        """All bots there are."""
        return sorted(self._seen)

    @property
    def problem(self) -> str:
        """Why no bot can answer; empty when one can."""
        if not self._seen:
            return NO_BOT
        return "" if self._in_use else f"{_UNUSABLE}: {', '.join(self.bots)}"

    @property
    def without_revision(self) -> dict[str, str]:
        """Bots that can't answer, and why."""
        return {f"bot {bot}": _UNUSABLE for bot in self.bots if bot not in self._in_use}

    async def look(self) -> None:
        """Compile what became live. A fault in one bot's records stops no other bot. Raises StoreError."""
        marks = await self._store.live_marks()
        self._marks = {bot: mark for bot, mark in self._marks.items() if bot in marks}
        for bot in marks:
            if bot not in self._seen:
                self._add(bot)
                self._end_stand_in(variable_form(bot), bot, marks.keys())
        for bot, mark in marks.items():
            if self._marks.get(bot) == mark:
                continue
            try:
                await self._look_at(bot, self._seen[bot])
            except AssentError:
                raise
            except Exception as error:  # the outermost boundary of one bot's records
                if f"bot {bot}" not in self.faults:
                    log.exception("cannot read the live revision", bot=bot)
                self.faults[f"bot {bot}"] = type(error).__name__
            else:
                self.faults.pop(f"bot {bot}", None)
                self._marks[bot] = mark

    async def _look_at(self, bot: str, seen: int) -> None:
        info = await self._store.live(bot)
        if info is None:
            return
        if self._revisions.forget(bot, info.number, info.digest):
            log.warning("the store went back: a revision's number came again", bot=bot, revision=info.number)
        elif info.number == seen:
            return
        await self._revisions.get(bot, info.number)  # however long it takes
        self._seen[bot] = info.number
        revision = await self._revisions.live(bot, info.number)
        if revision is not None:
            self._in_use[bot] = revision.number
            self._metrics.live.labels(bot).set(revision.number)
            log.info("revision live", bot=bot, revision=revision.number)

    async def watch(self) -> None:
        """Look whenever a flow changed, until cancelled."""
        well = True
        with self._store.changes_of_flows() as changes:
            while True:
                try:
                    await self.look()
                    well = True
                    await changes.wait(LOOK_ANYWAY)
                except AssentError as error:
                    if well:
                        log.warning("can't see what is live", reason=str(error))
                    well = False
                    await asyncio.sleep(_AFTER_TROUBLE)

    def _end_stand_in(self, name: str, bot: str, stored: Collection[str]) -> None:
        """Let the bot take the place of its name in variables, unless that is a bot of its own."""
        if name != bot and name in self._seen and name not in stored:
            del self._seen[name]
            self._renamed(name, bot)

    def _add(self, bot: str) -> None:
        self._seen[bot] = 0
        self._appeared(bot)

"""The live flow of a bot, as far as segments go."""

import asyncio
from collections.abc import Iterator
from typing import Any

from flows.model.base import text_for
from flows.model.bot import Bot
from flows.source.read import read_flow
from storage.port import Revisions


class LiveFlow:
    """The live revision of a bot; a flow without anything in it before the first push."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        created = _created(bot.model_dump(mode="json", by_alias=True) if bot.messages else {})
        self.segments: tuple[str, ...] = tuple(dict.fromkeys((*bot.segments, *created)))
        """Ids of its segments, those that its buttons create included."""

    def name_of(self, segment: str) -> str:
        """Return the name of a segment, in the flow's first language; its id, if a button creates it."""
        declared = self.bot.segments.get(segment)
        return segment if declared is None else self._text(declared.name)

    def purpose_of(self, segment: str) -> str:
        """Return what a segment is for, in the flow's first language."""
        declared = self.bot.segments.get(segment)
        return self._text(declared.purpose) if declared is not None and declared.purpose else ""

    def _text(self, text: Any) -> str:  # noqa: ANN401  # a text, or one for each language
        return text_for(text, self.bot.languages[0], self.bot.languages[0])


class LiveFlows:
    """The live flows of all bots, each read once, in a thread: a big one takes long."""

    def __init__(self, store: Revisions) -> None:
        self._store = store
        self._read: dict[str, tuple[int, LiveFlow]] = {}

    async def of(self, bot: str) -> LiveFlow:
        """Return what is live. Raises StoreError, BadInput."""
        live = await self._store.live(bot)
        number = 0 if live is None else live.number
        read = self._read.get(bot)
        if read is not None and read[0] == number:
            return read[1]
        found = await self._store.revision(bot, number) if number else None
        flow = _nothing(bot) if found is None else await asyncio.to_thread(_read, found[1], bot)
        self._read[bot] = number, flow
        return flow


def _read(source: str, bot: str) -> LiveFlow:
    return LiveFlow(read_flow(source, f"the live flow of {bot}").bot)


def _nothing(bot: str) -> LiveFlow:
    nothing: dict[str, Any] = {"assent": "1", "bot": bot, "name": None, "messages": {}}
    return LiveFlow(Bot.model_construct(**nothing))


def _created(tree: Any) -> Iterator[str]:  # noqa: ANN401  # JSON
    """Yield the segments that buttons create."""
    if isinstance(tree, dict):
        if tree.get("create") is True and isinstance(tree.get("opt_in"), str):
            yield tree["opt_in"]
        tree = list(tree.values())
    if isinstance(tree, list):
        for value in tree:
            yield from _created(value)

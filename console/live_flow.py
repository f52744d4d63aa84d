"""The live flow of a bot, as far as segments go."""

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

    @classmethod
    async def of(cls, store: Revisions, bot: str) -> "LiveFlow":
        """Return what is live. Raises StoreError, BadInput."""
        live = await store.live(bot)
        found = None if live is None else await store.revision(bot, live.number)
        if found is None:
            nothing: dict[str, Any] = {"assent": "1", "bot": bot, "name": None, "messages": {}}
            return cls(Bot.model_construct(**nothing))
        return cls(read_flow(found[1], f"the live flow of {bot}").bot)

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


def _created(tree: Any) -> Iterator[str]:  # noqa: ANN401  # JSON
    """Yield the segments that buttons create."""
    if isinstance(tree, dict):
        if tree.get("create") is True and isinstance(tree.get("opt_in"), str):
            yield tree["opt_in"]
        tree = list(tree.values())
    if isinstance(tree, list):
        for value in tree:
            yield from _created(value)

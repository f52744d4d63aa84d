"""What the live flow says about segments."""

from collections.abc import Iterator
from typing import Any

from flows.model.base import text_for
from flows.model.bot import Bot
from flows.source.read import read_flow
from storage.port import Revisions

_NAMES = ("opt_in", "opt_out", "segment")
"""Members of a flow that hold the id of a segment."""


class LiveFlow:
    """The live revision of a bot; a flow without anything in it before the first push."""

    def __init__(self, flow: Bot | None) -> None:
        self._flow = flow
        self._created = dict.fromkeys(_created(self.tree))

    @classmethod
    async def of(cls, store: Revisions, bot: str) -> "LiveFlow":
        """Return what is live. Raises StoreError, BadInput."""
        live = await store.live(bot)
        found = None if live is None else await store.revision(bot, live.number)
        return cls(None if found is None else read_flow(found[1], f"the live flow of {bot}").bot)

    @property
    def segments(self) -> tuple[str, ...]:
        """Ids of its segments, those that its buttons create included."""
        return () if self._flow is None else tuple({**dict.fromkeys(self._flow.segments), **self._created})

    @property
    def tree(self) -> Any:  # noqa: ANN401  # JSON
        """The flow as JSON."""
        return {} if self._flow is None else self._flow.model_dump(mode="json", by_alias=True)

    def name_of(self, segment: str) -> str:
        """Return the name of a segment, in the flow's first language."""
        if self._flow is None or segment not in self._flow.segments:
            return segment
        return self._text(self._flow, self._flow.segments[segment].name)

    def purpose_of(self, segment: str) -> str:
        """Return what a segment is for, in the flow's first language."""
        if self._flow is None or segment not in self._flow.segments:
            return ""
        purpose = self._flow.segments[segment].purpose
        return self._text(self._flow, purpose) if purpose else ""

    @staticmethod
    def _text(flow: Bot, text: Any) -> str:  # noqa: ANN401  # a text, or one for each language
        return text_for(text, flow.languages[0], flow.languages[0])


def uses_in(tree: Any, segment: str, path: str = "") -> Iterator[str]:  # noqa: ANN401  # JSON
    """Yield where a flow names a segment."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            here = f"{path}.{key}" if path else str(key)
            if value == segment and key in _NAMES:
                yield here
            yield from uses_in(value, segment, here)
    elif isinstance(tree, list):
        for position, value in enumerate(tree, 1):
            yield from uses_in(value, segment, f"{path}[{position}]")


def _created(tree: Any) -> Iterator[str]:  # noqa: ANN401  # JSON
    """Yield the segments that buttons create."""
    if isinstance(tree, dict):
        if tree.get("create") is True and isinstance(tree.get("opt_in"), str):
            yield tree["opt_in"]
        tree = list(tree.values())
    if isinstance(tree, list):
        for value in tree:
            yield from _created(value)

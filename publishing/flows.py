"""The texts of a bot's flow that the store holds."""

import difflib
from typing import Any

from flows.model.bot import Bot
from flows.source.read import read_flow
from messages.errors import BadInput
from storage.port import Revisions


async def draft_text(store: Revisions, bot: str) -> str:
    """Return the draft. Raises BadInput when there is none."""
    draft = await store.draft(bot)
    if draft is None:
        raise BadInput(f"{bot} has no draft", remedy="Save one first: assent flow save FILE")
    return draft.source


async def revision_text(store: Revisions, bot: str, number: int) -> str:
    """Return a revision. Raises BadInput when there is none of that number."""
    found = await store.revision(bot, number)
    if found is None:
        raise BadInput(f"{bot} has no revision {number}", remedy="See `assent flow history`")
    return found[1]


async def live_text(store: Revisions, bot: str) -> tuple[int, str]:
    """Return the live revision's number and text. Raises BadInput when nothing was pushed yet."""
    live = await store.live(bot)
    if live is None:
        raise BadInput(f"{bot} has no live revision", remedy="Push one first: assent flow push")
    return live.number, await revision_text(store, bot, live.number)


async def live_bot(store: Revisions, bot: str) -> Bot:
    """Return what is live; before the first push, a bot with nothing in it."""
    if await store.live(bot) is None:
        nothing: dict[str, Any] = {"assent": "1", "bot": bot, "name": None, "messages": {}}
        return Bot.model_construct(**nothing)
    number, text = await live_text(store, bot)
    return read_flow(text, f"revision {number} of {bot}").bot


def refuse_unknown(segment: str, flow: Bot) -> None:
    """Raise BadInput for a segment that nobody is in and the flow does not have; a former revision may have had it."""
    if segment in flow.segments:
        return
    near = difflib.get_close_matches(segment, flow.segments, n=1)
    remedy = f"Did you mean `{near[0]}`?" if near else "See `assent segment list`"
    raise BadInput(f"{flow.bot} has no segment {segment!r}, and nobody is in it", remedy=remedy)

"""Conversations by their keys, also by those of before keys held channel and page."""

from collections.abc import AsyncIterator

from flows.engine.turn import conversation_key
from messages.errors import BadInput
from storage.port import Store
from storage.records import ConversationSummary

_PAGE = 1000


async def find_conversation(store: Store, bot: str, key: str, *, or_file: bool = False) -> ConversationSummary:
    """Return the conversation of a key. `workplace:<user>` names that of the only page on which there is one.
    `or_file`: a file could have been named instead, for the error.

    Raises BadInput for none, and where several pages or channels have one.
    """
    found = await store.conversation(bot, key)
    if found is not None:
        return found
    named = [summary async for summary in _of_earlier_key(store, bot, key)]
    if len(named) == 1:
        return named[0]
    if named:
        keys = ", ".join(summary.state.key for summary in named[:5])
        raise BadInput(f"{key!r} can be each of {len(named)} conversations", remedy=f"Say which: {keys}")
    nor = ", and no file has that name" if or_file else ""
    raise BadInput(f"{bot} has no conversation {key!r}{nor}", remedy="See `assent conversation list`")


async def _of_earlier_key(store: Store, bot: str, key: str) -> AsyncIterator[ConversationSummary]:
    after = ""
    while page := await store.conversations(bot, after=after, limit=_PAGE):
        for summary in page:
            if conversation_key(summary.state.reference.earlier) == key:
                yield summary
        after = page[-1].state.key

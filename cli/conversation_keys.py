"""Conversations by their keys, also by those of before keys held channel and page, and by whose they are."""

from collections.abc import AsyncIterator

from audiences.who import whose_records
from flows.engine.turn import conversation_key
from messages.errors import BadInput, NotFound
from storage.port import Store
from storage.records import ConversationSummary

_PAGE = 1000


async def find_conversation(store: Store, bot: str, key: str, *, or_file: bool = False) -> ConversationSummary:
    """Return the conversation of a key. `workplace:<user>` names that of the only page on which there is one, and what
    names a person (`audiences.who`) the only one that they have. `or_file`: a file could have been named instead, for
    the error.

    Raises BadInput for several, NotFound for none.
    """
    found = await store.conversation(bot, key)
    if found is not None:
        return found
    named = [summary async for summary in _of_earlier_key(store, bot, key)] or await _of_person(store, bot, key)
    if len(named) == 1:
        return named[0]
    if named:
        keys = ", ".join(summary.state.key for summary in named[:5])
        raise BadInput(f"{key!r} can be each of {len(named)} conversations", remedy=f"Say which: {keys}")
    nor = ", and no file has that name" if or_file else ", and no contact of that address or id has one"
    raise NotFound(f"{bot} has no conversation {key!r}{nor}", remedy="See `assent conversation list`")


async def _of_person(store: Store, bot: str, who: str) -> list[ConversationSummary]:
    try:
        contact = await whose_records(store, bot, who)
    except NotFound:
        return []
    found = [await store.conversation(bot, key) for key in await store.conversations_of(bot, contact)]
    return [summary for summary in found if summary is not None]


async def _of_earlier_key(store: Store, bot: str, key: str) -> AsyncIterator[ConversationSummary]:
    after = ""
    while page := await store.conversations(bot, after=after, limit=_PAGE):
        for summary in page:
            if conversation_key(summary.state.reference.earlier) == key:
                yield summary
        after = page[-1].state.key

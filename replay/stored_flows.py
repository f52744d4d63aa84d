"""The flows of a bot that a store has: every revision as it was pushed, and its words."""

from flows.compile import CompiledRevisions, RevisionSource
from replay.flow_words import FlowTexts
from storage.port import Revisions


async def sources_of(store: Revisions, bot: str) -> dict[int, RevisionSource]:
    """Return all revisions of a bot as they were pushed."""
    sources: dict[int, RevisionSource] = {}
    for info in await store.history(bot):
        found = await store.revision(bot, info.number)
        if found is not None:
            sources[info.number] = RevisionSource(info.number, info.digest, found[1])
    return sources


async def flow_texts(store: Revisions, bot: str) -> FlowTexts:
    """Return the words of all revisions that the store has of a bot, for what is shown masked."""
    return FlowTexts(CompiledRevisions(bot, await sources_of(store, bot)))

"""The words of a bot's flows, for what is shown masked."""

from cli.replay_feed import sources_of
from replay.flow_words import FlowTexts
from replay.revisions import CompiledRevisions
from storage.port import Store


async def flow_texts(store: Store, bot: str) -> FlowTexts:
    """Return the words of all revisions that the store has of a bot."""
    return FlowTexts(CompiledRevisions(bot, await sources_of(store, bot)))

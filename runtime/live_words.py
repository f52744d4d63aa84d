"""The consent words of a bot's live revision, for whom they must reach before anybody else's code."""

from keywords.reserved import ReservedWords
from runtime.revisions import RevisionCache
from storage.port import Store


async def live_words(store: Store, revisions: RevisionCache, bot: str) -> ReservedWords:
    """Return the built-in words and the builder's; the built-in ones where no revision can be used."""
    live = await store.live(bot)
    revision = await revisions.live(bot, live.number) if live is not None else None
    return revision.reserved if revision is not None else ReservedWords()

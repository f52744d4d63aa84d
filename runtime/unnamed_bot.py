"""Which bot the paths without a bot's name belong to, `/api/messages` and `/webhooks/workplace`."""

from collections.abc import Iterable

from storage.port import Revisions


async def unnamed_bot(store: Revisions, bots: Iterable[str]) -> str | None:
    """Return the bot that was pushed first: it had these paths before there was another, and keeps them.

    Where nothing was pushed yet, the only bot, or None. Raises StoreError.
    """
    known = sorted(bots)
    if len(known) < 2:
        return known[0] if known else None
    first = {bot: pushed[0].pushed_at for bot in known if (pushed := await store.revision(bot, 1)) is not None}
    return min(first, key=lambda bot: (first[bot], bot), default=None)

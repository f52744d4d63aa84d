"""The live flows of bots, as acts of staff read them."""

from flows.model.bot import Bot
from publishing.flows import live_bot
from storage.port import Revisions


class LiveFlows:
    """The live flows of all bots, each read once, in a thread: a big one takes long."""

    def __init__(self, store: Revisions) -> None:
        self._store = store
        self._read: dict[str, tuple[int, Bot]] = {}

    async def of(self, bot: str) -> Bot:
        """Return what is live. Raises StoreError, BadInput."""
        live = await self._store.live(bot)
        number = 0 if live is None else live.number
        read = self._read.get(bot)
        if read is not None and read[0] == number:
            return read[1]
        flow = await live_bot(self._store, bot)
        self._read[bot] = number, flow
        return flow

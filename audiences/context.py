"""What an act on an audience works with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from audiences.index_feed import Audience
from filters.index.people import PeopleIndex
from flows.model.bot import Bot
from staff.acting import Staff
from storage.port import Store


@dataclass(frozen=True, slots=True)
class Context:
    """Who acts on a bot's audience, when, and where it is kept."""

    store: Store
    bot: str
    flow: Bot
    """What is live."""
    staff: Staff
    at: datetime
    read_index: Callable[[], Awaitable[PeopleIndex]] | None = None
    """Returns an index that is kept up to date; without it one is made from the store."""

    async def index(self) -> PeopleIndex:
        """Return the index of the bot's people with all that was committed before. Raises StoreError."""
        return await (self.read_index or Audience(self.store, self.bot).catch_up)()

    async def record(self, action: str, target: str, detail: str = "") -> None:
        """Write down what was done. Raises StoreError."""
        await self.staff.record(self.store, self.bot, action, target, self.at, detail)

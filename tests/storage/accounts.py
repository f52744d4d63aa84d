"""What a turn loads, as a server does it: by the keys of now, else by those of before."""

from datetime import UTC, datetime

from messages.inbound import InboundEvent
from runtime.accounts import Accounts
from storage.port import Store
from storage.records import Loaded


async def load_for(store: Store, bot: str, event: InboundEvent) -> tuple[InboundEvent, Loaded]:
    """Return the event, under the keys that its turn is to be kept by, and what the turn needs."""
    loaded = await store.load(bot, event.reference, event.event_id, evidence="")
    if loaded.contact is not None or loaded.seen or event.reference.earlier is event.reference:
        return event, loaded
    accounts = Accounts(store, clock=lambda: datetime(2026, 11, 30, tzinfo=UTC))
    return await accounts.known_before(bot, event, "", loaded)

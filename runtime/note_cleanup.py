"""Forgetting notes that staff wrote about people long ago."""

from datetime import datetime

import msgspec
import structlog

from messages.errors import StaleVersion
from storage.port import Store

log = structlog.get_logger("assent.upkeep")

_PAGE = 500


async def forget_notes(store: Store, before: datetime) -> int:
    """Take notes older than `before` away; return how many went. Who acts meanwhile is left to the next time."""
    gone = 0
    for bot in await store.all_bots():
        after = 0
        while people := await store.people(bot, after=after, limit=_PAGE):
            after = people[-1].number
            for person in people:
                kept = tuple(note for note in person.contact.notes if note.at >= before)
                if len(kept) == len(person.contact.notes):
                    continue
                try:
                    await store.edit_contact(bot, msgspec.structs.replace(person.contact, notes=kept))
                except StaleVersion:
                    log.info("notes are left to the next cleanup: the person acted meanwhile", bot=bot)
                    continue
                gone += len(person.contact.notes) - len(kept)
    return gone

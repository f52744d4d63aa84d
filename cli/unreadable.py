"""Which records of a store this version can't read."""

from datetime import UTC, datetime, timedelta
from typing import Final

from storage.codec import UnreadableRecords
from storage.port import Store

_PAGE: Final = 1000
_FAR_AHEAD: Final = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)


async def unreadable_records(store: Store) -> UnreadableRecords:
    """Read everything that a server reads many of at once; return what could not be. Raises StoreError."""
    last = None
    while due := await store.due_timers(_FAR_AHEAD, _PAGE, after=last):
        last = due[-1]
    reply = 0
    while rows := await store.pending(after=reply, limit=_PAGE):
        reply = rows[-1].sequence
    for bot in await store.all_bots():
        await store.segments(bot)
        job = ""
        while jobs := await store.imports(bot, before=job, limit=_PAGE):
            job = jobs[-1].id
        person = 0
        while people := await store.people(bot, after=person, limit=_PAGE):
            person = people[-1].number
    return store.unreadable

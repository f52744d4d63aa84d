"""When the contacts of a person became one, by what a store has of it: the audit, or else the ledger."""

from collections.abc import Sequence

from replay.contact_life import Merged, gone_of, merged_by
from storage.port import Store

_ROWS = 500


async def merges_into(store: Store, bot: str, contact: str) -> Sequence[Merged]:
    """Return the merges that a contact was kept in, by the audit; a server may have ended before it wrote of one."""
    found: list[Merged] = []
    after = 0
    while rows := await store.audit(bot, target=contact, after=after, limit=_ROWS):
        after = rows[-1].sequence
        found += [merged for row in rows if (merged := merged_by(row)) is not None]
    return found


async def is_in_ledger(store: Store, bot: str, kept: str, gone: str) -> bool:
    """Tell whether a row of the ledger is of the merge of two contacts: not where it changed no membership."""
    for contact in (kept, gone):
        after = 0
        while rows := await store.ledger(bot, contact=contact, after=after, limit=_ROWS):
            after = rows[-1].sequence
            if any(gone_of(row.change) == gone for row in rows):
                return True
    return False

"""What a file remembers of a store, compared with that store: for the start of a server, and for commands."""

from collections.abc import Sequence
from datetime import datetime

from runtime.memory_file import MemoryFile, Remembered, RememberedRow, memory_path, store_address
from storage.continuity import Continuity, StoreIdentity
from storage.ledger_loss import LedgerMark


def rows_about(found: Remembered, store: StoreIdentity, address: str) -> Sequence[RememberedRow] | None:
    """Return the remembered rows that a store must have; None when the file is about another one.

    A copy has to have what its source had not given yet when it was copied. A store with another id at the same address
    has taken the place of the one that is remembered, and has to have everything.
    """
    if found.store == store.id:
        return found.rows
    if found.address != address:
        return None
    copied = next((each for each in store.copied_from if each.store == found.store), None)
    if copied is None:
        return found.rows
    return [row for row in found.rows if row.mark.sequence > copied.sequence(row.mark.bot, row.mark.shard)]


async def remembered_rows(store: Continuity, url: str, setting: str) -> Sequence[LedgerMark]:
    """Return the last row of each ledger that the file of the store at `url` remembers.

    `setting` names the file, if not the usual one. A command has its store `remember` them: it would give the numbers
    of missing rows again.
    """
    path = memory_path(url, setting)
    found = MemoryFile(path).read() if path is not None else None
    if found is None:
        return []
    rows = rows_about(found, await store.identity(), store_address(url)) or []
    return list({(row.mark.bot, row.mark.shard): row.mark for row in rows}.values())


async def keep_acknowledged(store: Continuity, url: str, setting: str, at: datetime) -> None:
    """Have the file of a store remember what a command wrote, before the command says so; where there is no file, no
    server has remembered anything yet.
    """
    path = memory_path(url, setting)
    marks = store.noted()
    found = MemoryFile(path).read() if marks and path is not None else None
    if path is None or found is None or rows_about(found, await store.identity(), store_address(url)) is None:
        return
    MemoryFile(path).append([RememberedRow(mark, at) for mark in marks])


async def missing_rows(store: Continuity, url: str, setting: str) -> Sequence[LedgerMark]:
    """Return those of the remembered rows that the store lacks, and whose loss nobody put on record."""
    marks = await remembered_rows(store, url, setting)
    return [mark for mark in marks if not await _is_accounted_for(store, mark)]


async def _is_accounted_for(store: Continuity, mark: LedgerMark) -> bool:
    if await store.is_there(mark):
        return True
    return any(loss.covers(mark.sequence) for loss in await store.losses(mark.bot))

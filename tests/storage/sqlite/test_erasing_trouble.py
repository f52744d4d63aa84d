"""Erasing where something is in the way."""

import sqlite3
from pathlib import Path

import pytest

from messages.errors import StoreError
from storage.erase import bare_entry
from storage.records import Erased
from storage.sqlite.store import SqliteStore
from tests.storage.erasing import BOT, QUIMBY
from tests.storage.talk import NOW


def written(path: Path) -> str:
    """Return the file and its log, as text."""
    log = path.with_name(f"{path.name}-wal")
    return (path.read_bytes() + log.read_bytes()).decode("latin-1")


async def test_records_that_can_t_be_read_are_replaced_too(store: SqliteStore, path: Path) -> None:
    await QUIMBY.live(store)
    contact = await QUIMBY.contact_id(store)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("UPDATE journal SET record = x'7175696d6279' WHERE turn = 'turn-e1-1-0'")
    connection.execute("UPDATE conversations SET record = x'7175696d6279'")
    connection.execute("UPDATE contacts SET record = x'7175696d6279'")
    connection.close()
    erased = await store.erase_contact(BOT, contact, actor="mia", at=NOW)
    assert erased == Erased(turns=8, conversations=2, replies=8, ledger_rows=10)
    name = f"erased:{contact}/1"
    entries = {entry.turn: entry for entry in await store.journal(BOT, name)}
    assert entries["turn-e1-1-0"] == bare_entry(turn="turn-e1-1-0", bot=BOT, contact=contact, name=name, at=NOW)
    assert len(entries) == 4
    assert await store.contact(BOT, contact) is not None


async def test_who_reads_the_log_of_writes_is_named_as_the_trouble(path: Path) -> None:
    """The person is erased all the same; done again once nobody reads, it leaves nothing in the log."""
    store = SqliteStore(path, busy_timeout=0.05)
    await store.open()
    await QUIMBY.live(store)
    contact = await QUIMBY.contact_id(store)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM journal").fetchone()
    with pytest.raises(StoreError, match="another process reads the write-ahead log"):
        await store.erase_contact(BOT, contact, actor="mia", at=NOW)
    reader.close()
    assert "quimby" in written(path)
    again = await store.erase_contact(BOT, contact, actor="mia", at=NOW)
    assert again == Erased(turns=0, conversations=0, replies=0, ledger_rows=0)
    assert "quimby" not in written(path)
    await store.close()

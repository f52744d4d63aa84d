"""What only a journal in a file can meet: damaged rows, numbers that an older schema gave, a step that is undone."""

import asyncio
import sqlite3
from pathlib import Path
from threading import Event

from storage.sqlite.files import connect
from storage.sqlite.schema import migrate, migrations
from storage.sqlite.store import SqliteStore
from storage.sqlite.writer import Transaction
from tests.storage.talk import Talk, says

ANA = Talk("ana")
BEFORE_NUMBERS = 3
"""The schema whose numbers of turns began again after all turns were forgotten."""


async def spoken(store: SqliteStore, count: int) -> None:
    for n in range(count):
        await ANA.take(store, f"e{n}", says("hi"))


async def until_queued(store: SqliteStore, count: int) -> None:
    async with asyncio.timeout(30):
        while store._database._writer._queue.qsize() < count:  # noqa: ASYNC110  # the writer tells nobody what waits
            await asyncio.sleep(0)


async def test_a_damaged_record_comes_as_its_bytes_and_hides_no_other(path: Path, store: SqliteStore) -> None:
    await spoken(store, 3)
    whole = [turn.record for turn in await store.journal_of("wellbeing", ANA.key)]
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE journal SET record = CAST(substr(record, 1, 60) AS BLOB) WHERE number = 2")
    connection.close()
    expected = [whole[0], whole[1][:60], whole[2]]
    assert [turn.record for turn in (await store.journal_page("wellbeing")).turns] == expected
    found = await store.journal_of("wellbeing", ANA.key)
    assert [turn.record for turn in found] == expected
    assert [turn.place for turn in found] == [f"row {number} of the journal" for number in (1, 2, 3)]


async def test_turns_of_an_older_schema_keep_their_numbers(tmp_path: Path, path: Path, store: SqliteStore) -> None:
    await spoken(store, 4)
    whole = (await store.journal_page("wellbeing")).turns
    old = tmp_path / "old.db"
    connection = connect(old, busy_timeout=1)
    migrate(connection, old, migrations()[:BEFORE_NUMBERS])
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("ATTACH ? AS new", (str(path),))
    for table in ("contacts", "conversations", "journal"):
        known = connection.execute("SELECT group_concat(name) FROM pragma_table_info(?, 'main')", (table,)).fetchone()[
            0
        ]
        connection.execute(f"INSERT INTO main.{table} ({known}) SELECT {known} FROM new.{table}")
    connection.execute("DELETE FROM main.journal WHERE number = 1")
    connection.close()
    brought = SqliteStore(old)
    await brought.open()
    page = await brought.journal_page("wellbeing")
    assert list(page.turns) == list(whole[1:])
    await brought.prune_journal(keep_bytes=0)
    await Talk("bob").take(brought, "late")
    assert len((await brought.journal_page("wellbeing", page.position)).turns) == 1
    await brought.close()


async def test_a_step_that_was_undone_frees_nothing(store: SqliteStore) -> None:
    """It shares its transaction with an operation that breaks, and runs again alone."""
    await spoken(store, 10)
    sizes = [len(turn.record) for turn in await store.journal_of("wellbeing", ANA.key)]
    waits, goes_on = Event(), Event()

    def holds_up(_: Transaction) -> None:
        waits.set()
        goes_on.wait(30)

    def breaks(_: Transaction) -> None:
        raise ZeroDivisionError

    held = asyncio.create_task(store._database.write(holds_up))
    assert await asyncio.to_thread(waits.wait, 30)
    pruning = asyncio.create_task(store.prune_journal(keep_bytes=sum(sizes[4:])))
    await until_queued(store, 1)
    broken = asyncio.create_task(store._database.write(breaks))
    await until_queued(store, 2)
    goes_on.set()
    await held
    assert await pruning == 4
    assert isinstance((await asyncio.gather(broken, return_exceptions=True))[0], ZeroDivisionError)
    assert len(await store.journal_of("wellbeing", ANA.key)) == 6

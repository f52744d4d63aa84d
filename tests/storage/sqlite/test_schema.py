"""Files of every age, and files that are not ours."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from messages.consent import Membership
from messages.errors import StoreError
from storage.sqlite.files import connect
from storage.sqlite.schema import migrate, migrations
from storage.sqlite.store import SqliteStore
from tests.storage.talk import Talk

ANA = Talk("ana")
ADDITION = "CREATE TABLE additions (id INTEGER PRIMARY KEY) STRICT;\nINSERT INTO additions VALUES (7);\n"


def run(path: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def migrate_with(path: Path, *scripts: str) -> None:
    connection = connect(path, busy_timeout=1)
    try:
        migrate(connection, path, scripts)
    finally:
        connection.close()


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


async def opened(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    await store.close()


@pytest.mark.parametrize("schema", range(len(migrations()) + 1))
async def test_a_database_of_each_earlier_schema_is_brought_up_to_date(path: Path, schema: int) -> None:
    migrate_with(path, *migrations()[:schema])
    store = SqliteStore(path)
    await store.open()
    await ANA.take(store, "e1", consent={"tips": Membership.OPTED_IN})
    assert dict((await ANA.load(store)).memberships) == {"tips": Membership.OPTED_IN}
    await store.close()


async def test_opening_again_keeps_everything(path: Path, store: SqliteStore) -> None:
    await ANA.take(store, "e1")
    await opened(path)
    assert (await ANA.load(store)).state is not None


async def test_many_open_a_new_file_at_once(tmp_path: Path) -> None:
    for n in range(10):
        path = tmp_path / f"{n}.db"
        await asyncio.gather(*(opened(path) for _ in range(8)))
        assert run(path, "SELECT beats FROM heartbeat") == [(0,)]


async def test_a_newer_schema_is_refused_by_its_number(path: Path) -> None:
    await opened(path)
    run(path, "PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="its schema is 99"):
        await opened(path)


async def test_a_migration_adds_to_what_is_there(path: Path, store: SqliteStore) -> None:
    await ANA.take(store, "e1")
    migrate_with(path, *migrations(), ADDITION)
    assert run(path, "SELECT id FROM additions") == [(7,)]
    assert run(path, "PRAGMA user_version") == [(len(migrations()) + 1,)]
    assert run(path, "SELECT count(*) FROM conversations") == [(1,)]


async def test_a_migration_that_fails_leaves_nothing_of_itself(path: Path) -> None:
    await opened(path)
    with pytest.raises(sqlite3.Error):
        migrate_with(path, *migrations(), ADDITION + "INSERT INTO additions VALUES (7);\n")
    assert run(path, "PRAGMA user_version") == [(len(migrations()),)]
    assert run(path, "SELECT name FROM sqlite_master WHERE name = 'additions'") == []
    await opened(path)


async def test_a_database_of_another_program_is_left_alone(path: Path) -> None:
    run(path, "CREATE TABLE theirs (id INTEGER)")
    with pytest.raises(StoreError, match="another program"):
        await opened(path)
    assert run(path, "SELECT name FROM sqlite_master") == [("theirs",)]


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "flow.yaml", "bot: wellbeing\n" * 100)
    with pytest.raises(StoreError, match="not a SQLite database"):
        await opened(path)


async def test_a_missing_folder_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="see that the folder exists"):
        await opened(tmp_path / "missing" / "assent.db")


async def test_the_file_waits_for_the_disk(path: Path, store: SqliteStore) -> None:
    await store.check()
    settings = await store._database.write(
        lambda transaction: [
            transaction.cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    )
    assert settings == ["wal", 2, 1]

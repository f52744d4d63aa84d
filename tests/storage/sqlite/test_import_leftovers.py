"""A job that ended leaves nothing, also where its worker ended in the midst of clearing up."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

from messages.consent import SourceKind
from storage.audience_records import ImportJob, ImportRow, ImportStep
from storage.sqlite.store import SqliteStore
from tests.storage.talk import NOW

BOT = "wellbeing"
LATER = NOW + timedelta(minutes=1)
LINES = 4_100


async def long_file() -> AsyncIterator[bytes]:
    for _ in range(11):
        yield b"a" * 500_000


async def running(store: SqliteStore) -> None:
    """A job with more rows that wait, and a longer file, than go at once."""
    await store.add_import(ImportJob("j1", BOT, "ann", SourceKind.CSV, NOW, segment="tips"), long_file())
    assert await store.claim_import("w1", NOW, LATER) is not None
    rows = [ImportRow(line, f"v{line}", waits=True) for line in range(LINES)]
    await store.apply_import(BOT, ImportStep("j1", "w1", 0, rows, NOW, LATER))


def left(path: Path) -> tuple[int, int]:
    """Chunks of files and rows that wait."""
    with sqlite3.connect(path) as connection:
        (chunks,) = connection.execute("SELECT count(*) FROM import_files").fetchone()
        (rows,) = connection.execute("SELECT count(*) FROM import_rows WHERE waits").fetchone()
    return chunks, rows


async def test_a_look_for_jobs_does_not_wait_for_who_writes(store: SqliteStore, path: Path) -> None:
    """A server looks all the time: where there is nothing to do it asks for no lock."""
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("BEGIN IMMEDIATE")
        async with asyncio.timeout(2):
            assert await store.claim_import("w1", NOW, LATER) is None
        connection.execute("ROLLBACK")


async def test_nothing_is_left_of_a_job_that_ended(store: SqliteStore, path: Path) -> None:
    await running(store)
    assert left(path) == (21, LINES)
    await store.end_import(BOT, "j1", "w1", at=LATER)
    assert left(path) == (0, 0)


async def test_what_a_crash_left_can_not_be_read_and_goes_with_what_is_old(store: SqliteStore, path: Path) -> None:
    await running(store)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE imports SET state = 'completed'")
    assert [part async for part in store.import_file(BOT, "j1")] == []
    assert left(path) == (21, LINES)
    await store.prune(NOW, timedelta(days=30))
    assert left(path) == (0, 0)


async def test_the_file_of_a_job_that_goes_on_stays(store: SqliteStore, path: Path) -> None:
    await running(store)
    await store.prune(NOW + timedelta(days=60), timedelta(days=30))
    assert left(path) == (21, LINES)

"""What a job that ended leaves behind: its file, and the rows that still waited. It goes a little at a time.

Deleted data is overwritten, so a long file in one transaction would hold turns up.
"""

from storage.sqlite.database import Database
from storage.sqlite.operation import Transaction

_CHUNKS = 8
"""Chunks of a file that go at once: two megabytes."""
_LINES = 2_000
"""Rows that wait that go at once."""

_DROP_CHUNKS = """
    DELETE FROM import_files WHERE job = ?1 AND place < (SELECT min(place) FROM import_files WHERE job = ?1) + ?2
"""
_WAITING = "SELECT line FROM import_rows WHERE job = ? AND line > ? AND waits ORDER BY line LIMIT ?"
_DROP_LINE = "DELETE FROM import_rows WHERE job = ? AND line = ?"

_LEFT = """
    SELECT number FROM imports
    WHERE (state NOT IN ('storing', 'queued', 'running') OR state = 'storing' AND leased_until < ?)
        AND (
            EXISTS (SELECT 1 FROM import_files WHERE job = number)
            OR EXISTS (SELECT 1 FROM import_rows WHERE job = number AND waits)
        )
"""


async def drop_leftovers(database: Database, job: int) -> None:
    """Drop what a job leaves; `job` is its number. Broken off, `prune` goes on."""

    def drop_chunks(transaction: Transaction) -> int:
        return transaction.cursor.execute(_DROP_CHUNKS, (job, _CHUNKS)).rowcount

    def drop_lines(transaction: Transaction, after: int) -> int | None:
        lines = [line for (line,) in transaction.cursor.execute(_WAITING, (job, after, _LINES)).fetchall()]
        transaction.cursor.executemany(_DROP_LINE, [(job, line) for line in lines])
        return lines[-1] if lines else None

    while await database.write(drop_chunks):
        pass
    after: int | None = -1
    while after is not None:
        last = after
        after = await database.write(lambda transaction: drop_lines(transaction, last))  # noqa: B023


async def drop_all_leftovers(database: Database, before: int) -> None:
    """Drop what is left of jobs that ended, and of files that were never whole; `before` is in milliseconds."""
    left = await database.report(lambda connection: connection.execute(_LEFT, (before,)).fetchall())
    for (job,) in left:
        await drop_leftovers(database, job)

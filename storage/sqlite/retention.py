"""Forgetting what is old, a few rows at a time, so that turns are not held up."""

import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from messages.codec import RecordDecoder, to_ms
from messages.pushes import OVER
from storage.audience_records import ImportJob
from storage.records import Pruned, Retained
from storage.sqlite.database import Database
from storage.sqlite.imports import drop_all_leftovers
from storage.sqlite.writer import Transaction

STEP = 2_000
"""Rows looked at in one operation."""

_SEEN = "SELECT number, at, 1 FROM seen_events WHERE number > ? ORDER BY number LIMIT ?"
_FORGET_SEEN = "DELETE FROM seen_events WHERE number = ?"
_REPLIES = "SELECT sequence, queued_at, status = 'delivered' FROM outbox WHERE sequence > ? ORDER BY sequence LIMIT ?"
_FORGET_REPLY = "DELETE FROM outbox WHERE sequence = ?"

_FORGET_ANSWERS = "DELETE FROM kept_answers WHERE at < ?"
_FORGET_HALF_A_FILE = "DELETE FROM imports WHERE state = 'storing' AND leased_until < ?"


async def prune(database: Database, before: datetime) -> Pruned:
    cut = to_ms(before)

    def forget_requests(transaction: Transaction) -> None:
        for statement in (_FORGET_ANSWERS, _FORGET_HALF_A_FILE):
            transaction.cursor.execute(statement, (cut,))

    await drop_all_leftovers(database, cut)
    await database.write(forget_requests)
    return Pruned(
        seen_events=await forget_in_order(database, _SEEN, _FORGET_SEEN, cut),
        deliveries=await forget_in_order(database, _REPLIES, _FORGET_REPLY, cut),
    )


async def forget_in_order(database: Database, select: str, delete: str, cut: int) -> int:
    """Go through rows in order of time up to the first that is not older than `cut`; return how many went."""
    last: int | None = 0
    gone = 0

    def step(transaction: Transaction) -> tuple[int | None, int]:
        rows = transaction.cursor.execute(select, (last, STEP)).fetchall()
        old = [(number, goes) for number, at, goes in rows if at < cut]
        transaction.cursor.executemany(delete, [(number,) for number, goes in old if goes])
        more = len(old) == STEP
        return (old[-1][0] if more else None), sum(goes for _, goes in old)

    while last is not None:
        last, went = await database.write(step)
        gone += went
    return gone


_FAILED = "SELECT sequence, queued_at, status = 'failed' FROM outbox WHERE sequence > ? ORDER BY sequence LIMIT ?"
_FORGET_FAILED = "DELETE FROM outbox WHERE sequence = ?"
_IGNORED = "SELECT number, at, 1 FROM ignored_messages WHERE number > ? ORDER BY number LIMIT ?"
_FORGET_IGNORED = "DELETE FROM ignored_messages WHERE number = ?"

_REPORTS = """
    SELECT number, record FROM imports WHERE state NOT IN ('storing', 'queued', 'running')
        AND EXISTS (SELECT 1 FROM import_rows WHERE job = number AND NOT waits)
"""
_LINES = "SELECT line FROM import_rows WHERE job = ? AND NOT waits ORDER BY line LIMIT ?"
_FORGET_LINE = "DELETE FROM import_rows WHERE job = ? AND line = ?"

_AUDITED = """
    SELECT bot, min(max(sequence), coalesce(
        (SELECT min(sequence) FROM audit AS kept WHERE kept.bot = audit.bot AND at >= ?), max(sequence)
    )) FROM audit GROUP BY bot
"""
_AUDIT = "SELECT sequence FROM audit WHERE bot = ? AND sequence < ? ORDER BY sequence LIMIT ?"
_FORGET_AUDIT = "DELETE FROM audit WHERE bot = ? AND sequence = ?"

_RUNS = f"""
    SELECT number FROM runs WHERE CASE WHEN state = '' THEN claimed_at < ?1
        ELSE state IN ({", ".join(f"'{state.value}'" for state in OVER)}) AND changed_at < ?1 END
    AND (
        EXISTS (SELECT 1 FROM run_audiences WHERE run = number) OR EXISTS (SELECT 1 FROM pushes WHERE run = number)
    )
"""  # noqa: S608  # states of ours
_PUSHES = "SELECT contact FROM pushes WHERE run = ? LIMIT ?"
_FORGET_PUSH = "DELETE FROM pushes WHERE run = ? AND contact = ?"
_OF_RUN = ("push_kinds", "run_audiences", "run_buckets", "run_slices")

_decode_job = RecordDecoder[ImportJob](ImportJob)


async def forget(database: Database, what: Retained, before: datetime) -> int:
    """Forget what is older than `before`; return how many went."""
    return await _BY_KIND[what](database, to_ms(before))


async def _failed(database: Database, cut: int) -> int:
    return await forget_in_order(database, _FAILED, _FORGET_FAILED, cut)


async def _ignored(database: Database, cut: int) -> int:
    return await forget_in_order(database, _IGNORED, _FORGET_IGNORED, cut)


async def _reports(database: Database, cut: int) -> int:
    def old(connection: sqlite3.Connection) -> list[int]:
        jobs = [(number, _decode_job(record)) for number, record in connection.execute(_REPORTS)]
        return [number for number, job in jobs if job.ended_at is not None and to_ms(job.ended_at) < cut]

    return sum([await _in_steps(database, (job,), _LINES, _FORGET_LINE) for job in await database.report(old)])


async def _pushes(database: Database, cut: int) -> int:
    def forget_rest(transaction: Transaction) -> None:
        for table in _OF_RUN:
            transaction.cursor.execute(f"DELETE FROM {table} WHERE run = ?", (run,))  # noqa: S608  # tables of ours

    gone = 0
    for (run,) in await database.rows(_RUNS, cut):
        gone += await _in_steps(database, (run,), _PUSHES, _FORGET_PUSH)
        await database.write(forget_rest)
    return gone


async def _audit(database: Database, cut: int) -> int:
    ends = await database.rows(_AUDITED, cut)
    gone = 0
    for bot, end in ends:
        gone += await _in_steps(database, (bot,), _AUDIT, _FORGET_AUDIT, end)
    return gone


async def _in_steps(database: Database, of: tuple[str | int], select: str, delete: str, *more: int) -> int:
    """Delete in order what `select` finds, until it finds nothing."""

    def step(transaction: Transaction) -> int:
        rows = transaction.cursor.execute(select, (*of, *more, STEP)).fetchall()
        transaction.cursor.executemany(delete, [(*of, number) for (number,) in rows])
        return len(rows)

    gone = 0
    while went := await database.write(step):
        gone += went
    return gone


_BY_KIND: Final[Mapping[Retained, Callable[[Database, int], Awaitable[int]]]] = {
    Retained.FAILED_REPLIES: _failed,
    Retained.IGNORED_MESSAGES: _ignored,
    Retained.IMPORT_REPORTS: _reports,
    Retained.PUSHES: _pushes,
    Retained.AUDIT: _audit,
}

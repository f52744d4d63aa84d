"""Files of people on their way into segments: jobs, their files, their rows that wait or failed."""

import sqlite3
from collections.abc import AsyncIterable, AsyncIterator, Collection, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

import msgspec

from consent.membership import Act
from messages.codec import RecordDecoder, encode, to_ms
from messages.errors import BadInput, JobLost, StaleVersion
from messages.import_rows import Reason
from storage.audience_records import (
    ENDED,
    IMPORTS,
    FailedRow,
    ImportJob,
    ImportRow,
    ImportState,
    ImportStep,
    JobKind,
)
from storage.change_feed import JOBS
from storage.codec import UnreadableRecords
from storage.imports import (
    Settled,
    counted,
    ended,
    in_chunks,
    named,
    nobody_has,
    people_of,
    progressed,
    settled,
    settled_contacts,
    without_erased,
)
from storage.sqlite.contact_batches import keep_contacts
from storage.sqlite.contacts import erased_among
from storage.sqlite.database import Database
from storage.sqlite.ledger_rows import refuse_raising
from storage.sqlite.segments import StaffBatch, change_people
from storage.sqlite.writer import Transaction

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
    left = await database.rows(_LEFT, before)
    for (job,) in left:
        await drop_leftovers(database, job)


_decode = RecordDecoder[ImportJob](ImportJob)

_ADD = "INSERT INTO imports (bot, id, state, leased_until, record) VALUES (?, ?, 'storing', ?, ?)"
_ANY = "SELECT 1 FROM imports WHERE bot = ? AND id = ?"
_ADD_CHUNK = "INSERT INTO import_files (job, place, chunk) VALUES (?, ?, ?)"
_CHUNK = """
    SELECT chunk FROM import_files
    WHERE job = (SELECT number FROM imports WHERE bot = ? AND id = ? AND state IN ('queued', 'running')) AND place = ?
"""
_PAGE = """
    SELECT id, record FROM imports WHERE bot = ?1 AND state <> 'storing' AND number < coalesce(
        (SELECT number FROM imports WHERE bot = ?1 AND id = ?2), 9223372036854775807
    ) ORDER BY number DESC LIMIT ?3
"""
_ONE = "SELECT number, record FROM imports WHERE bot = ? AND id = ? AND state <> 'storing'"
_TO_DO = """
    SELECT number, bot, id, record FROM imports
    WHERE (state = 'queued' OR state = 'running') AND (state = 'queued' OR leased_until < :now)
        AND (:bot = '' OR bot = :bot) AND (:job = '' OR id = :job)
    ORDER BY number
"""
_SET = "UPDATE imports SET state = ?, leased_until = ?, record = ? WHERE number = ?"
_ADD_ROW = "INSERT INTO import_rows (job, line, value, waits, reason, detail) VALUES (?, ?, ?, ?, ?, ?)"
_WAITS = "SELECT 1 FROM import_rows WHERE job = ? AND line = ? AND waits"
_DROP_ROW = "DELETE FROM import_rows WHERE job = ? AND line = ?"
_ROWS = """
    SELECT line, value, reason, detail FROM import_rows
    WHERE job = (SELECT number FROM imports WHERE bot = ? AND id = ?) AND line > ? AND waits = ? ORDER BY line LIMIT ?
"""


class SqliteImports:
    """`storage.audience_port.Imports`."""

    _database: Database
    unreadable: UnreadableRecords

    async def add_import(self, job: ImportJob, file: AsyncIterable[bytes]) -> ImportJob:
        """Store the file chunk by chunk; what a crash leaves of it is no job, and is forgotten by `prune`."""

        def begin(transaction: Transaction) -> int:
            if transaction.cursor.execute(_ANY, (job.bot, job.id)).fetchone() is not None:
                raise BadInput(f"there is an import {job.id} already")
            transaction.cursor.execute(_ADD, (job.bot, job.id, to_ms(job.created_at), encode(job)))
            assert transaction.cursor.lastrowid is not None  # noqa: S101  # a row was just written
            return transaction.cursor.lastrowid

        number = await self._database.write(begin)
        digest, size, place = sha256(), 0, 0
        async for part in in_chunks(file):
            digest.update(part)
            size += len(part)
            await self._add_chunk(number, place, part)
            place += 1
        queued = msgspec.structs.replace(job, size=size, digest=digest.hexdigest(), state=ImportState.QUEUED)

        def queue(transaction: Transaction) -> ImportJob:
            return _set(transaction, number, queued)

        added = await self._database.write(queue)
        self._database.feed.committed(JOBS)
        return added

    async def _add_chunk(self, number: int, place: int, part: bytes) -> None:
        await self._database.execute(_ADD_CHUNK, number, place, part)

    async def import_file(self, bot: str, job: str) -> AsyncIterator[bytes]:
        place = 0
        while (part := await self._chunk(bot, job, place)) is not None:
            yield part
            place += 1

    async def _chunk(self, bot: str, job: str, place: int) -> bytes | None:
        row = await self._database.report(lambda connection: connection.execute(_CHUNK, (bot, job, place)).fetchone())
        return None if row is None else bytes(row[0])

    async def imports(self, bot: str, *, before: str = "", limit: int = 100) -> Sequence[ImportJob]:
        rows = await self._database.rows(_PAGE, bot, before, limit)
        found = (self.unreadable.read("import", bot, name, partial(_decode, record)) for name, record in rows)
        return list(filter(None, found))

    async def import_job(self, bot: str, job: str) -> ImportJob | None:
        row = self._database.row(_ONE, bot, job)
        return None if row is None else _decode(row[1])

    async def claim_import(
        self,
        worker: str,
        now: datetime,
        leased_until: datetime,
        *,
        bot: str = "",
        job: str = "",
        kinds: Collection[JobKind] = IMPORTS,
    ) -> ImportJob | None:
        asked = {"now": to_ms(now), "bot": bot, "job": job}

        def operation(transaction: Transaction) -> ImportJob | None:
            number, found = self._first_readable(transaction.cursor.execute(_TO_DO, asked), kinds)
            if found is None:
                return None
            claimed = msgspec.structs.replace(
                found,
                state=ImportState.RUNNING,
                worker=worker,
                leased_until=leased_until,
                started_at=found.started_at or now,
            )
            return _set(transaction, number, claimed)

        if not bot:
            self.unreadable.begin("import")
        if (
            self._database.read(lambda connection: connection.execute(_TO_DO, asked).fetchone()) is None
        ):  # most looks find nothing: those write nothing
            return None
        return await self._database.write(operation)

    def _first_readable(self, rows: sqlite3.Cursor, kinds: Collection[JobKind]) -> tuple[int, ImportJob | None]:
        for number, bot, name, record in rows:
            found = self.unreadable.read("import", bot, name, partial(_decode, record))
            if found is not None and found.kind in kinds:
                return number, found
        return 0, None

    async def set_job_progress(
        self,
        bot: str,
        job: str,
        worker: str,
        leased_until: datetime,
        *,
        total: int | None = None,
        done: int | None = None,
    ) -> ImportJob:
        def operation(transaction: Transaction) -> ImportJob:
            number, found = _own(transaction, bot, job, worker)
            return _set(transaction, number, progressed(found, leased_until, total=total, done=done))

        return await self._database.write(operation)

    async def apply_import(self, bot: str, step: ImportStep) -> ImportJob:
        def operation(transaction: Transaction) -> ImportJob:
            number, job = _own(transaction, bot, step.job, step.worker)
            if step.first < job.done:
                return job
            if step.first > job.done:
                raise StaleVersion(f"place of import {step.job}")
            _refuse_raising(transaction, bot, step.rows)
            return _take(transaction, number, job, step, step.rows, done=len(step.rows))

        return await self._database.write(operation)

    async def waiting_rows(self, bot: str, job: str, *, after: int = 0, limit: int = 1000) -> Sequence[ImportRow]:
        rows = await self._rows(bot, job, after, limit, waits=True)
        return [ImportRow(line, value, waits=True) for line, value, _, _ in rows]

    async def settle_import(self, bot: str, step: ImportStep) -> ImportJob:
        def operation(transaction: Transaction) -> ImportJob:
            number, job = _own(transaction, bot, step.job, step.worker)
            cursor = transaction.cursor
            rows = [row for row in step.rows if cursor.execute(_WAITS, (number, row.line)).fetchone() is not None]
            _refuse_raising(transaction, bot, rows)
            cursor.executemany(_DROP_ROW, [(number, row.line) for row in rows])
            waited = msgspec.structs.replace(job, looking_up=job.looking_up - len(rows))
            return _take(transaction, number, waited, step, rows, done=0)

        return await self._database.write(operation)

    async def end_import(
        self, bot: str, job: str, worker: str, *, at: datetime, failed: str = "", cancelled: bool = False
    ) -> ImportJob:
        def operation(transaction: Transaction) -> tuple[int, ImportJob]:
            number, found = _own(transaction, bot, job, worker)
            return number, _set(transaction, number, ended(found, at, failed=failed, cancelled=cancelled))

        number, done = await self._database.write(operation)
        await drop_leftovers(self._database, number)
        return done

    async def cancel_import(self, bot: str, job: str, at: datetime) -> ImportJob:
        def operation(transaction: Transaction) -> tuple[int, ImportJob]:
            number, found = _read(transaction, bot, job)
            if nobody_has(found, at):
                found = _set(transaction, number, ended(found, at, cancelled=True))
            elif found.state not in ENDED:
                found = _set(transaction, number, msgspec.structs.replace(found, cancelling=True))
            return number, found

        number, found = await self._database.write(operation)
        if found.state in ENDED:
            await drop_leftovers(self._database, number)
        return found

    async def failed_rows(self, bot: str, job: str, *, after: int = 0, limit: int = 1000) -> Sequence[FailedRow]:
        rows = await self._rows(bot, job, after, limit, waits=False)
        return [FailedRow(line, value, Reason(reason), detail) for line, value, reason, detail in rows]

    async def _rows(self, bot: str, job: str, after: int, limit: int, *, waits: bool) -> list[Any]:
        return await self._database.rows(_ROWS, bot, job, after, waits, limit)


def _read(transaction: Transaction, bot: str, job: str) -> tuple[int, ImportJob]:
    row = transaction.cursor.execute(_ONE, (bot, job)).fetchone()
    if row is None:
        raise BadInput(f"{bot} has no import {job!r}", remedy="`assent job list` shows the ids")
    return row[0], _decode(row[1])


def _own(transaction: Transaction, bot: str, job: str, worker: str) -> tuple[int, ImportJob]:
    number, found = _read(transaction, bot, job)
    if found.state is not ImportState.RUNNING or found.worker != worker:
        raise JobLost(job)
    return number, found


def _set(transaction: Transaction, number: int, job: ImportJob) -> ImportJob:
    until = None if job.leased_until is None else to_ms(job.leased_until)
    transaction.cursor.execute(_SET, (job.state, until, encode(job), number))
    return job


def _refuse_raising(transaction: Transaction, bot: str, rows: Sequence[ImportRow]) -> None:
    """Raise RaisingRefused where rows name people whom nobody may add now."""
    if people_of(rows):
        refuse_raising(transaction, bot)


def _take(
    transaction: Transaction, number: int, job: ImportJob, step: ImportStep, rows: Sequence[ImportRow], *, done: int
) -> ImportJob:
    """Do what rows say, keep those that failed or wait, count."""
    result = (
        _taken_contacts(transaction, job, rows)
        if job.kind is JobKind.IMPORT_CONTACTS
        else _added(transaction, job, step, rows)
    )
    result = without_erased(result, erased_among(transaction.cursor, job.bot, named(result)))
    kept: list[tuple[Any, ...]] = [
        (number, line, value, 0, reason, detail) for line, value, reason, detail in result.failed
    ]
    kept += [(number, row.line, row.value, 1, "", "") for row in result.waiting]
    transaction.cursor.executemany(_ADD_ROW, kept)
    return _set(transaction, number, counted(job, step, result, done=done))


def _taken_contacts(transaction: Transaction, job: ImportJob, rows: Sequence[ImportRow]) -> Settled:
    """Keep the contacts of rows. One that is there already was kept when the row was taken before."""
    keep_contacts(transaction, job.bot, [row.contact for row in rows if row.contact is not None])
    return settled_contacts(rows)


def _added(transaction: Transaction, job: ImportJob, step: ImportStep, rows: Sequence[ImportRow]) -> Settled:
    """Add the people of rows to the segment."""
    lines = people_of(rows)
    uploaded = to_ms(job.created_at)
    batch = StaffBatch(job.segment, Act.ADD, to_ms(step.at), job.source, job.actor, job.id, uploaded)
    outcomes = change_people(transaction, job.bot, batch, list(lines), list(lines.values()), dry_run=job.dry_run)
    return settled(rows, lines, outcomes)

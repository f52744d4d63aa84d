"""Broadcasts and their runs, and the slices in which workers take the people of a run."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from pyroaring import BitMap

from messages.codec import encode, from_ms, from_ms_or_none, to_ms
from messages.errors import StaleVersion
from messages.pushes import PushState, RunState
from storage.push_records import DEFERRED, SLICE, BroadcastRecord, RunRecord, RunStatus, Slice
from storage.push_rows import (
    Counts,
    counts_from_the_start,
    decode_broadcast,
    decode_run,
    header,
    is_done,
    people_of,
    status,
    with_people,
    without_people,
)
from storage.sqlite.database import Database
from storage.sqlite.writer import Transaction

_BROADCAST = "SELECT record FROM broadcasts WHERE bot = ? AND id = ?"
_BROADCASTS = "SELECT record FROM broadcasts WHERE bot = ? AND NOT archived ORDER BY id"
_BROADCAST_VERSION = "SELECT version FROM broadcasts WHERE bot = ? AND id = ?"
SAVE_BROADCAST = "INSERT OR REPLACE INTO broadcasts (bot, id, version, archived, record) VALUES (?, ?, ?, ?, ?)"

_OF_OCCURRENCE = "SELECT id FROM runs WHERE bot = ? AND broadcast = ? AND occurrence = ? AND broadcast <> ''"
_ADD_RUN = """
    INSERT INTO runs (
        bot, id, broadcast, occurrence, family, state, epoch, planned, reason, changed_at, changed_by, record
    )
    VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)
"""
_ADD_AUDIENCE = "INSERT INTO run_audiences (run, record) VALUES (?, ?)"
_ADD_BUCKET = "INSERT INTO run_buckets (run, bucket, due, size, people) VALUES (?, ?, ?, ?, ?)"
_HEADERS = """
    SELECT number, state, epoch, planned, reason, changed_at, changed_by, record FROM runs
    WHERE bot = ? AND broadcast <> ''
"""
_AUDIENCE = "SELECT record FROM run_audiences WHERE run = ?"
_PEOPLE = "SELECT people FROM run_buckets WHERE run = ? ORDER BY bucket"
_COUNTS = "SELECT state, kind, count FROM run_counts WHERE run = ?"
_COUNT = """
    INSERT INTO run_counts (run, state, kind, count) VALUES (?, ?, ?, ?)
    ON CONFLICT (run, state, kind) DO UPDATE SET count = count + excluded.count
"""
_CHANGE_RUN = """
    UPDATE runs SET state = ?, epoch = epoch + 1, reason = ?, changed_at = ?, changed_by = ? WHERE number = ?
"""
_FREE_SLICES = "UPDATE run_slices SET until = 0 WHERE run = ?"

_RUNNING = "SELECT number, bot, id, epoch FROM runs WHERE state = 'running' ORDER BY looked_at, number"
_LOOKED_AT = "UPDATE runs SET looked_at = (SELECT max(looked_at) + 1 FROM runs) WHERE number = ?"
_COME_UP = """
    SELECT contact, attempts, due FROM pushes
    WHERE run = ? AND comes_up <= ? ORDER BY comes_up LIMIT ?
"""
_LEASE_DEFERRED = "UPDATE pushes SET comes_up = ? WHERE run = ? AND contact = ? AND comes_up IS NOT NULL"
_LAPSED = "SELECT bucket, place FROM run_slices WHERE run = ? AND until <= ? ORDER BY until LIMIT 1"
_UNTAKEN = (
    "SELECT bucket, taken FROM run_buckets WHERE run = ? AND due <= ? AND taken < size ORDER BY due, bucket LIMIT 1"
)
_TAKE = "UPDATE run_buckets SET taken = min(size, taken + ?) WHERE run = ? AND bucket = ?"
_LEASE = "INSERT OR REPLACE INTO run_slices (run, bucket, place, worker, until) VALUES (?, ?, ?, ?, ?)"
_BUCKET = "SELECT due, people FROM run_buckets WHERE run = ? AND bucket = ?"
_HAVE_ONE = "SELECT contact FROM pushes WHERE run = ? AND contact BETWEEN ? AND ?"
_OF_SLICE = "SELECT number FROM runs WHERE bot = ? AND id = ?"
_RENEW = """
    UPDATE run_slices SET until = ? WHERE run = ? AND bucket = ? AND place = ? AND worker = ?
        AND EXISTS (SELECT 1 FROM runs WHERE number = run AND state = 'running' AND epoch = ?)
"""
_END_SLICE = "DELETE FROM run_slices WHERE run = ? AND bucket = ? AND place = ? AND worker = ?"
_FREE_SLICE = "UPDATE run_slices SET until = 0 WHERE run = ? AND bucket = ? AND place = ? AND worker = ?"
_NEXT = """
    SELECT min(at) FROM (
        SELECT min(due) AS at FROM runs CROSS JOIN run_buckets ON run = number WHERE state = 'running' AND taken < size
        UNION ALL SELECT (SELECT min(comes_up) FROM pushes WHERE run = number AND comes_up IS NOT NULL)
            FROM runs WHERE state = 'running'
        UNION ALL SELECT min(until) FROM runs CROSS JOIN run_slices ON run = number WHERE state = 'running'
    )
"""


RunCounts = defaultdict[tuple[int, PushState, str], int]
"""Changes of counters, by number of the run, state and kind of reason."""


def count(cursor: sqlite3.Cursor, changes: Mapping[tuple[int, PushState, str], int]) -> None:
    """Change counters of runs, by number of the run, state and kind of reason."""
    cursor.executemany(_COUNT, [(*key, change) for key, change in changes.items() if change])


def read_counts(connection: sqlite3.Connection | sqlite3.Cursor, run: int) -> Counts:
    return {(PushState(state), kind): number for state, kind, number in connection.execute(_COUNTS, (run,))}


@lru_cache(maxsize=32)
def _bitmap(run: int, bucket: int, people: bytes) -> BitMap:
    del run, bucket
    return BitMap.deserialize(people)


class SqliteRuns:
    """`storage.push_port.Broadcasts` and `Runs`."""

    _database: Database

    async def save_broadcast(self, broadcast: BroadcastRecord) -> BroadcastRecord:
        saved = msgspec.structs.replace(broadcast, version=broadcast.version + 1)

        def operation(transaction: Transaction) -> BroadcastRecord:
            found = transaction.cursor.execute(_BROADCAST_VERSION, (saved.bot, saved.id)).fetchone()
            if (0 if found is None else found[0]) != broadcast.version:
                raise StaleVersion(f"broadcast {saved.id}")
            values = saved.bot, saved.id, saved.version, saved.archived, encode(saved)
            transaction.cursor.execute(SAVE_BROADCAST, values)
            return saved

        return await self._database.write(operation)

    async def broadcast(self, bot: str, broadcast: str) -> BroadcastRecord | None:
        found = self._database.row(_BROADCAST, bot, broadcast)
        return None if found is None else decode_broadcast(found[0])

    async def broadcasts(self, bot: str) -> Sequence[BroadcastRecord]:
        return [decode_broadcast(record) for (record,) in await self._database.rows(_BROADCASTS, bot)]

    async def add_run(self, run: RunRecord, state: RunState, *, reason: str = "") -> RunRecord:
        def operation(transaction: Transaction) -> str:
            cursor = transaction.cursor
            known = cursor.execute(_OF_OCCURRENCE, (run.bot, run.broadcast, run.occurrence)).fetchone()
            if known is not None:
                return str(known[0])
            columns = run.bot, run.id, run.broadcast, run.occurrence, run.family, state.value, run.planned
            more = reason, to_ms(run.created_at), run.created_by, encode(header(run))
            number = cursor.execute(_ADD_RUN, (*columns, *more)).lastrowid or 0
            cursor.execute(_ADD_AUDIENCE, (number, encode(without_people(run))))
            for place, bucket in enumerate(run.buckets):
                size = len(people_of(bucket))
                cursor.execute(_ADD_BUCKET, (number, place, to_ms(bucket.due), size, bucket.people))
            count(cursor, {(number, *key): skipped for key, skipped in counts_from_the_start(run).items()})
            return run.id

        kept = await self._database.write(operation)
        if kept == run.id:
            return run
        found = await self.run(run.bot, kept)
        if found is None:
            raise StaleVersion(f"run {kept}")
        return found[0]

    async def run(self, bot: str, run: str) -> tuple[RunRecord, RunStatus] | None:
        def query(connection: sqlite3.Connection) -> tuple[RunRecord, RunStatus] | None:
            row = connection.execute(f"{_HEADERS} AND id = ?", (bot, run)).fetchone()
            if row is None:
                return None
            record, current = _read(connection, row)
            kept = connection.execute(_AUDIENCE, (row[0],)).fetchone()
            if kept is None:  # only its counters are kept any more
                return record, current
            people = [bytes(held) for (held,) in connection.execute(_PEOPLE, (row[0],))]
            return with_people(decode_run(kept[0]), people), current

        return await self._database.report(query)

    async def runs(
        self, bot: str, *, broadcast: str = "", states: Sequence[RunState] = (), before: str = "", limit: int = 100
    ) -> Sequence[tuple[RunRecord, RunStatus]]:
        statement, values = _HEADERS, [bot]
        if broadcast:
            statement += " AND broadcast = ?"
            values.append(broadcast)
        if states:
            statement += f" AND state IN ({', '.join('?' * len(states))})"
            values += [state.value for state in states]
        if before:
            statement += " AND number < (SELECT number FROM runs AS other WHERE other.bot = ? AND other.id = ?)"
            values += [bot, before]

        def query(connection: sqlite3.Connection) -> list[tuple[RunRecord, RunStatus]]:
            rows = connection.execute(f"{statement} ORDER BY number DESC LIMIT ?", (*values, limit)).fetchall()
            return [_read(connection, row) for row in rows]

        return await self._database.report(query)

    async def change_run(
        self,
        bot: str,
        run: str,
        state: RunState,
        *,
        among: Sequence[RunState],
        at: datetime,
        by: str,
        reason: str = "",
    ) -> RunStatus:
        def operation(transaction: Transaction) -> RunStatus:
            cursor = transaction.cursor
            row = cursor.execute(f"{_HEADERS} AND id = ?", (bot, run)).fetchone()
            if row is None or RunState(row[1]) not in among:
                raise StaleVersion(f"run {run}")
            if state is RunState.FINISHED and not is_done(row[3], read_counts(cursor, row[0])):
                raise StaleVersion(f"run {run}")
            cursor.execute(_CHANGE_RUN, (state.value, reason, to_ms(at), by, row[0]))
            cursor.execute(_FREE_SLICES, (row[0],))
            return _read(cursor, cursor.execute(f"{_HEADERS} AND id = ?", (bot, run)).fetchone())[1]

        return await self._database.write(operation)

    async def take_slice(self, worker: str, now: datetime, leased_until: datetime) -> Slice | None:
        (earliest,) = self._database.row(_NEXT)
        if earliest is None or earliest > to_ms(now):
            return None

        def operation(transaction: Transaction) -> Slice | None:
            cursor = transaction.cursor
            for number, bot, run, epoch in cursor.execute(_RUNNING).fetchall():
                found = _taken(cursor, number, worker, to_ms(now), to_ms(leased_until))
                if found is not None:
                    cursor.execute(_LOOKED_AT, (number,))
                    due, people, bucket, place, attempts = found
                    return Slice(bot, run, epoch, from_ms(due), people, bucket, place, attempts)
            return None

        return await self._database.write(operation)

    async def renew_slice(self, worker: str, piece: Slice, leased_until: datetime) -> bool:
        def operation(transaction: Transaction) -> bool:
            cursor, until = transaction.cursor, to_ms(leased_until)
            found = cursor.execute(_HEADERS + " AND id = ?", (piece.bot, piece.run)).fetchone()
            if found is None or (found[1], found[2]) != (RunState.RUNNING.value, piece.epoch):
                return False
            if piece.bucket == DEFERRED:
                cursor.executemany(_LEASE_DEFERRED, [(until, found[0], person) for person in piece.numbers])
                return True
            values = until, found[0], piece.bucket, piece.place, worker, piece.epoch
            return cursor.execute(_RENEW, values).rowcount > 0

        return await self._database.write(operation)

    async def end_slice(self, worker: str, piece: Slice) -> None:
        def operation(transaction: Transaction) -> None:
            cursor = transaction.cursor
            found = cursor.execute(_OF_SLICE, (piece.bot, piece.run)).fetchone()
            if found is None or piece.bucket == DEFERRED:
                return
            between = found[0], piece.numbers[0], piece.numbers[-1]
            have_one = {contact for (contact,) in cursor.execute(_HAVE_ONE, between)}
            statement = _END_SLICE if have_one.issuperset(piece.numbers) else _FREE_SLICE
            cursor.execute(statement, (found[0], piece.bucket, piece.place, worker))

        await self._database.write(operation)

    async def next_push(self) -> datetime | None:
        return from_ms_or_none(self._database.row(_NEXT)[0])


def _read(connection: sqlite3.Connection | sqlite3.Cursor, row: tuple[Any, ...]) -> tuple[RunRecord, RunStatus]:
    number, state, epoch, planned, reason, changed_at, changed_by, record = row
    current = status(
        RunState(state),
        epoch,
        planned,
        read_counts(connection, number),
        reason=reason,
        changed_at=from_ms_or_none(changed_at),
        changed_by=changed_by,
    )
    return decode_run(record), current


_Taken = tuple[int, tuple[int, ...], int, int, dict[int, int]]
"""Due, people, bucket, place, and the turns that were taken for them before."""


def _taken(cursor: sqlite3.Cursor, run: int, worker: str, now: int, until: int) -> _Taken | None:
    """Lease people of a run who are due: deferred ones, a slice whose lease is over, or the next slice."""
    deferred = cursor.execute(_COME_UP, (run, now, SLICE)).fetchall()
    if deferred:
        deferred.sort()
        cursor.executemany(_LEASE_DEFERRED, [(until, run, contact) for contact, _, _ in deferred])
        attempts = {contact: taken for contact, taken, _ in deferred if taken}
        due = min((due for _, _, due in deferred if due is not None), default=now)
        return due, tuple(contact for contact, _, _ in deferred), DEFERRED, 0, attempts
    while True:
        lapsed = cursor.execute(_LAPSED, (run, now)).fetchone()
        if lapsed is None:
            untaken = cursor.execute(_UNTAKEN, (run, now)).fetchone()
            if untaken is None:
                return None
            bucket, place = untaken[0], untaken[1] // SLICE
            cursor.execute(_TAKE, (SLICE, run, bucket))
        else:
            bucket, place = lapsed
        due, people = cursor.execute(_BUCKET, (run, bucket)).fetchone()
        numbers = _bitmap(run, bucket, bytes(people))[place * SLICE : (place + 1) * SLICE]
        have_one = {contact for (contact,) in cursor.execute(_HAVE_ONE, (run, numbers[0], numbers[-1]))}
        left = tuple(number for number in numbers if number not in have_one)
        if left:
            cursor.execute(_LEASE, (run, bucket, place, worker, until))
            return due, left, bucket, place, {}
        cursor.execute("DELETE FROM run_slices WHERE run = ? AND bucket = ? AND place = ?", (run, bucket, place))

"""Broadcasts, runs and pushes of a copy: reading all of them, and writing those of another store."""

import sqlite3
from collections.abc import Sequence

from messages.codec import encode, from_ms_or_none, to_ms_or_none
from storage.push_records import BroadcastRecord, PushRow
from storage.push_rows import decode_broadcast, decode_run, kind_of, step_as_run
from storage.push_transfer import CopiedRun
from storage.sqlite.database import Database
from storage.sqlite.push_claims import CLAIMED, PUT, RUN, number_of_kind
from storage.sqlite.runs import count, read_counts

_BROADCASTS = "SELECT record FROM broadcasts WHERE bot = ? ORDER BY id"
_RUNS = """
    SELECT number, id, state, epoch, reason, changed_at, changed_by, record FROM runs
    WHERE bot = ? ORDER BY state = '', iif(state = '', id, ''), number
"""
_ADD_RUN = """
    INSERT INTO runs (
        bot, id, broadcast, occurrence, family, state, epoch, planned, reason, changed_at, changed_by, record
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_LATER = "UPDATE pushes SET sent_at = ?, delivered_at = ?, read_at = ?, ids = ? WHERE run = ? AND contact = ?"
_CONTACT = "SELECT number FROM contacts WHERE bot = ? AND id = ?"
_CONVERSATION = "SELECT number FROM conversations WHERE bot = ? AND key = ?"


class SqlitePushSource:
    """`storage.push_transfer.PushSource`."""

    _database: Database

    async def all_broadcasts(self, bot: str) -> Sequence[BroadcastRecord]:
        return [decode_broadcast(record) for (record,) in await self._database.rows(_BROADCASTS, bot)]

    async def all_runs(self, bot: str) -> Sequence[CopiedRun]:
        def query(connection: sqlite3.Connection) -> list[CopiedRun]:
            found: list[CopiedRun] = []
            for number, name, state, epoch, reason, at, by, record in connection.execute(_RUNS, (bot,)).fetchall():
                run = decode_run(record if state else step_as_run(bot, name, None))
                counts = tuple((*key, held) for key, held in sorted(read_counts(connection, number).items()) if held)
                found.append(CopiedRun(run, state, epoch, reason, from_ms_or_none(at), by, counts))
            return found

        return await self._database.report(query)


def restore_run(cursor: sqlite3.Cursor, bot: str, copied: CopiedRun) -> None:
    """Keep a run of another store with its counters."""
    run = copied.run
    of_broadcast = (run.broadcast, run.occurrence) if copied.state else ("", "")
    about = copied.state, copied.epoch, run.planned, copied.reason, to_ms_or_none(copied.changed_at), copied.changed_by
    number = cursor.execute(_ADD_RUN, (bot, run.id, *of_broadcast, run.family, *about, encode(run))).lastrowid or 0
    count(cursor, {(number, state, kind): held for state, kind, held in copied.counts})


def restore_push(cursor: sqlite3.Cursor, bot: str, row: PushRow) -> None:
    """Keep a push of another store; its run has the counters."""
    run, *_ = cursor.execute(RUN, (bot, row.run)).fetchone()
    (contact,) = cursor.execute(_CONTACT, (bot, row.contact)).fetchone()
    talk = cursor.execute(_CONVERSATION, (bot, row.conversation)).fetchone()
    times = map(to_ms_or_none, (row.due, row.until, row.claimed_at, row.sent_at, row.delivered_at, row.read_at))
    due, until, claimed, *later = times
    put = run, contact, number_of_kind(cursor, run, row.subject, kind_of(row)), row.state.value, row.reason, due, until
    rows = row.subject_row, row.everything_row
    cursor.execute(PUT, (*put, claimed, row.attempts, row.claims, talk and talk[0], *rows))
    cursor.execute(_LATER, (*later, " ".join(row.channel_message_ids), run, contact))
    if claimed is not None:
        cursor.execute(CLAIMED, (claimed, run))

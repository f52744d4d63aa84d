"""What was filled in for an erased person, in other people's rows, turns and contacts; and the names of files."""

import sqlite3
from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import NamedTuple

import msgspec
import orjson

from messages.codec import RecordDecoder, encode
from messages.effects import Answer
from storage.audience_records import ImportJob
from storage.codec import read_contact
from storage.erase import contact_or_unreadable, entry_or_none
from storage.filled_words import FilledWords, tells
from storage.sqlite.contacts import LAST_CHANGE
from storage.sqlite.writer import Transaction

_LEDGER_ROWS = """
    SELECT number, turn, json_extract(personal, '$.conversation') FROM ledger
    WHERE bot = ? AND number > ? AND contact <> ? AND personal IS NOT NULL
        AND json_extract(personal, '$.text') IN (SELECT value FROM json_each(?))
"""
_ENDS = "SELECT coalesce((SELECT max(number) FROM ledger), 0), coalesce((SELECT max(number) FROM journal), 0)"
_TURNS = """
    SELECT journal.number, journal.record FROM conversations CROSS JOIN journal
        ON journal.conversation = conversations.number
    WHERE conversations.bot = ? AND conversations.contact <> ? AND journal.number > ? AND (
        EXISTS (SELECT 1 FROM json_each(?) AS each WHERE substr(conversations.key, 1, length(each.value)) = each.value)
        OR conversations.key IN (SELECT value FROM json_each(?))
    )
"""
_TURN = "SELECT record FROM journal WHERE number = ?"
_SET_TURN = "UPDATE journal SET record = ?, digest = coalesce(digest, ?) WHERE number = ?"
_SET_ANSWER = "UPDATE seen_events SET answer = ? WHERE bot = ? AND channel = ? AND event_id = ? AND answer IS NOT NULL"
_FORGET_ROW = "UPDATE ledger SET personal = NULL WHERE number = ?"
_CONTACTS = "SELECT number, version, record FROM contacts WHERE bot = ? AND number <> ? AND NOT gone"
_CONTACT_BY_NUMBER = "SELECT id, version, record FROM contacts WHERE number = ?"
_REPLACE_CONTACT = "UPDATE contacts SET version = version + 1, record = ?, changed = ? WHERE number = ?"
_JOBS = "SELECT number, id, record FROM imports WHERE bot = ?"
_JOBS_OF_ROWS = "SELECT DISTINCT json_extract(personal, '$.detail') FROM ledger WHERE contact = ? AND source = 'csv'"
_JOBS_OF_BATCHES = """
    SELECT DISTINCT detail FROM ledger_batches
    WHERE bot = ? AND source = 'csv' AND ? BETWEEN lowest AND highest
        AND instr(replace(replace(contacts, '[', ','), ']', ','), ',' || ? || ',')
"""
_SET_JOB = "UPDATE imports SET record = ? WHERE number = ?"

_decode_job = RecordDecoder[ImportJob](ImportJob)


class Elsewhere(NamedTuple):
    """Numbers of other people's rows of the ledger, turns and contacts; and up to where was looked."""

    rows: Collection[int] = ()
    turns: Collection[int] = ()
    contacts: Collection[int] = ()
    last_row: int = 0
    last_turn: int = 0


def look_elsewhere(
    cursor: sqlite3.Cursor, bot: str, contact: int, filled: FilledWords, seen: Elsewhere | None = None
) -> Elsewhere:
    """Look through what other people have, from where `seen` ends on. It may take long. `contact` is a number."""
    before = seen or Elsewhere()
    last_row, last_turn = cursor.execute(_ENDS).fetchone()
    texts = orjson.dumps(sorted(filled.texts)).decode()
    rows = cursor.execute(_LEDGER_ROWS, (bot, before.last_row, contact, texts)).fetchall() if filled.texts else []
    keys = orjson.dumps(sorted({key for _, _, key in rows if key})).decode()
    groups = orjson.dumps(sorted(filled.groups)).decode()
    turns = [
        number
        for number, record in cursor.execute(_TURNS, (bot, contact, before.last_turn, groups, keys))
        if (entry := entry_or_none(record)) is not None and filled.without(entry) is not None
    ]
    contacts = [
        number
        for number, version, record in (cursor.execute(_CONTACTS, (bot, contact)) if seen is None else ())
        if filled.without_talked_with(contact_or_unreadable(record, version, "")) is not None
    ]
    return Elsewhere([number for number, _, _ in rows], turns, contacts, last_row, last_turn)


def forget_elsewhere(transaction: Transaction, bot: str, contact: int, filled: FilledWords, seen: Elsewhere) -> None:
    """Take a person's words out of what other people have: what was seen, and what came since."""
    cursor = transaction.cursor
    late = look_elsewhere(cursor, bot, contact, filled, seen)
    cursor.executemany(_FORGET_ROW, [(number,) for number in (*seen.rows, *late.rows)])
    for number in (*seen.turns, *late.turns):
        _forget_in_turn(cursor, bot, number, filled)
    for number in seen.contacts:
        _, version, record = cursor.execute(_CONTACT_BY_NUMBER, (number,)).fetchone()
        left = filled.without_talked_with(read_contact(record, version))
        if left is not None:
            cursor.execute(_REPLACE_CONTACT, (encode(left), transaction.next_number(LAST_CHANGE), number))


def _forget_in_turn(cursor: sqlite3.Cursor, bot: str, number: int, filled: FilledWords) -> None:
    found = cursor.execute(_TURN, (number,)).fetchone()
    entry = None if found is None else entry_or_none(found[0])
    left = None if entry is None else filled.without(entry)
    if entry is None or left is None:
        return
    cursor.execute(_SET_TURN, (encode(left), sha256(found[0]).digest(), number))
    if Answer("") in left.outcome.effects:
        cursor.execute(_SET_ANSWER, ("", bot, entry.event.reference.channel, entry.event.event_id))


def forget_file_names(
    cursor: sqlite3.Cursor, bot: str, contacts: Sequence[int], rows: Collection[int], words: Collection[str]
) -> None:
    """Forget the names of files that had a person in them, or whose name tells them.

    `contacts` are the numbers of the person and those merged into them; `rows` those of jobs with rows that name them.
    """
    named: set[str] = set()
    for contact in contacts:
        of_batches = cursor.execute(_JOBS_OF_BATCHES, (bot, contact, contact)).fetchall()
        of_rows = cursor.execute(_JOBS_OF_ROWS, (contact,)).fetchall()
        named.update((detail or "").partition(":")[0] for (detail,) in (*of_batches, *of_rows))
    for number, name, record in cursor.execute(_JOBS, (bot,)).fetchall():
        job = _decode_job(record)
        if job.file_name and (number in rows or name in named or tells(job.file_name, words)):
            cursor.execute(_SET_JOB, (encode(msgspec.structs.replace(job, file_name="")), number))

"""Erasing a person: what tells who they are goes in one transaction, and then from the raw file."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, cast

import msgspec
import orjson

from flows.engine.turn import ConversationState
from flows.own_lines import FlowWords
from messages.addresses import Handle, HandleKind, handles_of
from messages.codec import RecordDecoder, encode, from_ms, to_ms
from messages.contact import Contact
from messages.effects import Answer
from storage.audience_records import ImportJob
from storage.codec import read_contact
from storage.erase import (
    FilledWords,
    OwnValues,
    audit_of,
    bare_entry,
    blank_contact,
    blank_state,
    contact_or_unreadable,
    entry_or_none,
    erased_entry,
    erased_name,
    is_blank,
    is_erased_name,
    names_one_of,
    plain_words,
    state_or_bare,
    tells,
)
from storage.port import Revisions
from storage.records import Erased, JournalEntry
from storage.sqlite.addresses import LAST_CHANGE
from storage.sqlite.contacts import keep_erased
from storage.sqlite.database import Database
from storage.sqlite.ledger_rows import forget_batched
from storage.sqlite.push_claims import TAKEN_OVER
from storage.sqlite.pushes import erase_pushes
from storage.sqlite.staff import insert_audit
from storage.sqlite.work import forget_work
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


_HANDLES = "SELECT kind, key FROM handles WHERE contact = ?"
_ACCOUNTS = "SELECT channel, user FROM identities WHERE contact = ?"
_LAST_ACT = "SELECT max(max(coalesce(lowered, 0), coalesce(raised, 0))) FROM memberships WHERE contact = ?"
_DROP_HANDLES = "DELETE FROM handles WHERE contact = ?"
_ENDED = "SELECT number FROM imports WHERE bot = ? AND state NOT IN ('storing', 'queued', 'running')"
_ROWS = """
    SELECT import_rows.job, import_rows.line, import_rows.value
    FROM imports CROSS JOIN import_rows ON import_rows.job = imports.number
    WHERE imports.bot = ? AND imports.number NOT IN (SELECT value FROM json_each(?)) AND (
        EXISTS (SELECT 1 FROM json_each(?) AS each WHERE instr(lower(import_rows.value), lower(each.value)))
        OR import_rows.value GLOB '*[^ -~]*'
    )
"""
_EMPTY_ROW = "UPDATE import_rows SET value = '', detail = '' WHERE job = ? AND line = ?"


class RowsSeen(NamedTuple):
    """Rows of imports that name a person, and the jobs that had ended when somebody looked: these get no more rows."""

    rows: Collection[tuple[int, int]] = ()
    """Number of the job, and line."""
    ended: Collection[int] = ()


def handles_held(cursor: sqlite3.Cursor, contact: int, known: Collection[Handle]) -> set[Handle]:
    """Return all handles of a contact; `known` are those that its record tells."""
    handles = set(known)
    handles.update(Handle(HandleKind(kind), key) for kind, key in cursor.execute(_HANDLES, (contact,)))
    accounts = cursor.execute(_ACCOUNTS, (contact,))
    handles.update(Handle(HandleKind.ACCOUNT, f"{channel} {user}") for channel, user in accounts)
    return handles


def look_for_rows(cursor: sqlite3.Cursor, bot: str, handles: Collection[Handle]) -> RowsSeen:
    """Look through the rows of imports for those that name a person. It may take long."""
    ended = [number for (number,) in cursor.execute(_ENDED, (bot,))]
    return RowsSeen(_rows(cursor, bot, handles, ()), ended)


def forget_handles(
    cursor: sqlite3.Cursor, bot: str, contact: int, known: Collection[Handle], seen: RowsSeen, at: int
) -> None:
    """Forget by what a contact is found, also in the rows of imports: those seen, and those of jobs that go on.

    Erasing lowers all consent at `at`, in milliseconds since 1970, or at the person's last act, if the channel's clock
    puts that later: what the person did before it counts no more.
    """
    handles = handles_held(cursor, contact, known)
    (last,) = cursor.execute(_LAST_ACT, (contact,)).fetchone()
    keep_erased(cursor, bot, handles, max(at, last or at))
    cursor.execute(_DROP_HANDLES, (contact,))
    cursor.executemany(_EMPTY_ROW, [*seen.rows, *_rows(cursor, bot, handles, seen.ended)])


def _rows(
    cursor: sqlite3.Cursor, bot: str, handles: Collection[Handle], without: Collection[int]
) -> list[tuple[int, int]]:
    """Return number of the job and line of the rows that name a person, in other jobs than `without`."""
    keys = [one.key for one in handles if one.kind is not HandleKind.ACCOUNT]
    if not keys:
        return []
    asked = (bot, orjson.dumps(list(without)).decode(), orjson.dumps(keys).decode())
    return [(job, line) for job, line, value in cursor.execute(_ROWS, asked) if names_one_of(value, handles)]


_CONTACT = "SELECT number, version, record FROM contacts WHERE bot = ? AND id = ?"
_CONVERSATIONS = "SELECT number, key, version, record FROM conversations WHERE contact = ? ORDER BY number"
_JOURNAL = "SELECT number, turn, at, record FROM journal WHERE conversation = ? ORDER BY number"
_EVIDENCE = "SELECT digest, text FROM evidence WHERE bot = ?"

_SET_CONTACT = "UPDATE contacts SET version = version + 1, record = ?, changed = ?, gone = 1 WHERE number = ?"
_SET_CONVERSATION = "UPDATE conversations SET key = ?, version = version + 1, record = ? WHERE number = ?"
_FORGET_PERSONAL = "UPDATE ledger SET personal = NULL WHERE contact = ? AND personal IS NOT NULL"
_RENAME_IN_AUDIT = "UPDATE audit SET target = ? WHERE bot = ? AND target = ?"
_ANSWERS = "SELECT rowid, record FROM kept_answers"
_DROP_ANSWER = "DELETE FROM kept_answers WHERE rowid = ?"
_DROP_IDENTITIES = "DELETE FROM identities WHERE contact = ?"
_DROP_EVENT = "DELETE FROM seen_events WHERE bot = ? AND channel = ? AND event_id = ?"
_DROP_EVIDENCE = "DELETE FROM evidence WHERE bot = ? AND digest = ?"
_DROP_OF_CONVERSATION = (
    "DELETE FROM timers WHERE conversation = ?",
    "DELETE FROM ignored_messages WHERE conversation = ?",
    "DELETE FROM outbox WHERE conversation = ?",
)


_Plain = Mapping[int, FlowWords]
"""Words of the flow, by revision."""


class _Conversation(NamedTuple):
    """A conversation of the person, as the file has it."""

    number: int
    key: str
    state: ConversationState
    turns: Sequence[tuple[int, JournalEntry | None, str, int, bytes]]
    """Number of the row, entry or None where it can't be read, turn id, time in milliseconds, SHA-256 of the record."""


class _Person(NamedTuple):
    """All that the file has of a person."""

    number: int
    contact: Contact
    talks: Sequence[_Conversation]
    erased_before: int
    """Conversations that have lost their name already."""

    def own_values(self) -> OwnValues:
        own = OwnValues()
        own.add_contact(self.contact)
        for entry in self.entries():
            own.add_entry(entry)
        return own

    def entries(self) -> Sequence[JournalEntry]:
        return [entry for talk in self.talks for _, entry, _, _, _ in talk.turns if entry is not None]


class SqliteErasure:
    """`storage.port.Erasure`."""

    _database: Database

    async def erase_contact(self, bot: str, contact: str, *, actor: str, at: datetime) -> Erased | None:
        """Erase in one transaction, then empty the log of writes, which still has what was there.

        Raises StoreError when the log can't be emptied; the person is erased then, and doing it again empties it.
        """
        person = await self._database.report(lambda connection: _read_person(connection.cursor(), bot, contact))
        if person is None:
            return None
        plain = await plain_words(cast("Revisions", self), bot, person.entries())
        # What was shown, what other people have, and rows of imports are searched here, where it holds nobody up.
        found = await self._database.report(lambda connection: _found_of(connection, bot, contact, plain))
        erased = await self._database.write(
            lambda transaction: _erase(transaction, bot, contact, found, plain, actor, at)
        )
        if erased is not None:
            await self._database.empty_log()
        return erased


class _Found(NamedTuple):
    """What was found before anything is written."""

    texts: Sequence[str] = ()
    """Digests of texts that hold the person's own words."""
    rows: RowsSeen = RowsSeen()
    elsewhere: Elsewhere = Elsewhere()


def _found_of(connection: sqlite3.Connection, bot: str, contact: str, plain: _Plain) -> _Found:
    cursor = connection.cursor()
    person = _read_person(cursor, bot, contact)
    if person is None:
        return _Found()
    handles = handles_held(cursor, person.number, handles_of(person.contact))
    filled = FilledWords(person.contact, person.entries(), plain)
    shown = ((digest, text) for digest, text in connection.execute(_EVIDENCE, (bot,)) if not filled.is_plain(text))
    texts = person.own_values().in_texts(shown)
    elsewhere = look_elsewhere(connection.cursor(), bot, person.number, filled)
    return _Found([*texts, *filled.digests], look_for_rows(cursor, bot, handles), elsewhere)


def _erase(
    transaction: Transaction, bot: str, contact: str, found: _Found, plain: _Plain, actor: str, at: datetime
) -> Erased | None:
    cursor = transaction.cursor
    person = _read_person(cursor, bot, contact)
    if person is None:
        return None
    contact = person.contact.id
    replies = 0
    for place, talk in enumerate(person.talks, person.erased_before + 1):
        replies += _erase_talk(cursor, bot, contact, talk, erased_name(contact, place))
    filled = FilledWords(person.contact, person.entries(), plain)
    forget_elsewhere(transaction, bot, person.number, filled, found.elsewhere)
    they = [number for (number,) in cursor.execute(TAKEN_OVER, (person.number,)).fetchall()]
    erase_pushes(cursor, they)
    forget_work(cursor, they)
    forget_file_names(cursor, bot, they, {job for job, _ in found.rows.rows}, person.own_values().words())
    # Those of turns that were committed after the others were looked for, too.
    cursor.executemany(_DROP_EVIDENCE, [(bot, digest) for digest in sorted({*found.texts, *filled.digests})])
    transaction.evidence.clear()
    transaction.kept_evidence.clear()
    forget_handles(cursor, bot, person.number, handles_of(person.contact), found.rows, to_ms(at))
    answers = [(str(number), record.decode(errors="replace")) for number, record in cursor.execute(_ANSWERS)]
    cursor.executemany(_DROP_ANSWER, [(number,) for number in person.own_values().in_texts(answers)])
    cursor.execute(_DROP_IDENTITIES, (person.number,))
    rows = 0
    for number in they:
        rows += cursor.execute(_FORGET_PERSONAL, (number,)).rowcount + forget_batched(cursor, bot, number)
    erased = Erased(sum(len(talk.turns) for talk in person.talks), len(person.talks), replies, rows)
    if not is_blank(person.contact):
        changed = transaction.next_number(LAST_CHANGE)
        cursor.execute(_SET_CONTACT, (encode(blank_contact(person.contact)), changed, person.number))
    if not is_blank(person.contact) or any((erased.conversations, erased.ledger_rows)):
        insert_audit(transaction, audit_of(bot, contact, erased, actor=actor, at=at))
    return erased


def _erase_talk(cursor: sqlite3.Cursor, bot: str, contact: str, talk: _Conversation, name: str) -> int:
    """Empty a conversation and take its name away; return how many replies it had."""
    for number, entry, turn, at, digest in talk.turns:
        if entry is None:
            left = bare_entry(turn=turn, bot=bot, contact=contact, name=name, at=from_ms(at))
        else:
            left = erased_entry(entry, name)
            cursor.execute(_DROP_EVENT, (bot, entry.event.reference.channel, entry.event.event_id))
        cursor.execute(_SET_TURN, (encode(left), digest, number))
    cursor.execute(_SET_CONVERSATION, (name, encode(blank_state(talk.state, name)), talk.number))
    cursor.execute(_RENAME_IN_AUDIT, (name, bot, talk.key))
    *_, replies = [cursor.execute(drop, (talk.number,)).rowcount for drop in _DROP_OF_CONVERSATION]
    return replies


def _read_person(cursor: sqlite3.Cursor, bot: str, contact: str) -> _Person | None:
    """Return what the file has of a person; of one who was merged away, what it has of whom they became."""
    found = cursor.execute(_CONTACT, (bot, contact)).fetchone()
    if found is None:
        return None
    number, version, record = found
    known = contact_or_unreadable(record, version, contact)
    if known.merged_into:
        return _read_person(cursor, bot, known.merged_into)
    talks: list[_Conversation] = []
    erased_before = 0
    for talk, key, state_version, state in cursor.execute(_CONVERSATIONS, (number,)).fetchall():
        if is_erased_name(key, contact):
            erased_before += 1
            continue
        turns = [
            (row, entry_or_none(entry), turn, at, sha256(entry).digest())
            for row, turn, at, entry in cursor.execute(_JOURNAL, (talk,)).fetchall()
        ]
        talks.append(_Conversation(talk, key, state_or_bare(state, state_version, contact), turns))
    return _Person(number, known, talks, erased_before)

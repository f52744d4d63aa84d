"""Reading everything out of a file, and writing it into one."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Any, cast

import msgspec

from flows.engine.turn import ConversationState
from flows.revision import RevisionInfo
from messages.addresses import other_handles
from messages.codec import RecordDecoder, encode, from_ms, to_ms
from messages.contact import Contact
from messages.errors import StoreError
from storage.audience_records import ImportJob, SegmentRecord
from storage.codec import read_contact, read_state
from storage.enrolments import Enrolment, read_enrolment
from storage.erase import is_blank
from storage.ledger import Facts
from storage.push_records import BroadcastRecord
from storage.push_transfer import COPIED_PUSHES, CopiedPush, CopiedRun, PushSource
from storage.records import AuditRow, Draft, OutboxRow
from storage.sqlite import enrolments, outbox, staff, work
from storage.sqlite.addresses import LAST_CHANGE
from storage.sqlite.contacts import change_handles
from storage.sqlite.database import Database
from storage.sqlite.files import ServerLease
from storage.sqlite.journal import restore_turn
from storage.sqlite.ledger_rows import APPEND, next_row, rows_after
from storage.sqlite.push_transfer import restore_push, restore_run
from storage.sqlite.runs import SAVE_BROADCAST
from storage.sqlite.writer import Transaction
from storage.transfer import (
    Copying,
    ErasedHandle,
    Evidence,
    FailedImportRow,
    Ignored,
    JournalEnd,
    JournalRecord,
    Kind,
    LastSeen,
    LedgerRecord,
    Page,
    Record,
    RevisionRecord,
    SeenEvent,
    SubjectTimes,
    Timer,
    ended_import,
)
from storage.work import Work, read_work

_BOTS = """
    SELECT bot FROM contacts UNION SELECT bot FROM drafts UNION SELECT bot FROM revisions
    UNION SELECT bot FROM seen_events UNION SELECT bot FROM evidence UNION SELECT bot FROM audit
    UNION SELECT bot FROM segments UNION SELECT bot FROM imports UNION SELECT bot FROM ledger_losses ORDER BY bot
"""

_decode_segment = RecordDecoder[SegmentRecord](SegmentRecord)
_decode_import = RecordDecoder[ImportJob](ImportJob)

# The `+` has SQLite go by number; by bot, it would sort all rows of the bot for each page.
_EXPORT: Mapping[Kind, str] = {
    Kind.CONTACTS: "SELECT number, version, record FROM contacts WHERE +bot = ? AND number > ? ORDER BY number LIMIT ?",
    Kind.LAST_SEEN: """
        SELECT number, id, seen_at, barred FROM contacts WHERE +bot = ? AND number > ? ORDER BY number LIMIT ?
    """,
    Kind.CONVERSATIONS: """
        SELECT number, version, record FROM conversations WHERE +bot = ? AND number > ? ORDER BY number LIMIT ?
    """,
    Kind.EVENTS: """
        SELECT number, channel, event_id, at, answer, fingerprint FROM seen_events
        WHERE +bot = ? AND number > ? ORDER BY number LIMIT ?
    """,
    Kind.EVIDENCE: "SELECT digest, text FROM evidence WHERE bot = ? AND digest > ? ORDER BY digest LIMIT ?",
    Kind.JOURNAL_ENDS: """
        SELECT number, key, turns, pruned, pruned_at FROM conversations
        WHERE +bot = ? AND number > ? ORDER BY number LIMIT ?
    """,
    Kind.JOURNAL: """
        SELECT journal.number, conversations.key, journal.turn, journal.at, journal.record,
               coalesce(journal.ordinal, 0), journal.link IS NOT NULL, coalesce(lower(hex(journal.digest)), '')
        FROM journal JOIN conversations ON conversations.number = journal.conversation
        WHERE +conversations.bot = ? AND journal.number > ? ORDER BY journal.number LIMIT ?
    """,
    Kind.REPLIES: outbox.SELECT + "WHERE +conversations.bot = ? AND sequence > ? ORDER BY sequence LIMIT ?",
    Kind.TIMERS: """
        SELECT timers.timer, conversations.key, conversations.version, conversations.record, timers.due
        FROM timers JOIN conversations ON conversations.number = timers.conversation
        WHERE timers.bot = ? AND timers.timer > ? ORDER BY timers.timer LIMIT ?
    """,
    Kind.IGNORED: """
        SELECT ignored_messages.number, conversations.key, conversations.version, conversations.record,
               ignored_messages.at, ignored_messages.text
        FROM ignored_messages JOIN conversations ON conversations.number = ignored_messages.conversation
        WHERE ignored_messages.bot = ? AND ignored_messages.number > ? ORDER BY ignored_messages.number LIMIT ?
    """,
    Kind.LEDGER: """
        SELECT ledger.sequence, contacts.id, subject, before, after, at, source, actor,
               revision, message, button, purpose, channel, turn, personal, personal_digest
        FROM ledger JOIN contacts ON contacts.number = ledger.contact
        WHERE ledger.bot = ? AND ledger.sequence > ? ORDER BY ledger.sequence LIMIT ?
    """,
    Kind.ACT_TIMES: """
        SELECT printf('%020d %s', contacts.number, subject), contacts.id, subject, lowered, raised
        FROM memberships JOIN contacts ON contacts.number = memberships.contact
        WHERE memberships.bot = ?1 AND (lowered IS NOT NULL OR raised IS NOT NULL)
            AND (memberships.contact, subject) > (cast(substr(?2, 1, 20) AS INTEGER), substr(?2, 22))
        ORDER BY memberships.contact, subject LIMIT ?3
    """,
    Kind.AUDIT: """
        SELECT sequence, bot, at, actor, action, target, detail, address FROM audit
        WHERE bot = ? AND sequence > ? ORDER BY sequence LIMIT ?
    """,
    Kind.DRAFTS: """
        SELECT version, bot, source, digest, author, saved_at FROM drafts WHERE bot = ? AND version > ? LIMIT ?
    """,
    Kind.REVISIONS: """
        SELECT iif(number > 0, number, 1000000000 - number) AS place,
            bot, digest, author, pushed_at, note, rolled_back_to, source, number
        FROM revisions WHERE bot = ? AND place > ? ORDER BY place LIMIT ?
    """,
    Kind.SEGMENTS: "SELECT id, record FROM segments WHERE bot = ? AND id > ? ORDER BY id LIMIT ?",
    Kind.ENROLMENTS: """
        SELECT sequence || ' ' || contact, record FROM enrolments
        WHERE bot = ?1 AND (sequence, contact) > (substr(?2, 1, instr(?2, ' ') - 1), substr(?2, instr(?2, ' ') + 1))
        ORDER BY sequence, contact LIMIT ?3
    """,
    Kind.WORK: "SELECT number, attempts, record FROM work WHERE +bot = ? AND number > ? ORDER BY number LIMIT ?",
    Kind.ERASED: """
        SELECT digest, (SELECT value FROM salt WHERE id = 1), lowered FROM erased_handles
        WHERE bot = ? AND digest > ? ORDER BY digest LIMIT ?
    """,
    Kind.IMPORTS: """
        SELECT number, record FROM imports WHERE +bot = ? AND number > ? AND state <> 'storing' ORDER BY number LIMIT ?
    """,
    Kind.FAILED_ROWS: """
        SELECT printf('%020d %020d', imports.number, line), imports.id, line, value, reason, detail
        FROM import_rows CROSS JOIN imports ON imports.number = import_rows.job
        WHERE imports.bot = ?1 AND NOT waits
            AND (import_rows.job, line) > (cast(substr(?2, 1, 20) AS INTEGER), cast(substr(?2, 22) AS INTEGER))
        ORDER BY import_rows.job, line LIMIT ?3
    """,
}
_BY_TEXT = frozenset(
    {
        Kind.EVIDENCE, Kind.TIMERS, Kind.SEGMENTS, Kind.ENROLMENTS, Kind.ERASED, Kind.FAILED_ROWS, Kind.ACT_TIMES,
    }
)  # fmt: skip
"""Kinds whose rows are ordered by a text."""

_READ: Mapping[Kind, Callable[[Any], Record]] = {
    Kind.CONTACTS: lambda row: read_contact(row[2], row[1]),
    Kind.LAST_SEEN: lambda row: LastSeen(row[1], row[2], bool(row[3])),
    Kind.CONVERSATIONS: lambda row: read_state(row[2], row[1]),
    Kind.EVENTS: lambda row: SeenEvent(*row[1:]),
    Kind.EVIDENCE: lambda row: Evidence(*row),
    Kind.JOURNAL_ENDS: lambda row: JournalEnd(*row[1:]),
    Kind.JOURNAL: lambda row: JournalRecord(row[1], row[2], row[3], row[4], row[5], bool(row[6]), row[7]),
    Kind.REPLIES: outbox.read_without_sequence,
    Kind.TIMERS: lambda row: Timer(row[0], row[1], read_state(row[3], row[2]).reference, from_ms(row[4])),
    Kind.IGNORED: lambda row: Ignored(row[1], read_state(row[3], row[2]).reference, from_ms(row[4]), row[5]),
    Kind.LEDGER: lambda row: LedgerRecord(
        Facts(*row[1:14]), None if row[14] is None else row[14].encode(), row[15].hex()
    ),
    Kind.ACT_TIMES: lambda row: SubjectTimes(*row[1:]),
    Kind.AUDIT: staff.read_row,
    Kind.DRAFTS: lambda row: Draft(row[1], row[2], row[3], row[4], from_ms(row[5]), row[0]),
    Kind.REVISIONS: lambda row: RevisionRecord(
        RevisionInfo(row[1], row[8], row[2], row[3], from_ms(row[4]), row[5], row[6]), row[7]
    ),
    Kind.SEGMENTS: lambda row: _decode_segment(row[1]),
    Kind.ENROLMENTS: lambda row: msgspec.structs.replace(read_enrolment(row[1]), version=0),
    Kind.WORK: lambda row: msgspec.structs.replace(read_work(row[2]), attempts=row[1]),
    Kind.ERASED: lambda row: ErasedHandle(row[1], row[0], row[2]),
    Kind.IMPORTS: lambda row: ended_import(_decode_import(row[1])),
    Kind.FAILED_ROWS: lambda row: FailedImportRow(*row[1:]),
}

_CONTACT = "(SELECT number FROM contacts WHERE bot = ? AND id = ?)"
_CONVERSATION = "(SELECT number FROM conversations WHERE bot = ? AND key = ?)"
_ADD_CONTACT = (
    "INSERT INTO contacts (bot, id, version, record, changed, gone, merged_into) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_SET_SEEN = "UPDATE contacts SET seen_at = ?, barred = ? WHERE bot = ? AND id = ?"
_ADD_SEGMENT = "INSERT INTO segments (bot, id, version, record) VALUES (?, ?, ?, ?)"
_SET_SALT = "UPDATE salt SET value = ?"
_ADD_ERASED = "INSERT INTO erased_handles (bot, digest, lowered) VALUES (?, ?, ?)"
_ADD_IMPORT = "INSERT INTO imports (bot, id, state, record) VALUES (?, ?, ?, ?)"
_ADD_FAILED_ROW = """
    INSERT INTO import_rows (job, line, value, waits, reason, detail)
    VALUES ((SELECT number FROM imports WHERE bot = ? AND id = ?), ?, ?, 0, ?, ?)
"""
_ADD_IDENTITY = f"INSERT INTO identities (bot, channel, user, contact) VALUES (?, ?, ?, {_CONTACT})"  # noqa: S608
_ADD_CONVERSATION = f"INSERT INTO conversations (bot, key, contact, version, record) VALUES (?, ?, {_CONTACT}, ?, ?)"  # noqa: S608
_ADD_EVENT = "INSERT INTO seen_events (bot, channel, event_id, at, answer, fingerprint) VALUES (?, ?, ?, ?, ?, ?)"
_ADD_EVIDENCE = "INSERT INTO evidence (bot, digest, text) VALUES (?, ?, ?)"
_SET_END = "UPDATE conversations SET turns = ?, pruned = ?, pruned_at = ? WHERE bot = ? AND key = ?"
_ADD_REPLY = f"""
    INSERT INTO outbox (
        conversation, contact, queued_at, status, attempts, sent, next_attempt_at, reason, ambiguous,
        channel_message_ids, delivered_at, reference, message
    ) VALUES ({_CONVERSATION}, {_CONTACT}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608
_ADD_TIMER = f"INSERT INTO timers (bot, timer, conversation, due) VALUES (?, ?, {_CONVERSATION}, ?)"  # noqa: S608
_ADD_IGNORED = f"INSERT INTO ignored_messages (bot, conversation, at, text) VALUES (?, {_CONVERSATION}, ?, ?)"  # noqa: S608
_ADD_DRAFT = "INSERT INTO drafts (bot, version, digest, author, saved_at, source) VALUES (?, ?, ?, ?, ?, ?)"
_ADD_REVISION = """
    INSERT INTO revisions (bot, number, digest, author, pushed_at, note, rolled_back_to, source)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_SET_TIMES = f"""
    INSERT INTO memberships (contact, subject, bot, state, sequence, lowered, raised)
    VALUES ({_CONTACT}, ?, ?, 'none', 0, ?, ?)
    ON CONFLICT (contact, subject) DO UPDATE SET
        lowered = coalesce(excluded.lowered, lowered), raised = coalesce(excluded.raised, raised)
"""  # noqa: S608
_FIND_CONTACT = "SELECT number FROM contacts WHERE bot = ? AND id = ?"


def _batched(connection: sqlite3.Connection, bot: str, after: int) -> Iterator[tuple[Any, ...]]:
    """Yield rows of batches as single ones are read."""
    for sequence, facts, personal in rows_after(connection, bot, after):
        digest = sha256(personal or b"").digest()
        yield (sequence, *facts, None if personal is None else personal.decode(), digest)


def _write_contact(transaction: Transaction, bot: str, contact: Contact) -> None:
    cursor = transaction.cursor
    changed = transaction.next_number(LAST_CHANGE)
    gone = is_blank(contact) or bool(contact.merged_into)
    row = (bot, contact.id, contact.version, encode(contact), changed, gone, contact.merged_into)
    cursor.execute(_ADD_CONTACT, row)
    number = cursor.lastrowid
    assert number is not None  # noqa: S101  # a row was just written
    for identity in contact.identities:
        cursor.execute(_ADD_IDENTITY, (bot, identity.channel, identity.user, bot, contact.id))
    change_handles(cursor, bot, number, other_handles(contact))


def _write(cursor: sqlite3.Cursor, bot: str, record: Record) -> None:  # noqa: C901, PLR0912, PLR0915  # one case a kind
    match record:
        case LastSeen(contact, at, barred):
            cursor.execute(_SET_SEEN, (at, barred, bot, contact))
        case ConversationState():
            owner = (bot, record.contact)
            cursor.execute(_ADD_CONVERSATION, (bot, record.key, *owner, record.version, encode(record)))
        case SeenEvent(channel, event_id, at, answer, said):
            cursor.execute(_ADD_EVENT, (bot, channel, event_id, at, answer, said))
        case Evidence(digest, text):
            cursor.execute(_ADD_EVIDENCE, (bot, digest, text))
        case JournalEnd(conversation, turns, pruned, pruned_at):
            cursor.execute(_SET_END, (turns, pruned, pruned_at, bot, conversation))
        case JournalRecord():
            restore_turn(cursor, bot, record)
        case OutboxRow():
            cursor.execute(_ADD_REPLY, (bot, record.conversation, bot, record.contact, *outbox.values_of(record)))
        case Timer(timer, conversation, _, due):
            cursor.execute(_ADD_TIMER, (bot, timer, bot, conversation, to_ms(due)))
        case Ignored(conversation, _, at, text):
            cursor.execute(_ADD_IGNORED, (bot, bot, conversation, to_ms(at), text))
        case AuditRow():
            cursor.execute(staff.ADD, staff.values_of(record))
        case Draft(_, source, digest, author, saved_at, version):
            cursor.execute(_ADD_DRAFT, (bot, version, digest, author, to_ms(saved_at), source))
        case RevisionRecord(info, source):
            pushed = to_ms(info.pushed_at)
            row = (bot, info.number, info.digest, info.author, pushed, info.note, info.rolled_back_to, source)
            cursor.execute(_ADD_REVISION, row)
        case SegmentRecord():
            cursor.execute(_ADD_SEGMENT, (bot, record.id, record.version, encode(record)))
        case Enrolment():
            cursor.execute(enrolments.SAVE, enrolments.values_of(msgspec.structs.replace(record, version=1)))
        case Work():
            cursor.execute(work.ADD, work.values_of(record))
        case BroadcastRecord():
            cursor.execute(SAVE_BROADCAST, (bot, record.id, record.version, record.archived, encode(record)))
        case CopiedRun():
            restore_run(cursor, bot, record)
        case CopiedPush(row):
            restore_push(cursor, bot, row)
        case ErasedHandle(salt, digest, lowered):
            cursor.execute(_SET_SALT, (salt,))
            cursor.execute(_ADD_ERASED, (bot, digest, lowered))
        case SubjectTimes(contact, subject, lowered, raised):
            cursor.execute(_SET_TIMES, (bot, contact, subject, bot, lowered, raised))
        case ImportJob():
            cursor.execute(_ADD_IMPORT, (bot, record.id, record.state, encode(record)))
        case FailedImportRow(job, line, value, reason, detail):
            cursor.execute(_ADD_FAILED_ROW, (bot, job, line, value, reason, detail))
        case _:
            raise StoreError(f"a {type(record).__name__} is not a record of its own")


def _write_rows(transaction: Transaction, bot: str, records: Sequence[Record]) -> None:
    """Write ledger rows, which are tied to one another."""
    made = []
    for record in records:
        assert isinstance(record, LedgerRecord)  # noqa: S101  # the kind says so
        (contact,) = transaction.cursor.execute(_FIND_CONTACT, (bot, record.facts.contact)).fetchone()
        digest = bytes.fromhex(record.personal_digest)
        made.append(next_row(transaction, bot, contact, record.facts, record.personal, digest))
    APPEND.write(transaction.cursor, made)


class SqliteTransfer:
    """`storage.transfer.Transfer`."""

    _database: Database
    _lease: ServerLease

    async def refuse_if_served(self) -> None:
        if self._database.is_read_only:
            self._lease.keep_others_out()
        else:
            self._lease.acquire()

    async def all_bots(self) -> Sequence[str]:
        return await self._database.report(lambda connection: [bot for (bot,) in connection.execute(_BOTS)])

    async def export(self, bot: str, kind: Kind, after: str, limit: int) -> Page:
        if kind.value in COPIED_PUSHES:
            return Page(*await COPIED_PUSHES[kind.value](cast("PushSource", self), bot, after, limit))
        start: str | int = after if kind in _BY_TEXT else int(after or 0)

        def query(connection: sqlite3.Connection) -> Page:
            rows = connection.execute(_EXPORT[kind], (bot, start, limit)).fetchall()
            if kind is Kind.LEDGER:
                rows = list(islice(merge(rows, _batched(connection, bot, int(start)), key=itemgetter(0)), limit))
            records = [_READ[kind](row) for row in rows]
            return Page(records, str(rows[-1][0]) if len(rows) == limit else "")

        return await self._database.report(query)

    async def restore(self, bot: str, kind: Kind, first: int, records: Sequence[Record], place: str) -> None:
        """Write records and place in one transaction, so that none is ever written twice."""
        del first

        def operation(transaction: Transaction) -> None:
            if kind is Kind.LEDGER:
                _write_rows(transaction, bot, records)
            for record in () if kind is Kind.LEDGER else records:
                if isinstance(record, Contact):
                    _write_contact(transaction, bot, record)
                else:
                    _write(transaction.cursor, bot, record)
            transaction.cursor.execute("UPDATE copying SET place = ?", (place,))

        await self._database.write(operation)

    async def copying(self) -> Copying | None:
        row = self._database.read(lambda connection: connection.execute("SELECT source, place FROM copying").fetchone())
        return None if row is None else Copying(*row)

    async def begin_copy(self, source: str) -> None:
        await self._database.execute("INSERT INTO copying (id, source, place) VALUES (1, ?, '')", source)

    async def end_copy(self) -> None:
        await self._database.execute("DELETE FROM copying")

"""Replies on their way, and how each of them ended."""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

import msgspec

from messages.codec import RecordDecoder, encode, from_ms, from_ms_or_none, to_ms
from messages.effects import OutgoingMessage
from messages.errors import OwnershipLost
from messages.inbound import ConversationReference
from storage.codec import UnreadableRecords
from storage.records import DeliveryStatus, OutboxRow
from storage.sqlite.database import Database
from storage.sqlite.writer import Bulk, Outcome, Row, Transaction

_decode_reference = RecordDecoder[ConversationReference](ConversationReference)
_decode_message = RecordDecoder[OutgoingMessage](OutgoingMessage)
_encode_ids = msgspec.json.Encoder().encode
_decode_ids = msgspec.json.Decoder(tuple[str, ...]).decode

SELECT = """
    SELECT outbox.sequence, conversations.bot, conversations.key, contacts.id, outbox.queued_at, outbox.status,
           outbox.attempts, outbox.sent, outbox.next_attempt_at, outbox.reason, outbox.ambiguous,
           outbox.channel_message_ids, outbox.delivered_at, outbox.reference, outbox.message
    FROM outbox
    JOIN conversations ON conversations.number = outbox.conversation
    JOIN contacts ON contacts.number = outbox.contact
"""
_PENDING = SELECT + "WHERE outbox.status = 'pending' AND outbox.sequence > ? ORDER BY outbox.sequence"

_DEPTH = "SELECT count(*), min(queued_at) FROM outbox WHERE status = 'pending'"

_RECORD = Bulk(
    """
    UPDATE outbox
    SET status = now.column2, attempts = now.column3, sent = now.column4, next_attempt_at = now.column5,
        reason = now.column6, ambiguous = now.column7, channel_message_ids = now.column8, delivered_at = now.column9,
        reference = now.column10
    FROM (VALUES
    """,
    "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ") AS now WHERE sequence = now.column1",
    one="""
    UPDATE outbox
    SET status = ?2, attempts = ?3, sent = ?4, next_attempt_at = ?5, reason = ?6, ambiguous = ?7,
        channel_message_ids = ?8, delivered_at = ?9, reference = ?10
    WHERE sequence = ?1
    """,
)
_IS_THERE = "SELECT 1 FROM outbox WHERE sequence = ?"


def read_rows(rows: sqlite3.Cursor) -> Iterator[OutboxRow]:
    """Yield the rows of a query that begins with `SELECT`."""
    for row in rows:
        yield _read_row(row)


def _read_row(row: tuple[Any, ...]) -> OutboxRow:
    sequence, bot, conversation, contact, queued_at, status, attempts, sent, next_attempt_at, *rest = row
    reason, ambiguous, channel_message_ids, delivered_at, reference, message = rest
    return OutboxRow(
        sequence=sequence,
        bot=bot,
        conversation=conversation,
        contact=contact,
        reference=_decode_reference(reference),
        message=_decode_message(message),
        queued_at=from_ms(queued_at),
        status=DeliveryStatus(status),
        attempts=attempts,
        sent=sent,
        next_attempt_at=from_ms_or_none(next_attempt_at),
        reason=reason,
        ambiguous=bool(ambiguous),
        channel_message_ids=_decode_ids(channel_message_ids),
        delivered_at=from_ms_or_none(delivered_at),
    )


def _record_all(transaction: Transaction, rows: Sequence[Row]) -> Sequence[Outcome[None]]:
    latest = {row[0]: row for row in rows}
    _RECORD.write(transaction.cursor, list(latest.values()))
    return [(None, None)] * len(rows)


def read_without_sequence(row: tuple[Any, ...]) -> OutboxRow:
    """Return a row of a query that begins with `SELECT`, as another store may take it."""
    return _read_row((0, *row[1:]))


def values_of(row: OutboxRow) -> Row:
    """Return the columns from `queued_at` on, in the order of the table."""
    return (
        to_ms(row.queued_at),
        row.status.value,
        row.attempts,
        row.sent,
        None if row.next_attempt_at is None else to_ms(row.next_attempt_at),
        row.reason,
        row.ambiguous,
        _encode_ids(row.channel_message_ids).decode(),
        None if row.delivered_at is None else to_ms(row.delivered_at),
        encode(row.reference),
        encode(row.message),
    )


class SqliteOutbox:
    """`storage.port.Outbox`."""

    _database: Database
    unreadable: UnreadableRecords

    async def pending(self, *, after: int = 0, limit: int = 1000) -> Sequence[OutboxRow]:
        def query(connection: sqlite3.Connection) -> Sequence[OutboxRow]:
            rows = (
                self.unreadable.read("reply", row[1], str(row[0]), partial(_read_row, row))
                for row in connection.execute(_PENDING, (after,))
            )
            return list(islice(filter(None, rows), limit))

        await self._database.settle()
        return await self._database.report(query)

    async def mine(self, *, after: int = 0, limit: int = 1000) -> Sequence[OutboxRow]:
        """All that is pending: a file has one server."""
        return await self.pending(after=after, limit=limit)

    @property
    def poll_interval(self) -> float:
        return 1.0

    async def take_over(self) -> bool:
        return False

    async def may_send(self, row: OutboxRow) -> None:
        """Return, unless the row is gone: its person was erased, which another process may have done."""
        if self._database.row(_IS_THERE, row.sequence) is None:
            raise OwnershipLost(row.conversation)

    async def record_delivery(self, row: OutboxRow) -> Sequence[OutboxRow]:
        values: Row = (
            row.sequence,
            row.status.value,
            row.attempts,
            row.sent,
            None if row.next_attempt_at is None else to_ms(row.next_attempt_at),
            row.reason,
            row.ambiguous,
            _encode_ids(row.channel_message_ids).decode(),
            None if row.delivered_at is None else to_ms(row.delivered_at),
            encode(row.reference),
        )
        self._database.write_unawaited(_record_all, values)
        return ()

    async def outbox_depth(self) -> tuple[int, datetime | None]:
        await self._database.settle()
        depth, oldest = self._database.row(_DEPTH)
        return depth, from_ms_or_none(oldest)

"""The ledger: rows only ever added, each carrying a hash over itself and the row before it."""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from messages.consent import ConsentChange, LedgerRow, Membership, SourceKind
from messages.errors import BadInput
from storage.records import LedgerReport
from storage.sqlite import ledger_rows
from storage.sqlite.database import Database
from storage.sqlite.ledger_rows import Personal
from storage.sqlite.operation import Transaction
from storage.sqlite.times import from_ms
from storage.sqlite.verify import verify

_decode_personal = msgspec.json.Decoder(Personal).decode

_ROWS = """
    SELECT ledger.sequence, contacts.id, subject, before, after, at, source, actor,
           revision, message, button, purpose, channel, turn, personal
    FROM ledger JOIN contacts ON contacts.number = ledger.contact
    WHERE ledger.bot = :bot AND ledger.sequence > :after
        {and_contact}
        AND (:subject = '' OR subject = :subject)
    ORDER BY ledger.sequence LIMIT :limit
"""
_ALL_ROWS = _ROWS.format(and_contact="")
_ROWS_OF_CONTACT = _ROWS.format(
    and_contact="AND ledger.contact = (SELECT number FROM contacts WHERE bot = :bot AND id = :contact)"
)


_CONTACT = "SELECT number FROM contacts WHERE bot = ? AND id = ?"
_MEMBERSHIPS = "SELECT subject, state FROM memberships WHERE contact = ?"
_TOUCH_CONTACT = "UPDATE contacts SET version = version + 1 WHERE number = ?"


class _Row(NamedTuple):
    sequence: int
    contact: str
    subject: str
    before: str
    after: str
    at: int
    source: str
    actor: str
    revision: int
    message: str
    button: str
    purpose: str
    channel: str
    turn: str
    personal: str | None


def _change_by_staff(transaction: Transaction, bot: str, change: ConsentChange) -> LedgerRow:
    cursor = transaction.cursor
    found = cursor.execute(_CONTACT, (bot, change.contact)).fetchone()
    if found is None:
        raise BadInput(f"no contact {change.contact} of bot {bot}", remedy="List the contacts to find the right id")
    memberships = {subject: Membership(state) for subject, state in cursor.execute(_MEMBERSHIPS, found)}
    ledger_rows.check(memberships, (change,))
    rows = ledger_rows.rows(transaction, bot, found[0], (change,))
    ledger_rows.APPEND.write(cursor, rows)
    cursor.execute(_TOUCH_CONTACT, found)
    return LedgerRow(transaction.heads[bot].sequence, bot, change)


def _read_row(bot: str, row: _Row) -> LedgerRow:
    personal = Personal() if row.personal is None else _decode_personal(row.personal)
    change = ConsentChange(
        contact=row.contact,
        subject=row.subject,
        before=Membership(row.before),
        after=Membership(row.after),
        at=from_ms(row.at),
        source=SourceKind(row.source),
        actor=row.actor,
        detail=personal.detail,
        revision=row.revision,
        message=row.message,
        button=row.button,
        label=personal.label,
        text=personal.text,
        purpose=row.purpose,
        channel=row.channel,
        conversation=personal.conversation,
        event_id=personal.event_id,
        turn=row.turn,
    )
    return LedgerRow(row.sequence, bot, change)


class SqliteLedger:
    """`storage.port.Ledger`."""

    _database: Database

    async def ledger(
        self, bot: str, *, contact: str = "", subject: str = "", after: int = 0, limit: int = 100
    ) -> Sequence[LedgerRow]:
        parameters = {"bot": bot, "contact": contact, "subject": subject, "after": after, "limit": limit}

        def query(connection: sqlite3.Connection) -> Sequence[LedgerRow]:
            rows = connection.execute(_ROWS_OF_CONTACT if contact else _ALL_ROWS, parameters)
            return [_read_row(bot, _Row(*row)) for row in rows]

        return await self._database.report(query)

    async def change_consent(self, bot: str, change: ConsentChange) -> LedgerRow:
        return await self._database.write(lambda transaction: _change_by_staff(transaction, bot, change))

    async def verify_ledger(self, bot: str) -> LedgerReport:
        return await self._database.report(lambda connection: verify(connection, bot))

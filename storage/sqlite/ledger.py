"""The ledger: rows only ever added, each carrying a hash over itself and the row before it."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from messages.consent import ConsentChange, LedgerRow, Membership
from messages.errors import BadInput
from storage.ledger_facts import Facts, change_of
from storage.records import LedgerReport
from storage.sqlite import ledger_rows
from storage.sqlite.database import Database
from storage.sqlite.operation import Transaction
from storage.sqlite.verify import verify

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


def _read_row(bot: str, row: tuple[Any, ...]) -> LedgerRow:
    sequence, *facts, personal = row
    return LedgerRow(sequence, bot, change_of(Facts(*facts), personal))


class SqliteLedger:
    """`storage.port.Ledger`."""

    _database: Database

    async def ledger(
        self, bot: str, *, contact: str = "", subject: str = "", after: int = 0, limit: int = 100
    ) -> Sequence[LedgerRow]:
        parameters = {"bot": bot, "contact": contact, "subject": subject, "after": after, "limit": limit}

        def query(connection: sqlite3.Connection) -> Sequence[LedgerRow]:
            rows = connection.execute(_ROWS_OF_CONTACT if contact else _ALL_ROWS, parameters)
            return [_read_row(bot, row) for row in rows]

        return await self._database.report(query)

    async def change_consent(self, bot: str, change: ConsentChange) -> LedgerRow:
        return await self._database.write(lambda transaction: _change_by_staff(transaction, bot, change))

    async def verify_ledger(self, bot: str) -> LedgerReport:
        return await self._database.report(lambda connection: verify(connection, bot))

"""The ledger: rows only ever added, each carrying a hash over itself and the row before it."""

import sqlite3
from collections.abc import Sequence
from heapq import merge
from itertools import islice
from typing import Any

from messages.consent import ConsentChange, LedgerRow, Membership
from messages.errors import BadInput
from storage.change_feed import as_soon_as_found
from storage.continuity import any_raises
from storage.ledger_facts import Facts, change_of
from storage.ledger_page import LedgerPage, LedgerPosition
from storage.records import LedgerReport
from storage.sqlite.database import Database
from storage.sqlite.ledger_batches import rows_after
from storage.sqlite.ledger_rows import APPEND, check_before, next_rows, refuse_raising
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

_FACTS_AFTER = """
    SELECT ledger.sequence, contacts.id, subject, before, after, at, source, actor,
           revision, message, button, purpose, channel, turn, NULL
    FROM ledger JOIN contacts ON contacts.number = ledger.contact
    WHERE ledger.bot = ? AND ledger.sequence > ? ORDER BY ledger.sequence LIMIT ?
"""

_FEW = 32
"""Rows that are read where they are asked for: what comes while somebody follows need not wait for long reports."""

_CONTACT = "SELECT number FROM contacts WHERE bot = ? AND id = ?"
_MEMBERSHIPS = "SELECT subject, state FROM memberships WHERE contact = ?"
_TOUCH_CONTACT = "UPDATE contacts SET version = version + 1 WHERE number = ?"


def _change_by_staff(transaction: Transaction, bot: str, change: ConsentChange) -> LedgerRow:
    cursor = transaction.cursor
    found = cursor.execute(_CONTACT, (bot, change.contact)).fetchone()
    if found is None:
        raise BadInput(f"no contact {change.contact} of bot {bot}", remedy="List the contacts to find the right id")
    memberships = {subject: Membership(state) for subject, state in cursor.execute(_MEMBERSHIPS, found)}
    check_before(memberships, (change,))
    if any_raises([change]):
        refuse_raising(transaction, bot)
    rows = next_rows(transaction, bot, found[0], (change,))
    APPEND.write(cursor, rows)
    cursor.execute(_TOUCH_CONTACT, found)
    return LedgerRow(transaction.heads[bot].sequence, bot, change)


def _read_row(bot: str, row: tuple[Any, ...]) -> LedgerRow:
    sequence, *facts, personal = row
    return LedgerRow(sequence, bot, change_of(Facts(*facts), personal), erased=personal is None)


class SqliteLedger:
    """`storage.port.Ledger`."""

    _database: Database

    async def ledger(
        self, bot: str, *, contact: str = "", subject: str = "", after: int = 0, limit: int = 100
    ) -> Sequence[LedgerRow]:
        parameters = {"bot": bot, "contact": contact, "subject": subject, "after": after, "limit": limit}

        def rows(connection: sqlite3.Connection) -> Sequence[LedgerRow]:
            number = None
            if contact:
                (number,) = connection.execute(_CONTACT, (bot, contact)).fetchone() or (0,)
            singles = (
                _read_row(bot, row)
                for row in connection.execute(_ROWS_OF_CONTACT if contact else _ALL_ROWS, parameters)
            )
            batched = (
                LedgerRow(sequence, bot, change_of(facts, personal), erased=personal is None)
                for sequence, facts, personal in rows_after(connection, bot, after, number)
                if subject in ("", facts.subject) and contact in ("", facts.contact)
            )
            return list(islice(merge(singles, batched, key=lambda row: row.sequence), limit))

        return await self._database.report(rows)

    async def follow_ledger(
        self, bot: str, position: LedgerPosition, *, limit: int = 10_000, wait: float = 0.0
    ) -> LedgerPage:
        (after,) = position or (0,)

        def facts(connection: sqlite3.Connection, most: int) -> Sequence[LedgerRow]:
            singles = (
                LedgerRow(sequence, bot, change_of(Facts(*facts), None))
                for sequence, *facts, _ in connection.execute(_FACTS_AFTER, (bot, after, most))
            )
            batched = (
                LedgerRow(sequence, bot, change_of(facts, None))
                for sequence, facts, _ in rows_after(connection, bot, after)
            )
            return list(islice(merge(singles, batched, key=lambda row: row.sequence), most))

        few = min(limit, _FEW)

        async def look() -> Sequence[LedgerRow]:
            return self._database.read(lambda connection: facts(connection, few))

        rows = await as_soon_as_found(self._database.feed, bot, look, wait)
        if few == len(rows) < limit:
            rows = await self._database.report(lambda connection: facts(connection, limit))
        return LedgerPage(rows, (rows[-1].sequence if rows else after,), more=len(rows) == limit)

    async def change_consent(self, bot: str, change: ConsentChange) -> LedgerRow:
        return await self._database.write(lambda transaction: _change_by_staff(transaction, bot, change))

    async def verify_ledger(self, bot: str) -> LedgerReport:
        return await self._database.report(lambda connection: verify(connection, bot))

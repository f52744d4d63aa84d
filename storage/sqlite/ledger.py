"""The ledger, read: by whoever looks, by whoever follows, and from its first row on to be verified."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from functools import partial
from heapq import merge
from itertools import islice
from typing import Any

import orjson

from filters.person import MembershipRow
from messages.consent import ConsentChange, LedgerRow, Membership
from messages.errors import BadInput
from storage.continuity import any_raises
from storage.ledger import (
    Facts,
    FoldedMembership,
    LedgerFold,
    ProvenRows,
    change_of,
    report_of,
)
from storage.records import FoldDifference, LedgerReport
from storage.sqlite.continuity import read_losses
from storage.sqlite.database import Database
from storage.sqlite.ledger_rows import (
    APPEND,
    START,
    Batch,
    batch_hash,
    check_before,
    digest_of,
    ids_of,
    next_rows,
    read_batches,
    refuse_raising,
    row_hash,
    rows_after,
)
from storage.sqlite.writer import Transaction

_SINGLES = """
    SELECT sequence, contact, subject, before, after, at, source = 'merge' FROM ledger WHERE bot = ? AND sequence > ?
    ORDER BY sequence LIMIT ?
"""

_STATES = {state.value: state for state in Membership}


def membership_rows(connection: sqlite3.Connection, bot: str, after: int, limit: int) -> list[MembershipRow]:
    """Return the rows after a sequence, in order."""
    singles = (
        MembershipRow(sequence, person, subject, _STATES[before], _STATES[then], at, bool(merged))
        for sequence, person, subject, before, then, at, merged in connection.execute(_SINGLES, (bot, after, limit))
    )
    return list(islice(merge(singles, _batched(connection, bot, after)), limit))


def _batched(connection: sqlite3.Connection, bot: str, after: int) -> Iterator[MembershipRow]:
    for batch in read_batches(connection, bot, after):
        subject = batch.shared.subject
        before, then = _STATES[batch.shared.before], _STATES[batch.shared.after]
        people = orjson.loads(batch.contacts)
        start = max(after + 1 - batch.first, 0)
        for sequence, person in enumerate(people[start:], batch.first + start):
            yield MembershipRow(sequence, person, subject, before, then, batch.shared.at)


_PROVEN = """
    SELECT ledger.sequence, contacts.id, subject, before, after, at, source, actor,
           revision, message, button, purpose, channel, turn, personal, personal_digest, hash
    FROM ledger JOIN contacts ON contacts.number = ledger.contact
    WHERE ledger.bot = ? ORDER BY ledger.sequence
"""
_PROVING = """
    SELECT contacts.id, subject, state, sequence
    FROM memberships JOIN contacts ON contacts.number = memberships.contact
    WHERE memberships.bot = ? AND memberships.sequence > 0
"""


def _proven_row(bot: str, row: tuple[Any, ...]) -> ProvenRows:
    sequence, *facts, personal, personal_digest, stored = row
    contact, subject, before, after = facts[:4]

    def behind(previous: str) -> str:
        return row_hash(bytes.fromhex(previous), (bot, sequence, *facts), personal_digest).hex()

    keeps = personal is None or hashlib.sha256(personal.encode()).digest() == personal_digest
    rows = [(contact, subject, Membership(before), Membership(after))]
    return ProvenRows(sequence, rows, stored.hex(), behind, keeps)


def _proven_batch(connection: sqlite3.Connection, bot: str, batch: Batch) -> ProvenRows:
    ids, shared = ids_of(connection, batch), batch.shared
    # Where somebody was erased, it can't be told any more whether the lines are those of their digest.
    fits = "null" in (batch.lines or "") or digest_of(batch.lines) == batch.lines_digest

    def behind(previous: str) -> str:
        digest = batch_hash(
            bytes.fromhex(previous), bot, batch.first, shared, ids, batch.lines_digest, batch.acted_at
        ).hex()
        return digest if fits and batch.last == batch.first + len(ids) - 1 else ""

    before, after = Membership(shared.before), Membership(shared.after)
    rows = [(contact, shared.subject, before, after) for contact in ids]
    return ProvenRows(batch.first, rows, batch.hash.hex(), behind, keeps_personal=True)


def _proven_rows(connection: sqlite3.Connection, bot: str) -> Iterator[ProvenRows]:
    singles = map(partial(_proven_row, bot), connection.execute(_PROVEN, (bot,)))
    batches = map(partial(_proven_batch, connection, bot), read_batches(connection, bot, 0))
    return merge(singles, batches, key=lambda proven: proven.first)


def verify(connection: sqlite3.Connection, bot: str) -> LedgerReport:
    """Fold the bot's ledger and return what differs: memberships, gaps, rows that do not follow, altered rows."""
    losses = read_losses(connection, bot)
    fold = LedgerFold(bot, START.hex(), losses)
    differences: list[FoldDifference] = []
    for proven in _proven_rows(connection, bot):
        differences += fold.add(proven)
    stored = {
        (contact, subject): FoldedMembership(Membership(state), sequence)
        for contact, subject, state, sequence in connection.execute(_PROVING, (bot,))
    }
    differences += fold.compare(stored)
    return report_of([fold], len(stored), differences, losses)


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

    async def change_consent(self, bot: str, change: ConsentChange) -> LedgerRow:
        return await self._database.write(lambda transaction: _change_by_staff(transaction, bot, change))

    async def verify_ledger(self, bot: str) -> LedgerReport:
        return await self._database.report(lambda connection: verify(connection, bot))

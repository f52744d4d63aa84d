"""The ledger: rows only ever added, each carrying a hash over itself and the row before it."""

import hashlib
import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from messages.consent import ConsentChange, LedgerRow, Membership, SourceKind
from messages.errors import BadInput, StaleVersion
from storage.records import LedgerReport
from storage.sqlite.chain import START, row_hash
from storage.sqlite.database import Database
from storage.sqlite.times import from_ms, to_ms
from storage.sqlite.verify import verify
from storage.sqlite.writer import Head, Transaction


class Personal(msgspec.Struct, frozen=True, omit_defaults=True):
    """What of a ledger row is taken away when the person is erased. The row keeps its digest, so the chain holds."""

    detail: str = ""
    label: str = ""
    text: str = ""
    conversation: str = ""
    event_id: str = ""


_encode = msgspec.json.Encoder().encode
_decode_personal = msgspec.json.Decoder(Personal).decode

_HEAD = "SELECT sequence, hash FROM ledger WHERE bot = ? ORDER BY sequence DESC LIMIT 1"

_MEMBERSHIPS = "SELECT subject, state FROM memberships WHERE contact = ?"

_APPEND = """
    INSERT INTO ledger (
        bot, sequence, contact, subject, before, after, at, source, actor,
        revision, message, button, purpose, channel, turn, personal, personal_digest, hash
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

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


def append(transaction: Transaction, bot: str, contact: int, changes: Sequence[ConsentChange]) -> tuple[int, ...]:
    """Write the changes of one contact and return their sequences. The memberships follow by a trigger."""
    head = _head(transaction, bot)
    sequences = []
    for change in changes:
        at = to_ms(change.at)
        facts = (
            bot,
            head.sequence + 1,
            change.contact,
            change.subject,
            change.before.value,
            change.after.value,
            at,
            change.source.value,
            change.actor,
            change.revision,
            change.message,
            change.button,
            change.purpose,
            change.channel,
            change.turn,
        )
        personal = _encode(
            Personal(change.detail, change.label, change.text, change.conversation, change.event_id),
        )
        digest = hashlib.sha256(personal).digest()
        head.hash = row_hash(head.hash, facts, digest)
        head.sequence += 1
        transaction.cursor.execute(
            _APPEND, (bot, head.sequence, contact, *facts[3:], personal.decode(), digest, head.hash)
        )
        sequences.append(head.sequence)
    return tuple(sequences)


def check(transaction: Transaction, contact: int | None, changes: Sequence[ConsentChange]) -> None:
    """Raise StaleVersion when a change's `before` is not what stands, the earlier changes counted in."""
    stand: dict[str, str] = {}
    if contact is not None:
        stand = dict(transaction.cursor.execute(_MEMBERSHIPS, (contact,)))
    for change in changes:
        if stand.get(change.subject, Membership.NONE) != change.before:
            raise StaleVersion(f"membership of {change.contact} in {change.subject}")
        stand[change.subject] = change.after


def _head(transaction: Transaction, bot: str) -> Head:
    head = transaction.heads.get(bot)
    if head is None:
        row = transaction.cursor.execute(_HEAD, (bot,)).fetchone()
        head = transaction.heads[bot] = Head(*row) if row else Head(0, START)
    return head


def _change_by_staff(transaction: Transaction, bot: str, change: ConsentChange) -> LedgerRow:
    found = transaction.cursor.execute(
        "SELECT number FROM contacts WHERE bot = ? AND id = ?", (bot, change.contact)
    ).fetchone()
    if found is None:
        raise BadInput(f"no contact {change.contact} of bot {bot}", remedy="List the contacts to find the right id")
    check(transaction, found[0], (change,))
    (sequence,) = append(transaction, bot, found[0], (change,))
    transaction.cursor.execute("UPDATE contacts SET version = version + 1 WHERE number = ?", found)
    return LedgerRow(sequence, bot, change)


def _read_row(bot: str, row: tuple[Any, ...]) -> LedgerRow:
    (
        sequence,
        contact,
        subject,
        before,
        after,
        at,
        source,
        actor,
        revision,
        message,
        button,
        purpose,
        channel,
        turn,
        p,
    ) = row
    personal = Personal() if p is None else _decode_personal(p)
    change = ConsentChange(
        contact=contact,
        subject=subject,
        before=Membership(before),
        after=Membership(after),
        at=from_ms(at),
        source=SourceKind(source),
        actor=actor,
        detail=personal.detail,
        revision=revision,
        message=message,
        button=button,
        label=personal.label,
        text=personal.text,
        purpose=purpose,
        channel=channel,
        conversation=personal.conversation,
        event_id=personal.event_id,
        turn=turn,
    )
    return LedgerRow(sequence, bot, change)


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

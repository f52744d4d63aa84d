"""What staff did, row after row."""

from collections.abc import Sequence
from typing import Any

import msgspec

from storage.records import AuditRow
from storage.sqlite.database import Database
from storage.sqlite.operation import Transaction
from storage.times import from_ms, to_ms

_LAST = "SELECT coalesce(max(sequence), 0) FROM audit WHERE bot = ?"
ADD = "INSERT INTO audit (bot, sequence, at, actor, action, target, detail, address) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_ROWS = """
    SELECT sequence, bot, at, actor, action, target, detail, address FROM audit
    WHERE bot = ?1 AND sequence > ?2 AND (?3 = '' OR target = ?3) ORDER BY sequence LIMIT ?4
"""


def values_of(row: AuditRow) -> tuple[Any, ...]:
    """Return what `ADD` writes."""
    return (row.bot, row.sequence, to_ms(row.at), row.actor, row.action, row.target, row.detail, row.address)


def read_row(row: tuple[Any, ...]) -> AuditRow:
    """Return a row of the table, its sequence first."""
    return AuditRow(row[0], row[1], from_ms(row[2]), *row[3:])


def insert_audit(transaction: Transaction, row: AuditRow) -> AuditRow:
    """Write a row as part of a transaction; return it with its sequence."""
    cursor = transaction.cursor
    numbered = msgspec.structs.replace(row, sequence=cursor.execute(_LAST, (row.bot,)).fetchone()[0] + 1)
    cursor.execute(ADD, values_of(numbered))
    return numbered


class SqliteAudit:
    """`storage.port.Audit`."""

    _database: Database

    async def add_audit(self, row: AuditRow) -> AuditRow:
        return await self._database.write(lambda transaction: insert_audit(transaction, row))

    async def audit(self, bot: str, *, target: str = "", after: int = 0, limit: int = 100) -> Sequence[AuditRow]:
        rows = await self._database.report(
            lambda connection: connection.execute(_ROWS, (bot, after, target, limit)).fetchall()
        )
        return [read_row(row) for row in rows]

"""What staff may do and did: tokens of the API, what it answered, the audit; people who sign in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from messages.codec import RecordDecoder, encode, from_ms, to_ms
from messages.errors import BadInput
from storage.audience_records import ApiToken, KeptAnswer
from storage.records import AuditRow
from storage.sqlite.database import Database
from storage.sqlite.writer import Transaction
from storage.staff_port import StaffKind, StaffRecord

_decode_token = RecordDecoder[ApiToken](ApiToken)
_decode_answer = RecordDecoder[KeptAnswer](KeptAnswer)

_ADD = "INSERT INTO tokens (id, digest, record) VALUES (?, ?, ?)"
_ALL = "SELECT record FROM tokens"
_ANY = "SELECT 1 FROM tokens WHERE id = ? OR digest = ?"
_WITH = "SELECT record FROM tokens WHERE digest = ?"
_ONE = "SELECT record FROM tokens WHERE id = ?"
_SET = "UPDATE tokens SET record = ? WHERE id = ?"

_KEPT = "SELECT record FROM kept_answers WHERE token = ? AND key = ?"
_CLAIM = "INSERT INTO kept_answers (token, key, at, record) VALUES (?, ?, ?, ?)"
_END = """
    INSERT INTO kept_answers (token, key, at, record) VALUES (?, ?, ?, ?)
    ON CONFLICT (token, key) DO UPDATE SET at = excluded.at, record = excluded.record
"""
_DROP = "DELETE FROM kept_answers WHERE token = ? AND key = ?"


class SqliteAccess:
    """`storage.audience_port.Access`."""

    _database: Database

    async def add_token(self, token: ApiToken) -> None:
        def operation(transaction: Transaction) -> None:
            if transaction.cursor.execute(_ANY, (token.id, token.digest)).fetchone() is not None:
                raise BadInput(f"there is a token {token.id} already")
            transaction.cursor.execute(_ADD, (token.id, token.digest, encode(token)))

        await self._database.write(operation)

    async def tokens(self) -> Sequence[ApiToken]:
        rows = await self._database.rows(_ALL)
        return sorted((_decode_token(record) for (record,) in rows), key=lambda token: (token.created_at, token.id))

    async def token_with(self, digest: str) -> ApiToken | None:
        row = self._database.row(_WITH, digest)
        return None if row is None else _decode_token(row[0])

    async def revoke_token(self, token: str, at: datetime) -> ApiToken | None:
        def operation(transaction: Transaction) -> ApiToken | None:
            row = transaction.cursor.execute(_ONE, (token,)).fetchone()
            if row is None:
                return None
            found = _decode_token(row[0])
            if found.revoked_at is None:
                found = msgspec.structs.replace(found, revoked_at=at)
                transaction.cursor.execute(_SET, (encode(found), token))
            return found

        return await self._database.write(operation)

    async def begin_request(self, token: str, key: str, request: str, at: datetime) -> KeptAnswer | None:
        def operation(transaction: Transaction) -> KeptAnswer | None:
            row = transaction.cursor.execute(_KEPT, (token, key)).fetchone()
            if row is not None:
                return _decode_answer(row[0])
            transaction.cursor.execute(_CLAIM, (token, key, to_ms(at), encode(KeptAnswer(request, at))))
            return None

        return await self._database.write(operation)

    async def end_request(self, token: str, key: str, answer: KeptAnswer) -> None:
        await self._database.execute(_END, token, key, to_ms(answer.at), encode(answer))

    async def drop_request(self, token: str, key: str) -> None:
        await self._database.execute(_DROP, token, key)


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
        rows = await self._database.rows(_ROWS, bot, after, target, limit)
        return [read_row(row) for row in rows]


_RECORD = "SELECT kind, key, version, record, until FROM staff_records WHERE kind = ? AND key = ?"
_RECORDS = "SELECT kind, key, version, record, until FROM staff_records WHERE kind = ? ORDER BY key"
_INSERT_RECORD = """
    INSERT INTO staff_records (kind, key, version, record, until) VALUES (?, ?, 1, ?, ?) ON CONFLICT DO NOTHING
"""
_UPDATE_RECORD = """
    UPDATE staff_records SET version = ?1, record = ?2, until = ?3 WHERE kind = ?4 AND key = ?5 AND version = ?1 - 1
"""
_DROP_RECORD = "DELETE FROM staff_records WHERE kind = ? AND key = ?"
_PRUNE_RECORDS = "DELETE FROM staff_records WHERE until <= ?"


class SqliteStaffRecords:
    """`storage.staff_port.StaffRecords`."""

    _database: Database

    async def staff_record(self, kind: StaffKind, key: str) -> StaffRecord | None:
        row = self._database.row(_RECORD, kind, key)
        return None if row is None else _read_record(row)

    async def staff_records(self, kind: StaffKind) -> Sequence[StaffRecord]:
        return [_read_record(row) for row in await self._database.rows(_RECORDS, kind)]

    async def save_staff_record(self, record: StaffRecord) -> bool:
        until = None if record.until is None else to_ms(record.until)

        def operation(transaction: Transaction) -> bool:
            if record.version == 1:
                cursor = transaction.cursor.execute(_INSERT_RECORD, (record.kind, record.key, record.record, until))
            else:
                values = (record.version, record.record, until, record.kind, record.key)
                cursor = transaction.cursor.execute(_UPDATE_RECORD, values)
            return cursor.rowcount == 1

        return await self._database.write(operation)

    async def drop_staff_record(self, kind: StaffKind, key: str) -> bool:
        def operation(transaction: Transaction) -> bool:
            return transaction.cursor.execute(_DROP_RECORD, (kind, key)).rowcount == 1

        return await self._database.write(operation)

    async def prune_staff_records(self, at: datetime) -> int:
        def operation(transaction: Transaction) -> int:
            return transaction.cursor.execute(_PRUNE_RECORDS, (to_ms(at),)).rowcount

        return await self._database.write(operation)


def _read_record(row: tuple[Any, ...]) -> StaffRecord:
    kind, key, version, record, until = row
    return StaffRecord(StaffKind(kind), key, version, record, None if until is None else from_ms(until))

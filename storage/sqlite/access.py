"""Who may use the API, and what it answered."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from messages.codec import RecordDecoder, encode
from messages.errors import BadInput
from storage.audience_records import ApiToken, KeptAnswer
from storage.sqlite.database import Database
from storage.sqlite.operation import Transaction
from storage.times import to_ms

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
        rows = await self._database.report(lambda connection: connection.execute(_ALL).fetchall())
        return sorted((_decode_token(record) for (record,) in rows), key=lambda token: (token.created_at, token.id))

    async def token_with(self, digest: str) -> ApiToken | None:
        row = self._database.read(lambda connection: connection.execute(_WITH, (digest,)).fetchone())
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
        def operation(transaction: Transaction) -> None:
            transaction.cursor.execute(_END, (token, key, to_ms(answer.at), encode(answer)))

        await self._database.write(operation)

    async def drop_request(self, token: str, key: str) -> None:
        def operation(transaction: Transaction) -> None:
            transaction.cursor.execute(_DROP, (token, key))

        await self._database.write(operation)

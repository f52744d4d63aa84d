"""Drafts, and the revisions that were pushed. The newest revision is the live one."""

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flows.revision import RevisionInfo
from messages.codec import from_ms, to_ms
from messages.errors import PushConflict, StaleVersion
from storage.records import Draft
from storage.sqlite.database import Database
from storage.sqlite.writer import Transaction

_DRAFT = "SELECT version, digest, author, saved_at, source FROM drafts WHERE bot = ?"
_SAVE_DRAFT = "INSERT OR REPLACE INTO drafts (bot, version, digest, author, saved_at, source) VALUES (?, ?, ?, ?, ?, ?)"

_INFO = "SELECT bot, number, digest, author, pushed_at, note, rolled_back_to{source} FROM revisions WHERE bot = ?"
_HISTORY = _INFO.format(source="") + " AND number > 0 ORDER BY number DESC"
_KEPT = _INFO.format(source="") + " AND number < 0 ORDER BY number DESC"
_LIVE = _HISTORY + " LIMIT 1"
_LOWEST = "SELECT min(number, 0) FROM (SELECT min(number) AS number FROM revisions WHERE bot = ?)"
_REVISION = _INFO.format(source=", source") + " AND number = ?"
_BY_DIGEST = _INFO.format(source="") + " AND substr(digest, 1, length(?)) = ? ORDER BY number < 0, abs(number) LIMIT 1"
_PUSH = """
    INSERT INTO revisions (bot, number, digest, author, pushed_at, note, rolled_back_to, source)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_MARKS = """
    SELECT bot, max(number) || ' ' || digest FROM revisions WHERE number > 0 GROUP BY bot
    UNION ALL SELECT bot, '' FROM drafts WHERE bot NOT IN (SELECT bot FROM revisions) ORDER BY 1
"""
_BOTS = "SELECT bot FROM drafts UNION SELECT bot FROM revisions ORDER BY bot"


def digest_of(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()


def _read_info(row: tuple[Any, ...]) -> RevisionInfo:
    bot, number, digest, author, pushed_at, note, rolled_back_to = row
    return RevisionInfo(bot, number, digest, author, from_ms(pushed_at), note, rolled_back_to)


def _read_live(connection: sqlite3.Connection | sqlite3.Cursor, bot: str) -> RevisionInfo | None:
    row = connection.execute(_LIVE, (bot,)).fetchone()
    return None if row is None else _read_info(row)


class SqliteRevisions:
    """`storage.port.Revisions`."""

    _database: Database

    async def save_draft(
        self, bot: str, source: str, author: str, at: datetime, *, expected_version: int | None = None
    ) -> Draft:
        def operation(transaction: Transaction) -> Draft:
            cursor = transaction.cursor
            found = cursor.execute("SELECT version FROM drafts WHERE bot = ?", (bot,)).fetchone()
            version = found[0] if found else 0
            if expected_version is not None and expected_version != version:
                raise StaleVersion(f"draft of {bot}")
            draft = Draft(bot, source, digest_of(source), author, at, version + 1)
            cursor.execute(_SAVE_DRAFT, (bot, draft.version, draft.digest, author, to_ms(at), source))
            return draft

        return await self._database.write(operation)

    async def draft(self, bot: str) -> Draft | None:
        row = self._database.row(_DRAFT, bot)
        if row is None:
            return None
        version, digest, author, saved_at, source = row
        return Draft(bot, source, digest, author, from_ms(saved_at), version)

    async def push(
        self,
        bot: str,
        source: str,
        *,
        author: str,
        at: datetime,
        note: str = "",
        expected_live: int,
        rolled_back_to: int = 0,
    ) -> RevisionInfo:
        def operation(transaction: Transaction) -> RevisionInfo:
            live = _read_live(transaction.cursor, bot)
            number, by = (live.number, live.author) if live else (0, "")
            if number != expected_live:
                raise PushConflict(expected_live, number, by)
            info = RevisionInfo(bot, number + 1, digest_of(source), author, at, note, rolled_back_to)
            transaction.cursor.execute(
                _PUSH, (bot, info.number, info.digest, author, to_ms(at), note, rolled_back_to, source)
            )
            return info

        return await self._database.write(operation)

    async def keep_revision(self, bot: str, source: str, *, author: str, at: datetime) -> RevisionInfo:
        digest = digest_of(source)

        def operation(transaction: Transaction) -> RevisionInfo:
            cursor = transaction.cursor
            known = cursor.execute(_BY_DIGEST, (bot, digest, digest)).fetchone()
            if known is not None:
                return _read_info(known)
            (lowest,) = cursor.execute(_LOWEST, (bot,)).fetchone()
            info = RevisionInfo(bot, (lowest or 0) - 1, digest, author, at)
            cursor.execute(_PUSH, (bot, info.number, digest, author, to_ms(at), "", 0, source))
            return info

        return await self._database.write(operation)

    async def kept_revisions(self, bot: str) -> Sequence[RevisionInfo]:
        return self._database.read(lambda connection: [_read_info(row) for row in connection.execute(_KEPT, (bot,))])

    async def live(self, bot: str) -> RevisionInfo | None:
        return self._database.read(lambda connection: _read_live(connection, bot))

    async def live_marks(self) -> Mapping[str, str]:
        return self._database.read(lambda connection: dict(connection.execute(_MARKS).fetchall()))

    async def revision(self, bot: str, number: int) -> tuple[RevisionInfo, str] | None:
        row = self._database.row(_REVISION, bot, number)
        return None if row is None else (_read_info(row[:-1]), row[-1])

    async def revision_by_digest(self, bot: str, digest: str) -> RevisionInfo | None:
        row = self._database.row(_BY_DIGEST, bot, digest, digest)
        return None if row is None else _read_info(row)

    async def history(self, bot: str) -> Sequence[RevisionInfo]:
        return self._database.read(lambda connection: [_read_info(row) for row in connection.execute(_HISTORY, (bot,))])

    async def bots(self) -> Sequence[str]:
        return self._database.read(lambda connection: [bot for (bot,) in connection.execute(_BOTS)])

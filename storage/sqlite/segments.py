"""Segments that staff made, and members that were kept for a send."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import msgspec

from messages.codec import RecordDecoder, encode
from messages.errors import StaleVersion
from storage.audience_records import SegmentRecord
from storage.sqlite.database import Database
from storage.sqlite.operation import Transaction
from storage.times import to_ms
from storage.unreadable import UnreadableRecords

_decode = RecordDecoder[SegmentRecord](SegmentRecord)

_ALL = "SELECT id, record FROM segments WHERE bot = ? ORDER BY id"
_VERSION = "SELECT version FROM segments WHERE bot = ? AND id = ?"
_SAVE = """
    INSERT INTO segments (bot, id, version, record) VALUES (?, ?, ?, ?)
    ON CONFLICT (bot, id) DO UPDATE SET version = excluded.version, record = excluded.record
"""
_DELETE = "DELETE FROM segments WHERE bot = ? AND id = ?"
_CHANGES = "SELECT version FROM segment_versions WHERE bot = ?"
_COUNT_CHANGE = """
    INSERT INTO segment_versions (bot, version) VALUES (?, 1) ON CONFLICT (bot) DO UPDATE SET version = version + 1
"""
_KEEP = "INSERT OR IGNORE INTO frozen_members (bot, name, at, members) VALUES (?, ?, ?, ?)"
_KEPT = "SELECT members FROM frozen_members WHERE bot = ? AND name = ?"
_DROP = "DELETE FROM frozen_members WHERE bot = ? AND name = ?"


class SqliteSegments:
    """`storage.audience_port.Segments`."""

    _database: Database
    unreadable: UnreadableRecords

    async def segments(self, bot: str) -> Sequence[SegmentRecord]:
        rows = await self._database.report(lambda connection: connection.execute(_ALL, (bot,)).fetchall())
        self.unreadable.begin("segment", bot)
        found = (self.unreadable.read("segment", bot, name, partial(_decode, record)) for name, record in rows)
        return list(filter(None, found))

    async def segments_version(self, bot: str) -> int:
        row = self._database.read(lambda connection: connection.execute(_CHANGES, (bot,)).fetchone())
        return 0 if row is None else int(row[0])

    async def save_segment(self, segment: SegmentRecord) -> SegmentRecord:
        saved = msgspec.structs.replace(segment, version=segment.version + 1)

        def operation(transaction: Transaction) -> SegmentRecord:
            _refuse_stale(transaction, segment.bot, segment.id, segment.version)
            transaction.cursor.execute(_SAVE, (saved.bot, saved.id, saved.version, encode(saved)))
            transaction.cursor.execute(_COUNT_CHANGE, (saved.bot,))
            return saved

        return await self._database.write(operation)

    async def delete_segment(self, bot: str, segment: str, *, version: int) -> None:
        def operation(transaction: Transaction) -> None:
            _refuse_stale(transaction, bot, segment, version)
            if not transaction.cursor.execute(_DELETE, (bot, segment)).rowcount:
                raise StaleVersion(f"segment {segment}")
            transaction.cursor.execute(_COUNT_CHANGE, (bot,))

        await self._database.write(operation)

    async def keep_frozen(self, bot: str, name: str, members: bytes, at: datetime) -> None:
        def operation(transaction: Transaction) -> None:
            transaction.cursor.execute(_KEEP, (bot, name, to_ms(at), members))

        await self._database.write(operation)

    async def frozen(self, bot: str, name: str) -> bytes | None:
        row = await self._database.report(lambda connection: connection.execute(_KEPT, (bot, name)).fetchone())
        return None if row is None else bytes(row[0])

    async def drop_frozen(self, bot: str, name: str) -> None:
        def operation(transaction: Transaction) -> None:
            transaction.cursor.execute(_DROP, (bot, name))

        await self._database.write(operation)


def _refuse_stale(transaction: Transaction, bot: str, segment: str, version: int) -> None:
    row = transaction.cursor.execute(_VERSION, (bot, segment)).fetchone()
    if (0 if row is None else row[0]) != version:
        raise StaleVersion(f"segment {segment}")

"""Where people are in sequences."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from messages.codec import encode, from_ms_or_none, to_ms, to_ms_or_none
from storage.enrolments import Enrolment, EnrolmentFeed, EnrolmentState, read_enrolment, read_feed
from storage.sqlite.database import Database
from storage.sqlite.writer import Transaction

_SELECT: Final = "SELECT record, version FROM enrolments "
_ONE = _SELECT + "WHERE bot = ? AND sequence = ? AND contact = ?"
_PAGE = _SELECT + "WHERE bot = ? AND sequence = ? AND contact > ? ORDER BY contact LIMIT ?"
_OF = _SELECT + "WHERE bot = ? AND contact = ? ORDER BY sequence"
_COUNTS = "SELECT sequence, state, count(*) FROM enrolments WHERE bot = ? GROUP BY sequence, state"
_VERSION = "SELECT version FROM enrolments WHERE bot = ? AND sequence = ? AND contact = ?"
SAVE: Final = """
    INSERT INTO enrolments (bot, sequence, contact, state, due, version, record) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (bot, sequence, contact) DO UPDATE SET
        state = excluded.state, due = excluded.due, version = excluded.version, record = excluded.record
"""
_DUE = "SELECT bot, sequence, contact, record, version FROM enrolments WHERE due <= ? ORDER BY due LIMIT ?"
_LEASE = "UPDATE enrolments SET due = ? WHERE bot = ? AND sequence = ? AND contact = ?"
_NEXT = "SELECT min(due) FROM enrolments WHERE due IS NOT NULL"
_PAUSED = "SELECT sequence FROM paused_sequences WHERE bot = ?"
_PAUSE = "INSERT OR IGNORE INTO paused_sequences (bot, sequence) VALUES (?, ?)"
_GO_ON = "DELETE FROM paused_sequences WHERE bot = ? AND sequence = ?"
_FEED = "SELECT record FROM enrolment_feeds WHERE bot = ?"
_SET_FEED = "INSERT OR REPLACE INTO enrolment_feeds (bot, record) VALUES (?, ?)"


def values_of(enrolment: Enrolment) -> tuple[Any, ...]:
    """Return the parameters of `SAVE`."""
    key = (enrolment.bot, enrolment.sequence, enrolment.contact)
    return *key, enrolment.state, to_ms_or_none(enrolment.comes_up), enrolment.version, encode(enrolment)


def read_row(row: tuple[bytes, int]) -> Enrolment:
    """Return an enrolment from its record and version."""
    return replace(read_enrolment(row[0]), version=row[1])


class SqliteEnrolments:
    """`storage.enrolments.Enrolments`."""

    _database: Database

    async def known_enrolments(self, bot: str, keys: Sequence[tuple[str, str]]) -> Sequence[Enrolment | None]:
        def query(connection: sqlite3.Connection) -> Sequence[Enrolment | None]:
            rows = (connection.execute(_ONE, (bot, *key)).fetchone() for key in keys)
            return [None if row is None else read_row(row) for row in rows]

        return await self._database.report(query)

    async def enrolments(self, bot: str, sequence: str, *, after: str = "", limit: int = 1000) -> Sequence[Enrolment]:
        return [read_row(row) for row in await self._database.rows(_PAGE, bot, sequence, after, limit)]

    async def enrolments_of(self, bot: str, contact: str) -> Sequence[Enrolment]:
        return [read_row(row) for row in await self._database.rows(_OF, bot, contact)]

    async def enrolment_counts(self, bot: str) -> Mapping[tuple[str, EnrolmentState], int]:
        rows = await self._database.rows(_COUNTS, bot)
        return {(sequence, EnrolmentState(state)): count for sequence, state, count in rows}

    async def save_enrolments(self, bot: str, enrolments: Sequence[Enrolment]) -> Sequence[bool]:
        def operation(transaction: Transaction) -> Sequence[bool]:
            kept = []
            for each in enrolments:
                key = (bot, each.sequence, each.contact)
                current = transaction.cursor.execute(_VERSION, key).fetchone()
                kept.append((0 if current is None else current[0]) == each.version)
                if kept[-1]:
                    saved = replace(each, bot=bot, version=each.version + 1)
                    transaction.cursor.execute(SAVE, values_of(saved))
            return kept

        return await self._database.write(operation)

    async def take_enrolments(self, now: datetime, leased_until: datetime, *, limit: int = 100) -> Sequence[Enrolment]:
        def operation(transaction: Transaction) -> Sequence[Enrolment]:
            rows = transaction.cursor.execute(_DUE, (to_ms(now), limit)).fetchall()
            transaction.cursor.executemany(_LEASE, [(to_ms(leased_until), *row[:3]) for row in rows])
            return [read_row(row[3:]) for row in rows]

        if not self._database.row("SELECT EXISTS (SELECT 1 FROM enrolments WHERE due <= ?)", to_ms(now))[0]:
            return []
        return await self._database.write(operation)

    async def next_enrolment(self) -> datetime | None:
        return from_ms_or_none(self._database.row(_NEXT)[0])

    async def paused_sequences(self, bot: str) -> frozenset[str]:
        return frozenset(name for (name,) in await self._database.rows(_PAUSED, bot))

    async def pause_sequence(self, bot: str, sequence: str, *, paused: bool) -> bool:
        def operation(transaction: Transaction) -> bool:
            return transaction.cursor.execute(_PAUSE if paused else _GO_ON, (bot, sequence)).rowcount > 0

        return await self._database.write(operation)

    async def enrolment_feed(self, bot: str) -> EnrolmentFeed:
        row = self._database.row(_FEED, bot)
        return EnrolmentFeed() if row is None else read_feed(row[0])

    async def set_enrolment_feed(self, bot: str, feed: EnrolmentFeed) -> None:
        await self._database.execute(_SET_FEED, bot, encode(feed))

"""The journal in the order in which it was written, and forgetting what is old of it."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from storage.records import JournalPage, RecordedTurn
from storage.sqlite.database import Database
from storage.sqlite.journal_chain import mark_forgotten
from storage.sqlite.operation import Transaction
from storage.times import to_ms

_STEP = 2_000
"""Rows looked at, or forgotten, in one operation."""

_DISORDER = 60_000
"""Milliseconds by which a turn may have been taken before one that was written earlier."""

_END = "SELECT coalesce(max(number), 0) FROM journal"
_AT = "SELECT number, at FROM journal WHERE number >= ? ORDER BY number LIMIT 1"
_SELECT = """
    SELECT journal.number, conversations.key, journal.at, journal.record
    FROM journal JOIN conversations ON conversations.number = journal.conversation
"""
_PAGE = _SELECT + "WHERE journal.number > ? AND +conversations.bot = ? ORDER BY journal.number LIMIT ?"
"""Without the `+` SQLite would go through all conversations of the bot for each page."""

_OF_ONE = _SELECT + "WHERE conversations.bot = ? AND conversations.key = ? ORDER BY journal.number"
_EARLIEST = _OF_ONE + " LIMIT ? OFFSET ?"
_LATEST = _OF_ONE + " DESC LIMIT ?"
_CONVERSATIONS = """
    SELECT conversations.key FROM conversations JOIN contacts ON contacts.number = conversations.contact
    WHERE contacts.bot = ? AND contacts.id = ? ORDER BY conversations.key
"""
_OLDEST = "SELECT number, at, length(record) FROM journal ORDER BY number LIMIT ?"
_BYTES = "SELECT coalesce(sum(length(record)), 0) FROM journal"
_FORGET = "DELETE FROM journal WHERE number <= ?"


def _turn(row: tuple[Any, ...]) -> RecordedTurn:
    number, key, at, record = row
    return RecordedTurn(key, f"row {number} of the journal", at, record)


class _Oldest(NamedTuple):
    """One of the oldest turns; `size` in bytes."""

    number: int
    at: int
    size: int


class SqliteJournal:
    """`storage.port.Journal`. A position is the number of a row."""

    _database: Database

    async def journal_end(self, bot: str) -> str:
        del bot
        return str(await self._database.report(lambda connection: connection.execute(_END).fetchone()[0]))

    async def journal_since(self, bot: str, at: datetime) -> str:
        del bot
        return str(await self._database.report(lambda connection: _before(connection, to_ms(at) - _DISORDER)))

    async def journal_page(self, bot: str, position: str = "", *, limit: int = 1000) -> JournalPage:
        after = int(position or 0)
        rows = await self._database.report(lambda connection: connection.execute(_PAGE, (after, bot, limit)).fetchall())
        return JournalPage([_turn(row) for row in rows], str(rows[-1][0]) if rows else position)

    async def journal_of(
        self, bot: str, conversation: str, *, after: int = 0, latest: bool = False, limit: int = 1000
    ) -> Sequence[RecordedTurn]:
        def query(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
            if latest:
                return connection.execute(_LATEST, (bot, conversation, limit)).fetchall()[::-1]
            return connection.execute(_EARLIEST, (bot, conversation, limit, after)).fetchall()

        return [_turn(row) for row in await self._database.report(query)]

    async def conversations_of(self, bot: str, contact: str) -> Sequence[str]:
        rows = await self._database.report(
            lambda connection: connection.execute(_CONVERSATIONS, (bot, contact)).fetchall()
        )
        return [key for (key,) in rows]

    async def prune_journal(self, *, before: datetime | None = None, keep_bytes: int | None = None) -> int:
        gone = 0
        if before is not None:
            cut = to_ms(before)
            gone += await self._forget(lambda turn, _: turn.at < cut)
        if keep_bytes is not None:
            total: int = await self._database.report(lambda connection: connection.execute(_BYTES).fetchone()[0])
            surplus = total - keep_bytes
            gone += await self._forget(lambda _, freed: freed < surplus)
        return gone

    async def _forget(self, goes: Callable[[_Oldest, int], bool]) -> int:
        """Forget the oldest turns, a few at a time, up to the first that stays; `goes` is told the bytes freed so far.

        A step may run twice, the first time undone, so what it freed counts once it is durable.
        """
        gone = freed = 0

        def step(transaction: Transaction) -> tuple[int, int]:
            last = count = size = 0
            for turn in map(_Oldest._make, transaction.cursor.execute(_OLDEST, (_STEP,)).fetchall()):
                if not goes(turn, freed + size):
                    break
                last, count, size = turn.number, count + 1, size + turn.size
            mark_forgotten(transaction.cursor, last)
            transaction.cursor.execute(_FORGET, (last,))
            return count, size

        while True:
            count, size = await self._database.write(step)
            if not count:
                return gone
            gone, freed = gone + count, freed + size


def _before(connection: sqlite3.Connection, at: int) -> int:
    """Return the number of the last row that is older than `at`, as if rows were in order of time; 0 if none is."""
    low, high = 0, connection.execute(_END).fetchone()[0] + 1
    while low + 1 < high:
        middle = (low + high) // 2
        found = connection.execute(_AT, (middle,)).fetchone()
        if found is not None and found[1] < at:
            low = found[0] if found[0] < high else middle
        else:
            high = middle
    return low

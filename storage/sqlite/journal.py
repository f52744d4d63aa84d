"""The journal: turns in the order in which they were written, chained per conversation; forgetting what is old."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from messages.codec import to_ms
from storage.records import JournalPage, RecordedTurn
from storage.sqlite.database import Database
from storage.sqlite.writer import Transaction
from storage.transfer import JournalRecord, link_content
from storage.turns import ChainedTurn, ConversationChain, Stray, next_link

_TURNS_BATCH = 500

_CHAINS = """
    SELECT conversations.key, coalesce(contacts.id, ''), conversations.record, conversations.version,
           conversations.turns, conversations.link,
           conversations.pruned, conversations.pruned_link, conversations.pruned_at
    FROM conversations LEFT JOIN contacts ON contacts.number = conversations.contact
    WHERE conversations.bot = ? AND conversations.key
"""
_ALL = _CHAINS + "> ? ORDER BY conversations.key LIMIT ?"
_ONE = _CHAINS + "= ?"
_PLACES = """
    SELECT coalesce(ordinal, 0), number FROM journal
    WHERE conversation = (SELECT number FROM conversations WHERE bot = ? AND key = ?)
"""
_TURN = "SELECT coalesce(ordinal, 0), number, turn, at, record, link, digest FROM journal WHERE number = ?"
_CHAIN_END = "SELECT number, link FROM conversations WHERE bot = ? AND key = ?"
_ADD_TURN = "INSERT INTO journal (conversation, turn, at, record, ordinal, link, digest) VALUES (?, ?, ?, ?, ?, ?, ?)"
_SET_LINK = "UPDATE conversations SET link = ? WHERE number = ?"
_STRAYS = """
    SELECT number, turn FROM journal WHERE conversation NOT IN (SELECT number FROM conversations) ORDER BY number
"""
_FORGOTTEN = """
    WITH going (conversation, last, count, at) AS (
        SELECT conversation, max(number), count(*), max(at) FROM journal WHERE number <= ? GROUP BY conversation
    )
    UPDATE conversations SET
        pruned = coalesce(journal.ordinal, conversations.pruned + going.count),
        pruned_link = journal.link,
        pruned_at = max(going.at, coalesce(conversations.pruned_at, going.at))
    FROM going JOIN journal ON journal.number = going.last
    WHERE conversations.number = going.conversation
"""


def mark_forgotten(cursor: sqlite3.Cursor, last: int) -> None:
    """Have conversations keep the last links of the turns up to row `last`, which are about to be forgotten."""
    cursor.execute(_FORGOTTEN, (last,))


def restore_turn(cursor: sqlite3.Cursor, bot: str, record: JournalRecord) -> None:
    """Write a turn of another store, chained as it was there."""
    number, previous = cursor.execute(_CHAIN_END, (bot, record.conversation)).fetchone()
    content = link_content(bot, record)
    link = next_link(previous, record.ordinal, content) if content else None
    digest_kept = bytes.fromhex(record.digest) if record.digest else None
    row = (number, record.turn, record.at, record.record, record.ordinal or None, link, digest_kept)
    cursor.execute(_ADD_TURN, row)
    cursor.execute(_SET_LINK, (link, number))


def _chain(row: tuple[Any, ...]) -> ConversationChain:
    key, contact, state, version, turns, link, pruned, pruned_link, pruned_at = row
    return ConversationChain(key, 0, contact, state, version, turns, _hex(link), pruned, _hex(pruned_link), pruned_at)


def _chained(row: tuple[Any, ...]) -> ChainedTurn:
    ordinal, number, turn, at, record, link, digest = row
    place = f"row {number} of the journal"
    return ChainedTurn(ordinal, place, number, turn, at, record, _hex(link), _hex(digest))


def _hex(value: bytes | None) -> str:
    return "" if value is None else value.hex()


class SqliteJournalChain:
    """`storage.turns.JournalChain`."""

    _database: Database

    async def chains(self, bot: str, *, after: str = "", limit: int = 100) -> Sequence[ConversationChain]:
        return await self._database.report(
            lambda connection: [_chain(row) for row in connection.execute(_ALL, (bot, after, limit))]
        )

    async def chains_of(self, bot: str, conversation: str) -> Sequence[ConversationChain]:
        return await self._database.report(
            lambda connection: [_chain(row) for row in connection.execute(_ONE, (bot, conversation))]
        )

    async def chained_turns(self, bot: str, chain: ConversationChain) -> AsyncIterator[ChainedTurn]:
        places = await self._database.report(
            lambda connection: sorted(connection.execute(_PLACES, (bot, chain.conversation)).fetchall())
        )
        for start in range(0, len(places), _TURNS_BATCH):
            numbers = [number for _, number in places[start : start + _TURNS_BATCH]]
            for row in await self._database.report(partial(_rows, numbers=numbers)):
                yield _chained(row)

    def link(self, previous: str, ordinal: int, content: str) -> str:
        return next_link(bytes.fromhex(previous), ordinal, content).hex()

    async def strays(self, bot: str) -> Sequence[Stray]:
        del bot
        rows = await self._database.rows(_STRAYS)
        return [Stray("", f"row {number} of the journal, turn {turn}, is of no conversation") for number, turn in rows]


def _rows(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[tuple[Any, ...]]:
    found = (connection.execute(_TURN, (number,)).fetchone() for number in numbers)
    return [row for row in found if row is not None]  # one may have been forgotten meanwhile


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
        rows = await self._database.rows(_PAGE, after, bot, limit)
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
        rows = await self._database.rows(_CONVERSATIONS, bot, contact)
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

"""Turns chained per conversation: the links as they are written, and read again to be verified."""

import hashlib
import sqlite3
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

from storage.journal_chain import ChainedTurn, ConversationChain, Stray
from storage.sqlite.database import Database
from storage.transfer import JournalRecord, link_content

_START = bytes(32)
_PAGE = 500

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
_END = "SELECT number, link FROM conversations WHERE bot = ? AND key = ?"
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


def next_link(previous: bytes | None, ordinal: int, content: str) -> bytes:
    """Return a turn's link: SHA-256 over the link before, the turn's place and its content."""
    return hashlib.sha256((previous or _START) + f"{ordinal} {content}".encode()).digest()


def mark_forgotten(cursor: sqlite3.Cursor, last: int) -> None:
    """Have conversations keep the last links of the turns up to row `last`, which are about to be forgotten."""
    cursor.execute(_FORGOTTEN, (last,))


def restore_turn(cursor: sqlite3.Cursor, bot: str, record: JournalRecord) -> None:
    """Write a turn of another store, chained as it was there."""
    number, previous = cursor.execute(_END, (bot, record.conversation)).fetchone()
    content = link_content(bot, record)
    link = next_link(previous, record.ordinal, content) if content else None
    digest_kept = bytes.fromhex(record.digest) if record.digest else None
    row = (number, record.turn, record.at, record.record, record.ordinal or None, link, digest_kept)
    cursor.execute(_ADD_TURN, row)
    cursor.execute(_SET_LINK, (link, number))


def _chain(row: tuple[Any, ...]) -> ConversationChain:
    key, contact, state, version, turns, link, pruned, pruned_link, pruned_at = row
    return ConversationChain(key, 0, contact, state, version, turns, _hex(link), pruned, _hex(pruned_link), pruned_at)


def _turn(row: tuple[Any, ...]) -> ChainedTurn:
    ordinal, number, turn, at, record, link, digest = row
    place = f"row {number} of the journal"
    return ChainedTurn(ordinal, place, number, turn, at, record, _hex(link), _hex(digest))


def _hex(value: bytes | None) -> str:
    return "" if value is None else value.hex()


class SqliteJournalChain:
    """`storage.journal_chain.JournalChain`."""

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
        for start in range(0, len(places), _PAGE):
            numbers = [number for _, number in places[start : start + _PAGE]]
            for row in await self._database.report(partial(_rows, numbers=numbers)):
                yield _turn(row)

    def link(self, previous: str, ordinal: int, content: str) -> str:
        return next_link(bytes.fromhex(previous), ordinal, content).hex()

    async def strays(self, bot: str) -> Sequence[Stray]:
        del bot
        rows = await self._database.report(lambda connection: connection.execute(_STRAYS).fetchall())
        return [Stray("", f"row {number} of the journal, turn {turn}, is of no conversation") for number, turn in rows]


def _rows(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[tuple[Any, ...]]:
    found = (connection.execute(_TURN, (number,)).fetchone() for number in numbers)
    return [row for row in found if row is not None]  # one may have been forgotten meanwhile

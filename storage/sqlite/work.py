"""Work that is done after the commits that left it."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from msgspec.structs import replace

from messages.codec import encode, from_ms_or_none, to_ms
from storage.codec import UnreadableRecords
from storage.sqlite.database import Database
from storage.sqlite.writer import Transaction
from storage.work import Work, WorkFeed, WorkState, read_feed, read_work

ADD: Final = """
    INSERT OR IGNORE INTO work (bot, id, kind, contact, personal, lane, due, attempts, record)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_IS_FIRST = """NOT EXISTS (
    SELECT 1 FROM work AS earlier WHERE earlier.bot = work.bot AND earlier.lane = work.lane
    AND earlier.lane <> '' AND earlier.due IS NOT NULL AND earlier.number < work.number)"""
_DUE = f"SELECT number, attempts, record, bot, id FROM work WHERE due <= ? AND {_IS_FIRST} ORDER BY due, number LIMIT ?"  # noqa: S608
_TAKE = "UPDATE work SET due = ?, attempts = attempts + 1 WHERE number = ?"
_END = "DELETE FROM work WHERE bot = ? AND id = ? AND attempts = ?"
_KEEP = "UPDATE work SET due = ?, record = ? WHERE bot = ? AND id = ? AND attempts = ?"
_DEAD_ONE = "SELECT number, record FROM work WHERE bot = ? AND id = ? AND due IS NULL"
_AGAIN = "UPDATE work SET due = ?, record = ? WHERE number = ?"
_DEAD = "SELECT attempts, record FROM work WHERE bot = ? AND due IS NULL ORDER BY number LIMIT ?"
_COUNTS = "SELECT kind, due IS NULL, count(*) FROM work WHERE bot = ? GROUP BY kind, due IS NULL"
_NEXT = f"SELECT min(due) FROM work WHERE due IS NOT NULL AND {_IS_FIRST}"  # noqa: S608
_FEED = "SELECT record FROM work_feeds WHERE bot = ?"
_SET_FEED = "INSERT OR REPLACE INTO work_feeds (bot, record) VALUES (?, ?)"
_FORGET = """
    DELETE FROM work WHERE personal AND (bot, contact) IN (SELECT bot, id FROM contacts WHERE number = ?)
"""


def values_of(work: Work) -> tuple[Any, ...]:
    """Return the parameters of `ADD`."""
    due = None if work.state is WorkState.DEAD else to_ms(work.due)
    key = (work.bot, work.id, work.kind, work.contact, work.is_personal, work.lane)
    return *key, due, work.attempts, encode(work)


def _taken(record: bytes, attempts: int) -> Work:
    return replace(read_work(record), attempts=attempts)


class SqliteWork:
    """`storage.work.WorkRows`."""

    _database: Database
    unreadable: UnreadableRecords

    async def add_work(self, bot: str, work: Sequence[Work]) -> None:
        def operation(transaction: Transaction) -> None:
            transaction.cursor.executemany(ADD, [values_of(replace(each, bot=bot)) for each in work])

        await self._database.write(operation)

    async def take_work(self, now: datetime, leased_until: datetime, *, limit: int = 100) -> Sequence[Work]:
        def operation(transaction: Transaction) -> Sequence[Work]:
            rows = transaction.cursor.execute(_DUE, (to_ms(now), limit)).fetchall()
            transaction.cursor.executemany(_TAKE, [(to_ms(leased_until), number) for number, *_ in rows])
            found = (
                self.unreadable.read("work", bot, name, partial(_taken, record, attempts + 1))
                for _, attempts, record, bot, name in rows
            )
            return [work for work in found if work is not None]

        if not self._database.row("SELECT EXISTS (SELECT 1 FROM work WHERE due <= ?)", to_ms(now))[0]:
            return []
        return await self._database.write(operation)

    async def end_work(self, work: Work) -> bool:
        def operation(transaction: Transaction) -> bool:
            return transaction.cursor.execute(_END, (work.bot, work.id, work.attempts)).rowcount > 0

        return await self._database.write(operation)

    async def keep_work(self, work: Work) -> bool:
        due = None if work.state is WorkState.DEAD else to_ms(work.due)

        def operation(transaction: Transaction) -> bool:
            values = (due, encode(work), work.bot, work.id, work.attempts)
            return transaction.cursor.execute(_KEEP, values).rowcount > 0

        return await self._database.write(operation)

    async def work_again(self, bot: str, work: str, now: datetime) -> bool:
        def operation(transaction: Transaction) -> bool:
            found = transaction.cursor.execute(_DEAD_ONE, (bot, work)).fetchone()
            if found is None:
                return False
            again = replace(read_work(found[1]), state=WorkState.WAITING, due=now, created_at=now)
            transaction.cursor.execute(_AGAIN, (to_ms(now), encode(again), found[0]))
            return True

        return await self._database.write(operation)

    async def dead_work(self, bot: str, *, limit: int = 100) -> Sequence[Work]:
        rows = await self._database.rows(_DEAD, bot, limit)
        return [replace(read_work(record), attempts=attempts) for attempts, record in rows]

    async def work_counts(self, bot: str) -> Mapping[tuple[str, WorkState], int]:
        rows = await self._database.rows(_COUNTS, bot)
        return {(kind, WorkState.DEAD if dead else WorkState.WAITING): count for kind, dead, count in rows}

    async def next_work(self) -> datetime | None:
        return from_ms_or_none(self._database.row(_NEXT)[0])

    async def work_feed(self, bot: str) -> WorkFeed:
        row = self._database.row(_FEED, bot)
        return WorkFeed() if row is None else read_feed(row[0])

    async def set_work_feed(self, bot: str, feed: WorkFeed) -> None:
        await self._database.execute(_SET_FEED, bot, encode(feed))


def forget_work(cursor: sqlite3.Cursor, contacts: Sequence[int]) -> None:
    """Take away what work says of people, who are given by number."""
    cursor.executemany(_FORGET, [(number,) for number in contacts])

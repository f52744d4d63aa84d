"""Waits: when they end, and whose they are."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from storage.records import DueTimer
from storage.rows import read_state
from storage.sqlite.database import Database
from storage.times import from_ms, from_ms_or_none, to_ms

_DUE = """
    SELECT timers.bot, timers.timer, timers.due, conversations.key, conversations.version, conversations.record
    FROM timers JOIN conversations ON conversations.number = timers.conversation
    WHERE timers.due <= ? ORDER BY timers.due LIMIT ?
"""
_NEXT = "SELECT min(due) FROM timers"


class SqliteTimers:
    """`storage.port.Timers`."""

    _database: Database

    async def due_timers(self, now: datetime, limit: int = 1000) -> Sequence[DueTimer]:
        def query(connection: sqlite3.Connection) -> Sequence[DueTimer]:
            return [
                DueTimer(
                    bot=bot,
                    timer=timer,
                    conversation=key,
                    reference=read_state(record, version).reference,
                    due=from_ms(due),
                )
                for bot, timer, due, key, version, record in connection.execute(_DUE, (to_ms(now), limit))
            ]

        return await self._database.report(query)

    async def next_timer(self) -> datetime | None:
        (due,) = self._database.read(lambda connection: connection.execute(_NEXT).fetchone())
        return from_ms_or_none(due)

"""Waits: when they end, and whose they are."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from messages.codec import from_ms, in_calendar, to_ms
from storage.codec import UnreadableRecords, read_state
from storage.records import DueTimer
from storage.sqlite.database import Database

_DUE = """
    SELECT timers.bot, timers.timer, timers.due, conversations.key, conversations.version, conversations.record
    FROM timers JOIN conversations ON conversations.number = timers.conversation
    WHERE timers.due <= ? AND (timers.due, timers.bot, timers.timer) > (?, ?, ?)
    ORDER BY timers.due, timers.bot, timers.timer
"""
_NEXT = "SELECT min(due) FROM timers WHERE due > ?"
_FIRST = -(1 << 63)


class SqliteTimers:
    """`storage.port.Timers`."""

    _database: Database
    unreadable: UnreadableRecords

    async def due_timers(
        self, now: datetime, limit: int = 1000, *, after: DueTimer | None = None
    ) -> Sequence[DueTimer]:
        place = (_FIRST, "", "") if after is None else (to_ms(after.due), after.bot, after.timer)

        def query(connection: sqlite3.Connection) -> Sequence[DueTimer]:
            rows = connection.execute(_DUE, (to_ms(now), *place))
            return list(islice(filter(None, map(self._due, rows)), limit))

        if after is None:
            self.unreadable.begin("timer")
        return await self._database.report(query)

    def _due(self, row: tuple[Any, ...]) -> DueTimer | None:
        bot, timer, due, key, version, record = row

        def decode() -> DueTimer:
            return DueTimer(bot, timer, key, read_state(record, version).reference, from_ms(due))

        return self.unreadable.read("timer", bot, timer, decode)

    async def next_timer(self, *, after: datetime | None = None) -> datetime | None:
        last = _FIRST if after is None else to_ms(after)
        (due,) = self._database.row(_NEXT, last)
        return in_calendar(due)

"""Conversations: what ops looks at (turns, replies, ignored messages), and their waits."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from messages.codec import RecordDecoder, from_ms, in_calendar, to_ms
from messages.contact import Contact
from storage.codec import UnreadableRecords, read_contact, read_state
from storage.records import ConversationSummary, DeliveryStatus, DueTimer, IgnoredMessage, JournalEntry, OutboxRow
from storage.sqlite import outbox
from storage.sqlite.database import Database

_decode_entry = RecordDecoder[JournalEntry](JournalEntry)

_SUMMARY = """
    SELECT conversations.version, conversations.record, contacts.version, contacts.record,
           conversations.turns,
           (SELECT count(*) FROM outbox WHERE conversation = conversations.number AND status = 'pending'),
           (SELECT count(*) FROM outbox WHERE conversation = conversations.number AND status = 'failed')
    FROM conversations JOIN contacts ON contacts.number = conversations.contact
    WHERE conversations.bot = ? AND conversations.key
"""
_SUMMARIES = _SUMMARY + "> ? ORDER BY conversations.key LIMIT ?"
_ONE_SUMMARY = _SUMMARY + "= ?"

_JOURNAL = """
    WITH conversation AS (SELECT number FROM conversations WHERE bot = :bot AND key = :key)
    SELECT record FROM journal
    WHERE conversation = (SELECT number FROM conversation) AND number > coalesce(
        (SELECT number FROM journal WHERE conversation = (SELECT number FROM conversation) AND turn = :after), 0
    )
    ORDER BY number LIMIT :limit
"""
_OF_CONVERSATION = """
    WHERE outbox.conversation = (SELECT number FROM conversations WHERE bot = ? AND key = ?)
        AND (?3 IS NULL OR outbox.status = ?3)
    ORDER BY outbox.sequence LIMIT ?4
"""
_DELIVERIES = outbox.SELECT + _OF_CONVERSATION
_IGNORED = """
    SELECT conversations.key, ignored_messages.at, ignored_messages.text
    FROM ignored_messages JOIN conversations ON conversations.number = ignored_messages.conversation
    WHERE ignored_messages.bot = ? ORDER BY ignored_messages.number DESC LIMIT ?
"""
_CONTACT = "SELECT version, record FROM contacts WHERE bot = ? AND id = ?"
_MEMBERS = """
    SELECT contacts.version, contacts.record
    FROM memberships INDEXED BY members JOIN contacts ON contacts.number = memberships.contact
    WHERE memberships.bot = :bot AND memberships.subject = :segment AND memberships.state IN ('opted_in', 'added')
        AND memberships.contact > coalesce((SELECT number FROM contacts WHERE bot = :bot AND id = :after), 0)
    ORDER BY memberships.contact LIMIT :limit
"""


def _read_summary(bot: str, row: tuple[Any, ...]) -> ConversationSummary:
    state_version, state, contact_version, contact, turns, pending, failed = row
    return ConversationSummary(
        bot=bot,
        state=read_state(state, state_version),
        contact=read_contact(contact, contact_version),
        turns=turns,
        pending=pending,
        failed=failed,
    )


class SqliteConversations:
    """`storage.port.Conversations`."""

    _database: Database

    async def conversations(self, bot: str, *, after: str = "", limit: int = 100) -> Sequence[ConversationSummary]:
        await self._database.settle()
        return await self._database.report(
            lambda connection: [_read_summary(bot, row) for row in connection.execute(_SUMMARIES, (bot, after, limit))]
        )

    async def conversation(self, bot: str, key: str) -> ConversationSummary | None:
        await self._database.settle()
        row = await self._database.report(lambda connection: connection.execute(_ONE_SUMMARY, (bot, key)).fetchone())
        return None if row is None else _read_summary(bot, row)

    async def journal(
        self, bot: str, conversation: str, *, after: str = "", limit: int = 1000
    ) -> Sequence[JournalEntry]:
        parameters = {"bot": bot, "key": conversation, "after": after, "limit": limit}
        return await self._database.report(
            lambda connection: [_decode_entry(record) for (record,) in connection.execute(_JOURNAL, parameters)]
        )

    async def deliveries(
        self, bot: str, conversation: str, *, status: DeliveryStatus | None = None, limit: int = 1000
    ) -> Sequence[OutboxRow]:
        await self._database.settle()
        parameters = (bot, conversation, status, limit)
        return await self._database.report(
            lambda connection: list(outbox.read_rows(connection.execute(_DELIVERIES, parameters)))
        )

    async def ignored(self, bot: str, *, limit: int = 100) -> Sequence[IgnoredMessage]:
        def query(connection: sqlite3.Connection) -> Sequence[IgnoredMessage]:
            rows = connection.execute(_IGNORED, (bot, limit))
            return [IgnoredMessage(bot, key, from_ms(at), text) for key, at, text in rows]

        return await self._database.report(query)

    async def contact(self, bot: str, contact: str) -> Contact | None:
        row = self._database.row(_CONTACT, bot, contact)
        return None if row is None else read_contact(row[1], row[0])

    async def members(self, bot: str, segment: str, *, after: str = "", limit: int = 1000) -> Sequence[Contact]:
        parameters = {"bot": bot, "segment": segment, "after": after, "limit": limit}
        return await self._database.report(
            lambda connection: [
                read_contact(record, version) for version, record in connection.execute(_MEMBERS, parameters)
            ]
        )


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

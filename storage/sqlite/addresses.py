"""Where people are written to, and all that is asked about many of them before a push."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import orjson

from filters.person import KnownPerson
from messages.channel_addresses import ChannelAddress, by_channel
from messages.codec import encode
from messages.consent import Membership
from messages.inbound import ConversationReference
from storage.addresses import (
    MAX_TARGETS,
    ConsentRow,
    PushTarget,
    StateChange,
    moved,
    outside_window,
    push_target,
    unreachable,
)
from storage.codec import UnreadableRecords, read_address, read_state
from storage.sqlite.database import Database
from storage.sqlite.writer import Transaction

LAST_CHANGE = "SELECT max(changed) FROM contacts"

_ADDRESSES = """
    SELECT conversations.number, conversations.contact, conversations.version, conversations.record
    FROM json_each(?) AS asked CROSS JOIN conversations INDEXED BY conversations_of_contact
        ON conversations.contact = asked.value
"""

_CONVERSATION = "SELECT number, version, record, contact FROM conversations WHERE bot = ? AND key = ?"
_CHANGE_CONVERSATION = "UPDATE conversations SET version = version + 1, record = ? WHERE number = ?"
_MARK_CHANGED = "UPDATE contacts SET changed = ? WHERE number = ?"
_FAIL_PENDING = """
    UPDATE outbox SET status = 'failed', reason = ?, next_attempt_at = NULL
    WHERE conversation = ? AND status = 'pending'
"""
_TARGETS = """
    SELECT contacts.number, contacts.id, contacts.version, contacts.record,
           ours.state, ours.sequence, everything.state, everything.sequence
    FROM json_each(?1) AS asked CROSS JOIN contacts ON contacts.number = asked.value
    LEFT JOIN memberships AS ours ON ours.contact = contacts.number AND ours.subject = ?3
    LEFT JOIN memberships AS everything ON everything.contact = contacts.number AND everything.subject = '*'
    WHERE contacts.bot = ?2
"""
_FEW = 32
"""People whose addresses are read where they are asked for."""


def addresses_of(
    connection: sqlite3.Connection, unreadable: UnreadableRecords, bot: str, numbers: str
) -> Mapping[int, Sequence[ChannelAddress]]:
    """Return where contacts are written to, one address a channel; `numbers` are theirs, as a JSON array."""
    found: defaultdict[int, list[ChannelAddress]] = defaultdict(list)
    for number, contact, version, record in connection.execute(_ADDRESSES, (numbers,)):
        place = f"row {number} of the conversations"
        address = unreadable.read("conversation", bot, place, partial(read_address, record, version))
        if address is not None:
            found[contact].append(address)
    return {contact: tuple(by_channel(several).values()) for contact, several in found.items()}


async def with_addresses(
    database: Database, unreadable: UnreadableRecords, bot: str, people: Sequence[KnownPerson]
) -> Sequence[KnownPerson]:
    """Return people with where they are written to."""
    asked = orjson.dumps([person.number for person in people]).decode()

    def query(connection: sqlite3.Connection) -> Mapping[int, Sequence[ChannelAddress]]:
        return addresses_of(connection, unreadable, bot, asked)

    found = database.read(query) if len(people) <= _FEW else await database.report(query)
    return [person._replace(addresses=found.get(person.number, ())) for person in people]


class SqliteAddresses:
    """`storage.addresses.Addresses`."""

    _database: Database
    unreadable: UnreadableRecords

    async def mark_unreachable(
        self, bot: str, conversation: str, reason: str, at: datetime, *, code: str = "", drop: bool = False
    ) -> None:
        def operation(transaction: Transaction) -> None:
            change = partial(unreachable, reason=reason, at=at, code=code, drop=drop)
            number = _change_state(transaction, bot, conversation, change)
            if number is not None:
                transaction.cursor.execute(_FAIL_PENDING, (reason, number))

        await self._database.write(operation)

    async def mark_outside_window(self, bot: str, conversation: str, at: datetime) -> None:
        change = partial(outside_window, at=at)
        await self._database.write(lambda transaction: _change_state(transaction, bot, conversation, change))

    async def keep_reference(
        self, bot: str, conversation: str, reference: ConversationReference, *, instead_of: str
    ) -> None:
        change = partial(moved, reference=reference, instead_of=instead_of)
        await self._database.write(lambda transaction: _change_state(transaction, bot, conversation, change))

    async def push_targets(self, bot: str, numbers: Sequence[int], subject: str) -> Sequence[PushTarget]:
        asked = orjson.dumps(numbers[:MAX_TARGETS]).decode()

        def query(connection: sqlite3.Connection) -> Sequence[PushTarget]:
            addresses = addresses_of(connection, self.unreadable, bot, asked)
            found: list[PushTarget | None] = []
            for row in connection.execute(_TARGETS, (asked, bot, subject)):
                decode = partial(_target, row, addresses.get(row[0], ()))
                found.append(self.unreadable.read("contact", bot, f"number {row[0]}", decode))
            return list(filter(None, found))

        return await self._database.report(query)


_NO_ROW = ConsentRow()


def _target(row: tuple[Any, ...], addresses: Sequence[ChannelAddress]) -> PushTarget:
    number, contact, version, record, state, sequence, state_of_all, sequence_of_all = row
    ours = _NO_ROW if state is None else ConsentRow(Membership(state), sequence)
    everything = _NO_ROW if state_of_all is None else ConsentRow(Membership(state_of_all), sequence_of_all)
    return push_target(number, contact, version, record, (ours, everything), addresses)


def _change_state(transaction: Transaction, bot: str, conversation: str, change: StateChange) -> int | None:
    """Change the state of a conversation; return its number, None where nothing is to be changed."""
    cursor = transaction.cursor
    found = cursor.execute(_CONVERSATION, (bot, conversation)).fetchone()
    if found is None:
        return None
    number, version, record, contact = found
    state = change(read_state(record, version))
    if state is None:
        return None
    cursor.execute(_CHANGE_CONVERSATION, (encode(state), number))
    cursor.execute(_MARK_CHANGED, (transaction.next_number(LAST_CHANGE), contact))
    return int(number)

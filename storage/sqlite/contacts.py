"""Contacts: found by their handles, kept, changed and merged by staff, followed by whoever counts them."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import Any, TypeVar

import msgspec
import orjson

from filters.person import KnownPerson, MembershipRow
from messages.addresses import Handle, HandleKind, account_handles, handles_of, other_handles
from messages.codec import encode, from_ms
from messages.consent import ALL, ConsentChange, Membership
from messages.contact import Contact
from messages.errors import Conflict, StaleVersion
from storage.audience_records import MembershipPage, PeoplePage, PeoplePosition, taken, was_erased
from storage.change_feed import as_soon_as_found
from storage.codec import UnreadableRecords, read_contact
from storage.continuity import any_raises
from storage.erase import handle_digests
from storage.ledger import LedgerPosition
from storage.sqlite.addresses import LAST_CHANGE, with_addresses
from storage.sqlite.database import Database
from storage.sqlite.ledger import membership_rows
from storage.sqlite.ledger_rows import APPEND, check_before, next_rows, refuse_raising
from storage.sqlite.segments import lower
from storage.sqlite.writer import Transaction

ADD_HANDLE = "INSERT OR IGNORE INTO handles (bot, kind, key, contact) VALUES (?, ?, ?, ?)"
DROP_HANDLE = "DELETE FROM handles WHERE bot = ? AND kind = ? AND key = ? AND contact = ?"
_SALT = "SELECT value FROM salt"
_ANY_ERASED = "SELECT EXISTS (SELECT 1 FROM erased_handles WHERE bot = ?)"
_WAS_ERASED = "SELECT EXISTS (SELECT 1 FROM erased_handles WHERE bot = ? AND digest = ?)"
_ERASED_LOWERED = "SELECT lowered FROM erased_handles WHERE bot = ? AND digest = ?"
_KEEP_ERASED = """
    INSERT INTO erased_handles (bot, digest, lowered) VALUES (?, ?, ?)
    ON CONFLICT (bot, digest) DO UPDATE SET lowered = max(excluded.lowered, coalesce(lowered, excluded.lowered))
"""
_BAR = "UPDATE contacts SET barred = 1 WHERE number = ?"


def change_handles(
    cursor: sqlite3.Cursor, bot: str, contact: int, new: Iterable[Handle], lost: Iterable[Handle] = ()
) -> None:
    """Keep by what a contact is found. One with a handle of somebody who was erased is one whom staff adds nowhere.

    `contact` is the contact's number. Accounts are kept elsewhere.
    """
    new = list(new)
    cursor.executemany(DROP_HANDLE, [(bot, one.kind, one.key, contact) for one in lost])
    cursor.executemany(
        ADD_HANDLE, [(bot, one.kind, one.key, contact) for one in new if one.kind is not HandleKind.ACCOUNT]
    )
    if erased_among(cursor, bot, new):
        cursor.execute(_BAR, (contact,))
        if (lowered := lowered_by_erasing(cursor, bot, new)) is not None:
            lower(cursor, bot, contact, [(ALL, lowered)])


def erased_among(connection: sqlite3.Cursor | sqlite3.Connection, bot: str, handles: Iterable[Handle]) -> set[Handle]:
    """Return those of the handles that belonged to somebody who was erased."""
    if not connection.execute(_ANY_ERASED, (bot,)).fetchone()[0]:
        return set()
    (salt,) = connection.execute(_SALT).fetchone()
    digests = handle_digests(salt, handles)
    return {one for one, digest in digests.items() if connection.execute(_WAS_ERASED, (bot, digest)).fetchone()[0]}


def lowered_by_erasing(
    connection: sqlite3.Cursor | sqlite3.Connection, bot: str, handles: Iterable[Handle]
) -> int | None:
    """Return what an act of whoever has these handles must be younger than, in milliseconds since 1970."""
    (salt,) = connection.execute(_SALT).fetchone()
    found = [
        connection.execute(_ERASED_LOWERED, (bot, digest)).fetchone()
        for digest in handle_digests(salt, handles).values()
    ]
    return max((row[0] for row in found if row is not None and row[0] is not None), default=None)


def keep_erased(cursor: sqlite3.Cursor, bot: str, handles: Iterable[Handle], lowered: int) -> None:
    """Keep what is left of the handles of somebody who is being erased, and what their acts must be younger than."""
    (salt,) = cursor.execute(_SALT).fetchone()
    cursor.executemany(_KEEP_ERASED, [(bot, digest, lowered) for digest in handle_digests(salt, handles).values()])


_CONTACT = "SELECT number, version, seen_at, gone, barred FROM contacts WHERE bot = ? AND id = ?"
_STATES = "SELECT subject, state FROM memberships WHERE contact = ?"
_KEEP = """
    UPDATE contacts SET version = version + 1, record = ?, changed = ?, seen_at = ?, barred = ? WHERE number = ?
"""
_LET_GO = (
    "UPDATE contacts SET version = version + 1, record = ?, changed = ?, gone = 1, merged_into = ? WHERE number = ?"
)
_JOIN_TIMES = """
    INSERT INTO memberships (contact, subject, bot, state, sequence, lowered, raised)
    SELECT ?1, subject, bot, 'none', 0, lowered, raised FROM memberships
    WHERE contact = ?2 AND (lowered IS NOT NULL OR raised IS NOT NULL)
    ON CONFLICT (contact, subject) DO UPDATE SET
        lowered = max(coalesce(lowered, excluded.lowered), coalesce(excluded.lowered, lowered)),
        raised = max(coalesce(raised, excluded.raised), coalesce(excluded.raised, raised))
"""
_OVERRIDE = """
    UPDATE memberships SET
        lowered = max(coalesce(lowered, raised, everything.at), coalesce(raised, lowered, everything.at))
    FROM (SELECT max(lowered) AS at FROM memberships WHERE contact = ?1 AND subject = '*') AS everything
    WHERE contact = ?1 AND sequence > 0 AND state NOT IN ('opted_in', 'added')
        AND coalesce(lowered, raised, everything.at) IS NOT NULL
"""
"""A yes that the merge overrides is a tie with what overrides it; what a STOP of the other reached is as old as that.
Where no row of the ledger is, nothing was said against a yes: a START that changed nothing.
"""
_MOVE = (
    "UPDATE identities SET contact = ?1 WHERE contact = ?2",
    "UPDATE conversations SET contact = ?1, version = version + 1 WHERE contact = ?2",
    "UPDATE outbox SET contact = ?1 WHERE contact = ?2",
    "UPDATE OR REPLACE handles SET contact = ?1 WHERE contact = ?2",
)


def merge(transaction: Transaction, bot: str, kept: Contact, gone: Contact, changes: Sequence[ConsentChange]) -> None:
    """Write what `storage.audience_port.People.merge_contacts` says. Raises StaleVersion before anything is written."""
    cursor = transaction.cursor
    numbers: dict[str, int] = {}
    seen: list[int] = []
    barred = 0
    for contact in (kept, gone):
        row = cursor.execute(_CONTACT, (bot, contact.id)).fetchone()
        if row is None or row[1] != contact.version or row[3]:
            raise StaleVersion(f"contact {contact.id}")
        numbers[contact.id] = row[0]
        seen += [] if row[2] is None else [row[2]]
        barred = max(barred, row[4])
        memberships = {subject: Membership(state) for subject, state in cursor.execute(_STATES, (row[0],))}
        about = [change for change in changes if change.contact == contact.id]
        check_before(memberships, about)
        left = {**memberships, **{one.subject: one.after for one in about}}
        if contact is gone and any(state is not Membership.NONE for state in left.values()):
            raise StaleVersion(f"memberships of {gone.id}")
    if any_raises(changes):
        refuse_raising(transaction, bot)
    ours, theirs = numbers[kept.id], numbers[gone.id]
    for change in changes:
        rows = next_rows(transaction, bot, numbers[change.contact], (change,))
        APPEND.write(cursor, rows)
    cursor.execute(_JOIN_TIMES, (ours, theirs))
    cursor.execute(_OVERRIDE, (ours,))
    for statement in _MOVE:
        cursor.execute(statement, (ours, theirs))
    change_handles(cursor, bot, ours, handles_of(kept))
    last_seen = max(seen, default=None)
    cursor.execute(_KEEP, (encode(kept), transaction.next_number(LAST_CHANGE), last_seen, barred, ours))
    rest = Contact(id=gone.id, identities=(), merged_into=kept.id)
    cursor.execute(_LET_GO, (encode(rest), transaction.next_number(LAST_CHANGE), kept.id, theirs))


_COLUMNS = "SELECT number, version, record, seen_at FROM contacts "
_PAGE = _COLUMNS + "WHERE +bot = ? AND number > ? AND NOT gone ORDER BY number"
_NUMBERED = """
    SELECT number, version, record, seen_at FROM contacts
    WHERE number IN (SELECT value FROM json_each(?)) AND +bot = ? AND NOT gone
"""
_ONE = _COLUMNS + "WHERE bot = ? AND id = ?"
_CHANGED = "SELECT changed, number, version, record, seen_at FROM contacts WHERE changed > ? AND +bot = ? "
_CHANGED += "ORDER BY changed LIMIT ?"
_LAST_CHANGED = "SELECT coalesce(max(changed), 0) FROM contacts"
_MEMBERSHIPS = """
    SELECT subject, state FROM memberships
    WHERE contact = (SELECT number FROM contacts WHERE bot = ? AND id = ?) AND state <> 'none'
"""

_BY_HANDLE = """
    SELECT asked.key, handles.contact
    FROM json_each(?) AS asked CROSS JOIN handles
        ON handles.bot = ? AND handles.kind = ? AND handles.key = asked.value
"""
_BY_ACCOUNT = "SELECT contact FROM identities WHERE bot = ? AND channel = ? AND user = ?"

INSERT = "INSERT INTO contacts (number, bot, id, version, record, changed) VALUES (?, ?, ?, 1, ?, ?)"
UPDATE = "UPDATE contacts SET version = version + 1, record = ?, changed = ? WHERE number = ?"
LAST_NUMBER = "SELECT max(number) FROM contacts"
ADD_IDENTITY = "INSERT INTO identities (bot, channel, user, contact) VALUES (?, ?, ?, ?)"
_DROP_IDENTITIES = "DELETE FROM identities WHERE contact = ?"

_FEW = 32
"""Rows that are read where they are asked for: what comes while somebody follows need not wait for long reports."""

T = TypeVar("T")


class SqlitePeople:
    """`storage.audience_port.People`, without `change_many`."""

    _database: Database
    unreadable: UnreadableRecords

    async def people(self, bot: str, *, after: int = 0, limit: int = 1000) -> Sequence[KnownPerson]:
        def query(connection: sqlite3.Connection) -> Sequence[KnownPerson]:
            rows = connection.execute(_PAGE, (bot, after))
            return list(islice(self._readable_people(bot, rows), limit))

        return await self._database.report(query)

    def _readable_people(self, bot: str, rows: Iterable[tuple[Any, ...]]) -> Iterable[KnownPerson]:
        return filter(
            None, (self.unreadable.read("contact", bot, f"number {row[0]}", partial(known_person, row)) for row in rows)
        )

    async def people_numbered(self, bot: str, numbers: Sequence[int]) -> Sequence[KnownPerson]:
        asked = orjson.dumps(list(numbers)).decode()

        def query(connection: sqlite3.Connection) -> dict[int, KnownPerson]:
            rows = connection.execute(_NUMBERED, (asked, bot))
            return {person.number: person for person in self._readable_people(bot, rows)}

        found = await self._database.report(query)
        return [found[number] for number in numbers if number in found]

    async def person(self, bot: str, contact: str) -> KnownPerson | None:
        seen: set[str] = set()
        while contact not in seen:
            seen.add(contact)
            asked = contact
            row = self._database.row(_ONE, bot, asked)
            if row is None:
                return None
            person = known_person(row)
            if not person.contact.merged_into:
                return None if person.is_gone else person
            contact = person.contact.merged_into
        return None

    async def memberships(self, bot: str, contact: str) -> dict[str, Membership]:
        rows = self._database.read(lambda connection: connection.execute(_MEMBERSHIPS, (bot, contact)).fetchall())
        return {subject: Membership(state) for subject, state in rows}

    async def find_people(self, bot: str, handles: Sequence[Handle]) -> Sequence[Sequence[int]]:
        return await self._database.report(lambda connection: owners_of(connection, bot, handles))

    async def erased_handles(self, bot: str, handles: Sequence[Handle]) -> frozenset[Handle]:
        return frozenset(await self._database.report(lambda connection: erased_among(connection, bot, handles)))

    async def add_contact(self, bot: str, contact: Contact, *, unique_address: bool = False) -> KnownPerson:
        return await self._database.write(lambda transaction: _add(transaction, bot, contact, unique_address))

    async def edit_contact(self, bot: str, contact: Contact, *, unique_address: bool = False) -> KnownPerson:
        return await self._database.write(lambda transaction: _edit(transaction, bot, contact, unique_address))

    async def merge_contacts(
        self, bot: str, kept: Contact, gone: Contact, changes: Sequence[ConsentChange]
    ) -> KnownPerson:
        def operation(transaction: Transaction) -> KnownPerson:
            merge(transaction, bot, kept, gone, changes)
            return _read(transaction.cursor, bot, kept.id)

        return await self._database.write(operation)

    async def follow_people(
        self, bot: str, position: PeoplePosition = (), *, limit: int = 10_000, wait: float = 0.0
    ) -> PeoplePage:
        (after,) = position or (0,)

        def query(connection: sqlite3.Connection, maximum: int) -> list[Any]:
            return connection.execute(_CHANGED, (after, bot, maximum)).fetchall()

        rows = await self._followed(bot, query, limit, wait)
        if not rows:
            return PeoplePage((), (after,), more=False)
        people = list(self._readable_people(bot, (row[1:] for row in rows)))
        return PeoplePage(
            await with_addresses(self._database, self.unreadable, bot, people), (rows[-1][0],), more=len(rows) == limit
        )

    async def follow_memberships(
        self, bot: str, position: LedgerPosition = (), *, limit: int = 10_000, wait: float = 0.0
    ) -> MembershipPage:
        (after,) = position or (0,)

        def query(connection: sqlite3.Connection, maximum: int) -> list[MembershipRow]:
            return membership_rows(connection, bot, after, maximum)

        rows = await self._followed(bot, query, limit, wait)
        last = rows[-1].sequence if rows else after
        return MembershipPage(rows, (last,), more=len(rows) == limit)

    async def _followed(
        self, bot: str, query: Callable[[sqlite3.Connection, int], list[T]], limit: int, wait: float
    ) -> list[T]:
        """Return rows as soon as there are any, at most `limit`; none after `wait` seconds."""
        few = min(limit, _FEW)

        async def look() -> list[T]:
            return self._database.read(lambda connection: query(connection, few))

        rows = await as_soon_as_found(self._database.feed, bot, look, wait)
        if few == len(rows) < limit:
            return await self._database.report(lambda connection: query(connection, limit))
        return rows


def known_person(row: tuple[Any, ...]) -> KnownPerson:
    number, version, record, seen_at = row
    return KnownPerson(number, read_contact(record, version), None if seen_at is None else from_ms(seen_at))


def owners_of(connection: sqlite3.Connection, bot: str, handles: Sequence[Handle]) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in handles]
    kinds: defaultdict[HandleKind, list[int]] = defaultdict(list)
    for place, handle in enumerate(handles):
        kinds[handle.kind].append(place)
    for kind, places in kinds.items():
        if kind is HandleKind.ACCOUNT:
            for place in places:
                channel, _, user = handles[place].key.partition(" ")
                found[place] = [number for (number,) in connection.execute(_BY_ACCOUNT, (bot, channel, user))]
            continue
        places.sort(key=lambda place: handles[place].key)  # neighbours are on one page of the file
        asked = orjson.dumps([handles[place].key for place in places]).decode()
        for index, number in connection.execute(_BY_HANDLE, (asked, bot, kind)):
            found[places[index]].append(number)
    return found


def _read(cursor: sqlite3.Cursor, bot: str, contact: str) -> KnownPerson:
    return known_person(cursor.execute(_ONE, (bot, contact)).fetchone())


def refuse_taken(cursor: sqlite3.Cursor, bot: str, handles: Iterable[Handle], number: int) -> None:
    """Raise Taken when one of the handles, which belong to one person alone, is another contact's."""
    unique = list(handles)
    for handle, numbers in zip(unique, owners_of(cursor.connection, bot, unique), strict=True):
        for other in numbers:
            if other != number:
                (name,) = cursor.execute("SELECT id FROM contacts WHERE number = ?", (other,)).fetchone()
                raise taken(handle, name)


def _unique(handles: Iterable[Handle], unique_address: bool) -> list[Handle]:
    """Return those of the handles that belong to one person alone."""
    return [one for one in handles if unique_address or one.kind is not HandleKind.EMAIL]


def _add(transaction: Transaction, bot: str, contact: Contact, unique_address: bool) -> KnownPerson:
    cursor = transaction.cursor
    if cursor.execute(_ONE, (bot, contact.id)).fetchone() is not None:
        raise Conflict(f"there is a contact {contact.id} already", contact.id)
    refuse_taken(cursor, bot, _unique(handles_of(contact), unique_address), 0)
    if erased_among(cursor, bot, handles_of(contact)):
        raise was_erased(is_new=True)
    number = transaction.next_number(LAST_NUMBER)
    cursor.execute(INSERT, (number, bot, contact.id, encode(contact), transaction.next_number(LAST_CHANGE)))
    cursor.executemany(ADD_IDENTITY, [(bot, one.channel, one.user, number) for one in contact.identities])
    change_handles(cursor, bot, number, other_handles(contact))
    return KnownPerson(number, msgspec.structs.replace(contact, version=1))


def _edit(transaction: Transaction, bot: str, contact: Contact, unique_address: bool) -> KnownPerson:
    cursor = transaction.cursor
    row = cursor.execute(_ONE, (bot, contact.id)).fetchone()
    before = None if row is None else known_person(row)
    if before is None or before.is_gone or before.contact.version != contact.version:
        raise StaleVersion(f"contact {contact.id}")
    new, old = handles_of(contact), handles_of(before.contact)
    refuse_taken(cursor, bot, _unique(new - old, unique_address), before.number)
    if erased_among(cursor, bot, new - old):
        raise was_erased(is_new=False)
    cursor.execute(UPDATE, (encode(contact), transaction.next_number(LAST_CHANGE), before.number))
    if account_handles(contact) != account_handles(before.contact):
        cursor.execute(_DROP_IDENTITIES, (before.number,))
        cursor.executemany(ADD_IDENTITY, [(bot, one.channel, one.user, before.number) for one in contact.identities])
    change_handles(cursor, bot, before.number, new - old, old - new)
    return KnownPerson(before.number, msgspec.structs.replace(contact, version=contact.version + 1), before.last_seen)

"""Segments that staff made, who is a member, and what staff does to the memberships of many."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

import msgspec
import orjson

from consent.membership import Act, Change, Refusal, change
from messages.codec import RecordDecoder, encode, from_ms, to_ms
from messages.consent import ALL, Membership, SourceKind
from messages.errors import StaleVersion
from storage.audience_records import Changed, SegmentRecord, StaffChange, StaffOutcome
from storage.codec import UnreadableRecords
from storage.sqlite.database import Database
from storage.sqlite.ledger_rows import Shared, append, refuse_raising
from storage.sqlite.writer import Transaction

_decode_consent = msgspec.json.Decoder(list[tuple[str, Membership, int | None, int | None]]).decode

_LOWER = """
    INSERT INTO memberships (contact, subject, bot, state, sequence, lowered) VALUES (?, ?, ?, 'none', 0, ?)
    ON CONFLICT (contact, subject) DO UPDATE SET
        lowered = max(excluded.lowered, coalesce(lowered, excluded.lowered), coalesce(raised, excluded.lowered))
"""

_RAISE = """
    INSERT INTO memberships (contact, subject, bot, state, sequence, raised) VALUES (?, ?, ?, 'none', 0, ?)
    ON CONFLICT (contact, subject) DO UPDATE SET raised = max(excluded.raised, coalesce(raised, excluded.raised))
"""


class ConsentState(NamedTuple):
    """By subject: the memberships but for those that came back to none, and the times of acts."""

    memberships: Mapping[str, Membership]
    lowered: Mapping[str, datetime]
    raised: Mapping[str, datetime]


NO_CONSENT = ConsentState({}, {}, {})


def read_consent(rows: str) -> ConsentState:
    """Return what a JSON array of `[subject, state, lowered, raised]` says."""
    memberships: dict[str, Membership] = {}
    lowered: dict[str, datetime] = {}
    raised: dict[str, datetime] = {}
    for subject, state, lowered_at, raised_at in _decode_consent(rows):
        if state is not Membership.NONE:
            memberships[subject] = state
        if lowered_at is not None:
            lowered[subject] = from_ms(lowered_at)
        if raised_at is not None:
            raised[subject] = from_ms(raised_at)
    return ConsentState(memberships, lowered, raised)


def lower(cursor: sqlite3.Cursor, bot: str, contact: int, times: Iterable[tuple[str, int]]) -> None:
    """Keep that acts lowered subjects although no row of the ledger says so; times are in milliseconds since 1970.

    `contact` is the contact's number. A time never goes back.
    """
    cursor.executemany(_LOWER, [(contact, subject, bot, at) for subject, at in times])


def raise_(cursor: sqlite3.Cursor, bot: str, contact: int, times: Iterable[tuple[str, int]]) -> None:
    """Keep that acts raised subjects although no row of the ledger says so, as `lower` does."""
    cursor.executemany(_RAISE, [(contact, subject, bot, at) for subject, at in times])


_decode = RecordDecoder[SegmentRecord](SegmentRecord)

_ALL = "SELECT id, record FROM segments WHERE bot = ? ORDER BY id"
_VERSION = "SELECT version FROM segments WHERE bot = ? AND id = ?"
_SAVE = """
    INSERT INTO segments (bot, id, version, record) VALUES (?, ?, ?, ?)
    ON CONFLICT (bot, id) DO UPDATE SET version = excluded.version, record = excluded.record
"""
_DELETE = "DELETE FROM segments WHERE bot = ? AND id = ?"
_CHANGES = "SELECT version FROM segment_versions WHERE bot = ?"
_COUNT_CHANGE = """
    INSERT INTO segment_versions (bot, version) VALUES (?, 1) ON CONFLICT (bot) DO UPDATE SET version = version + 1
"""
_KEEP = "INSERT OR IGNORE INTO frozen_members (bot, name, at, members) VALUES (?, ?, ?, ?)"
_KEPT = "SELECT members FROM frozen_members WHERE bot = ? AND name = ?"
_DROP = "DELETE FROM frozen_members WHERE bot = ? AND name = ?"


class SqliteSegments:
    """`storage.audience_port.Segments`."""

    _database: Database
    unreadable: UnreadableRecords

    async def segments(self, bot: str) -> Sequence[SegmentRecord]:
        rows = await self._database.rows(_ALL, bot)
        self.unreadable.begin("segment", bot)
        found = (self.unreadable.read("segment", bot, name, partial(_decode, record)) for name, record in rows)
        return list(filter(None, found))

    async def segments_version(self, bot: str) -> int:
        row = self._database.row(_CHANGES, bot)
        return 0 if row is None else int(row[0])

    async def save_segment(self, segment: SegmentRecord) -> SegmentRecord:
        saved = msgspec.structs.replace(segment, version=segment.version + 1)

        def operation(transaction: Transaction) -> SegmentRecord:
            _refuse_stale(transaction, segment.bot, segment.id, segment.version)
            transaction.cursor.execute(_SAVE, (saved.bot, saved.id, saved.version, encode(saved)))
            transaction.cursor.execute(_COUNT_CHANGE, (saved.bot,))
            return saved

        return await self._database.write(operation)

    async def delete_segment(self, bot: str, segment: str, *, version: int) -> None:
        def operation(transaction: Transaction) -> None:
            _refuse_stale(transaction, bot, segment, version)
            if not transaction.cursor.execute(_DELETE, (bot, segment)).rowcount:
                raise StaleVersion(f"segment {segment}")
            transaction.cursor.execute(_COUNT_CHANGE, (bot,))

        await self._database.write(operation)

    async def keep_frozen(self, bot: str, name: str, members: bytes, at: datetime) -> None:
        await self._database.execute(_KEEP, bot, name, to_ms(at), members)

    async def frozen(self, bot: str, name: str) -> bytes | None:
        row = await self._database.report(lambda connection: connection.execute(_KEPT, (bot, name)).fetchone())
        return None if row is None else bytes(row[0])

    async def drop_frozen(self, bot: str, name: str) -> None:
        await self._database.execute(_DROP, bot, name)


def _refuse_stale(transaction: Transaction, bot: str, segment: str, version: int) -> None:
    row = transaction.cursor.execute(_VERSION, (bot, segment)).fetchone()
    if (0 if row is None else row[0]) != version:
        raise StaleVersion(f"segment {segment}")


_PEOPLE = """
    SELECT contacts.number, contacts.id, contacts.barred
    FROM json_each(?) AS asked CROSS JOIN contacts ON contacts.number = asked.value
    WHERE +contacts.bot = ? AND NOT contacts.gone
"""
_CURRENT = """
    SELECT contact, subject, state, lowered FROM json_each(?) AS asked CROSS JOIN memberships ON contact = asked.value
    WHERE +subject IN (?, ?)
"""


class StaffBatch(NamedTuple):
    """A change by staff for people who differ; `lines` are those of a job's file."""

    subject: str
    act: Act
    at: int
    """Milliseconds since 1970."""
    source: SourceKind
    actor: str
    detail: str
    acted_at: int | None = None
    """When staff acted, if that is not `at`; in milliseconds since 1970."""


class SqliteStaffChanges:
    """`storage.audience_port.People.change_many`."""

    _database: Database

    async def change_many(self, bot: str, change: StaffChange) -> Sequence[StaffOutcome]:
        def operation(transaction: Transaction) -> Sequence[StaffOutcome]:
            if change.act is Act.ADD:
                refuse_raising(transaction, bot)
            outcomes: dict[int, StaffOutcome] = {}
            for detail, people in _by_detail(change).items():
                acted = None if change.acted_at is None else to_ms(change.acted_at)
                batch = StaffBatch(
                    change.subject, change.act, to_ms(change.at), change.source, change.actor, detail, acted
                )
                outcomes.update(change_people(transaction, bot, batch, people))
            return [outcomes[person] for person in change.people]

        return await self._database.write(operation)


def _by_detail(change: StaffChange) -> dict[str, list[int]]:
    if not change.details:
        return {change.detail: list(dict.fromkeys(change.people))}
    first: dict[int, str] = {}
    for person, detail in zip(change.people, change.details, strict=True):
        first.setdefault(person, detail)
    people: defaultdict[str, list[int]] = defaultdict(list)
    for person, detail in first.items():
        people[detail].append(person)
    return people


def change_people(
    transaction: Transaction,
    bot: str,
    batch: StaffBatch,
    people: Sequence[int],
    lines: Sequence[int] | None = None,
    *,
    dry_run: bool = False,
) -> dict[int, StaffOutcome]:
    """Do the act for each person, none of whom comes twice; return what became of each, by number. `dry_run`: what
    would become of each; nothing is done.
    """
    cursor = transaction.cursor
    asked = orjson.dumps(people).decode()
    found = cursor.execute(_PEOPLE, (asked, bot)).fetchall()
    known = {number: contact for number, contact, _ in found}
    barred = {number for number, _, is_barred in found if is_barred} if batch.act is Act.ADD else set()
    acted_at = batch.at if batch.acted_at is None else batch.acted_at
    current, stopped, outweighed = _current_memberships(cursor, asked, batch.subject, acted_at)
    special = {*current, *stopped, *barred}
    plain = (
        people if not special and len(known) == len(people) else [n for n in people if n in known and n not in special]
    )
    outcomes: dict[int, StaffOutcome] = dict.fromkeys(people, Changed.UNKNOWN)
    changed: defaultdict[Change, list[int]] = defaultdict(list)

    def take(numbers: Sequence[int], outcome: Change | Refusal | None) -> None:
        if isinstance(outcome, Change):
            changed[outcome] += numbers
            outcomes.update(dict.fromkeys(numbers, Changed.CHANGED))
        else:
            outcomes.update(dict.fromkeys(numbers, outcome or Changed.UNCHANGED))

    take(plain, change(batch.act, batch.subject, Membership.NONE))
    for number in special & known.keys():
        if number in barred:
            outcomes[number] = Changed.ERASED
        else:
            before, everything = (states.get(number, Membership.NONE) for states in (current, stopped))
            late = number in outweighed
            take([number], change(batch.act, batch.subject, before, everything, outweighed=late))
    if dry_run:
        return outcomes
    if batch.act is Act.REMOVE:
        for number in [number for number, outcome in outcomes.items() if outcome is Changed.UNCHANGED]:
            lower(cursor, bot, number, [(batch.subject, acted_at)])
    of_person = dict(zip(people, lines, strict=True)) if lines is not None else {}
    for (subject, before, after), numbers in changed.items():
        if not numbers:
            continue
        shared = Shared(subject, before, after, batch.at, batch.source, batch.actor, batch.detail)
        numbers.sort()
        ids = [known[number] for number in numbers]
        its_lines = [of_person[number] for number in numbers] if of_person else None
        append(transaction, bot, shared, numbers, ids, its_lines, batch.acted_at)
    return outcomes


def _current_memberships(
    cursor: sqlite3.Cursor, asked: str, segment: str, acted_at: int
) -> tuple[dict[int, Membership], dict[int, Membership], set[int]]:
    """Return how people stand to a segment and to everything, by number, as far as they stand to either, and whose
    consent was lowered at `acted_at` or later.
    """
    own: dict[int, Membership] = {}
    everything: dict[int, Membership] = {}
    outweighed: set[int] = set()
    for number, subject, state, lowered in cursor.execute(_CURRENT, (asked, segment, ALL)):
        (everything if subject == ALL else own)[number] = Membership(state)
        if lowered is not None and lowered >= acted_at:
            outweighed.add(number)
    return own, everything, outweighed

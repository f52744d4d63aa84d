"""What staff does for many people at once: decided for each where it is written, and written as batches of rows."""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import orjson

from consent.membership import Act, Change, Refusal, change
from messages.consent import Membership, SourceKind
from messages.ids import ALL
from storage.audience_records import Changed, StaffChange, StaffOutcome
from storage.sqlite.consent_state import lower
from storage.sqlite.database import Database
from storage.sqlite.ledger_batches import Shared, append
from storage.sqlite.ledger_rows import refuse_raising
from storage.sqlite.operation import Transaction
from storage.times import to_ms

_PEOPLE = """
    SELECT contacts.number, contacts.id, contacts.barred
    FROM json_each(?) AS asked CROSS JOIN contacts ON contacts.number = asked.value
    WHERE +contacts.bot = ? AND NOT contacts.gone
"""
_STANDING = """
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
    transaction: Transaction, bot: str, batch: StaffBatch, people: Sequence[int], lines: Sequence[int] | None = None
) -> dict[int, StaffOutcome]:
    """Do the act for each person, none of whom comes twice; return what became of each, by number."""
    cursor = transaction.cursor
    asked = orjson.dumps(people).decode()
    found = cursor.execute(_PEOPLE, (asked, bot)).fetchall()
    known = {number: contact for number, contact, _ in found}
    barred = {number for number, _, is_barred in found if is_barred} if batch.act is Act.ADD else set()
    acted_at = batch.at if batch.acted_at is None else batch.acted_at
    standing, stopped, outweighed = _standing(cursor, asked, batch.subject, acted_at)
    special = {*standing, *stopped, *barred}
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
            before, everything = (standings.get(number, Membership.NONE) for standings in (standing, stopped))
            late = number in outweighed
            take([number], change(batch.act, batch.subject, before, everything, outweighed=late))
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


def _standing(
    cursor: sqlite3.Cursor, asked: str, segment: str, acted_at: int
) -> tuple[dict[int, Membership], dict[int, Membership], set[int]]:
    """Return how people stand to a segment and to everything, by number, as far as they stand to either, and whose
    consent was lowered at `acted_at` or later.
    """
    own: dict[int, Membership] = {}
    everything: dict[int, Membership] = {}
    outweighed: set[int] = set()
    for number, subject, state, lowered in cursor.execute(_STANDING, (asked, segment, ALL)):
        (everything if subject == ALL else own)[number] = Membership(state)
        if lowered is not None and lowered >= acted_at:
            outweighed.add(number)
    return own, everything, outweighed

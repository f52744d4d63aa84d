"""A file of contacts: whom its rows mean, and what they come to.

A file makes contacts and changes details, fields and tags. It touches no consent: it adds nobody to a segment and lifts
no stop, and who had their data erased stays away.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import IO

from pyroaring import BitMap

from audiences.imports.contact_rows import ContactRow, ContactRows, applied, faults_of, new_contact
from audiences.imports.plan import LOOK_UP, chunks_of, in_order
from audiences.imports.table import Columns, Table, columns_of
from filters.person import KnownPerson
from flows.model.bot import Bot
from messages.addresses import Handle, HandleKind
from messages.contact import EDITABLE
from messages.errors import BadInput
from messages.import_rows import Outcome, Reason
from storage.audience_port import People
from storage.audience_records import ImportJob, ImportRow


def made_by(job: ImportJob, line: int) -> str:
    """Return the id of the contact that a line makes."""
    return f"c_{job.id}_{line}"


class ContactSource:
    """The contacts of a file. `flow` says which types its fields have."""

    def __init__(
        self, store: People, job: ImportJob, file: IO[bytes], flow: Bot, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._job = job
        self._file = file
        self._flow = flow
        self._clock = clock
        self._lines: dict[Handle, int] = {}

    def _table(self) -> tuple[Table, Columns]:
        table = Table(chunks_of(self._file))
        return table, columns_of(table, EDITABLE)

    def count(self) -> int:
        table, _ = self._table()
        rows = sum(1 for _ in table)
        if not rows:
            raise BadInput("the file has no rows", remedy="Give one contact a line, below the titles")
        return rows

    def windows(self, size: int) -> Iterator[list[ContactRow]]:
        table, columns = self._table()
        reader = ContactRows(columns, self._flow, self._job.types)
        rows = map(reader.read, table)
        while window := list(islice(rows, size)):
            yield window

    async def plan(self, rows: list[ContactRow], before: BitMap) -> list[ImportRow]:
        planned: list[ImportRow] = []
        if not self._job.dry_run:
            self._lines = {}  # who was new in the windows before is in the store
        planner = _Planner(self._store, self._job, BitMap(before), self._clock(), self._lines)
        for start in range(0, len(rows), LOOK_UP):
            some = rows[start : start + LOOK_UP]
            await planner.look(some)
            planned += await asyncio.to_thread(list, map(planner.plan, some))
        return await in_order(planned)

    async def plan_again(self, plan: Sequence[ImportRow], rows: Sequence[ContactRow]) -> list[ImportRow]:
        """What a row was to change, and has changed by now, still counts as changed: it was broken off behind that."""
        lines = {row.line for row in plan if row.reason is None}
        some = [row for row in rows if row.line in lines]
        planner = _Planner(self._store, self._job, BitMap(), self._clock(), {})
        await planner.look(some)
        now = {row.line: planner.plan(row) for row in some}
        planned: list[ImportRow] = []
        for row in plan:
            again = now.get(row.line, row)
            is_done = row.outcome is Outcome.CHANGED and again.outcome is Outcome.UNCHANGED
            planned.append(again._replace(outcome=Outcome.CHANGED) if is_done else again)
        return planned


class _Planner:
    """What the store knows of the people whom some rows mean."""

    def __init__(self, store: People, job: ImportJob, seen: BitMap, now: datetime, lines: dict[Handle, int]) -> None:
        self._store = store
        self._job = job
        self._seen = seen
        self._now = now
        self._owners: dict[Handle, Sequence[int]] = {}
        self._erased: frozenset[Handle] = frozenset()
        self._people: dict[int, KnownPerson] = {}
        self._named: dict[str, int] = {}
        """By id of a contact, its number."""
        self._lines = lines
        """Handles that nobody had, and the row that gives each to somebody."""

    async def look(self, rows: Sequence[ContactRow]) -> None:
        bot = self._job.bot
        handles = list({handle for row in rows for handle in row.handles})
        self._owners = dict(zip(handles, await self._store.find_people(bot, handles), strict=True))
        unknown = [handle for handle, numbers in self._owners.items() if not numbers]
        self._erased = await self._store.erased_handles(bot, unknown) if unknown else frozenset()
        numbers = list({number for owners in self._owners.values() for number in owners})
        self._people = {person.number: person for person in await self._store.people_numbered(bot, numbers)}
        for row in rows:
            if not row.handles and row.contact:
                person = await self._store.person(bot, row.contact)
                if person is not None:
                    self._people[person.number] = person
                    self._named[row.contact] = person.number

    def plan(self, row: ContactRow) -> ImportRow:
        """Return what a row comes to."""
        try:
            person = self._whom(row)
            _refuse_faults(row, person)
        except _Failure as failure:
            value = "" if failure.reason is Reason.ERASED else row.value
            return ImportRow(row.line, value, 0, failure.reason, failure.detail)
        self._lines.update((handle, row.line) for handle in row.handles if not self._owners[handle])
        return self._new(row) if person is None else self._known(row, person)

    def _known(self, row: ContactRow, person: KnownPerson) -> ImportRow:
        self._seen.add(person.number)
        planned = ImportRow(row.line, row.value, person.number, outcome=Outcome.UNCHANGED)
        if person.contact.id == made_by(self._job, row.line):  # this row made it, before it was broken off
            return planned._replace(outcome=Outcome.ADDED)
        contact = applied(row, person.contact)
        if contact is person.contact:
            return planned
        return planned._replace(outcome=Outcome.CHANGED, contact=contact)

    def _refuse_second(self, row: ContactRow, person: KnownPerson) -> None:
        """Raise _Failure if an earlier row named this person, or made them."""
        of_job = person.contact.id.removeprefix(made_by(self._job, 0)[:-1])
        if of_job not in (person.contact.id, str(row.line)):
            raise _Failure(Reason.DUPLICATE, f"of line {of_job}")
        if person.number in self._seen:
            raise _Failure(Reason.DUPLICATE)

    def _whom(self, row: ContactRow) -> KnownPerson | None:
        """Return the person whom a row means; None for somebody new. Raises _Failure."""
        if row.handles:
            person = self._with_handles(row)
        elif row.contact:
            person = self._people.get(self._named.get(row.contact, 0))
            if person is None:
                raise _Failure(Reason.UNKNOWN, "no contact has this id")
        else:
            nothing = "it has neither an e-mail address nor an external id"
            is_row = any(not fault.column for fault in row.faults)
            raise _Failure(Reason.INVALID if is_row else Reason.MALFORMED, faults_of(row, None) or nothing)
        if person is not None:
            self._refuse_second(row, person)
        return person

    def _with_handles(self, row: ContactRow) -> KnownPerson | None:
        if not self._erased.isdisjoint(row.handles):
            raise _Failure(Reason.ERASED)
        known = [handle for handle in row.handles if self._owners[handle]]
        earlier = next((self._lines[handle] for handle in row.handles if handle in self._lines), 0)
        if not known:
            if earlier:
                raise _Failure(Reason.DUPLICATE, f"of line {earlier}")
            return None
        owners = self._owners[known[0]]
        if len(owners) > 1:
            raise _Failure(Reason.AMBIGUOUS, f"{len(owners)} contacts have it")
        foreign = [handle for handle in known if owners[0] not in self._owners[handle]]
        if foreign or earlier:
            what = foreign[0].kind.value.replace("_", " ") if foreign else f"one of line {earlier}"
            raise _Failure(Reason.TAKEN, f"the {what}" if foreign else what)
        if any(handle.kind is HandleKind.ACCOUNT and not self._owners[handle] for handle in row.handles):
            raise _Failure(Reason.INVALID, "accounts: a file gives no account to somebody who is known")
        if owners[0] not in self._people:
            raise _Failure(Reason.UNKNOWN, "the contact was merged or erased meanwhile")
        return self._people[owners[0]]

    def _new(self, row: ContactRow) -> ImportRow:
        contact = new_contact(row, made_by(self._job, row.line), self._now)
        return ImportRow(row.line, row.value, outcome=Outcome.ADDED, contact=contact)


def _refuse_faults(row: ContactRow, person: KnownPerson | None) -> None:
    if problem := faults_of(row, None if person is None else person.contact):
        raise _Failure(Reason.INVALID, problem)


class _Failure(Exception):
    """Why a row fails."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(reason)

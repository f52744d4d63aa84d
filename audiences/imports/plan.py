"""A window of an import's file: whom its rows mean, in the order in which they are taken.

Rows that fail or wait come first, then people by number: what lies together in the store is written together. The plan
is kept until its rows are taken, so that whoever goes on after a crash takes the same rows in the same order.
"""

import asyncio
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import IO, Any, Protocol

import msgspec
from pyroaring import BitMap

from audiences.imports.contact_rows import ContactRow
from audiences.imports.rows import Row, Rows
from audiences.imports.table import list_columns, list_rows
from messages.addresses import Handle, Malformed, handle_of
from messages.errors import BadInput
from messages.import_rows import Outcome, Reason
from storage.audience_port import People
from storage.audience_records import ImportJob, ImportRow

WINDOW = 10_000
"""Rows of one plan."""
LOOK_UP = 1_000
"""Rows that are looked up at once."""
_READ = 1 << 18
"""Bytes."""


class _Other(msgspec.Struct, array_like=True):
    """A row that names nobody, as it is kept."""

    line: int
    value: str
    reason: Reason | None
    detail: str
    waits: bool


class _Kept(msgspec.Struct, array_like=True):
    """A plan as it is kept: of rows that did not fail the lines and the numbers, 32 bits each, and the outcome, 8 bits;
    the others whole.
    """

    lines: bytes
    people: bytes
    others: list[_Other]
    outcomes: bytes = b""


_OUTCOMES = (None, *Outcome)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Kept).decode


def pack(plan: Sequence[ImportRow]) -> bytes:
    """Return a plan as it is kept. It is small, because turns wait while it is written."""
    good = [row for row in plan if row.reason is None and not row.waits]
    others = [
        _Other(row.line, row.value, row.reason, row.detail, row.waits)
        for row in plan
        if row.reason is not None or row.waits
    ]
    lines, people = array("I", [row.line for row in good]), array("I", [row.person for row in good])
    outcomes = bytes(_OUTCOMES.index(row.outcome) for row in good)
    return _encode(_Kept(lines.tobytes(), people.tobytes(), others, outcomes))


def unpack(kept: bytes, rows: Sequence[Row] | Sequence[ContactRow]) -> list[ImportRow]:
    """Return a plan that was kept. `rows` are those of its window."""
    found = _decode(kept)
    lines, people = array("I"), array("I")
    lines.frombytes(found.lines)
    people.frombytes(found.people)
    outcomes = found.outcomes or bytes(len(lines))
    values = {row.line: row.value for row in rows}
    plan = [ImportRow(row.line, row.value, 0, row.reason, row.detail, row.waits) for row in found.others]
    plan += [
        ImportRow(line, values[line], person, outcome=_OUTCOMES[outcome])
        for line, person, outcome in zip(lines, people, outcomes, strict=True)
    ]
    return plan


def people_in(plan: Iterable[ImportRow]) -> BitMap:
    """Return the people whom a plan names."""
    return BitMap([row.person for row in plan if row.person and row.reason is None])


class Source(Protocol):
    """What a job reads: the rows of its file, and what they come to."""

    def count(self) -> int:
        """Return how many rows the file has. Raises BadInput for one that can't be read."""
        ...

    def windows(self, size: int) -> Iterator[list[Any]]:
        """Yield the rows, `size` at a time."""
        ...

    async def plan(self, rows: list[Any], before: BitMap) -> list[ImportRow]:
        """Return what rows come to, in the order in which they are taken. `before` are the people whom rows before
        these named. Raises StoreError.
        """
        ...

    async def plan_again(self, plan: Sequence[ImportRow], rows: Sequence[Any]) -> list[ImportRow]:
        """Return some rows of a plan as they are to be taken now; `rows` are those of the window. Raises StoreError."""
        ...


class ListSource:
    """A list of people. `looks_up`: who is not known waits for the directory; else the row fails."""

    def __init__(self, store: People, job: ImportJob, file: IO[bytes], *, looks_up: bool) -> None:
        self._store = store
        self._job = job
        self._file = file
        self._looks_up = looks_up

    def _rows(self) -> Iterator[Row]:
        if self._job.has_header is not False:
            places = list_columns(next(chunks_of(self._file), b""))
            if places is not None:
                return list_rows(chunks_of(self._file), places)
        return iter(Rows(chunks_of(self._file), has_header=self._job.has_header))

    def count(self) -> int:
        rows = sum(1 for _ in self._rows())
        if not rows:
            raise BadInput("the file has no rows", remedy="Give one address or id a line")
        return rows

    def windows(self, size: int) -> Iterator[list[Row]]:
        rows = self._rows()
        while window := list(islice(rows, size)):
            yield window

    async def plan(self, rows: list[Row], before: BitMap) -> list[ImportRow]:
        planned: list[ImportRow] = []
        seen = BitMap(before)
        for start in range(0, len(rows), LOOK_UP):
            some = rows[start : start + LOOK_UP]
            planned += await _planned(self._store, self._job.bot, some, seen, looks_up=self._looks_up)
        return await in_order(planned)

    async def plan_again(self, plan: Sequence[ImportRow], rows: Sequence[Row]) -> list[ImportRow]:  # noqa: ARG002  # a list's plan holds
        return list(plan)


def chunks_of(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a file from its beginning."""
    file.seek(0)
    while chunk := file.read(_READ):
        yield chunk


async def in_order(planned: list[ImportRow]) -> list[ImportRow]:
    """Return rows in the order in which they are taken."""
    return await asyncio.to_thread(sorted, planned, key=_order)


def _order(row: ImportRow) -> tuple[bool, int]:
    is_person = bool(row.person) and row.reason is None
    return is_person, row.person if is_person else row.line


def _read(rows: Sequence[Row]) -> list[Handle | Malformed]:
    return [handle_of(row.normalised) for row in rows]


async def _planned(store: People, bot: str, rows: Sequence[Row], seen: BitMap, *, looks_up: bool) -> list[ImportRow]:
    read = await asyncio.to_thread(_read, rows)
    handles = [handle for handle in read if not isinstance(handle, Malformed)]
    found = iter(await store.find_people(bot, handles))
    planned: list[ImportRow] = []
    unknown: list[tuple[Row, Handle]] = []
    for row, handle in zip(rows, read, strict=True):
        if isinstance(handle, Malformed):
            planned.append(ImportRow(row.line, row.value, 0, Reason.MALFORMED, handle.problem))
            continue
        numbers = next(found)
        if not numbers:
            unknown.append((row, handle))
        elif len(numbers) > 1:
            planned.append(ImportRow(row.line, row.value, 0, Reason.AMBIGUOUS, f"{len(numbers)} contacts have it"))
        elif numbers[0] in seen:
            planned.append(ImportRow(row.line, row.value, 0, Reason.DUPLICATE))
        else:
            seen.add(numbers[0])
            planned.append(ImportRow(row.line, row.value, numbers[0]))
    if unknown:
        erased = await store.erased_handles(bot, [handle for _, handle in unknown])
        for row, handle in unknown:
            if handle in erased:
                planned.append(ImportRow(row.line, "", 0, Reason.ERASED))
            elif looks_up:
                planned.append(ImportRow(row.line, row.value, waits=True))
            else:
                planned.append(ImportRow(row.line, row.value, 0, Reason.UNKNOWN))
    return planned

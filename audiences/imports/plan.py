"""A window of an import's file: whom its rows mean, in the order in which they are taken.

Rows that fail or wait come first, then people by number: what lies together in the store is written together. The plan
is kept until its rows are taken, so that whoever goes on after a crash takes the same rows in the same order.
"""

import asyncio
from array import array
from collections.abc import Iterable, Sequence

import msgspec
from pyroaring import BitMap

from audiences.imports.rows import Row
from messages.addresses import Handle, Malformed, handle_of
from messages.import_rows import Reason
from storage.audience_port import People
from storage.audience_records import ImportRow

WINDOW = 10_000
"""Rows of one plan."""
_LOOK_UP = 1_000
"""Rows that are looked up at once."""


class _Other(msgspec.Struct, array_like=True):
    """A row that names nobody, as it is kept."""

    line: int
    value: str
    reason: Reason | None
    detail: str
    waits: bool


class _Kept(msgspec.Struct, array_like=True):
    """A plan as it is kept: of rows that name somebody the lines and the numbers, 32 bits each; the others whole."""

    lines: bytes
    people: bytes
    others: list[_Other]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Kept).decode


def pack(plan: Sequence[ImportRow]) -> bytes:
    """Return a plan as it is kept. It is small, because turns wait while it is written."""
    named = [row for row in plan if row.person and row.reason is None]
    others = [
        _Other(row.line, row.value, row.reason, row.detail, row.waits)
        for row in plan
        if not row.person or row.reason is not None
    ]
    lines, people = array("I", [row.line for row in named]), array("I", [row.person for row in named])
    return _encode(_Kept(lines.tobytes(), people.tobytes(), others))


def unpack(kept: bytes, rows: Sequence[Row]) -> list[ImportRow]:
    """Return a plan that was kept. `rows` are those of its window."""
    found = _decode(kept)
    lines, people = array("I"), array("I")
    lines.frombytes(found.lines)
    people.frombytes(found.people)
    values = {row.line: row.value for row in rows}
    plan = [ImportRow(row.line, row.value, 0, row.reason, row.detail, row.waits) for row in found.others]
    plan += [ImportRow(line, values[line], person) for line, person in zip(lines, people, strict=True)]
    return plan


def people_in(plan: Iterable[ImportRow]) -> BitMap:
    """Return the people whom a plan names."""
    return BitMap([row.person for row in plan if row.person and row.reason is None])


async def make_plan(store: People, bot: str, rows: Sequence[Row], before: BitMap, *, looks_up: bool) -> list[ImportRow]:
    """Return whom rows mean. `before` are the people whom rows before these named.

    `looks_up`: who is not known waits for the directory; else the row fails. Raises StoreError.
    """
    planned: list[ImportRow] = []
    seen = BitMap(before)
    for start in range(0, len(rows), _LOOK_UP):
        planned += await _planned(store, bot, rows[start : start + _LOOK_UP], seen, looks_up=looks_up)
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

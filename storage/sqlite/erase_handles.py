"""By what an erased person was found: it goes, and a keyed hash of it stays, so that no list brings them back."""

import sqlite3
from collections.abc import Collection
from typing import NamedTuple

import orjson

from messages.addresses import Handle, HandleKind
from storage.erased_handles import names_one_of
from storage.sqlite.contact_writes import keep_erased

_HANDLES = "SELECT kind, key FROM handles WHERE contact = ?"
_ACCOUNTS = "SELECT channel, user FROM identities WHERE contact = ?"
_LAST_ACT = "SELECT max(max(coalesce(lowered, 0), coalesce(raised, 0))) FROM memberships WHERE contact = ?"
_DROP_HANDLES = "DELETE FROM handles WHERE contact = ?"
_ENDED = "SELECT number FROM imports WHERE bot = ? AND state NOT IN ('storing', 'queued', 'running')"
_ROWS = """
    SELECT import_rows.job, import_rows.line, import_rows.value
    FROM imports CROSS JOIN import_rows ON import_rows.job = imports.number
    WHERE imports.bot = ? AND imports.number NOT IN (SELECT value FROM json_each(?)) AND (
        EXISTS (SELECT 1 FROM json_each(?) AS each WHERE instr(lower(import_rows.value), lower(each.value)))
        OR import_rows.value GLOB '*[^ -~]*'
    )
"""
_EMPTY_ROW = "UPDATE import_rows SET value = '', detail = '' WHERE job = ? AND line = ?"


class RowsSeen(NamedTuple):
    """Rows of imports that name a person, and the jobs that had ended when somebody looked: these get no more rows."""

    rows: Collection[tuple[int, int]] = ()
    """Number of the job, and line."""
    ended: Collection[int] = ()


def handles_held(cursor: sqlite3.Cursor, contact: int, known: Collection[Handle]) -> set[Handle]:
    """Return all handles of a contact; `known` are those that its record tells."""
    handles = set(known)
    handles.update(Handle(HandleKind(kind), key) for kind, key in cursor.execute(_HANDLES, (contact,)))
    accounts = cursor.execute(_ACCOUNTS, (contact,))
    handles.update(Handle(HandleKind.ACCOUNT, f"{channel} {user}") for channel, user in accounts)
    return handles


def look_for_rows(cursor: sqlite3.Cursor, bot: str, handles: Collection[Handle]) -> RowsSeen:
    """Look through the rows of imports for those that name a person. It may take long."""
    ended = [number for (number,) in cursor.execute(_ENDED, (bot,))]
    return RowsSeen(_rows(cursor, bot, handles, ()), ended)


def forget_handles(
    cursor: sqlite3.Cursor, bot: str, contact: int, known: Collection[Handle], seen: RowsSeen, at: int
) -> None:
    """Forget by what a contact is found, also in the rows of imports: those seen, and those of jobs that go on.

    Erasing lowers all consent at `at`, in milliseconds since 1970, or at the person's last act, if the channel's clock
    puts that later: what the person did before it counts no more.
    """
    handles = handles_held(cursor, contact, known)
    (last,) = cursor.execute(_LAST_ACT, (contact,)).fetchone()
    keep_erased(cursor, bot, handles, max(at, last or at))
    cursor.execute(_DROP_HANDLES, (contact,))
    cursor.executemany(_EMPTY_ROW, [*seen.rows, *_rows(cursor, bot, handles, seen.ended)])


def _rows(
    cursor: sqlite3.Cursor, bot: str, handles: Collection[Handle], without: Collection[int]
) -> list[tuple[int, int]]:
    """Return number of the job and line of the rows that name a person, in other jobs than `without`."""
    keys = [one.key for one in handles if one.kind is not HandleKind.ACCOUNT]
    if not keys:
        return []
    asked = (bot, orjson.dumps(list(without)).decode(), orjson.dumps(keys).decode())
    return [(job, line) for job, line, value in cursor.execute(_ROWS, asked) if names_one_of(value, handles)]

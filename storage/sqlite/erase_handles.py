"""By what an erased person was found: it goes, and a keyed hash of it stays, so that no list brings them back."""

import sqlite3
from collections.abc import Collection

from messages.handles import Handle, HandleKind, handle_of
from storage.sqlite.contact_writes import keep_erased

_HANDLES = "SELECT kind, key FROM handles WHERE contact = ?"
_ACCOUNTS = "SELECT channel, user FROM identities WHERE contact = ?"
_DROP_HANDLES = "DELETE FROM handles WHERE contact = ?"
_ROWS = """
    SELECT import_rows.job, import_rows.line, import_rows.value
    FROM import_rows JOIN imports ON imports.number = import_rows.job
    WHERE imports.bot = ? AND (instr(lower(import_rows.value), lower(?)) OR import_rows.value GLOB '*[^ -~]*')
"""
_EMPTY_ROW = "UPDATE import_rows SET value = '', detail = '' WHERE job = ? AND line = ?"


def forget_handles(cursor: sqlite3.Cursor, bot: str, contact: int, known: Collection[Handle]) -> None:
    """Forget by what a contact is found, also in the rows of imports; `known` are the handles that its record tells."""
    handles = set(known)
    handles.update(Handle(HandleKind(kind), key) for kind, key in cursor.execute(_HANDLES, (contact,)))
    accounts = cursor.execute(_ACCOUNTS, (contact,))
    handles.update(Handle(HandleKind.ACCOUNT, f"{channel} {user}") for channel, user in accounts)
    keep_erased(cursor, bot, handles)
    cursor.execute(_DROP_HANDLES, (contact,))
    for handle in handles:
        rows = cursor.execute(_ROWS, (bot, handle.key)).fetchall()
        theirs = [
            (job, line) for job, line, value in rows if handle_of(value) in handles or handle.key in value.lower()
        ]
        cursor.executemany(_EMPTY_ROW, theirs)

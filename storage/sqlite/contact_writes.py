"""What goes with each write of a contact: by what the person is found, and that the contact changed."""

import sqlite3
from collections.abc import Iterable

from messages.handles import Handle, HandleKind
from storage.erased_handles import handle_digests

LAST_CHANGE = "SELECT max(changed) FROM contacts"

_ADD_HANDLE = "INSERT OR IGNORE INTO handles (bot, kind, key, contact) VALUES (?, ?, ?, ?)"
_DROP_HANDLE = "DELETE FROM handles WHERE bot = ? AND kind = ? AND key = ? AND contact = ?"
_SALT = "SELECT value FROM salt"
_ANY_ERASED = "SELECT EXISTS (SELECT 1 FROM erased_handles WHERE bot = ?)"
_WAS_ERASED = "SELECT EXISTS (SELECT 1 FROM erased_handles WHERE bot = ? AND digest = ?)"
_BAR = "UPDATE contacts SET barred = 1 WHERE number = ?"


def change_handles(
    cursor: sqlite3.Cursor, bot: str, contact: int, new: Iterable[Handle], lost: Iterable[Handle] = ()
) -> None:
    """Keep by what a contact is found. One with a handle of somebody who was erased is one whom staff adds nowhere.

    `contact` is the contact's number. Accounts are kept elsewhere.
    """
    new = list(new)
    cursor.executemany(_DROP_HANDLE, [(bot, one.kind, one.key, contact) for one in lost])
    cursor.executemany(
        _ADD_HANDLE, [(bot, one.kind, one.key, contact) for one in new if one.kind is not HandleKind.ACCOUNT]
    )
    if erased_among(cursor, bot, new):
        cursor.execute(_BAR, (contact,))


def erased_among(connection: sqlite3.Cursor | sqlite3.Connection, bot: str, handles: Iterable[Handle]) -> set[Handle]:
    """Return those of the handles that belonged to somebody who was erased."""
    if not connection.execute(_ANY_ERASED, (bot,)).fetchone()[0]:
        return set()
    (salt,) = connection.execute(_SALT).fetchone()
    digests = handle_digests(salt, handles)
    return {one for one, digest in digests.items() if connection.execute(_WAS_ERASED, (bot, digest)).fetchone()[0]}


def keep_erased(cursor: sqlite3.Cursor, bot: str, handles: Iterable[Handle]) -> None:
    """Keep what is left of the handles of somebody who is being erased."""
    (salt,) = cursor.execute(_SALT).fetchone()
    cursor.executemany(
        "INSERT OR IGNORE INTO erased_handles (bot, digest) VALUES (?, ?)",
        [(bot, digest) for digest in handle_digests(salt, handles).values()],
    )

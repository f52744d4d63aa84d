"""What goes with each write of a contact: by what the person is found, and that the contact changed."""

import sqlite3
from collections.abc import Iterable

from messages.addresses import Handle, HandleKind
from messages.ids import ALL
from storage.erased_handles import handle_digests
from storage.sqlite.consent_state import lower

LAST_CHANGE = "SELECT max(changed) FROM contacts"

_ADD_HANDLE = "INSERT OR IGNORE INTO handles (bot, kind, key, contact) VALUES (?, ?, ?, ?)"
_DROP_HANDLE = "DELETE FROM handles WHERE bot = ? AND kind = ? AND key = ? AND contact = ?"
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
    cursor.executemany(_DROP_HANDLE, [(bot, one.kind, one.key, contact) for one in lost])
    cursor.executemany(
        _ADD_HANDLE, [(bot, one.kind, one.key, contact) for one in new if one.kind is not HandleKind.ACCOUNT]
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

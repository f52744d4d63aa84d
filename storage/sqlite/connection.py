"""Connections to the database file, all set up alike, and what their errors mean."""

import contextlib
import os
import sqlite3
from pathlib import Path

from messages.errors import StoreError

_REMEDIES = {
    sqlite3.SQLITE_BUSY: "another process holds its lock: end that process, then try again",
    sqlite3.SQLITE_FULL: "free some space; nothing needs a restart",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable",
    sqlite3.SQLITE_CANTOPEN: "see that the folder exists and is writable for whoever runs this, the server's user",
    sqlite3.SQLITE_CORRUPT: "stop the server, keep a copy of the file, restore the last good backup",
    sqlite3.SQLITE_NOTADB: "the file is no SQLite database: name another one",
}


def connect(
    path: Path, *, busy_timeout: float, durable: bool = True, read_only: bool = False, options: str = ""
) -> sqlite3.Connection:
    """Return a connection in autocommit mode: transactions are begun and ended in so many words.

    A `durable` one waits for the disk at every commit (`synchronous=FULL`). `options` are those of SQLite's URIs.
    Raises sqlite3.Error.
    """
    place = f"{path.absolute().as_uri()}?{options}" if options else path
    connection = sqlite3.connect(
        place, timeout=busy_timeout, isolation_level=None, cached_statements=256, uri=bool(options)
    )
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
    connection.execute("PRAGMA foreign_keys = ON")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
    return connection


def create_private(path: Path) -> None:
    """Create the file if it is not there; its owner alone may read it, and what SQLite puts beside it."""
    with contextlib.suppress(OSError):  # it is there, or SQLite says next what is wrong
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def store_error(error: sqlite3.Error, path: Path) -> StoreError:
    """Return what `error` means to whoever runs the store: the file, the problem, the remedy."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    remedy = _REMEDIES.get(code)
    return StoreError(f"{path}: {error}; {remedy}" if remedy else f"{path}: {error}")

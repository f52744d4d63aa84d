"""The tables, as numbered migrations: `0001_….sql`, `0002_….sql` beside this file, each applied once and in order."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from messages.errors import StoreError

APPLICATION_ID = 0x41737374
"""Marks a SQLite file as ours ("Asst")."""

_TRIES = 100
_PAUSE = 0.02


@cache
def migrations() -> tuple[str, ...]:
    """Return the SQL of every migration; the first brings an empty file to schema 1."""
    found = sorted((f for f in files("storage.sqlite").iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return tuple(f.read_text(encoding="utf-8") for f in found)


def migrate(connection: sqlite3.Connection, path: Path, scripts: Sequence[str] | None = None) -> None:
    """Bring the database up to the newest schema, each migration in a transaction of its own.

    Several processes may do so at once. `scripts` are the migrations there are, if not ours. Raises StoreError for a
    file that is of another program or of a newer schema, and sqlite3.Error.
    """
    scripts = migrations() if scripts is None else scripts
    _refuse_foreign(connection, path)
    _write_ahead(connection)
    while (version := _version(connection)) < len(scripts):
        _apply(connection, version, scripts[version])
    _refuse_newer(version, len(scripts), path)


def is_current(connection: sqlite3.Connection, path: Path) -> bool:
    """Tell whether a database has the newest schema, without changing it. Raises StoreError as `migrate` does."""
    _refuse_foreign(connection, path)
    version = _version(connection)
    _refuse_newer(version, len(migrations()), path)
    return version == len(migrations())


def _refuse_newer(version: int, known: int, path: Path) -> None:
    if version > known:
        raise StoreError(
            f"{path}: its schema is {version}, this version of Assent knows {known}: "
            "install the newer version again, or name another file"
        )


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN")  # both at one moment: another process may be creating the tables
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    finally:
        connection.execute("ROLLBACK")
    if application != APPLICATION_ID and (application or tables):
        raise StoreError(f"{path}: a database of another program; name another file")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch the file to a write-ahead log. SQLite waits for no lock here, so that is done for it."""
    for _ in range(_TRIES):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(_PAUSE)
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL")


def _apply(connection: sqlite3.Connection, version: int, script: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _version(connection) == version:
            for statement in _statements(script):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _statements(script: str) -> Iterator[str]:
    """Yield the script's statements; a trigger's body is part of its statement."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""

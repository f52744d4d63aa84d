"""A copy of a database file, made while it is served."""

import sqlite3
from pathlib import Path

from messages.errors import BadInput, StoreError
from storage.sqlite.connection import connect, create_private, store_error
from storage.sqlite.read_only import ReadOnlyFile, is_for_reading

_WAIT = 5.0


def back_up(path: Path, target: Path) -> None:
    """Copy the database, as it is at one moment, into a new file that its owner alone may read; servers go on.

    The copy is read back once. Raises BadInput where the target can't be made, StoreError.
    """
    if target.exists():
        raise BadInput("the file exists", place=str(target), remedy="Name another one: a back-up is never overwritten")
    create_private(target)
    if not target.exists():
        raise BadInput("it can't be made", place=str(target), remedy="See that the folder exists and is writable")
    try:
        _copy(path, target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _copy(path: Path, target: Path) -> None:
    read_only = ReadOnlyFile(path, busy_timeout=_WAIT) if is_for_reading(path) else None
    try:
        if read_only is not None:
            read_only.open()
        source = read_only.connect() if read_only is not None else connect(path, busy_timeout=_WAIT, read_only=True)
        copy = connect(target, busy_timeout=_WAIT)
        try:
            source.backup(copy)  # all pages in one step: writers of the log are not in the way
            (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            copy.close()
            source.close()
        if read_only is not None:
            read_only.check()
    except sqlite3.Error as error:
        raise store_error(error, path) from error
    finally:
        if read_only is not None:
            read_only.close()
    if verdict != "ok":
        raise StoreError(f"{path}: the copy can't be read back: {verdict}")

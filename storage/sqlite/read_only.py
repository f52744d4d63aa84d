"""A database that may be read and not written: its file, its folder or its disk is read-only for whoever reads.

SQLite reads a write-ahead log with the help of an index beside it (`-shm`), which it would make. So it depends on what
lies there: log and index are read as they are; a database without a log is read as a file that nobody changes, and is
looked at again after every query; of a log without an index, and of a database of an older version, a private copy is
made, which is gone once closed.
"""

import os
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from messages.errors import StoreError
from storage.sqlite.connection import connect
from storage.sqlite.schema import is_current, migrate

_REFUSALS = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})


def may_be_written(path: Path) -> bool:
    """Tell whether the file is there to be written, or can be made."""
    return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))


def is_for_reading(path: Path, error: sqlite3.Error | None = None) -> bool:
    """Tell whether a database is there that can be read and not written; `error` is what opening it raised, if it was
    tried.
    """
    if not os.access(path, os.R_OK) or may_be_written(path):
        return False
    if error is None:
        return not os.access(path, os.W_OK)
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _REFUSALS


class ReadOnlyFile:
    """Opens connections that read; `close` it after them."""

    def __init__(self, path: Path, *, busy_timeout: float) -> None:
        self._path = path
        self._busy_timeout = busy_timeout
        self._log = path.with_name(path.name + "-wal")
        self._index = path.with_name(path.name + "-shm")
        self._copy: TemporaryDirectory[str] | None = None
        self._place = path
        self._options = "mode=ro"
        self._seen: tuple[int, ...] | None = None
        """The file as it was, where a change would spoil what is read."""

    def open(self) -> None:
        """Decide how it is read. Raises StoreError, sqlite3.Error."""
        has_log = self._log.exists() and self._log.stat().st_size > 0
        if has_log and not self._index.exists():
            self._use_copy([self._path, self._log])
            return
        if not has_log:
            self._seen = _stamp(self._path)
            self._options = "mode=ro&immutable=1"
        connection = self.connect()
        try:
            current = is_current(connection, self._path)
        finally:
            connection.close()
        if not current:
            self._use_copy([self._path, self._log] if has_log else [self._path])

    def connect(self) -> sqlite3.Connection:
        """Return a connection that reads. Raises sqlite3.Error."""
        return connect(self._place, busy_timeout=self._busy_timeout, read_only=True, options=self._options)

    def check(self) -> None:
        """Raise StoreError if what was read may be wrong: somebody wrote to the file meanwhile."""
        if self._seen is not None and _stamp(self._path) != self._seen:
            raise StoreError(f"{self._path}: it was written to while it was read: do the same again")

    def refusal(self) -> StoreError:
        """Return why nothing is written."""
        return StoreError(
            f"{self._path}: it may be read here, not written: run this as the server's user, or make the file and its "
            "folder writable"
        )

    def close(self) -> None:
        """Remove the copy, if there is one."""
        if self._copy is not None:
            self._copy.cleanup()
            self._copy = None

    def _use_copy(self, files: Sequence[Path]) -> None:
        """Read a copy, brought up to the newest schema."""
        self._copy = TemporaryDirectory(prefix="assent-")
        folder = Path(self._copy.name)
        before = [_stamp(file) for file in files]
        try:
            for file in files:
                shutil.copyfile(file, folder / file.name)
        except OSError as error:
            self.close()
            raise StoreError(f"{error.filename or self._path}: {error.strerror}; it is copied to be read") from error
        if [_stamp(file) for file in files] != before:
            self.close()
            raise StoreError(f"{self._path}: it was written to while it was copied: do the same again")
        self._place, self._options, self._seen = folder / self._path.name, "", None
        connection = connect(self._place, busy_timeout=self._busy_timeout, durable=False)
        try:
            migrate(connection, self._path)
        finally:
            connection.close()


def _stamp(file: Path) -> tuple[int, ...]:
    found = file.stat()
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size

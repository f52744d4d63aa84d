"""Whether the files of a database are still those that were opened: they can be replaced while they are served."""

import os
import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

from messages.errors import StoreError


class _File(NamedTuple):
    """Which file it is, and what tells that somebody wrote to it."""

    device: int
    inode: int
    changed: int
    size: int

    def is_same(self, other: "_File | None") -> bool:
        """Whether the other one is this file, whatever was written to it."""
        return other is not None and (self.device, self.inode) == (other.device, other.inode)


class FileWatch:
    """Compares a database and its write-ahead log with what it saw last."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log = path.with_name(path.name + "-wal")
        self._seen: tuple[_File, _File] | None = None
        """Database and log; None before they were looked at."""
        self._rows = 0

    def look(self) -> None:
        """Take the files as they are now for those that are open."""
        database, log = _file(self._path), _file(self._log)
        self._seen = None if database is None or log is None else (database, log)
        self._rows = _rows_in(self._path) or 0

    def is_intact(self) -> bool:
        """Tell whether both files are those that were seen.

        What was written to them is taken for SQLite's, unless the database itself has fewer ledger rows than it had,
        which are only ever added: then an older copy was written over it.
        """
        if self._seen is None:
            return True
        database, log = _file(self._path), _file(self._log)
        if database is None or log is None or not (self._seen[0].is_same(database) and self._seen[1].is_same(log)):
            return False
        if database != self._seen[0]:
            rows = _rows_in(self._path)
            if rows is not None and rows < self._rows and self._is_at_rest():
                return False
            self._rows = max(rows or 0, self._rows)
        self._seen = database, log
        return True

    def _is_at_rest(self) -> bool:
        """Tell whether the database stays as it is: SQLite is not just writing its log into it."""
        before = _file(self._path)
        time.sleep(_A_MOMENT)
        rows = _rows_in(self._path)
        return _file(self._path) == before and rows is not None and rows < self._rows

    @property
    def lost_log_alone(self) -> bool:
        """Whether the database is the file that was seen, and nobody wrote to it since."""
        return self._seen is not None and _file(self._path) == self._seen[0]

    @property
    def is_there(self) -> bool:
        """Whether there is a database at the path."""
        return _file(self._path) is not None

    def drop_log(self) -> None:
        """See that the log that is open is not written into a database that it does not belong to.

        It is emptied, so that closing it writes nothing; one that was removed on Linux alone, where that can be done.
        One that lies beside another database goes, with its index.
        """
        if self._seen is None:
            return
        log = _file(self._log)
        if self._seen[1].is_same(log):
            os.truncate(self._log, 0)
            self._log.unlink()
            self._path.with_name(self._path.name + "-shm").unlink(missing_ok=True)
            return
        for handle in _OPEN_FILES.iterdir() if _OPEN_FILES.exists() else ():
            if self._seen[1].is_same(_file(handle)):
                os.truncate(handle, 0)


_LAST_ROWS = """
    SELECT coalesce((SELECT max(number) FROM ledger), 0) + coalesce((SELECT max(number) FROM ledger_batches), 0)
"""
_A_MOMENT = 0.1
_OPEN_FILES = Path("/proc/self/fd")


def _rows_in(path: Path) -> int | None:
    """Return how many rows ledgers ever had, as the database without its log says; None when that can't be told now."""
    before = _file(path)
    try:
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            (rows,) = database.execute(_LAST_ROWS).fetchone()
        finally:
            database.close()
    except sqlite3.Error:
        return None
    return rows if _file(path) == before else None


def _file(path: Path) -> _File | None:
    try:
        found = os.stat(path)  # noqa: PTH116  # asked after every commit
    except FileNotFoundError:
        return None
    return _File(found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)


class FileReplaced(StoreError):
    """The database's file, or its log, is not the one that was opened. What was written last may be in neither."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: the file was replaced or removed while it was served")

"""The files of a database: connections, what replaced them, the server's lock, back-ups.

Reading one that may not be written depends on what lies beside it: log and index are read as they are; a database
without a log is read as a file that nobody changes, and is looked at again after every query; of a log without an
index, and of a database of an older version, a private copy is made, which is gone once closed.
"""

import contextlib
import fcntl
import os
import shutil
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from messages.errors import BadInput, StoreError
from storage.sqlite.schema import is_current, migrate

_REMEDIES = {
    sqlite3.SQLITE_BUSY: "another process holds its lock: end that process, then try again",
    sqlite3.SQLITE_FULL: "free some space; nothing needs a restart",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable",
    sqlite3.SQLITE_CANTOPEN: "see that the folder exists and is writable for whoever runs this, the server's user",
    sqlite3.SQLITE_CORRUPT: "stop the server, keep a copy of the file, restore the last good backup",
    sqlite3.SQLITE_NOTADB: "the file is not a SQLite database: name another one",
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


class ServerLease:
    """Held from `acquire` to `release`, or to the end of the process, however it ends."""

    def __init__(self, database: Path) -> None:
        real = database.resolve()  # by whatever link it is named, it is one database
        self._path = real.with_name(real.name + ".server")
        self._file: int | None = None

    def acquire(self) -> None:
        """Raise StoreError naming the process that holds it."""
        if self._file is not None:
            return
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise StoreError(f"{self._path}: {error.strerror}; make its folder writable") from error
        self._lock(file, fcntl.LOCK_EX)
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)

    def keep_others_out(self) -> None:
        """Let no server begin, for one who may not write beside the database. Raise StoreError as `acquire` does."""
        if self._file is not None:
            return
        try:
            file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return  # nobody serves, nor did
        except OSError as error:
            raise StoreError(f"{self._path}: {error.strerror}; it tells whether a server runs") from error
        self._lock(file, fcntl.LOCK_SH)

    def _lock(self, file: int, kind: int) -> None:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(file, 20, 0).decode(errors="replace").strip() or "unknown"
            os.close(file)
            raise StoreError(
                f"{self._path}: process {holder} serves this database already; end it, or name another database"
            ) from error
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


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

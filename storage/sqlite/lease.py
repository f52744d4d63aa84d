"""One server per database: a lock on a file beside it, which holds the server's process id."""

import fcntl
import os
from pathlib import Path

from messages.errors import StoreError


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

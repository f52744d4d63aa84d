"""Whether the files of a database are still those that were opened: they can be replaced while they are served."""

import os
from pathlib import Path
from typing import NamedTuple

from messages.errors import StoreError


class _Files(NamedTuple):
    """Device and inode of the database and of its write-ahead log; None for one that is not there."""

    database: tuple[int, int] | None
    log: tuple[int, int] | None


class FileWatch:
    """Compares with what it saw last."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log = path.with_name(path.name + "-wal")
        self._seen: _Files | None = None

    def look(self) -> None:
        """Take the files as they are now for those that are open."""
        self._seen = self._now()

    @property
    def is_intact(self) -> bool:
        """Whether both files are those that were seen."""
        return self._seen is None or self._now() == self._seen

    @property
    def lost_log_alone(self) -> bool:
        """Whether the database is the same file, and its log is not."""
        return self._seen is not None and self._now().database == self._seen.database

    @property
    def is_there(self) -> bool:
        """Whether there is a database at the path."""
        return self._now().database is not None

    def _now(self) -> _Files:
        return _Files(_inode(self._path), _inode(self._log))


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116  # asked after every commit
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


class FileReplaced(StoreError):
    """The database's file, or its log, is not the one that was opened. What was written last may be in neither."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: the file was replaced or removed while it was served")

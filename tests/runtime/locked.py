"""A file of SQLite that another program writes to all the time: what is committed waits."""

import sqlite3
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self


class Locked:
    """While it is entered, nothing can be written to the file; reading goes on."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __enter__(self) -> Self:
        self._connection = closing(sqlite3.connect(self._file, isolation_level=None))
        self._connection.__enter__().execute("BEGIN IMMEDIATE")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.__exit__(kind, error, trace)

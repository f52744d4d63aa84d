"""Statements that take many rows at a time.

Sixteen rows in one statement cost little more than half of what they cost one by one, and the event loop is held up
less often: each call into SQLite contends with it for the interpreter.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

SIZES = (16, 4, 1)
"""Rows in one statement. Few sizes, so that each statement is compiled once."""

Row = tuple[Any, ...]


class Bulk:
    """A statement with a list of rows in it: what stands before the rows, one row, what stands after them.

    `one` is a statement for a single row, where SQLite finds that easier.
    """

    def __init__(self, before: str, row: str, after: str = "", *, one: str = "") -> None:
        self._statements = {size: f"{before} {', '.join([row] * size)} {after}" for size in SIZES}
        self._statements[1] = one or self._statements[1]

    def write(self, cursor: sqlite3.Cursor, rows: Sequence[Row]) -> None:
        for statement, values in self._portions(rows):
            cursor.execute(statement, values)

    def read(self, cursor: sqlite3.Cursor, rows: Sequence[Row]) -> Iterator[Row]:
        for statement, values in self._portions(rows):
            yield from cursor.execute(statement, values).fetchall()

    def _portions(self, rows: Sequence[Row]) -> Iterator[tuple[str, Row]]:
        done = 0
        for size in SIZES:
            while len(rows) - done >= size:
                yield self._statements[size], tuple(chain.from_iterable(rows[done : done + size]))
                done += size

"""`assent` without its journal: no record is made and no row is written. For measuring what the journal costs."""

import sqlite3
from collections.abc import Sequence

from cli.main import main
from messages.codec import encode
from storage import turns as prepared
from storage.records import JournalEntry
from storage.sqlite import turns
from storage.sqlite.writer import Bulk, Row


class _Unwritten(Bulk):
    """A statement that leaves its rows out."""

    def write(self, cursor: sqlite3.Cursor, rows: Sequence[Row]) -> None:
        """Write nothing."""
        del cursor, rows


def _encode(value: object) -> bytes:
    return b"" if isinstance(value, JournalEntry) else encode(value)


turns._JOURNAL = _Unwritten("", "")  # noqa: SLF001  # the one statement that writes the journal
prepared.encode = _encode
main()

"""What of a database file changed since the last look, for all bots at once."""

import sqlite3
from collections.abc import Callable, Collection, Sequence
from typing import Final, Protocol, TypeVar

from storage.change_feed import FLOWS

_VERSION = "PRAGMA data_version"
"""Another number after each commit that another connection made, the writer's of this process included."""
_NUMBERS = """
    SELECT
        coalesce((SELECT max(changed) FROM contacts), 0),
        coalesce((SELECT max(number) FROM ledger), 0),
        coalesce((SELECT max(number) FROM ledger_batches), 0),
        coalesce((SELECT sum(version) FROM segment_versions), 0),
        coalesce((SELECT max(rowid) FROM revisions), 0),
        coalesce((SELECT max(rowid) FROM drafts), 0)
"""
"""Each rises with what it counts. `sum`: there are as many rows as bots."""
_BOTS = """
    SELECT bot FROM contacts WHERE changed > ? UNION SELECT bot FROM ledger WHERE number > ?
    UNION SELECT bot FROM ledger_batches WHERE number > ?
"""
_NUMBERED: Final = 3
_OF_FLOWS: Final = 2
"""The first so many of the numbers belong to rows that name their bot, the last so many to flows."""
_MOST: Final = 1000
"""Rows that are read to learn which bots changed; when there are more, all bots may have."""

T = TypeVar("T")


class Reads(Protocol):
    """What reads the database in this thread."""

    def read(self, query: Callable[[sqlite3.Connection], T]) -> T: ...


class FileChanges:
    """Tells what changed. While nothing does, it asks one question."""

    def __init__(self, database: Reads) -> None:
        self._database = database
        self._connection: sqlite3.Connection | None = None
        self._version = 0
        self._numbers: Sequence[int] = ()

    async def look(self) -> Collection[str] | None:
        """Return the subjects that changed since the last look; None: any may have. Raises StoreError."""
        return self._database.read(self._changed)

    def _changed(self, connection: sqlite3.Connection) -> Collection[str] | None:
        (version,) = connection.execute(_VERSION).fetchone()
        known = connection is self._connection
        if known and version == self._version:
            return ()
        numbers: tuple[int, ...] = connection.execute(_NUMBERS).fetchone()
        before = self._numbers
        self._connection, self._version, self._numbers = connection, version, numbers
        risen = [after - former for former, after in zip(before, numbers, strict=True)] if known else [-1]
        rows, segments, flows = risen[:_NUMBERED], any(risen[_NUMBERED:-_OF_FLOWS]), any(risen[-_OF_FLOWS:])
        if min(risen) < 0 or max(rows) > _MOST or segments:
            return None
        bots = connection.execute(_BOTS, before[:_NUMBERED]).fetchall() if any(rows) else []
        return [*(bot for (bot,) in bots), *([FLOWS] if flows else [])]

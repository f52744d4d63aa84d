"""One database file: a connection for the hot reads, a thread for the long ones, a thread that writes."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import structlog

from messages.errors import StoreError
from storage.change_feed import FLOWS, ChangeFeed
from storage.continuity import LedgerMemory
from storage.sqlite.files import (
    FileReplaced,
    FileWatch,
    ReadOnlyFile,
    connect,
    create_private,
    is_for_reading,
    store_error,
)
from storage.sqlite.schema import migrate
from storage.sqlite.writer import Joint, Operation, Outcome, Transaction, Writer

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
_MAX_ROWS: Final = 1000
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
        if min(risen) < 0 or max(rows) > _MAX_ROWS or segments:
            return None
        bots = connection.execute(_BOTS, before[:_NUMBERED]).fetchall() if any(rows) else []
        return [*(bot for (bot,) in bots), *([FLOWS] if flows else [])]


WRITER_CACHE = 65_536
"""KiB of pages the writer keeps. Turns of many people touch pages all over the file."""

READER_CACHE = 32_768
"""KiB of pages that reports keep: those of the lists by which files of people are looked up."""

CHECKPOINT = 4_000
"""Pages in the write-ahead log before they go into the file: a page changed by many turns then goes there once."""

log = structlog.get_logger("assent.store")


A = TypeVar("A")

Together = Callable[[Transaction, Sequence[A]], Sequence[Outcome[T]]]

Query = Callable[[sqlite3.Connection], T]


class Database:
    """What the parts of the store share. Belongs to the event loop that opened it."""

    def __init__(self, path: Path, *, busy_timeout: float, durable: bool) -> None:
        self.path = path
        self._busy_timeout = busy_timeout
        self._durable = durable
        self._hot: sqlite3.Connection | None = None
        self._reports: sqlite3.Connection | None = None
        self._reading = ThreadPoolExecutor(max_workers=1, thread_name_prefix="assent-reader")
        self.memory = LedgerMemory()
        self._watch = FileWatch(path)
        self._writer = Writer(path, self._connect, self._watch, self.memory)
        self._reopening: asyncio.Task[None] | None = None
        self._read_only: ReadOnlyFile | None = None
        """Set where the file may be read and not written."""
        self.feed = ChangeFeed(FileChanges(self).look)
        """Tells who waits for changes."""

    async def open(self) -> None:
        """Create the file or bring its schema up to date; one that may only be read is only read. Raises StoreError."""
        try:
            await self._open_files()
        finally:
            if self._hot is None:
                self._reading.shutdown()
        if self._read_only is None:
            self._writer.start()

    async def _open_files(self) -> None:
        try:
            await self._in_reading_thread(self._prepare)
            hot = self._connect_to_read()
            hot.execute("SELECT 1 FROM heartbeat").fetchone()  # opens the write-ahead log
        except sqlite3.Error as error:
            raise store_error(error, self.path) from error
        if self._read_only is None:
            self._watch.look()
        self._hot = hot

    @property
    def is_read_only(self) -> bool:
        """Whether the file may be read and not written."""
        return self._read_only is not None

    def refuse_reading_only(self) -> None:
        """Raise StoreError where the file may be read and not written."""
        if self._read_only is not None:
            raise self._read_only.refusal()

    async def look_at_files(self) -> None:
        """See whether the files are still those that are open; if not, open those that are there now. Raises StoreError
        when there are none.
        """
        if self._read_only is None and self._reopening is None and not self._watch.is_intact():
            with contextlib.suppress(FileReplaced):
                await self._submitted(_nothing)
        if self._reopening is not None:
            await asyncio.shield(self._reopening)

    async def _reopen(self) -> None:
        """Let go of files that were replaced, and open those at the path."""
        if self._hot is not None:
            self._hot.close()
            self._hot = None
        await self._in_reading_thread(self._close_reports)
        if not self._watch.is_there:
            raise StoreError(f"{self.path}: the file is gone: put it back, or restart to begin with an empty one")
        await self._open_files()
        self.memory.interruptions += 1
        self._writer.resume()

    async def _submitted(self, operation: Operation[T] | Joint) -> T:
        """Have the writer do something. Where it finds the files replaced, those that are there now are opened."""
        self.refuse_reading_only()
        try:
            return await self._writer.submit(operation)
        except FileReplaced:
            if self._reopening is None:
                self._reopening = asyncio.create_task(self._reopen())
                self._reopening.add_done_callback(self._reopened)
            raise
        finally:
            self.feed.committed()

    def _reopened(self, task: "asyncio.Task[None]") -> None:
        self._reopening = None
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("the database can't be opened again", reason=str(error))

    async def close(self) -> None:
        """Write what waits, then let go of the file."""
        if self._reopening is not None:
            await asyncio.wait([self._reopening])
        await self.feed.close()
        if self._writer.is_running:
            await self._writer.stop()
        elif self._read_only is None:
            return
        if self._hot is not None:
            self._hot.close()
            self._hot = None
        await self._in_reading_thread(self._close_reports)
        self._reading.shutdown()
        if self._read_only is not None:
            self._read_only.close()

    def read(self, query: Query[T]) -> T:
        """Run a short query in this thread; one statement sees one moment. Raises StoreError."""
        if self._hot is None:
            raise StoreError(f"{self.path}: the store is not open")
        try:
            found = query(self._hot)
        except sqlite3.Error as error:
            raise store_error(error, self.path) from error
        self._check_what_was_read()
        return found

    def row(self, statement: str, *values: Any) -> Any:  # noqa: ANN401  # as the statement says
        """Return the first row that a short statement finds; None if it finds none. Raises StoreError."""
        return self.read(lambda connection: connection.execute(statement, values).fetchone())

    async def rows(self, statement: str, *values: Any) -> list[Any]:  # noqa: ANN401  # same
        """Return the rows that a statement finds, which may take long."""
        return await self.report(lambda connection: connection.execute(statement, values).fetchall())

    async def execute(self, statement: str, *values: Any) -> None:  # noqa: ANN401  # same
        """Run one statement in a transaction; return once it is durable."""
        await self.write(lambda transaction: transaction.cursor.execute(statement, values) and None)

    async def report(self, query: Query[T]) -> T:
        """Run a query that may take long in a thread of its own; all its statements see one moment."""
        if self._hot is None:
            raise StoreError(f"{self.path}: the store is not open")
        return await self._in_reading_thread(lambda: self._report(query))

    def _check_what_was_read(self) -> None:
        if self._read_only is not None:
            self._read_only.check()

    async def write(self, operation: Operation[T]) -> T:
        """Run `operation` in a transaction and return its result once it is durable."""
        return await self._submitted(operation)

    async def write_jointly(self, together: Together[A, T], argument: A) -> T:
        """Have `together` do `argument` along with the others that wait for it; return its result once durable."""
        result: T = await self._submitted(Joint(together, argument))
        return result

    def write_unawaited(self, together: Together[A, None], argument: A) -> None:
        """Have `together` do `argument` soon. It may be lost if the process dies before."""
        self.refuse_reading_only()
        self._writer.submit_unawaited(Joint(together, argument))

    async def settle(self) -> None:
        """Return once everything written before can be read."""
        if self._read_only is None:
            await self._writer.settle()

    async def empty_log(self) -> None:
        """Have what was written go into the file, and empty the write-ahead log, which holds what was there before.

        Raises StoreError when another process still reads from the log.
        """
        busy = await self._in_reading_thread(self._truncate_log)
        if busy:
            raise StoreError(
                f"{self.path}: what was written is safe, but another process reads the write-ahead log, which still "
                "holds what was there before: do the same again once that process has ended"
            )

    async def _in_reading_thread(self, function: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reading, function)
        except sqlite3.Error as error:
            raise store_error(error, self.path) from error

    def _connect(self) -> sqlite3.Connection:
        connection = connect(self.path, busy_timeout=self._busy_timeout, durable=self._durable)
        connection.execute(f"PRAGMA cache_size = -{WRITER_CACHE}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT}")
        connection.execute("PRAGMA secure_delete = ON")  # what goes is overwritten, not only let go of
        return connection

    def _connect_to_read(self) -> sqlite3.Connection:
        if self._read_only is not None:
            return self._read_only.connect()
        return connect(self.path, busy_timeout=self._busy_timeout, read_only=True)

    def _prepare(self) -> None:
        """Bring the schema up to date, or see how the file is read where it may not be written."""
        if not is_for_reading(self.path):
            try:
                self._migrate()
            except sqlite3.Error as error:
                if not is_for_reading(self.path, error):
                    raise
            else:
                return
        self._read_only = ReadOnlyFile(self.path, busy_timeout=self._busy_timeout)
        self._read_only.open()

    def _migrate(self) -> None:
        create_private(self.path)
        connection = self._connect()
        try:
            migrate(connection, self.path)
        finally:
            connection.close()

    def _report(self, query: Query[T]) -> T:
        if self._reports is None:
            self._reports = self._connect_to_read()
            self._reports.execute(f"PRAGMA cache_size = -{READER_CACHE}")
        self._reports.execute("BEGIN")
        try:
            found = query(self._reports)
        finally:
            self._reports.execute("ROLLBACK")
        self._check_what_was_read()
        return found

    def _truncate_log(self) -> bool:
        """Tell whether somebody was in the way."""
        connection = self._connect()
        try:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.close()
        return bool(busy)

    def _close_reports(self) -> None:
        if self._reports is not None:
            self._reports.close()
            self._reports = None


def _nothing(_: Transaction) -> None:
    """Write nothing: the writer looks at the files all the same."""

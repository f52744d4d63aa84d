"""The one thread that writes: whatever waits shares one transaction and one wait for the disk."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from messages.errors import StoreError
from storage.evidence_cache import EvidenceCache
from storage.sqlite.connection import store_error
from storage.sqlite.file_watch import FileReplaced, FileWatch
from storage.sqlite.ledger_memory import LedgerMemory
from storage.sqlite.operation import Joint, Operation, Outcome, Transaction, run_all

MOST = 512
"""Operations in one transaction."""

LINGER = 0.05
"""Seconds that operations nobody waits for may wait for company."""

RETRY = 1.0
"""Seconds until operations nobody waits for are tried again after a failure."""

T = TypeVar("T")


@dataclass(slots=True)
class _Queued:
    operation: Operation[Any] | Joint
    future: "asyncio.Future[Any] | None"
    """None when nobody waits."""


class Writer:
    """Runs operations in the order in which they came. `start` and `submit` belong to the event loop's thread."""

    def __init__(
        self, path: Path, open_connection: Callable[[], sqlite3.Connection], watch: FileWatch, memory: LedgerMemory
    ) -> None:
        self._path = path
        self._watch = watch
        self._memory = memory
        self._replaced = threading.Event()
        """Set from when the files were found to be others until they are open again."""
        self._open_connection = open_connection
        self._queue: SimpleQueue[_Queued | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="assent-writer", daemon=True)
        self._connection: sqlite3.Connection | None = None
        self._evidence = EvidenceCache()
        self._changes_by_others = 0
        """SQLite's number, which is another one after each of them."""
        self._unwritten: list[_Queued] = []
        self._unawaited = 0
        self._settled = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def is_running(self) -> bool:
        return self._loop is not None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def submit(self, operation: Operation[T] | Joint) -> T:
        """Run `operation` and return its result once it is durable. Raises what it raises, and StoreError."""
        if self._loop is None:
            raise StoreError(f"{self._path}: the store is not open")
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(_Queued(operation, future))
        return await future

    def submit_unawaited(self, operation: Joint) -> None:
        """Run `operation` with the next transaction, and again until it is durable; nobody waits for it."""
        if self._loop is None:
            raise StoreError(f"{self._path}: the store is not open")
        self._unawaited += 1
        self._queue.put(_Queued(operation, None))

    async def settle(self) -> None:
        """Return once everything submitted before is durable. Raises StoreError when some of it can't be written."""
        unawaited = self._unawaited
        if unawaited != self._settled:
            await self.submit(self._nothing_is_left)
            self._settled = unawaited

    async def stop(self) -> None:
        """Write what was submitted, then end the thread."""
        self._loop = None
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _nothing_is_left(self, _: Transaction) -> None:
        if self._unwritten:
            raise StoreError(f"{self._path}: deliveries could not be recorded yet")

    def _run(self) -> None:
        while (batch := self._collect()) is not None:
            self._write([*self._take_unwritten(), *batch])
        if self._unwritten:
            self._write(self._take_unwritten())
        if self._connection is not None:
            self._connection.close()

    def _take_unwritten(self) -> list[_Queued]:
        unwritten, self._unwritten = self._unwritten, []
        return unwritten

    def _collect(self) -> list[_Queued] | None:
        """Return what waits, at least one operation; None when it is time to end."""
        batch: list[_Queued] = []
        somebody_waits = False
        while len(batch) < MOST:
            try:
                item = self._queue.get_nowait()
            except Empty:
                if somebody_waits:
                    break
                try:
                    item = self._queue.get(timeout=LINGER if batch else RETRY if self._unwritten else None)
                except Empty:
                    break
            if item is None:
                self._queue.put(None)
                return batch or None
            batch.append(item)
            somebody_waits = somebody_waits or item.future is not None
        return batch

    def _write(self, batch: Sequence[_Queued]) -> None:
        """Run `batch` in one transaction; if an operation spoils it, each in a transaction of its own."""
        try:
            connection = self._begin()
        except (sqlite3.Error, FileReplaced) as error:
            _resolve_soon(batch, [self._failed(item, error) for item in batch])
            return
        outcomes = self._attempt(connection, batch)
        if isinstance(outcomes, Exception):
            outcomes = [self._alone(item) for item in batch]
        _resolve_soon(batch, outcomes)

    def _alone(self, item: _Queued) -> Outcome[Any]:
        try:
            connection = self._begin()
        except (sqlite3.Error, FileReplaced) as error:
            return self._failed(item, error)
        outcomes = self._attempt(connection, [item])
        return self._failed(item, outcomes) if isinstance(outcomes, Exception) else outcomes[0]

    def resume(self) -> None:
        """Write again: the files were opened again."""
        self._replaced.clear()

    def _begin(self) -> sqlite3.Connection:
        if self._replaced.is_set():
            raise FileReplaced(self._path)
        if self._connection is None:
            self._connection = self._open_connection()
            self._evidence.clear()
        self._connection.execute("BEGIN IMMEDIATE")
        return self._connection

    def _attempt(self, connection: sqlite3.Connection, batch: Sequence[_Queued]) -> list[Outcome[Any]] | Exception:
        """Run `batch` in the transaction begun, and commit. An error that is not ours undoes all and is returned.

        The outermost boundary of the writing thread: whatever goes wrong in an operation goes to whoever waits for it.
        """
        transaction = Transaction(connection.cursor(), self._evidence, self._memory)
        try:
            self._look_for_changes_by_others(connection)
            outcomes = run_all(transaction, [item.operation for item in batch])
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001
            if connection.in_transaction:
                self._roll_back(connection)
            return error
        if not self._watch.is_intact():
            self._let_go(connection)
            return FileReplaced(self._path)
        self._evidence.add(transaction.kept_evidence)
        for bot, row in transaction.appended.items():
            self._memory.note(bot, *row)
        return outcomes

    def _let_go(self, connection: sqlite3.Connection) -> None:
        """Close files that are not those at the path. What a removed log holds is saved into its database."""
        self._replaced.set()
        self._connection = None
        if self._watch.lost_log_alone:
            with contextlib.suppress(sqlite3.Error):  # the comparison will tell what is missing
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        else:
            with contextlib.suppress(OSError):
                self._watch.drop_log()
        connection.close()

    def _look_for_changes_by_others(self, connection: sqlite3.Connection) -> None:
        """Forget which evidence is stored once another process wrote: it may have erased a person, and theirs."""
        (changes,) = connection.execute("PRAGMA data_version").fetchone()
        if changes != self._changes_by_others:
            self._changes_by_others = changes
            self._evidence.clear()

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        """End the transaction, if need be with its connection; the next transaction opens another."""
        try:
            connection.execute("ROLLBACK")
        except sqlite3.Error:
            connection.close()
            self._connection = None

    def _failed(self, item: _Queued, error: Exception) -> Outcome[Any]:
        """Return the outcome for whoever waits; what nobody waits for is kept for another try."""
        if not isinstance(error, sqlite3.Error):
            return None, error
        if item.future is None:
            self._unwritten.append(item)
        return None, store_error(error, self._path)


def _resolve_soon(batch: Sequence[_Queued], outcomes: Sequence[Outcome[Any]]) -> None:
    """Hand all outcomes to the event loop in one call."""
    awaited = [(item.future, outcome) for item, outcome in zip(batch, outcomes, strict=True) if item.future is not None]
    if awaited:
        with contextlib.suppress(RuntimeError):  # the loop was closed, so nobody waits any more
            awaited[0][0].get_loop().call_soon_threadsafe(_resolve, awaited)


def _resolve(outcomes: "Sequence[tuple[asyncio.Future[Any], Outcome[Any]]]") -> None:
    for future, (result, error) in outcomes:
        if future.done():
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

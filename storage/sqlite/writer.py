"""The one thread that writes: whatever waits shares one transaction and one wait for the disk."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from messages.errors import AssentError, StoreError
from storage.continuity import LedgerMemory
from storage.records import LedgerMark
from storage.sqlite.files import FileReplaced, FileWatch, store_error
from storage.turns import EvidenceCache

T = TypeVar("T")


@dataclass(slots=True)
class Head:
    """The end of a bot's ledger."""

    sequence: int
    hash: bytes
    lost: bool = False
    """Rows that were acknowledged are missing: nothing that raises consent is written."""


@dataclass(slots=True)
class Transaction:
    """A write transaction, as an operation sees it: all reads and writes go through `cursor`.

    It is shared with the operations of other callers, so an operation checks first and writes then: one that raises an
    `AssentError` must have written nothing.
    """

    cursor: sqlite3.Cursor
    evidence: EvidenceCache
    """Texts that were in the database before this transaction."""
    memory: LedgerMemory
    kept_evidence: list[tuple[str, str]] = field(default_factory=list)
    """Bot and digest of texts that this transaction adds."""
    heads: dict[str, Head] = field(default_factory=dict)
    """Ends of the ledgers that this transaction appends to, by bot."""
    appended: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """Sequence and hash of the last row that this transaction appends to a ledger, by bot."""
    last_numbers: dict[str, int] = field(default_factory=dict)
    """The highest number given so far in tables whose rows are numbered here, by the query that finds it."""

    def next_number(self, last: str) -> int:
        """Return the number after the one that the query `last` finds, and after those given since."""
        number: int = self.last_numbers.get(last) or self.cursor.execute(last).fetchone()[0] or 0
        self.last_numbers[last] = number + 1
        return number + 1


Outcome = tuple[T, None] | tuple[None, Exception]
"""The result, or why there is none."""

Operation = Callable[[Transaction], T]


@dataclass(frozen=True, slots=True)
class Joint:
    """An operation that is cheaper done together with others of its kind, whatever other kinds do before or after."""

    together: Callable[[Transaction, Sequence[Any]], Sequence[Outcome[Any]]]
    """Does what each argument asks, in this order, and returns an outcome for each; a refused one wrote nothing."""
    argument: Any


def run_all(transaction: Transaction, operations: Sequence[Operation[Any] | Joint]) -> list[Outcome[Any]]:
    """Run the joint operations kind by kind, then the others in order; return the outcomes in the order given."""
    outcomes: list[Outcome[Any]] = [(None, None)] * len(operations)
    kinds: dict[Callable[..., Sequence[Outcome[Any]]], tuple[list[int], list[Any]]] = {}
    single: list[tuple[int, Operation[Any]]] = []
    for place, operation in enumerate(operations):
        if isinstance(operation, Joint):
            places, arguments = kinds.setdefault(operation.together, ([], []))
            places.append(place)
            arguments.append(operation.argument)
        else:
            single.append((place, operation))
    for together, (places, arguments) in kinds.items():
        for place, outcome in zip(places, together(transaction, arguments), strict=True):
            outcomes[place] = outcome
    for place, operation in single:
        try:
            outcomes[place] = operation(transaction), None
        except AssentError as refusal:
            outcomes[place] = None, refusal
    return outcomes


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


MAX_OPERATIONS = 512
"""Operations in one transaction."""

LINGER = 0.05
"""Seconds that operations nobody waits for may wait for company."""

RETRY = 1.0
"""Seconds until operations nobody waits for are tried again after a failure."""


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
        while len(batch) < MAX_OPERATIONS:
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
        for bot, (sequence, digest) in transaction.appended.items():
            self._memory.note(LedgerMark(bot, 0, sequence, digest.hex()))
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

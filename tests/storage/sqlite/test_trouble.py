"""When the file can't be written: everybody who waits is told, and work goes on once the cause is gone."""

import asyncio
import contextlib
import resource
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from messages.errors import StoreError
from storage.records import DeliveryStatus
from storage.sqlite.store import SqliteStore
from storage.sqlite.writer import Transaction
from tests.storage.talk import Talk, says

ANA = Talk("ana")


@contextlib.contextmanager
def another_writer(path: Path) -> Iterator[None]:
    """Another process in the middle of a long write."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@contextlib.contextmanager
def no_room(path: Path) -> Iterator[None]:
    """A disk on which no file can grow."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = path.with_name(path.name + "-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def damage(path: Path) -> None:
    """Overwrite all but the first page."""
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


async def people_speak(store: SqliteStore, count: int) -> list[object]:
    people = [Talk(f"user{n}") for n in range(count)]
    turns = [person.turn(await person.load(store), f"e-{person.user}", says("hi")) for person in people]
    return list(await asyncio.gather(*(store.commit(turn) for turn in turns), return_exceptions=True))


Trouble = Callable[[Path], contextlib.AbstractContextManager[None]]
TROUBLES = [another_writer, no_room]


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_everybody_is_told_and_nothing_is_written(path: Path, store: SqliteStore, trouble: Trouble) -> None:
    await ANA.take(store, "e1")
    with trouble(path):
        outcomes = await people_speak(store, 20)
        with pytest.raises(StoreError):
            await store.check()
        assert (await ANA.load(store)).state is not None
    assert all(isinstance(outcome, StoreError) and str(path) in str(outcome) for outcome in outcomes)
    assert await store.pending() == []


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_work_goes_on_when_the_cause_is_gone(path: Path, store: SqliteStore, trouble: Trouble) -> None:
    await ANA.take(store, "e1")
    with trouble(path):
        await people_speak(store, 3)
    await store.check()
    outcomes = await people_speak(store, 20)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert len(await store.pending()) == 20


async def test_the_lock_is_named_with_its_remedy(path: Path, store: SqliteStore) -> None:
    with another_writer(path), pytest.raises(StoreError, match="another process holds its lock"):
        await store.check()


async def test_a_short_write_of_another_process_is_waited_for(path: Path) -> None:
    store = SqliteStore(path, busy_timeout=300)
    await store.open()
    with another_writer(path):
        waiting = asyncio.create_task(store.check())
        await asyncio.wait([waiting], timeout=0.05)
        assert not waiting.done()
    await waiting
    await store.close()


async def test_a_delivery_is_recorded_once_that_is_possible_again(path: Path, store: SqliteStore) -> None:
    (row,) = (await ANA.take(store, "e1", says("hi"))).outbox
    with another_writer(path):
        await store.record_delivery(msgspec.structs.replace(row, status=DeliveryStatus.DELIVERED))
        with pytest.raises(StoreError):
            await store.pending()
        with pytest.raises(StoreError):
            await store.check()
    assert await store.pending() == []


async def test_a_delivery_is_recorded_at_the_close(path: Path, store: SqliteStore) -> None:
    (row,) = (await ANA.take(store, "e1", says("hi"))).outbox
    with another_writer(path):
        await store.record_delivery(msgspec.structs.replace(row, status=DeliveryStatus.DELIVERED))
        with pytest.raises(StoreError):
            await store.check()
    await store.close()
    again = SqliteStore(path)
    await again.open()
    assert await again.pending() == []
    await again.close()


async def test_an_operation_that_breaks_does_not_fail_its_neighbours(store: SqliteStore) -> None:
    """They share a transaction; the broken one is undone to the last row."""
    loaded = [await Talk(f"user{n}").load(store) for n in range(10)]
    turns = [Talk(f"user{n}").turn(known, f"e{n}", says("hi")) for n, known in enumerate(loaded)]

    def breaks(transaction: Transaction) -> None:
        transaction.cursor.execute("INSERT INTO drafts VALUES ('b', 1, '', '', 0, '')")
        raise ZeroDivisionError

    def offends(transaction: Transaction) -> None:
        transaction.cursor.execute("INSERT INTO drafts VALUES ('b', 1, '', '', 0, '')")
        transaction.cursor.execute("INSERT INTO journal VALUES (NULL, 999, '', 0, x'')")

    outcomes = await asyncio.gather(
        *(store.commit(turn) for turn in turns[:5]),
        store._database.write(breaks),
        store._database.write(offends),
        *(store.commit(turn) for turn in turns[5:]),
        return_exceptions=True,
    )

    failed = {n: type(outcome) for n, outcome in enumerate(outcomes) if isinstance(outcome, Exception)}
    assert failed == {5: ZeroDivisionError, 6: StoreError}
    assert len(await store.pending()) == 10
    assert await store.bots() == []


async def test_a_caller_who_gave_up_does_not_stop_the_others(store: SqliteStore) -> None:
    """What was given is written all the same: whether it was is known by its event."""
    nobody = await ANA.load(store)
    gone = asyncio.create_task(store.commit(ANA.turn(nobody, "e1")))
    await asyncio.sleep(0)
    gone.cancel()
    await people_speak(store, 5)
    assert (await ANA.load(store, "e1")).seen


async def test_a_damaged_file_is_named(path: Path, store: SqliteStore) -> None:
    await ANA.take(store, "e1")
    await store.close()
    damage(path)
    again = SqliteStore(path)
    with pytest.raises(StoreError, match="restore the last good backup"):
        await again.open()

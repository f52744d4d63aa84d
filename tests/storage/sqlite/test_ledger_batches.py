"""Rows written many at a time are rows like any other: read in order, folded, tied to those around them, copied."""

import sqlite3
from pathlib import Path

import pytest

from messages.codec import to_ms
from messages.consent import Membership, SourceKind
from storage.sqlite.ledger_rows import Shared, append
from storage.sqlite.store import SqliteStore
from storage.sqlite.writer import Transaction
from storage.stores import compare_stores, copy_store
from tests.storage.sqlite.test_tampering import problems, tamper
from tests.storage.talk import NOW, Talk

BOT = "wellbeing"
NAMES = ("ana", "bob", "cy", "dee")
OUT = Membership.OPTED_OUT
IMPORT = Shared("tips", "none", "added", to_ms(NOW), SourceKind.CSV, "ann", "job-1")


async def append_rows(store: SqliteStore, *people: str, shared: Shared = IMPORT, lines: list[int] | None = None) -> int:
    """Append a row for each of these people."""

    def operation(transaction: Transaction) -> int:
        numbers = [NAMES.index(name) + 1 for name in people]
        found = dict(transaction.cursor.execute("SELECT number, id FROM contacts").fetchall())
        return append(transaction, BOT, shared, numbers, [found[number] for number in numbers], lines)

    return await store._database.write(operation)


@pytest.fixture
async def ledger(store: SqliteStore) -> SqliteStore:
    """1: ana out of news; 2 to 4: ana, cy, dee added to tips by a file; 5: ana out of tips; 6: bob added by staff."""
    for name in NAMES:
        await Talk(name).take(store, f"{name}-1", consent={"news": OUT} if name == "ana" else {})
    assert await append_rows(store, "ana", "cy", "dee", lines=[2, 3, 7]) == 2
    await Talk("ana").take(store, "ana-2", consent={"tips": OUT})
    assert await append_rows(store, "bob", shared=IMPORT._replace(source=SourceKind.CLI, detail="")) == 6
    return store


async def test_rows_are_read_in_order_and_one_by_one(ledger: SqliteStore) -> None:
    rows = await ledger.ledger(BOT)
    assert [row.sequence for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row.change.contact for row in rows] == [
        f"c_turn-{name}-1_1" for name in ("ana", "ana", "cy", "dee", "ana", "bob")
    ]
    assert [row.change.detail for row in rows[1:4]] == ["job-1:2", "job-1:3", "job-1:7"]
    assert {(row.change.source, row.change.actor) for row in rows[1:4]} == {(SourceKind.CSV, "ann")}
    assert [row.sequence for row in await ledger.ledger(BOT, after=2, limit=3)] == [3, 4, 5]


async def test_rows_of_one_person_and_of_one_segment(ledger: SqliteStore) -> None:
    assert [row.sequence for row in await ledger.ledger(BOT, contact="c_turn-ana-1_1")] == [1, 2, 5]
    assert [row.sequence for row in await ledger.ledger(BOT, contact="c_turn-cy-1_1")] == [3]
    assert [row.sequence for row in await ledger.ledger(BOT, contact="nobody")] == []
    assert [row.sequence for row in await ledger.ledger(BOT, subject="tips")] == [2, 3, 4, 5, 6]


async def test_memberships_follow_and_hold_at_the_next_turn(ledger: SqliteStore) -> None:
    assert [contact.name for contact in await ledger.members(BOT, "tips")] == ["Bob", "Cy", "Dee"]
    assert (await Talk("cy").load(ledger)).memberships == {"tips": Membership.ADDED}
    report = await ledger.verify_ledger(BOT)
    assert (report.rows, report.differences) == (6, ())


@pytest.mark.parametrize(
    "change",
    [
        "contacts = '[1,2,4]'",
        "lines = '[2,3,8]'",
        "lines_digest = x'00'",
        "actor = 'eve'",
        "at = at + 1",
        "detail = 'job-2'",
        "last = last + 1",
        "contacts = '[1,3]'",
    ],
)
async def test_a_batch_that_was_altered_shows(path: Path, ledger: SqliteStore, change: str) -> None:
    tamper(path, f"UPDATE ledger_batches SET {change} WHERE first = 2")
    assert any("were altered: their hash does not fit" in problem for problem in await problems(ledger))


async def test_the_line_of_who_was_erased_goes_and_the_chain_holds(path: Path, ledger: SqliteStore) -> None:
    erased = await ledger.erase_contact(BOT, "c_turn-cy-1_1", actor="mia", at=NOW)
    assert erased is not None
    assert erased.ledger_rows == 1
    assert [row.change.detail for row in (await ledger.ledger(BOT))[1:4]] == ["job-1:2", "", "job-1:7"]
    assert await problems(ledger) == []
    again = await ledger.erase_contact(BOT, "c_turn-cy-1_1", actor="mia", at=NOW)
    assert again is not None
    assert again.ledger_rows == 0
    with sqlite3.connect(path) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute("UPDATE ledger_batches SET lines = '[2]' WHERE first = 2")


async def test_a_batch_that_was_cut_out_shows(path: Path, ledger: SqliteStore) -> None:
    tamper(path, "DELETE FROM ledger_batches WHERE first = 2")
    assert "the ledger skips from row 1 to row 5" in await problems(ledger)


async def test_batches_are_copied_as_rows(ledger: SqliteStore, tmp_path: Path) -> None:
    target = SqliteStore(tmp_path / "target.db")
    await target.open()
    await copy_store(ledger, target, "source", lambda *_: None)
    assert all(each.is_same for each in await compare_stores(ledger, target, lambda *_: None))
    assert await target.ledger(BOT) == await ledger.ledger(BOT)
    await target.close()

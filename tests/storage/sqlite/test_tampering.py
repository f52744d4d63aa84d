"""Whoever changes the file behind our back is found out by `verify_ledger`."""

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from messages.consent import Membership
from storage.records import AuditRow
from storage.sqlite.store import SqliteStore
from tests.storage.talk import NOW, Talk

IN, OUT = Membership.OPTED_IN, Membership.OPTED_OUT


def tamper(path: Path, *statements: str) -> None:
    """Run SQL as somebody with the file in hand may: without our triggers and foreign keys."""
    connection = sqlite3.connect(path, isolation_level=None)
    for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {trigger}")
    for statement in statements:
        connection.execute(statement)
    connection.close()


@pytest.fixture
async def ledger(store: SqliteStore) -> SqliteStore:
    """Four rows: ana into tips, bob into tips, ana out of tips, bob into news."""
    await Talk("ana").take(store, "e1", consent={"tips": IN})
    await Talk("bob").take(store, "e2", consent={"tips": IN})
    await Talk("ana").take(store, "e3", consent={"tips": OUT})
    await Talk("bob").take(store, "e4", consent={"news": IN})
    assert (await store.verify_ledger("wellbeing")).differences == ()
    return store


async def problems(store: SqliteStore) -> list[str]:
    return [difference.problem for difference in (await store.verify_ledger("wellbeing")).differences]


async def test_a_membership_changed_without_a_row(path: Path, ledger: SqliteStore) -> None:
    tamper(path, "UPDATE memberships SET state = 'opted_in' WHERE sequence = 3")
    (difference,) = (await ledger.verify_ledger("wellbeing")).differences
    ana = (await Talk("ana").load(ledger)).contact
    assert ana is not None
    assert (difference.contact, difference.subject, difference.sequence) == (ana.id, "tips", 3)
    assert (difference.stored, difference.folded) == (IN, OUT)
    assert difference.problem == "membership differs from the fold of the ledger"


async def test_a_membership_removed(path: Path, ledger: SqliteStore) -> None:
    tamper(path, "DELETE FROM memberships WHERE subject = 'news'")
    (difference,) = (await ledger.verify_ledger("wellbeing")).differences
    assert (difference.stored, difference.folded, difference.sequence) == (Membership.NONE, IN, 4)


async def test_a_membership_invented(path: Path, ledger: SqliteStore) -> None:
    tamper(
        path,
        "INSERT INTO memberships SELECT contact, 'offers', bot, 'opted_in', 9, NULL, NULL FROM memberships LIMIT 1",
    )
    (difference,) = (await ledger.verify_ledger("wellbeing")).differences
    assert (difference.subject, difference.stored, difference.folded, difference.sequence) == (
        "offers",
        IN,
        Membership.NONE,
        0,
    )


async def test_a_membership_that_names_another_proof(path: Path, ledger: SqliteStore) -> None:
    tamper(path, "UPDATE memberships SET sequence = 2 WHERE subject = 'news'")
    assert await problems(ledger) == ["membership names row 2 as its proof; it is row 4"]


@pytest.mark.parametrize(
    "change",
    ["at = at + 1", "purpose = 'Two tips a week'", "button = 'welcome/2'", "revision = 4", "source = 'keyword'"],
)
async def test_a_fact_altered(path: Path, ledger: SqliteStore, change: str) -> None:
    tamper(path, f"UPDATE ledger SET {change} WHERE sequence = 2")
    assert await problems(ledger) == ["row 2 was altered: its hash does not fit"]


async def test_the_words_seen_altered(path: Path, ledger: SqliteStore) -> None:
    tamper(path, "UPDATE ledger SET personal = json_set(personal, '$.text', 'I agree to all') WHERE sequence = 2")
    assert await problems(ledger) == ["row 2 was altered: its personal part does not fit its digest"]


async def test_an_outcome_altered_with_its_membership(path: Path, ledger: SqliteStore) -> None:
    tamper(
        path,
        "UPDATE ledger SET after = 'opted_in' WHERE sequence = 3",
        "UPDATE memberships SET state = 'opted_in' WHERE sequence = 3",
    )
    assert await problems(ledger) == ["row 3 was altered: its hash does not fit"]


async def test_a_row_cut_out(path: Path, ledger: SqliteStore) -> None:
    tamper(path, "DELETE FROM ledger WHERE sequence = 2", "DELETE FROM memberships WHERE sequence = 2")
    assert await problems(ledger) == ["the ledger skips from row 1 to row 3"]


async def test_a_row_cut_out_and_the_rest_renumbered(path: Path, ledger: SqliteStore) -> None:
    tamper(
        path,
        "DELETE FROM ledger WHERE sequence = 2",
        "UPDATE ledger SET sequence = 2 WHERE sequence = 3",
        "UPDATE ledger SET sequence = 3 WHERE sequence = 4",
        "DELETE FROM memberships WHERE sequence = 2",
        "UPDATE memberships SET sequence = sequence - 1 WHERE sequence > 2",
    )
    assert await problems(ledger) == [
        "row 2 was altered: its hash does not fit",
        "row 3 was altered: its hash does not fit",
    ]


async def test_the_last_row_cut_off(path: Path, ledger: SqliteStore) -> None:
    """The membership it made gives it away; cut off as well, the head written down earlier does."""
    head = (await ledger.verify_ledger("wellbeing")).head
    tamper(path, "DELETE FROM ledger WHERE sequence = 4")
    assert await problems(ledger) == ["membership differs from the fold of the ledger"]
    tamper(path, "DELETE FROM memberships WHERE sequence = 4")
    report = await ledger.verify_ledger("wellbeing")
    assert report.differences == ()
    assert report.head != head


async def test_a_row_that_does_not_follow_from_those_before(path: Path, ledger: SqliteStore) -> None:
    tamper(path, "UPDATE ledger SET before = 'added' WHERE sequence = 3")
    assert await problems(ledger) == [
        "row 3 was altered: its hash does not fit",
        "row 3 starts from added, and the rows before it say opted_in",
    ]


async def test_a_contact_renamed(path: Path, ledger: SqliteStore) -> None:
    """The hash is over the contact's id, not over the number that stands for it in this file."""
    tamper(path, "UPDATE contacts SET id = 'somebody else' WHERE number = 1")
    assert len(await problems(ledger)) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ledger WHERE sequence = 1",
        "UPDATE ledger SET after = 'none' WHERE sequence = 1",
        "UPDATE ledger SET personal = '{}' WHERE sequence = 1",
        "UPDATE ledger SET personal = NULL, at = 0 WHERE sequence = 1",
        "UPDATE ledger SET hash = x'00' WHERE sequence = 1",
    ],
)
async def test_the_database_itself_refuses_to_change_a_row(path: Path, ledger: SqliteStore, statement: str) -> None:
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


async def test_a_person_s_words_can_be_taken_away_and_the_chain_holds(path: Path, ledger: SqliteStore) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("UPDATE ledger SET personal = NULL WHERE sequence = 1")
    connection.close()
    assert await problems(ledger) == []
    row, *_ = await ledger.ledger("wellbeing")
    assert (row.change.text, row.change.label, row.change.event_id) == ("", "", "")
    assert (row.change.purpose, row.change.after) == ("One tip a week", IN)


@pytest.mark.parametrize("statement", ["UPDATE revisions SET source = 'x'", "DELETE FROM revisions"])
async def test_the_database_itself_refuses_to_change_a_revision(path: Path, store: SqliteStore, statement: str) -> None:
    await store.push("b", "one", author="mia", at=NOW, expected_live=0)
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="as it was pushed"):
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit",
        "UPDATE audit SET actor = 'bo'",
        "UPDATE audit SET target = 'teams:a:bob'",
        "UPDATE audit SET target = 'erased:c_1/1', actor = 'bo'",
    ],
)
async def test_the_database_itself_refuses_to_change_the_audit(path: Path, store: SqliteStore, statement: str) -> None:
    await store.add_audit(AuditRow(0, "b", NOW, "mia", "unmask", "teams:a:ana"))
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


async def test_a_row_rewritten_together_with_its_hash(path: Path, ledger: SqliteStore) -> None:
    """Whoever knows how rows are hashed makes one that fits the row before it. The row behind it tells."""
    connection = sqlite3.connect(path)
    (before,) = connection.execute("SELECT hash FROM ledger WHERE sequence = 1").fetchone()
    facts = connection.execute(
        """SELECT ledger.bot, sequence, contacts.id, subject, before, after, at, source, 'somebody else', revision,
        message, button, purpose, channel, turn, lower(hex(personal_digest))
        FROM ledger JOIN contacts ON contacts.number = ledger.contact WHERE sequence = 2"""
    ).fetchone()
    connection.close()
    made = hashlib.sha256(before + json.dumps(facts, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
    tamper(path, f"UPDATE ledger SET actor = 'somebody else', hash = x'{made}' WHERE sequence = 2")
    assert await problems(ledger) == ["row 3 was altered: its hash does not fit"]

"""What people, staff and versions before did to a store is never taken for tampering."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from replay.tampering import JournalReport, check_journal
from storage.stores import copy_store
from tests.cli.tampering.raw import Raw, RawRedis, RawSqlite
from tests.cli.tampering.story import PRESSES_YES, TURNS, key_of, lived, opened
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database

USERS = ("ana", "bob", "cleo")
EVENTS = len(USERS) * TURNS
LATER = 100
"""Ids of events of a second day."""


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=needs_redis)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'assent.db'}" if request.param == "sqlite" else empty_database(6)


@pytest.fixture
def raw(url: str, tmp_path: Path) -> Raw:
    return RawSqlite(tmp_path / "assent.db") if url.startswith("sqlite") else RawRedis(url)


async def report_of(url: str) -> JournalReport:
    store = await opened(url)
    report = await check_journal(store, "demo")
    await store.close()
    return report


async def is_sound(url: str, turns: int, unchained: int = 0) -> None:
    report = await report_of(url)
    assert (report.problems, report.turns, report.unchained) == ([], turns, unchained)


async def forget_oldest(url: str, count: int) -> None:
    """Prune so many turns, by their size."""
    store = await opened(url)
    page = await store.journal_page("demo")
    assert await store.prune_journal(keep_bytes=sum(len(turn.record) for turn in page.turns[count:])) == count
    await store.close()


async def erase(url: str, user: str) -> None:
    store = await opened(url)
    summary = await store.conversation("demo", key_of(user))
    assert summary is not None
    await store.erase_contact("demo", summary.contact.id, actor="mia", at=datetime.now(UTC))
    await store.close()


@needs_redis
async def test_what_is_forgotten_and_erased_goes_on_and_is_copied(tmp_path: Path, url: str) -> None:
    await lived(tmp_path, url, USERS)
    await forget_oldest(url, 3)
    await is_sound(url, EVENTS - 3)
    await erase(url, "bob")
    await is_sound(url, EVENTS - 3)
    await forget_oldest(url, 4)
    await lived(tmp_path, url, USERS, first=LATER)
    await is_sound(url, 2 * EVENTS - 7)
    for number, target in enumerate((f"sqlite:///{tmp_path / 'copy.db'}", empty_database(7))):
        source, copied = await opened(url), await opened(target)
        await copy_store(source, copied, f"source {number}", lambda *_: None)
        await copied.end_copy()
        await source.close()
        await copied.close()
        await is_sound(target, 2 * EVENTS - 7)
        url = target
        await lived(tmp_path, url, ("ana",), first=2 * LATER + number * TURNS)
        await is_sound(url, 2 * EVENTS - 7 + TURNS)
        await forget_oldest(url, TURNS)


@pytest.mark.parametrize("forgotten", [0, 7, EVENTS])
async def test_a_store_of_the_version_before_goes_on(tmp_path: Path, url: str, raw: Raw, forgotten: int) -> None:
    """Its turns count as not chained, whatever of them was forgotten then or is later; what is deleted now is found."""
    await lived(tmp_path, url, USERS)
    if forgotten:
        await forget_oldest(url, forgotten)
    raw.as_before()
    kept = EVENTS - forgotten
    await is_sound(url, kept, kept)
    await lived(tmp_path, url, USERS, first=LATER)
    await is_sound(url, kept + EVENTS, kept)
    if kept > 1:
        await forget_oldest(url, 1)
        await is_sound(url, kept - 1 + EVENTS, kept - 1)


async def test_a_turn_that_was_not_chained_is_missed_all_the_same(tmp_path: Path, url: str, raw: Raw) -> None:
    await lived(tmp_path, url, USERS)
    if isinstance(raw, RawSqlite):
        raw.delete("bob", PRESSES_YES)
        raw.as_before()  # counted when the file is brought up to date: what was deleted before is told by the states
    else:
        raw.as_before()
        raw.delete("bob", PRESSES_YES)
    problems = (await report_of(url)).problems
    assert {problem.conversation for problem in problems} == {key_of("bob")}
    told = " ".join(problem.problem for problem in problems)
    assert "is missing" in told
    assert "row 2 of the ledger names it" in told or "no such turn is there" in told


@needs_redis
async def test_two_versions_side_by_side(tmp_path: Path) -> None:
    url = empty_database(6)
    raw = RawRedis(url)
    await lived(tmp_path, url, USERS)
    raw.last_as_before("bob")
    await is_sound(url, EVENTS, 1)
    await lived(tmp_path, url, USERS, first=LATER)
    await is_sound(url, 2 * EVENTS, 1)
    raw.forget_as_before(TURNS + 2)
    await is_sound(url, 2 * EVENTS - TURNS - 2, 1)
    await erase(url, "cleo")
    raw.erased_as_before()
    await is_sound(url, 2 * EVENTS - TURNS - 2, 1)
    await lived(tmp_path, url, USERS, first=2 * LATER)
    await is_sound(url, 3 * EVENTS - TURNS - 2, 1)
    raw.unlink("bob", TURNS + 3)
    problems = (await report_of(url)).problems
    assert [problem.conversation for problem in problems] == [key_of("bob")]
    assert "is not what was committed" in problems[0].problem


async def test_a_back_up_that_was_restored_with_its_loss_accepted(tmp_path: Path, url: str, raw: Raw) -> None:
    """Turns and rows that were committed since the back-up are gone together."""
    await lived(tmp_path, url, USERS)
    restore = raw.save()
    await lived(tmp_path, url, ("ana", "dan"), first=LATER)
    store = await opened(url)
    marks = await store.heads("demo")
    await store.close()
    restore()
    store = await opened(url)
    losses = [await store.record_loss(mark) for mark in marks]
    for loss in losses:
        assert loss is not None
        await store.accept_loss(loss, datetime.now(UTC), "mia")
    await store.close()
    await is_sound(url, EVENTS)
    await lived(tmp_path, url, ("ana", "dan"), first=2 * LATER)
    await is_sound(url, EVENTS + 2 * TURNS)

"""A job goes from file to members in steps, each taken once, by one worker at a time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from messages.consent import Membership, SourceKind
from messages.errors import BadInput, JobLost, StaleVersion
from messages.import_rows import Reason
from storage.audience_records import ENDED, FailedRow, ImportJob, ImportRow, ImportState, ImportStep
from storage.port import Store
from storage.transfer import Kind
from tests.storage.contract.audiences.people import AT, BOT, known
from tests.storage.talk import Talk

LATER = AT + timedelta(minutes=1)
LONG = 60.0
ADDED, OUT = Membership.ADDED, Membership.OPTED_OUT


async def file(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def job(store: Store, name: str = "j1", *parts: bytes) -> ImportJob:
    """A job that nobody has yet."""
    wanted = ImportJob(name, BOT, "ann", SourceKind.CSV, AT, segment="tips", file_name="people.csv", address="10.0.0.7")
    return await store.add_import(wanted, file(*(parts or (b"ana@example.org\n",))))


async def claimed(store: Store, name: str = "j1") -> ImportJob:
    await job(store, name)
    found = await store.claim_import("w1", AT, LATER, bot=BOT, job=name)
    assert found is not None
    return found


def step(first: int, *rows: ImportRow, name: str = "j1", worker: str = "w1") -> ImportStep:
    return ImportStep(name, worker, first, rows, AT, LATER)


async def test_a_file_comes_back_as_it_was_given(store: Store) -> None:
    parts = [b"a" * 70_000, b"b" * 400_000, b"", b"c"]
    queued = await job(store, "j1", *parts)
    assert queued.size == 470_001
    assert len(queued.digest) == 64
    assert queued.state is ImportState.QUEUED
    assert b"".join([part async for part in store.import_file(BOT, "j1")]) == b"".join(parts)
    assert [part async for part in store.import_file(BOT, "j2")] == []


async def test_a_file_that_breaks_off_is_no_job(store: Store) -> None:
    """Nor does anybody have to end it before the store can be copied."""

    async def broken() -> AsyncIterator[bytes]:
        yield b"a" * 300_000
        raise ConnectionResetError

    wanted = await job(store, "j1")
    with pytest.raises(ConnectionResetError):
        await store.add_import(msgspec.structs.replace(wanted, id="j2"), broken())
    assert [one.id for one in await store.imports(BOT)] == ["j1"]
    assert await store.import_job(BOT, "j2") is None
    await store.cancel_import(BOT, "j1", LATER)
    (record,) = (await store.export(BOT, Kind.IMPORTS, "", 10)).records
    assert record == await store.import_job(BOT, "j1")


async def test_jobs_are_listed_newest_first(store: Store) -> None:
    for name in ("j1", "j2", "j3"):
        await job(store, name)
    assert [one.id for one in await store.imports(BOT)] == ["j3", "j2", "j1"]
    assert [one.id for one in await store.imports(BOT, before="j3", limit=1)] == ["j2"]
    assert list(await store.imports("other")) == []
    assert (await store.import_job(BOT, "j2")) == (await store.imports(BOT))[1]
    assert await store.import_job("other", "j2") is None


async def test_a_job_belongs_to_one_worker_until_its_lease_ends(store: Store) -> None:
    await job(store, "j1")
    await job(store, "j2")
    first = await store.claim_import("w1", AT, LATER)
    assert first is not None
    assert (first.id, first.state, first.worker, first.started_at) == ("j1", ImportState.RUNNING, "w1", AT)
    second = await store.claim_import("w2", AT, LATER)
    assert second is not None
    assert second.id == "j2"
    assert await store.claim_import("w3", AT, LATER) is None
    third = await store.claim_import("w3", LATER + timedelta(seconds=1), LATER + timedelta(minutes=1))
    assert third is not None
    assert (third.id, third.worker) == ("j1", "w3")
    with pytest.raises(JobLost):
        await store.apply_import(BOT, step(0))
    with pytest.raises(JobLost):
        await store.set_job_progress(BOT, "j1", "w1", LATER, total=5)
    with pytest.raises(JobLost):
        await store.end_import(BOT, "j1", "w1", at=LATER)


async def test_a_job_that_is_queued_is_heard_of_at_once(store: Store) -> None:
    """A worker of the same process need not look again and again."""
    with store.changes_of_jobs() as queued:
        while await queued.wait(0.5):  # the first look at the store may wake anybody
            pass
        await job(store)
        async with asyncio.timeout(LONG / 2):
            assert await queued.wait(LONG)


async def test_a_job_that_is_asked_for_comes_or_none(store: Store) -> None:
    await job(store, "j1")
    await job(store, "j2")
    assert await store.claim_import("w1", AT, LATER, bot="other", job="j1") is None
    found = await store.claim_import("w1", AT, LATER, bot=BOT, job="j2")
    assert found is not None
    assert found.id == "j2"
    assert await store.claim_import("w2", AT, LATER, bot=BOT, job="j2") is None


async def test_rows_are_taken_and_counted(store: Store) -> None:
    ana, bob = await known(store, "ana", "bob")
    await claimed(store)
    await store.set_job_progress(BOT, "j1", "w1", LATER, total=6)
    after = await store.apply_import(
        BOT,
        step(
            0,
            ImportRow(2, "ana@example.org", ana.number),
            ImportRow(3, "nobody@example.org", reason=Reason.UNKNOWN, detail="said so"),
            ImportRow(4, "ANA@example.org", ana.number),
            ImportRow(5, "later@example.org", waits=True),
        ),
    )
    assert (after.total, after.done, after.added, after.failed, after.looking_up) == (6, 4, 1, 2, 1)
    after = await store.apply_import(BOT, step(4, ImportRow(6, "bob@example.org", bob.number)))
    assert (after.done, after.added, after.unchanged) == (5, 2, 0)
    after = await store.apply_import(BOT, step(5, ImportRow(7, "c-ana", ana.number)))
    assert (after.done, after.added, after.unchanged) == (6, 2, 1)
    assert await store.import_job(BOT, "j1") == after
    assert await store.memberships(BOT, "c-ana") == {"tips": ADDED}
    assert list(await store.failed_rows(BOT, "j1")) == [
        FailedRow(3, "nobody@example.org", Reason.UNKNOWN, "said so"),
        FailedRow(4, "ANA@example.org", Reason.DUPLICATE, "of line 2"),
    ]
    assert [one.line for one in await store.failed_rows(BOT, "j1", after=3)] == [4]
    assert [one.line for one in await store.failed_rows(BOT, "j1", limit=1)] == [3]
    rows = {row.change.contact: row.change for row in await store.ledger(BOT)}
    assert {who: change.detail for who, change in rows.items()} == {"c-ana": "j1:2", "c-bob": "j1:6"}
    assert {(change.source, change.actor) for change in rows.values()} == {(SourceKind.CSV, "ann")}
    assert (await store.verify_ledger(BOT)).differences == ()


async def test_who_said_no_stays_out_and_is_reported(store: Store) -> None:
    await known(store, "ana")
    talk = Talk("bob")
    await talk.take(store, "e1", consent={"tips": OUT})
    people = {person.contact.name: person.number for person in await store.people(BOT)}
    await claimed(store)
    after = await store.apply_import(
        BOT, step(0, ImportRow(1, "ana", people["Ana"]), ImportRow(2, "bob", people["Bob"]), ImportRow(3, "x", 10**6))
    )
    assert (after.added, after.failed) == (1, 2)
    assert [(row.line, row.reason) for row in await store.failed_rows(BOT, "j1")] == [
        (2, Reason.OPTED_OUT),
        (3, Reason.UNKNOWN),
    ]
    loaded = await talk.load(store)
    assert loaded.memberships == {"tips": OUT}


async def test_a_step_that_comes_again_changes_nothing(store: Store) -> None:
    (ana,) = await known(store, "ana")
    await claimed(store)
    rows = (ImportRow(1, "ana", ana.number), ImportRow(2, "x", reason=Reason.MALFORMED))
    after = await store.apply_import(BOT, step(0, *rows))
    assert await store.apply_import(BOT, step(0, *rows)) == after
    assert len(await store.ledger(BOT)) == 1
    assert len(await store.failed_rows(BOT, "j1")) == 1
    with pytest.raises(StaleVersion):
        await store.apply_import(BOT, step(9, *rows))


async def test_rows_that_waited_are_settled_once(store: Store) -> None:
    (ana,) = await known(store, "ana")
    await claimed(store)
    await store.apply_import(BOT, step(0, *(ImportRow(line, f"v{line}", waits=True) for line in (1, 2, 3))))
    waiting = await store.waiting_rows(BOT, "j1")
    assert [(row.line, row.value, row.waits) for row in waiting] == [(1, "v1", True), (2, "v2", True), (3, "v3", True)]
    assert [row.line for row in await store.waiting_rows(BOT, "j1", after=1, limit=1)] == [2]
    settled = step(0, ImportRow(1, "v1", ana.number), ImportRow(2, "v2", reason=Reason.LEFT))
    after = await store.settle_import(BOT, settled)
    assert (after.done, after.added, after.failed, after.looking_up) == (3, 1, 1, 1)
    assert await store.settle_import(BOT, settled) == after
    assert [row.line for row in await store.waiting_rows(BOT, "j1")] == [3]
    assert list(await store.failed_rows(BOT, "j1")) == [FailedRow(2, "v2", Reason.LEFT)]


@pytest.mark.parametrize("failed", [False, True])
async def test_a_job_ends_and_its_file_goes(store: Store, *, failed: bool) -> None:
    await claimed(store)
    if failed:
        await store.apply_import(BOT, step(0, ImportRow(1, "x", reason=Reason.UNKNOWN)))
    ended = await store.end_import(BOT, "j1", "w1", at=LATER)
    assert ended.state is (ImportState.COMPLETED_WITH_ERRORS if failed else ImportState.COMPLETED)
    assert (ended.ended_at, ended.worker) == (LATER, "")
    assert [part async for part in store.import_file(BOT, "j1")] == []
    assert len(await store.failed_rows(BOT, "j1")) == failed
    assert await store.claim_import("w2", LATER + timedelta(hours=1), LATER) is None
    with pytest.raises(JobLost):
        await store.apply_import(BOT, step(0))


async def test_a_file_that_is_no_list_ends_the_job_with_the_reason(store: Store) -> None:
    await claimed(store)
    ended = await store.end_import(BOT, "j1", "w1", at=LATER, failed="line 3 has two columns")
    assert (ended.state, ended.reason) == (ImportState.FAILED, "line 3 has two columns")


async def test_a_job_that_nobody_has_is_cancelled_at_once_and_another_by_its_worker(store: Store) -> None:
    await job(store, "j1")
    assert (await store.cancel_import(BOT, "j1", LATER)).state is ImportState.CANCELLED
    assert [part async for part in store.import_file(BOT, "j1")] == []
    await claimed(store, "j2")
    running = await store.cancel_import(BOT, "j2", LATER)
    assert (running.state, running.cancelling) == (ImportState.RUNNING, True)
    ended = await store.end_import(BOT, "j2", "w1", at=LATER, cancelled=True)
    assert ended.state in ENDED
    assert await store.cancel_import(BOT, "j2", LATER) == ended
    with pytest.raises(BadInput):
        await store.cancel_import(BOT, "j3", LATER)

"""What is older than the settings allow goes; what is younger stays, and consent always does."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from messages.consent import Membership, SourceKind
from messages.effects import IgnoreMessage
from messages.import_rows import Reason
from messages.pushes import PushState, RunState
from storage.audience_records import ImportJob, ImportRow, ImportStep
from storage.port import Store
from storage.push_records import PushRow
from storage.records import AuditRow, DeliveryStatus, Retained
from storage.stores import compare_stores, copy_store, open_store
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database
from tests.storage.sending import run_of
from tests.storage.talk import NOW, Talk, says

DAY = timedelta(days=1)
ANA = Talk("ana")
BOT = ANA.bot
AGES = (9, 8, 2, 1)
"""Days ago."""


async def failed_replies(store: Store) -> list[int]:
    rows = await store.deliveries(BOT, ANA.key, status=DeliveryStatus.FAILED)
    return [int(row.message.id.removeprefix("m_")) for row in rows]


async def fail_replies(store: Store) -> None:
    for age in AGES:
        await ANA.take(store, f"e{age}", says(str(age)), at=NOW - age * DAY)
    *failing, last = await store.pending()
    for row in failing:
        await store.record_delivery(msgspec.structs.replace(row, status=DeliveryStatus.FAILED, reason="403"))
    await store.mark_unreachable(BOT, ANA.key, "blocked the bot", NOW)
    assert last.message.id == "m_1"


async def ignored(store: Store) -> list[int]:
    return [int(message.text) for message in reversed(await store.ignored(BOT))]


async def ignore(store: Store) -> None:
    for age in AGES:
        await ANA.take(store, f"i{age}", IgnoreMessage(str(age)), at=NOW - age * DAY)


async def reported(store: Store) -> list[int]:
    return [age for age in AGES if await store.failed_rows(BOT, f"j{age}")]


async def report(store: Store) -> None:
    for age in AGES:
        at = NOW - age * DAY
        await store.add_import(ImportJob(f"j{age}", BOT, "ann", SourceKind.CSV, at, segment="tips"), _file(b"nobody\n"))
        await store.claim_import("w", at, at + DAY, bot=BOT, job=f"j{age}")
        rows = (ImportRow(1, "nobody", reason=Reason.UNKNOWN),)
        await store.apply_import(BOT, ImportStep(f"j{age}", "w", 0, rows, at, at + DAY))
        await store.end_import(BOT, f"j{age}", "w", at=at)


async def audited(store: Store) -> list[int]:
    return [int(row.detail) for row in await store.audit(BOT)]


async def audit(store: Store) -> None:
    for age in AGES:
        await store.add_audit(AuditRow(0, BOT, NOW - age * DAY, "mia", "unmask", "a", str(age)))


async def pushed(store: Store) -> list[int]:
    return [age for age in AGES if await store.pushes(BOT, run=f"r{age}")]


async def skip_pushes(store: Store) -> None:
    contact = (await ANA.load(store)).contact
    assert contact is not None
    for age in AGES:
        await store.add_run(run_of([1], f"r{age}"), RunState.RUNNING)
        row = PushRow(f"r{age}", contact.id, PushState.SKIPPED, "cap", due=NOW - age * DAY)
        assert await store.record_push(BOT, row)
        over, at = RunState.FINISHED, NOW - age * DAY
        await store.change_run(BOT, f"r{age}", over, among=[RunState.RUNNING], at=at, by="ann")


Write = Callable[[Store], Awaitable[None]]
Read = Callable[[Store], Awaitable[list[int]]]
KINDS: dict[Retained, tuple[Write, Read]] = {
    Retained.FAILED_REPLIES: (fail_replies, failed_replies),
    Retained.IGNORED_MESSAGES: (ignore, ignored),
    Retained.IMPORT_REPORTS: (report, reported),
    Retained.PUSHES: (skip_pushes, pushed),
    Retained.AUDIT: (audit, audited),
}


async def _file(part: bytes) -> AsyncIterator[bytes]:
    yield part


def test_every_kind_is_tried() -> None:
    assert set(KINDS) == set(Retained)


@pytest.mark.parametrize("what", Retained)
async def test_the_old_goes_the_young_and_all_consent_stay(store: Store, what: Retained) -> None:
    await ANA.take(store, "yes", consent={"tips": Membership.OPTED_IN}, at=NOW - 90 * DAY)
    rows = await store.ledger(BOT)
    write, read = KINDS[what]
    await write(store)
    assert await read(store) == list(AGES)
    loaded = await ANA.load(store)
    assert await store.prune_kept(what, NOW - 8 * DAY) == 1
    assert await read(store) == [8, 2, 1]
    assert await store.prune_kept(what, NOW - 8 * DAY) == 0
    assert await store.prune_kept(what, NOW - 7 * DAY) == 1
    assert await read(store) == [2, 1]
    assert await ANA.load(store) == loaded
    assert await store.ledger(BOT) == rows
    assert (await store.verify_ledger(BOT)).differences == ()


async def test_many_go_at_once(store: Store) -> None:
    for number in range(1300):
        await store.add_audit(AuditRow(0, BOT, NOW - 9 * DAY, "mia", "unmask", f"{number % 7}", str(number)))
    await audit(store)
    assert await store.prune_kept(Retained.AUDIT, NOW - 5 * DAY) == 1302
    assert await audited(store) == [2, 1]
    assert list(await store.audit(BOT, target="3")) == []


async def test_the_newest_audit_row_stays_so_that_no_number_comes_twice(store: Store) -> None:
    await audit(store)
    assert await store.prune_kept(Retained.AUDIT, NOW + DAY) == 3
    assert await audited(store) == [1]
    later = await store.add_audit(AuditRow(0, BOT, NOW, "mia", "unmask", "a", "0"))
    assert later.sequence == 5
    assert [row.sequence for row in await store.audit(BOT, limit=1)] == [4]


async def test_rows_that_wait_or_belong_to_a_job_that_runs_stay(store: Store) -> None:
    old = NOW - 90 * DAY
    await ANA.take(store, "e1", says("waits"), at=old)
    assert await store.prune_kept(Retained.FAILED_REPLIES, NOW) == 0
    assert len(await store.pending()) == 1
    await store.add_import(ImportJob("j1", BOT, "ann", SourceKind.CSV, old, segment="tips"), _file(b"nobody\n"))
    await store.claim_import("w", old, NOW, bot=BOT, job="j1")
    rows = (ImportRow(1, "nobody", reason=Reason.UNKNOWN),)
    await store.apply_import(BOT, ImportStep("j1", "w", 0, rows, old, NOW))
    assert await store.prune_kept(Retained.IMPORT_REPORTS, NOW) == 0
    assert len(await store.failed_rows(BOT, "j1")) == 1


async def test_the_job_of_a_report_stays_for_ledger_rows_name_it(store: Store) -> None:
    await report(store)
    before = await store.imports(BOT)
    await store.prune_kept(Retained.IMPORT_REPORTS, NOW)
    assert await store.imports(BOT) == before


async def test_whose_replies_failed_long_ago_is_listed_no_more(store: Store) -> None:
    await fail_replies(store)
    await store.prune_kept(Retained.FAILED_REPLIES, NOW)
    (conversation,) = await store.conversations(BOT)
    assert conversation.failed == 0


async def test_who_was_erased_is_in_nobody_s_way(store: Store) -> None:
    await fail_replies(store)
    contact = (await ANA.load(store)).contact
    assert contact is not None
    await store.erase_contact(BOT, contact.id, actor="mia", at=NOW)
    ben = Talk("ben")
    await ben.take(store, "b1", says("1"), at=NOW - 9 * DAY)
    (row,) = await store.pending()
    await store.record_delivery(msgspec.structs.replace(row, status=DeliveryStatus.FAILED, reason="403"))
    assert await store.prune_kept(Retained.FAILED_REPLIES, NOW) == 1
    assert await store.prune_kept(Retained.FAILED_REPLIES, NOW) == 0


async def test_an_upload_that_broke_off_goes_with_what_was_stored_of_it(store: Store) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"a" * 300_000
        raise ConnectionResetError

    def job(at: datetime) -> ImportJob:
        return ImportJob("j1", BOT, "ann", SourceKind.CSV, at, segment="tips")

    with pytest.raises(ConnectionResetError):
        await store.add_import(job(NOW - 9 * DAY), broken())
    await store.prune(NOW, 7 * DAY)
    await store.add_import(job(NOW), _file(b"c"))
    await store.prune(NOW + 30 * DAY, 7 * DAY)
    assert [part async for part in store.import_file(BOT, "j1")] == [b"c"]


TARGETS = {
    "sqlite": lambda folder: f"sqlite:///{folder / 'copy.db'}",
    "redis": lambda _: f"{empty_database(3)}?shards=2",
}


@pytest.mark.parametrize("target", ["sqlite", pytest.param("redis", marks=needs_redis)])
async def test_a_copy_goes_on_where_the_source_was(store: Store, target: str, tmp_path: Path) -> None:
    for write, _ in KINDS.values():
        await write(store)
    for what in Retained:
        await store.prune_kept(what, NOW - 8 * DAY)
    copied = open_store(TARGETS[target](tmp_path))
    await copied.open()
    try:
        await copy_store(store, copied, "source", lambda *_: None)
        assert all(each.is_same for each in await compare_stores(store, copied, lambda *_: None))
        await copied.end_copy()
        for what, (_, read) in KINDS.items():
            assert await copied.prune_kept(what, NOW - 5 * DAY) == 1, what
            assert await read(copied) == [2, 1]
    finally:
        await copied.close()


@pytest.mark.parametrize("target", ["sqlite", pytest.param("redis", marks=needs_redis)])
async def test_delivered_replies_of_a_copy_are_forgotten_too(store: Store, target: str, tmp_path: Path) -> None:
    await ANA.take(store, "e9", says("9"), at=NOW - 9 * DAY)
    await ANA.take(store, "e1", says("1"), at=NOW - DAY)
    for row in await store.pending():
        await store.record_delivery(msgspec.structs.replace(row, status=DeliveryStatus.DELIVERED))
    await store.check()  # what was posted to the writer before is written now
    copied = open_store(TARGETS[target](tmp_path))
    await copied.open()
    try:
        await copy_store(store, copied, "source", lambda *_: None)
        await copied.end_copy()
        assert (await copied.prune(NOW, 7 * DAY)).deliveries == 1
        assert [row.message.id for row in await copied.deliveries(BOT, ANA.key)] == ["m_1"]
    finally:
        await copied.close()

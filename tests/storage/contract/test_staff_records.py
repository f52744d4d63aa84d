"""Records of people who sign in: versions decide between writers, and of several who take one away one is told so."""

import asyncio
from datetime import timedelta

from storage.port import Store
from storage.staff_port import StaffKind, StaffRecord
from tests.storage.contract.audiences.people import AT
from tests.storage.contract.conftest import Opener

ANA = StaffRecord(StaffKind.USER, "ana@example.org", 1, b"\x00one")


async def test_a_record_is_what_was_written(store: Store) -> None:
    later = StaffRecord(StaffKind.SESSION, "5e55", 1, b"s", AT + timedelta(hours=1))
    assert await store.save_staff_record(ANA)
    assert await store.save_staff_record(later)
    assert await store.staff_record(StaffKind.USER, "ana@example.org") == ANA
    assert await store.staff_record(StaffKind.SESSION, "5e55") == later
    assert await store.staff_record(StaffKind.SESSION, "ana@example.org") is None
    assert list(await store.staff_records(StaffKind.USER)) == [ANA]


async def test_only_the_next_version_is_written(store: Store, open_another: Opener) -> None:
    other = await open_another()
    assert await store.save_staff_record(ANA)
    assert not await other.save_staff_record(ANA._replace(record=b"another first"))
    assert not await other.save_staff_record(ANA._replace(version=3))
    second = ANA._replace(version=2, record=b"two")
    assert await other.save_staff_record(second)
    assert not await store.save_staff_record(second._replace(record=b"two, too"))
    assert await store.staff_record(StaffKind.USER, ANA.key) == second


async def test_of_many_writers_of_a_version_one_wins(store: Store, open_another: Opener) -> None:
    await store.save_staff_record(ANA)
    others = [store, *[await open_another() for _ in range(3)]]
    nexts = [ANA._replace(version=2, record=b"%d" % number) for number in range(4)]
    won = await asyncio.gather(*(one.save_staff_record(record) for one, record in zip(others, nexts, strict=True)))
    assert sum(won) == 1
    assert await store.staff_record(StaffKind.USER, ANA.key) == nexts[won.index(True)]


async def test_of_many_who_drop_a_record_one_is_told_so(store: Store, open_another: Opener) -> None:
    link = StaffRecord(StaffKind.LINK, "l", 1, b"l", AT)
    await store.save_staff_record(link)
    others = [store, *[await open_another() for _ in range(3)]]
    assert sorted(await asyncio.gather(*(one.drop_staff_record(StaffKind.LINK, "l") for one in others)))[-2:] == [
        False,
        True,
    ]
    assert await store.staff_record(StaffKind.LINK, "l") is None
    assert await store.save_staff_record(link)


async def test_what_is_over_is_forgotten(store: Store) -> None:
    hour = timedelta(hours=1)
    for number in range(3):
        await store.save_staff_record(StaffRecord(StaffKind.SESSION, f"{number}", 1, b"", AT + number * hour))
    await store.save_staff_record(ANA)
    assert await store.prune_staff_records(AT + hour) == 2
    assert [one.key for one in await store.staff_records(StaffKind.SESSION)] == ["2"]
    assert list(await store.staff_records(StaffKind.USER)) == [ANA]

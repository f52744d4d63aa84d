"""What staff did is kept, row after row."""

import asyncio

from storage.port import Store
from storage.records import AuditRow
from tests.storage.talk import MINUTE, NOW


def row(number: int, target: str, bot: str = "wellbeing") -> AuditRow:
    return AuditRow(0, bot, NOW + number * MINUTE, "mia", "unmask", target, f"row {number}")


async def test_rows_are_numbered_and_come_in_order(store: Store) -> None:
    kept = [await store.add_audit(row(number, "teams:a:1")) for number in range(3)]
    assert [each.sequence for each in kept] == [1, 2, 3]
    assert list(await store.audit("wellbeing")) == kept
    assert list(await store.audit("wellbeing", after=1)) == kept[1:]
    assert list(await store.audit("wellbeing", limit=2)) == kept[:2]
    assert (kept[0].actor, kept[0].action, kept[0].at, kept[0].detail) == ("mia", "unmask", NOW, "row 0")


async def test_rows_are_found_by_what_they_are_about(store: Store) -> None:
    kept = [await store.add_audit(row(number, target)) for number, target in enumerate(("a", "b", "a"))]
    assert list(await store.audit("wellbeing", target="a")) == [kept[0], kept[2]]
    assert list(await store.audit("wellbeing", target="a", after=1, limit=1)) == [kept[2]]
    assert list(await store.audit("wellbeing", target="c")) == []


async def test_each_bot_has_its_own(store: Store) -> None:
    await store.add_audit(row(0, "a"))
    assert (await store.add_audit(row(1, "a", "other"))).sequence == 1
    assert [each.detail for each in await store.audit("other")] == ["row 1"]


async def test_rows_written_at_once_all_stay(store: Store) -> None:
    kept = await asyncio.gather(*(store.add_audit(row(number, "a")) for number in range(20)))
    assert sorted(each.sequence for each in kept) == list(range(1, 21))
    assert {each.detail for each in await store.audit("wellbeing")} == {f"row {number}" for number in range(20)}

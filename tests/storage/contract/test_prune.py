"""Forgetting what is old."""

from datetime import timedelta

import msgspec

from storage.port import Store
from storage.records import DeliveryStatus, Pruned
from tests.storage.talk import NOW, Talk, says

ANA = Talk("ana")
DAY = timedelta(days=1)


async def test_what_is_older_than_asked_is_forgotten(store: Store) -> None:
    for age in (9, 8, 7, 2, 1):
        await ANA.take(store, f"e{age}", says(f"{age} days ago"), at=NOW - age * DAY)
    nine, eight, *_, one = await store.pending()
    for row in (nine, eight, one):
        await store.record_delivery(msgspec.structs.replace(row, status=DeliveryStatus.DELIVERED))

    assert await store.prune(NOW, 7 * DAY) == Pruned(seen_events=2, deliveries=2)

    seen = {age: (await ANA.load(store, f"e{age}")).seen for age in (9, 8, 7, 2, 1)}
    assert seen == {9: False, 8: False, 7: True, 2: True, 1: True}
    kept = await store.deliveries(ANA.bot, ANA.key)
    assert [row.message.id for row in kept] == ["m_7 days ago", "m_2 days ago", "m_1 days ago"]
    assert await store.prune(NOW, 7 * DAY) == Pruned()


async def test_failed_and_waiting_replies_stay_however_old(store: Store) -> None:
    await ANA.take(store, "e1", says("failed"), says("waiting"), at=NOW - 90 * DAY)
    failed, waiting = await store.pending()
    failed = msgspec.structs.replace(failed, status=DeliveryStatus.FAILED, reason="403")
    await store.record_delivery(failed)
    await store.prune(NOW, DAY)
    assert await store.deliveries(ANA.bot, ANA.key) == [failed, waiting]


async def test_a_reply_s_number_is_not_used_again(store: Store) -> None:
    await ANA.take(store, "e1", says("one"), at=NOW - 2 * DAY)
    (row,) = await store.pending()
    await store.record_delivery(msgspec.structs.replace(row, status=DeliveryStatus.DELIVERED))
    await store.prune(NOW, DAY)
    await ANA.take(store, "e2", says("two"))
    (later,) = await store.pending()
    assert later.sequence > row.sequence


async def test_people_consent_and_journal_stay(store: Store) -> None:
    await ANA.take(store, "e1", at=NOW - 90 * DAY)
    before = await ANA.load(store)
    await store.prune(NOW, DAY)
    assert await ANA.load(store) == before
    assert len(await store.journal(ANA.bot, ANA.key)) == 1

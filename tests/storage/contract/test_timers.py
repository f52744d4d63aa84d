"""Waits: due until the turn they cause is committed."""

from messages.effects import CancelTimer, StartTimer
from messages.inbound import TimerFired
from storage.port import Store
from storage.records import DueTimer
from tests.storage.talk import MINUTE, NOW, Talk

ANA, BOB = Talk("ana"), Talk("bob")


async def test_nothing_waits(store: Store) -> None:
    assert await store.next_timer() is None
    assert await store.due_timers(NOW) == []


async def test_a_timer_is_due_at_its_time(store: Store) -> None:
    await ANA.take(store, "e1", StartTimer("t1", NOW + MINUTE))
    assert await store.next_timer() == NOW + MINUTE
    assert await store.due_timers(NOW) == []
    due = DueTimer(ANA.bot, "t1", ANA.key, ANA.reference, NOW + MINUTE)
    assert await store.due_timers(NOW + MINUTE) == [due]


async def test_timers_come_in_order_and_by_portion(store: Store) -> None:
    await ANA.take(store, "e1", StartTimer("t3", NOW + 3 * MINUTE), StartTimer("t1", NOW + MINUTE))
    await BOB.take(store, "e2", StartTimer("t2", NOW + 2 * MINUTE))
    assert [due.timer for due in await store.due_timers(NOW + 5 * MINUTE)] == ["t1", "t2", "t3"]
    assert [due.timer for due in await store.due_timers(NOW + 5 * MINUTE, limit=2)] == ["t1", "t2"]


async def test_a_timer_stays_due_until_its_turn_is_committed(store: Store) -> None:
    await ANA.take(store, "e1", StartTimer("t1", NOW), StartTimer("t2", NOW))
    assert len(await store.due_timers(NOW)) == 2
    assert len(await store.due_timers(NOW)) == 2
    await ANA.take(store, "timer:t1", action=TimerFired("t1"))
    assert [due.timer for due in await store.due_timers(NOW)] == ["t2"]


async def test_a_cancelled_timer_is_gone(store: Store) -> None:
    await ANA.take(store, "e1", StartTimer("t1", NOW))
    await ANA.take(store, "e2", CancelTimer("t1"), CancelTimer("never set"))
    assert await store.next_timer() is None


async def test_a_timer_set_again_moves(store: Store) -> None:
    await ANA.take(store, "e1", StartTimer("t1", NOW))
    await ANA.take(store, "e2", StartTimer("t1", NOW + MINUTE))
    assert await store.due_timers(NOW) == []
    assert await store.next_timer() == NOW + MINUTE


async def test_timers_of_two_bots_may_have_one_name(store: Store) -> None:
    other = Talk("ana", bot="other")
    await ANA.take(store, "e1", StartTimer("t1", NOW))
    await other.take(store, "e1", StartTimer("t1", NOW))
    await other.take(store, "e2", CancelTimer("t1"))
    assert [(due.bot, due.timer) for due in await store.due_timers(NOW)] == [(ANA.bot, "t1")]

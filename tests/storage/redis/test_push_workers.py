"""Several workers and one push: replies behind it have one sender, and what a dead worker was sending stays unsent."""

import msgspec

from messages.pushes import PushState, RunState
from storage.port import Store
from storage.push_records import PushRow
from storage.records import DeliveryStatus
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.test_workers import House, house, words
from tests.storage.sending import BOT, known_member, plain, push, run_of, stands
from tests.storage.talk import NOW, Talk, says

__all__ = ["house"]
pytestmark = needs_redis
ANA = Talk("ana")


async def claimed(store: Store) -> PushRow:
    number = await known_member(store, "ana")
    await store.add_run(run_of([number]), RunState.RUNNING)
    await push(store, "ana")
    (row,) = await store.pushes(BOT, run="r1")
    return row


async def test_what_another_worker_says_behind_a_push_goes_to_its_sender(house: House) -> None:
    first, second = await house.worker(), await house.worker()
    row = await claimed(first)
    assert (await ANA.take(second, "e2", says("2"))).outbox == ()
    sent = msgspec.structs.replace(row, state=PushState.SENT, sent_at=NOW)

    more = list(await first.end_push(BOT, sent))

    assert words(more) == ["2"]
    await first.may_send(more[0])
    ended = msgspec.structs.replace(more[0], status=DeliveryStatus.DELIVERED)
    assert list(await first.record_delivery(ended)) == []
    assert list(await first.end_push(BOT, sent)) == []


async def test_a_push_of_a_worker_that_is_gone_is_unknown_and_what_is_behind_it_goes_on(house: House) -> None:
    first, second = await house.worker(), await house.worker()
    row = await claimed(first)
    await ANA.take(second, "e2", says("2"))

    await house.only_one_speaks(second)

    assert words(list(await second.mine())) == ["2"]
    assert not (await second.mine())[0].message.push
    assert plain(await stands(second)) == {"unknown": 1}
    await first.end_push(BOT, msgspec.structs.replace(row, state=PushState.SENT, sent_at=NOW))
    assert plain(await stands(second)) == {"sent": 1}
    assert words(list(await second.mine())) == ["2"]


async def test_a_worker_that_lost_the_answer_settles_what_it_claimed_itself_and_nothing_else(house: House) -> None:
    first, second = await house.worker(), await house.worker()
    row = await claimed(first)
    await ANA.take(second, "e2", says("2"))
    lost = PushRow("r1", row.contact, PushState.UNKNOWN)

    assert list(await second.end_push(BOT, lost, own=True)) == []
    assert plain(await stands(second)) == {"sending": 1}
    assert words(list(await first.end_push(BOT, lost, own=True))) == ["2"]
    assert plain(await stands(first)) == {"unknown": 1}
    late = msgspec.structs.replace(lost, state=PushState.SENT)
    assert list(await first.end_push(BOT, late, own=True)) == []
    assert plain(await stands(first)) == {"unknown": 1}

"""Several workers on one store: each conversation's replies have one sender, until that one is gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import msgspec
import pytest

from messages.effects import StartTimer
from messages.errors import AlreadySeen, OwnershipLost
from storage.port import Store
from storage.records import DeliveryStatus, OutboxRow
from storage.stores import open_store
from tests.loop_time import pass_time
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import _server, empty_database
from tests.storage.talk import NOW, Talk, says

pytestmark = needs_redis

DATABASE = 2
LEASE = 60
ANA, BOB = Talk("ana"), Talk("bob")


class House:
    """A store on which workers can be opened."""

    def __init__(self, url: str, stack: AsyncExitStack) -> None:
        self._url = url
        self._stack = stack

    async def worker(self, *, serves: bool = True) -> Store:
        store = open_store(f"{self._url}&lease={LEASE}")
        await store.open()
        self._stack.push_async_callback(store.close)
        if serves:
            await store.acquire_server_lease()
            assert await store.take_over()  # it looks once at what waits
        return store

    async def only_one_speaks(self, alive: Store) -> None:
        """Let so much time pass without a sign of life of the other workers that this one has all replies."""
        with _server().client(DATABASE) as client:
            for key in client.keys("*:workers"):
                client.zadd(key, dict.fromkeys(client.zrange(key, 0, -1), 1))
        while not await alive.mine():
            await alive.take_over()
            pass_time(LEASE / 2)


@pytest.fixture(params=[1, 3], ids=["1 shard", "3 shards"])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        yield House(f"{empty_database(DATABASE)}?shards={request.param}", stack)


def ended(row: OutboxRow, status: DeliveryStatus = DeliveryStatus.DELIVERED) -> OutboxRow:
    return msgspec.structs.replace(row, status=status, attempts=1)


def words(rows: "list[OutboxRow] | tuple[OutboxRow, ...]") -> list[str]:
    return [row.message.id.removeprefix("m_") for row in rows]


async def test_what_another_worker_says_goes_to_the_conversation_s_sender(house: House) -> None:
    first, second = await house.worker(), await house.worker()
    begun = await ANA.take(first, "e1", says("1"))
    assert (await ANA.take(second, "e2", says("2"), says("3"))).outbox == ()

    more = list(await first.record_delivery(ended(begun.outbox[0])))

    assert words(more) == ["2", "3"]
    assert list(await first.record_delivery(ended(more[0]))) == []
    assert list(await first.record_delivery(ended(more[1]))) == []
    assert await first.outbox_depth() == (0, None)


async def test_a_conversation_that_is_through_may_change_its_sender(house: House) -> None:
    first, second = await house.worker(), await house.worker()
    begun = await ANA.take(first, "e1", says("1"))
    await first.record_delivery(ended(begun.outbox[0]))
    assert words((await ANA.take(second, "e2", says("2"))).outbox) == ["2"]
    assert words(list(await second.mine())) == ["2"]
    assert words(list(await first.mine())) == []


async def test_two_conversations_have_senders_of_their_own(house: House) -> None:
    first, second = await house.worker(), await house.worker()
    await ANA.take(first, "e1", says("1"))
    await BOB.take(second, "e2", says("2"))
    assert words(list(await first.mine())) == ["1"]
    assert words(list(await second.mine())) == ["2"]
    assert sorted(words(list(await second.pending()))) == ["1", "2"]


async def test_a_worker_that_leaves_hands_over_at_once(house: House) -> None:
    first, second = await house.worker(), await house.worker()
    await ANA.take(first, "e1", says("1"), says("2"))
    assert not await second.take_over()

    await first.close()

    assert await second.take_over()
    rows = list(await second.mine())
    assert words(rows) == ["1", "2"]
    assert [row.ambiguous for row in rows] == [True, False]
    await second.may_send(rows[0])


async def test_doubt_stays_with_the_row_that_was_sent_again(house: House) -> None:
    first, second = await house.worker(), await house.worker()
    await ANA.take(first, "e1", says("1"))
    await first.close()
    await second.take_over()
    (row,) = await second.mine()
    await second.record_delivery(ended(row))
    (kept,) = await second.deliveries(ANA.bot, ANA.key)
    assert (kept.status, kept.ambiguous) == (DeliveryStatus.DELIVERED, True)


async def test_what_a_command_said_is_sent_by_a_worker(house: House) -> None:
    """A handle that does not serve has no lease, so what it commits is taken over at once."""
    worker, command = await house.worker(), await house.worker(serves=False)
    await ANA.take(command, "e1", says("1"))
    assert await worker.take_over()
    assert words(list(await worker.mine())) == ["1"]


async def test_a_silent_worker_loses_its_conversations(house: House) -> None:
    silent, alive = await house.worker(), await house.worker()
    row = (await ANA.take(silent, "e1", says("1"))).outbox[0]

    await house.only_one_speaks(alive)

    assert await silent.take_over()  # it wakes up, and looks what it has
    with pytest.raises(OwnershipLost):
        await silent.may_send(row)
    with pytest.raises(OwnershipLost):
        await silent.record_delivery(ended(row, DeliveryStatus.FAILED))
    (taken,) = await alive.mine()
    assert (taken.status, taken.ambiguous) == (DeliveryStatus.PENDING, True)


async def test_a_reply_sent_by_a_silent_worker_is_not_sent_again(house: House) -> None:
    """It was on its way when its conversation was taken over, and that it arrived is heard after that."""
    silent, alive = await house.worker(), await house.worker()
    row = (await ANA.take(silent, "e1", says("1"))).outbox[0]
    await house.only_one_speaks(alive)
    with pytest.raises(OwnershipLost):
        await silent.record_delivery(ended(row))
    assert list(await alive.mine()) == []
    assert [kept.status for kept in await alive.deliveries(ANA.bot, ANA.key)] == [DeliveryStatus.DELIVERED]


async def test_a_worker_whose_lease_ran_out_waits_before_it_sends(house: House) -> None:
    worker = await house.worker()
    row = (await ANA.take(worker, "e1", says("1"))).outbox[0]
    await worker.may_send(row)
    pass_time(LEASE)
    sending = asyncio.create_task(worker.may_send(row))
    for _ in range(10):
        await worker.check()
    assert not sending.done()
    await worker.take_over()
    await sending


async def test_copies_of_an_event_at_many_workers_count_once(house: House) -> None:
    workers = [await house.worker() for _ in range(4)]
    await ANA.take_until_committed(workers[0], "first", says("0"))

    async def handle(worker: Store, event: str) -> int:
        loaded = await ANA.load(worker, event)
        if loaded.seen:
            return 0
        try:
            await ANA.take_until_committed(worker, event, says(event))
        except AlreadySeen:
            return 0
        return 1

    for number in range(20):
        counted = await asyncio.gather(*(handle(worker, f"e{number}") for worker in workers for _ in range(3)))
        assert sum(counted) == 1
    assert len(await workers[0].journal(ANA.bot, ANA.key)) == 21


async def test_a_due_timer_is_taken_by_one_worker(house: House) -> None:
    first, second = await house.worker(), await house.worker()
    await ANA.take(first, "e1", StartTimer("t1", NOW))
    assert [due.timer for due in await first.due_timers(NOW)] == ["t1"]
    assert list(await second.due_timers(NOW)) == []
    assert await second.next_timer() is None
    assert [due.timer for due in await first.due_timers(NOW)] == ["t1"]
    await first.close()
    assert [due.timer for due in await second.due_timers(NOW)] == ["t1"]


async def test_what_is_said_behind_replies_just_taken_over_waits_for_them(house: House) -> None:
    """The worker has them in Redis, and has not read them yet."""
    first, second = await house.worker(), await house.worker()
    await ANA.take(first, "e1", says("1"))
    await first.close()
    assert await second.take_over()

    assert (await ANA.take(second, "e2", says("2"))).outbox == ()

    rows = list(await second.mine())
    assert words(rows) == ["1", "2"]
    assert words([*(await ANA.take(second, "e3", says("3"))).outbox]) == ["3"]


async def test_a_conversation_that_comes_back_does_not_bring_old_replies_with_it(house: House) -> None:
    """What the worker still has of them was sent by the one that took them over."""
    silent, alive = await house.worker(), await house.worker()
    old = (await ANA.take(silent, "e1", says("1"), says("2"))).outbox
    await house.only_one_speaks(alive)
    for row in await alive.mine():
        await alive.record_delivery(ended(row))

    new = (await ANA.take(silent, "e2", says("3"))).outbox

    await silent.take_over()
    with pytest.raises(OwnershipLost):
        await silent.may_send(old[1])
    await silent.may_send(new[0])


async def test_a_reply_is_looked_at_again_before_it_is_sent_once_more(house: House) -> None:
    """Word that it had come may come after its conversation was taken over."""
    silent, alive = await house.worker(), await house.worker()
    row = (await ANA.take(silent, "e1", says("1"), says("2"))).outbox[0]
    await house.only_one_speaks(alive)
    first, second = await alive.mine()
    with pytest.raises(OwnershipLost):
        await silent.record_delivery(ended(row))

    with pytest.raises(OwnershipLost):
        await alive.may_send(first)

    await alive.may_send(second)
    assert await alive.take_over()


async def test_doubt_stays_on_record_although_the_first_sender_had_none(house: House) -> None:
    silent, alive = await house.worker(), await house.worker()
    row = (await ANA.take(silent, "e1", says("1"))).outbox[0]
    await house.only_one_speaks(alive)
    (again,) = await alive.mine()
    await alive.may_send(again)
    with pytest.raises(OwnershipLost):
        await silent.record_delivery(ended(row))

    await alive.record_delivery(ended(again))

    (kept,) = await alive.deliveries(ANA.bot, ANA.key)
    assert (kept.status, kept.ambiguous) == (DeliveryStatus.DELIVERED, True)


async def test_a_command_that_says_more_later_is_sent_too(house: House) -> None:
    """What it said first was taken over, and with that the worker forgot it."""
    worker, command = await house.worker(), await house.worker(serves=False)
    await ANA.take(command, "e1", says("1"))
    assert await worker.take_over()
    for row in await worker.mine():
        await worker.record_delivery(ended(row))
    await worker.take_over()

    await ANA.take(command, "e2", says("2"))

    assert await worker.take_over()
    assert words(list(await worker.mine())) == ["2"]

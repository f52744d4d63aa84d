"""Replies leave in order, conversation by conversation, and none gets lost, whatever is in memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from messages.errors import RateLimited, StoreError, TemporarilyFailed
from storage.records import DeliveryStatus, OutboxRow
from storage.redis.store import RedisStore
from storage.sqlite.store import SqliteStore
from tests.runtime.outbox_house import House
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database


class Faulty:
    """A store whose own code fails, and not with an error of ours, as often as is told."""

    faults = 0
    unrecorded = 0
    unread = 0

    async def record_delivery(self, row: OutboxRow) -> Sequence[OutboxRow]:
        if self.unrecorded:
            self.unrecorded -= 1
            raise ZeroDivisionError("a fault of ours")
        more: Sequence[OutboxRow] = await super().record_delivery(row)  # type: ignore[misc]
        return more

    async def mine(self, *, after: int = 0, limit: int = 1000) -> Sequence[OutboxRow]:
        if self.unread:
            self.unread -= 1
            raise ZeroDivisionError("a fault of ours")
        found: Sequence[OutboxRow] = await super().mine(after=after, limit=limit)  # type: ignore[misc]
        return found

    async def may_send(self, row: OutboxRow) -> None:
        if self.faults:
            self.faults -= 1
            raise ZeroDivisionError("a fault of ours")
        await super().may_send(row)  # type: ignore[misc]


class FaultySqlite(Faulty, SqliteStore): ...


class FaultyRedis(Faulty, RedisStore): ...


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=needs_redis)])
async def faulty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A sender on such a store of either kind, to whom its server's replies belong."""
    sqlite = request.param == "sqlite"
    store = FaultySqlite(tmp_path / "bot.db") if sqlite else FaultyRedis(f"{empty_database(5)}?lease=600")
    await store.open()
    await store.acquire_server_lease()
    built = House(store)
    yield built
    await built.sender.close(grace=0)
    await store.close()


class SlowToRead(SqliteStore):
    """A store that reads of the outbox when it is let, and tells what it has read when it is let."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, durable=False)
        self.asked = asyncio.Event()
        self.read = asyncio.Event()
        self.has_read = asyncio.Event()
        self.tell = asyncio.Event()

    async def mine(self, *, after: int = 0, limit: int = 1000) -> Sequence[OutboxRow]:
        self.asked.set()
        await self.read.wait()
        found = await super().mine(after=after, limit=limit)
        self.has_read.set()
        await self.tell.wait()
        return found


async def test_a_reply_is_delivered_and_recorded(house: House) -> None:
    await house.say("ana", "one")
    (row,) = await house.rows("ana")
    assert house.screen.shown == [("ana", "one")]
    assert (row.status, row.attempts, row.channel_message_ids) == (DeliveryStatus.DELIVERED, 1, ("m1",))


async def test_replies_of_one_conversation_wait_for_each_other(house: House) -> None:
    house.screen.failures = [TemporarilyFailed("busy"), TemporarilyFailed("busy")]
    for text in ("one", "two", "three"):
        await house.say("ana", text)
    await house.rows("ana")
    assert house.screen.texts("ana") == ["one", "two", "three"]


async def test_a_conversation_that_waits_does_not_hold_others(house: House) -> None:
    waking = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await waking.wait()

    house.sender = house.new_sender(sleep=sleep)
    house.screen.failures = [RateLimited("slow down", retry_after=60)]
    await house.say("ana", "one")
    await house.say("ben", "two")
    await house.screen.has_shown(1)
    house.time.now += timedelta(seconds=62)
    waking.set()
    await house.rows("ana")
    assert house.screen.shown == [("ben", "two"), ("ana", "one")]


@pytest.mark.parametrize("faults", [1, 4])
async def test_a_reply_that_a_fault_of_ours_keeps_from_being_sent_is_tried_again(faulty: House, faults: int) -> None:
    faulty.store.faults = faults  # type: ignore[attr-defined]
    await faulty.say("ana", "one")
    await faulty.say("ana", "two")
    assert {row.status for row in await faulty.rows("ana")} == {DeliveryStatus.DELIVERED}
    assert faulty.screen.texts("ana") == ["one", "two"]
    assert faulty.time.naps == [2.0, 4.0, 8.0, 16.0][:faults]


async def test_one_that_it_keeps_five_times_is_given_up_and_those_behind_go_on(faulty: House) -> None:
    faulty.store.faults = 5  # type: ignore[attr-defined]
    for text in ("one", "two", "three"):
        await faulty.say("ana", text)
    one, *others = await faulty.rows("ana")
    assert faulty.screen.texts("ana") == ["two", "three"]
    assert (one.status, {row.status for row in others}) == (DeliveryStatus.FAILED, {DeliveryStatus.DELIVERED})
    assert "fault of Assent" in one.reason


async def test_one_that_cannot_even_be_given_up_is_tried_on_and_those_behind_go_on(faulty: House) -> None:
    faulty.store.unrecorded = 6  # type: ignore[attr-defined]
    for text in ("one", "two"):
        await faulty.say("ana", text)
    assert {row.status for row in await faulty.rows("ana")} == {DeliveryStatus.DELIVERED}
    assert faulty.screen.texts("ana")[-1] == "two"


async def test_what_a_former_process_left_is_sent_although_reading_it_fails_at_first(faulty: House) -> None:
    await faulty.commit("ana", "one")
    faulty.store.unread = 3  # type: ignore[attr-defined]
    heard: list[str] = []
    faulty.sender = faulty.new_sender(failed=lambda loop, _: heard.append(loop))
    faulty.sender.start()
    assert {row.status for row in await faulty.rows("ana")} == {DeliveryStatus.DELIVERED}
    assert heard == ["outbox"] * 3


async def test_a_private_reply_behind_one_to_the_group_goes_to_the_person_alone(house: House) -> None:
    await house.say("ana", "to all", group="team")
    await house.say("ana", "to you", group="team", private=True)
    await house.say("ana", "to all again", group="team")
    await house.say("ana", "to you again", group="team", private=True)
    await house.rows("ana")
    assert house.screen.texts("team") == ["to all", "to all again"]
    assert house.screen.texts("with ana") == ["to you", "to you again"]


async def test_a_private_conversation_is_created_once(house: House) -> None:
    for text in ("one", "two"):
        await house.say("ana", text, group="team", private=True)
        await house.rows("ana")
    assert house.screen.texts("with ana") == ["one", "two"]
    assert house.screen.created == 1


async def test_what_a_former_process_left_is_sent_first(house: House) -> None:
    await house.commit("ana", "one")
    await house.commit("ben", "two")
    house.sender.start()
    await house.say("ana", "three")
    await house.rows("ana")
    assert house.screen.texts("ana") == ["one", "three"]
    assert house.screen.texts("ben") == ["two"]


async def test_new_replies_wait_behind_a_backlog_of_many_pages(house: House) -> None:
    """While the old ones are read, page by page, new ones of the same people keep coming."""
    house.sender = house.new_sender(page=5)
    people = [f"user{number}" for number in range(7)]
    for number in range(60):
        await house.commit(people[number % 7], str(number))
    house.sender.start()
    for number in range(60, 120):
        await house.say(people[number % 7], str(number))
    assert await house.statuses(people) == {DeliveryStatus.DELIVERED}
    for index, person in enumerate(people):
        assert house.screen.texts(person) == [str(number) for number in range(index, 120, 7)]


async def test_memory_is_bounded_and_nothing_is_forgotten_or_sent_twice(house: House) -> None:
    house.sender = house.new_sender(max_held=10, page=4)
    house.screen.open.clear()
    people = [f"user{number}" for number in range(7)]
    for number in range(100):
        await house.say(people[number % 7], str(number))
    assert house.sender.held <= 10
    house.screen.open.set()
    assert await house.statuses(people) == {DeliveryStatus.DELIVERED}
    for index, person in enumerate(people):
        assert house.screen.texts(person) == [str(number) for number in range(index, 100, 7)]


async def test_commits_heard_of_out_of_order_when_memory_is_full(house: House) -> None:
    waking = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await waking.wait()

    house.sender = house.new_sender(max_held=2, sleep=sleep)
    house.screen.failing["eve"] = [RateLimited("slow down", retry_after=60)]
    for rows in reversed([await house.commit(person, person) for person in ("ana", "ben", "eve")]):
        house.sender.add(rows)
    await house.screen.has_shown(2)
    house.time.now += timedelta(seconds=62)
    waking.set()
    assert await house.statuses(["ana", "ben", "eve"]) == {DeliveryStatus.DELIVERED}
    assert sorted(house.screen.shown) == [("ana", "ana"), ("ben", "ben"), ("eve", "eve")]


async def test_a_reply_committed_while_the_last_page_is_read_is_not_forgotten(tmp_path: Path) -> None:
    store = SlowToRead(tmp_path / "bot.db")
    await store.open()
    house = House(store)
    store.read.set()
    house.sender.start()
    await store.has_read.wait()
    await house.say("ana", "one")
    store.tell.set()
    (row,) = await house.rows("ana")
    assert row.status is DeliveryStatus.DELIVERED
    await store.close()


async def test_a_commit_heard_of_while_later_ones_are_read_is_neither_forgotten_nor_overtaken(tmp_path: Path) -> None:
    store = SlowToRead(tmp_path / "bot.db")
    await store.open()
    house = House(store)
    house.sender = house.new_sender(max_held=1)
    house.screen.open.clear()
    await house.say("ana", "fills the memory")
    first = await house.commit("joe", "one")
    await house.say("eve", "is left in the store")
    house.screen.open.set()
    await store.asked.wait()
    house.sender.add(first)
    await house.say("joe", "two")
    store.read.set()
    store.tell.set()
    await house.rows("joe")
    assert house.screen.texts("joe") == ["one", "two"]
    assert await house.statuses(["ana", "joe", "eve"]) == {DeliveryStatus.DELIVERED}
    await store.close()


async def test_a_read_that_fails_while_replies_come_is_made_good(tmp_path: Path) -> None:
    class Fails(SqliteStore):
        """A store that can't be read at first."""

        failures = 2

        async def mine(self, *, after: int = 0, limit: int = 1000) -> Sequence[OutboxRow]:
            if self.failures:
                self.failures -= 1
                await asyncio.sleep(0)
                raise StoreError("away")
            return await super().mine(after=after, limit=limit)

    store = Fails(tmp_path / "bot.db", durable=False)
    await store.open()
    house = House(store)
    await house.commit("ana", "one")
    house.sender.start()
    await house.say("ana", "two")
    await house.rows("ana")
    assert house.screen.texts("ana") == ["one", "two"]
    await store.close()


async def test_what_comes_behind_a_reply_that_rests_does_not_overtake_it_while_closing(house: House) -> None:
    resting = asyncio.Event()

    async def sleep(seconds: float) -> None:
        resting.set()
        await asyncio.Event().wait()

    house.sender = house.new_sender(sleep=sleep, max_held=2)
    house.screen.open.clear()
    house.screen.failing["ana"] = [RateLimited("slow down", retry_after=3600)]
    await house.say("ana", "one")
    await house.say("ben", "two")
    await house.say("ana", "is left in the store")
    house.screen.open.set()
    await resting.wait()
    await house.sender.close(grace=60)
    assert house.screen.shown == [("ben", "two")]


async def test_a_channel_whose_backlog_fills_its_memory_does_not_hold_up_another(house: House) -> None:
    house.sender = house.new_sender(max_held=5, page=4)
    house.screen.open.clear()
    for number in range(30):
        await house.say(f"user{number}", str(number))
    for number in range(30):
        await house.say(f"user{number}", str(number), channel="other")
    await house.other.has_shown(30)
    assert house.screen.shown == []


async def test_a_backlog_of_two_channels_is_read_though_one_of_them_is_down(house: House) -> None:
    for number in range(30):
        await house.commit(f"user{number}", str(number))
        await house.commit(f"user{number}", str(number), channel="other")
    house.sender = house.new_sender(max_held=5, page=4)
    house.screen.open.clear()
    house.sender.start()
    await house.other.has_shown(30)
    assert house.sender.held <= 10
    house.screen.open.set()
    assert await house.statuses([f"user{number}" for number in range(30)]) == {DeliveryStatus.DELIVERED}
    assert sorted(int(text) for _, text in house.screen.shown) == list(range(30))


async def test_closing_leaves_the_rest_for_the_next_start(house: House) -> None:
    house.screen.open.clear()
    await house.say("ana", "one")
    await house.sender.close(grace=0)
    assert [row.status for row in await house.store.deliveries("b", "screen:ana")] == [DeliveryStatus.PENDING]
    house.screen.open.set()
    house.sender = house.new_sender()
    house.sender.start()
    (row,) = await house.rows("ana")
    assert row.status is DeliveryStatus.DELIVERED


async def test_closing_sends_what_can_be_sent_and_does_not_wait_for_what_rests(house: House) -> None:
    resting = asyncio.Event()

    async def sleep(seconds: float) -> None:
        resting.set()
        await asyncio.Event().wait()

    house.sender = house.new_sender(sleep=sleep)
    house.screen.failing["ana"] = [RateLimited("slow down", retry_after=3600)]
    await house.say("ana", "one")
    await resting.wait()
    await house.say("ben", "two")
    async with asyncio.timeout(60):
        await house.sender.close(grace=60)
    assert house.screen.shown == [("ben", "two")]
    (row,) = await house.store.deliveries("b", "screen:ana")
    assert (row.status, row.attempts) == (DeliveryStatus.PENDING, 1)


async def test_the_store_is_asked_again_whatever_happens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failures = [StoreError("away"), StoreError("away"), KeyError("a bug")]

    class Fails(SqliteStore):
        """A store whose server was not told of all it has, which it can't say at first."""

        async def take_over(self) -> bool:
            if failures:
                raise failures.pop(0)
            return True

    store = Fails(tmp_path / "bot.db", durable=False)
    await store.open()
    house = House(store)
    house.sender.start()
    await house.rows("ana")
    await house.commit("ana", "one")
    for _ in range(4):
        house.look()
    await house.screen.has_shown(1)
    (row,) = await house.rows("ana")
    assert row.status is DeliveryStatus.DELIVERED
    assert capsys.readouterr().out.count("can't be looked for") == 1
    await store.close()

"""Several servers on one store: each conversation's replies leave from one of them, in order, and none gets lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.errors import Ambiguous, ContactUnreachable, RateLimited
from storage.port import Store
from storage.records import DeliveryStatus, OutboxRow
from storage.stores import open_store
from tests.examples import examples
from tests.runtime.outbox_house import House
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database

pytestmark = needs_redis

DATABASE = 3
LEASE, SHORT = 60, 0.4
"""Seconds until a server that is silent counts as gone: none does on a slow machine, but where a test waits for it."""
LOOK = 0.05
"""Seconds between a server's signs of life."""
PEOPLE = ("ana", "ben", "eve")


class Worker(House):
    """One of several servers. While it does not `speak` it gives no sign of life."""

    def __init__(self, store: Store, name: str) -> None:
        self.speak = asyncio.Event()
        self.speak.set()
        super().__init__(store, name)

    async def join(self, **options: object) -> None:
        await self.store.acquire_server_lease()
        self.sender = self.new_sender(**{"poll_interval": LOOK, "sleep": self._nap, **options})
        self.sender.start()

    async def _nap(self, seconds: float) -> None:
        if seconds == LOOK:
            await asyncio.sleep(seconds)
            await self.speak.wait()
        else:
            await self.time.sleep(seconds)

    async def leave(self) -> None:
        """Go at once, whatever waits."""
        await self.sender.close(grace=0)
        await self.store.close()

    async def rows_of(self, user: str, count: int) -> Sequence[OutboxRow]:
        """How the replies to a person stand, once all have ended."""
        await nothing_waits(self.store)
        rows = await self.store.deliveries("b", f"screen:{user}")
        assert len(rows) == count
        return rows

    def ended(self, outcome: str) -> float:
        labels = {"channel": "screen", "outcome": outcome}
        return self.metrics.registry.get_sample_value("assent_deliveries_total", labels) or 0.0


Hire = Callable[..., Awaitable[Worker]]


def hired(stack: AsyncExitStack, url: str) -> Hire:
    async def hire(name: str, **options: object) -> Worker:
        store = open_store(url)
        await store.open()
        worker = Worker(store, name)
        stack.push_async_callback(worker.leave)
        await worker.join(**options)
        return worker

    return hire


def empty_store(lease: float = LEASE) -> str:
    return f"{empty_database(DATABASE)}?lease={lease:g}"


@pytest.fixture
async def hire() -> AsyncIterator[Hire]:
    """Lets a further server join."""
    async with AsyncExitStack() as stack:
        yield hired(stack, empty_store())


@pytest.fixture
async def hire_briefly() -> AsyncIterator[Hire]:
    """Lets a further server join that soon counts as gone when it is silent."""
    async with AsyncExitStack() as stack:
        yield hired(stack, empty_store(SHORT))


async def nothing_waits(store: Store) -> None:
    async with asyncio.timeout(60):
        while await store.pending():  # noqa: ASYNC110  # only the store knows when all servers have ended all
            await asyncio.sleep(0.01)


async def test_what_others_commit_in_a_conversation_is_sent_by_its_server(hire: Hire) -> None:
    first, second = await hire("a"), await hire("b")
    first.screen.open.clear()
    await first.say("ana", "one")
    await second.say("ana", "two")
    await first.say("ana", "three")
    await second.say("ana", "four")
    first.screen.open.set()
    await nothing_waits(first.store)
    assert first.screen.texts("ana") == ["one", "two", "three", "four"]
    assert second.screen.shown == []


async def test_what_others_commit_is_bounded_in_memory_too(hire: Hire) -> None:
    first, second = await hire("a", max_held=3, page=2), await hire("b")
    first.screen.open.clear()
    await first.say("ana", "0")
    await first.say("ben", "from the first")
    for number in range(1, 20):
        await second.say("ana", str(number))
    first.screen.open.set()
    await first.screen.has_shown(2)
    assert first.sender.held <= 3 + 2
    await nothing_waits(first.store)
    assert first.screen.texts("ana") == [str(number) for number in range(20)]
    assert second.screen.shown == []


async def test_a_server_that_leaves_hands_its_replies_over(hire: Hire) -> None:
    first, second = await hire("a"), await hire("b")
    first.screen.open.clear()
    await first.say("ana", "one")
    await first.say("ana", "two")
    await first.say("ben", "three")
    await first.leave()
    await nothing_waits(second.store)
    assert second.screen.texts("ana") == ["one", "two"]
    assert second.screen.texts("ben") == ["three"]


async def test_what_may_have_been_sent_before_is_marked_and_sent(hire: Hire) -> None:
    first, second = await hire("a"), await hire("b")
    first.screen.open.clear()
    await first.say("ana", "one")
    await first.say("ana", "two")
    await first.leave()
    rows = await second.rows_of("ana", 2)
    assert [(row.status, row.ambiguous) for row in rows] == [
        (DeliveryStatus.DELIVERED, True),
        (DeliveryStatus.DELIVERED, False),
    ]


async def test_the_doubt_of_a_take_over_counts_as_a_send_without_an_answer(hire: Hire) -> None:
    first, second = await hire("a"), await hire("b")
    first.screen.open.clear()
    second.screen.failures = [Ambiguous("no answer")]
    await first.say("ana", "one")
    await first.leave()
    (row,) = await second.rows_of("ana", 1)
    assert (row.status, row.ambiguous) == (DeliveryStatus.FAILED, True)
    assert "may have been delivered" in row.reason


async def test_a_server_that_was_silent_sends_nothing_of_what_was_taken_over(hire_briefly: Hire) -> None:
    first, second = await hire_briefly("a"), await hire_briefly("b")
    first.screen.open.clear()
    await first.say("ana", "one")
    await first.say("ana", "two")
    await first.screen.asked.wait()
    first.speak.clear()
    await second.screen.has_shown(2)
    await nothing_waits(second.store)
    first.speak.set()
    first.screen.open.set()
    await first.screen.has_shown(1)  # that send was under way when the server fell silent
    async with asyncio.timeout(60):
        await first.sender.idle()
    assert first.screen.shown == [("ana", "one")]
    assert first.ended("taken_over") == 2
    assert second.screen.texts("ana") == ["one", "two"]
    assert {row.status for row in await second.rows_of("ana", 2)} == {DeliveryStatus.DELIVERED}


async def test_a_server_that_lost_a_conversation_sends_the_next_replies_in_it(hire_briefly: Hire) -> None:
    resting, wake = asyncio.Event(), asyncio.Event()
    first, second = await hire_briefly("a"), await hire_briefly("b")

    async def nap(seconds: float) -> None:
        if seconds != LOOK:
            resting.set()
            await wake.wait()
            first.time.now += timedelta(seconds=seconds)
            return
        await asyncio.sleep(seconds)
        await first.speak.wait()

    await first.sender.close(grace=0)
    await first.join(sleep=nap)
    first.screen.failing["ana"] = [RateLimited("slow down", retry_after=5)]
    await first.say("ana", "one")
    await resting.wait()
    first.speak.clear()
    await second.screen.has_shown(1)
    await nothing_waits(second.store)
    first.speak.set()
    await first.say("ana", "two")
    wake.set()
    await nothing_waits(first.store)
    assert second.screen.texts("ana") == ["one"]
    assert first.screen.texts("ana") == ["two"]


async def test_a_server_that_is_lost_to_a_person_gives_up_what_others_committed(hire: Hire) -> None:
    first, second = await hire("a"), await hire("b")
    first.screen.open.clear()
    first.screen.failures = [ContactUnreachable("blocked")]
    await first.say("ana", "one")
    await second.say("ana", "two")
    first.screen.open.set()
    rows = await first.rows_of("ana", 2)
    assert {row.status for row in rows} == {DeliveryStatus.FAILED}
    assert first.screen.shown == []


acts = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(0, 1), st.sampled_from(PEOPLE)),
        st.tuples(st.sampled_from(["block", "open", "turn"]), st.integers(0, 1), st.just("")),
    ),
    max_size=40,
)


@examples(25)
@given(happens=acts, maximum=st.integers(1, 5), page=st.integers(1, 4))
async def test_whoever_commits_each_reply_arrives_once_and_in_order(
    happens: list[tuple[str, int, str]], maximum: int, page: int
) -> None:
    async with AsyncExitStack() as stack:
        hire = hired(stack, empty_store())
        workers = [await hire(name, max_held=maximum, page=page) for name in "ab"]
        screen = workers[0].screen
        for worker in workers:
            worker.screen.shown = screen.shown
        said: dict[str, list[str]] = {person: [] for person in PEOPLE}
        for number, (act, which, person) in enumerate(happens):
            worker = workers[which]
            match act:
                case "say":
                    said[person].append(str(number))
                    await worker.say(person, str(number))
                case "block":
                    worker.screen.open.clear()
                case "open":
                    worker.screen.open.set()
                case _:
                    await worker.store.check()
        for worker in workers:
            worker.screen.open.set()
        await nothing_waits(workers[0].store)
        for person in PEOPLE:
            assert screen.texts(person) == said[person]

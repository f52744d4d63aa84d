"""Replies leave in order, are tried again by the channel's rules, and never get lost silently."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from adapters.port import Delivered, WirePayload
from flows.engine.state import ConversationState, conversation_key
from flows.engine.turn import Turn
from messages.contact import Contact, Identity
from messages.effects import Send
from messages.errors import (
    Ambiguous,
    ContactUnreachable,
    DeliveryError,
    RateLimited,
    TemporarilyFailed,
    Undeliverable,
)
from messages.inbound import InboundEvent, Sender, TextReceived
from messages.outgoing import OutgoingMessage, OutgoingText
from messages.reference import ConversationReference
from runtime.backoff import RetryPolicy
from runtime.metrics import Metrics
from runtime.outbox import OutboxSender
from storage.records import DeliveryStatus, JournalEntry, OutboxRow, TurnCommit
from storage.sqlite.store import SqliteStore

START = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Timeline:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = START
        self.naps: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class Screen:
    """A channel that shows what it gets, and fails as it is told."""

    name = "screen"

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []
        self.changed = asyncio.Condition()
        self.failures: list[DeliveryError | None] = []
        self.open = asyncio.Event()
        self.open.set()

    def render(self, message: OutgoingMessage, reference: ConversationReference) -> Sequence[WirePayload]:
        assert reference.channel == self.name
        return [{"text": part.text} for part in message.parts if isinstance(part, OutgoingText)]

    async def deliver(self, payload: WirePayload, reference: ConversationReference) -> Delivered:
        await self.open.wait()
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        self.shown.append((reference.user, payload["text"]))
        async with self.changed:
            self.changed.notify_all()
        return Delivered(channel_message_id=f"m{len(self.shown)}")

    async def has_shown(self, count: int) -> None:
        """Return once `count` payloads were shown."""
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: len(self.shown) >= count)

    async def close(self) -> None:
        """Nothing is held."""


class House:
    """A store, a screen, a sender."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.screen = Screen()
        self.time = Timeline()
        self.metrics = Metrics()
        self.turns = 0
        self.sender = self.new_sender()

    def new_sender(self, **options: int) -> OutboxSender:
        return OutboxSender(
            self.store,
            {("b", "screen"): self.screen},
            clock=self.time,
            metrics=self.metrics,
            chance=lambda: 1.0,
            sleep=self.time.sleep,
            policy=RetryPolicy(most_attempts=6, most_ambiguous=3),
            **options,
        )

    async def commit(self, user: str, *texts: str) -> Sequence[OutboxRow]:
        """A turn that says something in one message."""
        self.turns += 1
        reference = ConversationReference(channel="screen", conversation=user, user=user)
        key = conversation_key(reference)
        loaded = await self.store.load("b", reference, f"e{self.turns}")
        contact = loaded.contact or Contact(id=f"c-{user}", identities=(Identity("screen", user),))
        state = loaded.state or ConversationState(key=key, reference=reference, contact=contact.id)
        message = OutgoingMessage(id=f"m{self.turns}", parts=tuple(OutgoingText(text=text) for text in texts))
        entry = JournalEntry(
            turn=f"t{self.turns:05}",
            bot="b",
            conversation=key,
            contact=contact.id,
            at=self.time(),
            event=InboundEvent(f"e{self.turns}", reference, Sender(user), TextReceived("hi")),
            outcome=Turn(state=state, contact=contact, effects=(Send(message),)),
            contact_before=loaded.contact,
        )
        committed = await self.store.commit(TurnCommit("b", entry, state.version, contact.version))
        return committed.outbox

    async def say(self, user: str, *texts: str) -> None:
        self.sender.add(await self.commit(user, *texts))

    async def rows(self, user: str) -> Sequence[OutboxRow]:
        await self.sender.idle()
        await self.store.check()  # what was posted to the writer before is written now
        return await self.store.deliveries("b", f"screen:{user}")


@pytest.fixture
async def house() -> AsyncIterator[House]:
    store = SqliteStore.in_memory()
    await store.open()
    built = House(store)
    yield built
    await built.sender.close(grace=0)
    await store.close()


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
    assert [text for _, text in house.screen.shown] == ["one", "two", "three"]


async def test_a_conversation_that_waits_does_not_hold_others(house: House) -> None:
    house.screen.failures = [RateLimited("slow down", retry_after=60)]
    blocked = asyncio.Event()

    async def never(seconds: float) -> None:
        await blocked.wait()

    house.sender = OutboxSender(
        house.store,
        {("b", "screen"): house.screen},
        clock=house.time,
        metrics=house.metrics,
        chance=lambda: 1.0,
        sleep=never,
    )
    await house.say("ana", "one")
    await house.say("ben", "two")
    await house.screen.has_shown(1)
    blocked.set()
    house.time.now += timedelta(seconds=61)
    await house.rows("ana")
    assert house.screen.shown == [("ben", "two"), ("ana", "one")]


async def test_retry_after_is_obeyed(house: House) -> None:
    house.screen.failures = [RateLimited("slow down", retry_after=30)]
    await house.say("ana", "one")
    (row,) = await house.rows("ana")
    assert row.status is DeliveryStatus.DELIVERED
    assert house.time.naps[0] >= 30


async def test_a_passing_fault_is_tried_again_with_growing_delays(house: House) -> None:
    house.screen.failures = [TemporarilyFailed("busy")] * 4
    await house.say("ana", "one")
    (row,) = await house.rows("ana")
    assert (row.status, row.attempts) == (DeliveryStatus.DELIVERED, 5)
    assert house.time.naps == sorted(house.time.naps)
    assert house.time.naps[-1] >= 4 * house.time.naps[0]


async def test_it_is_given_up_in_the_end_and_ops_can_see_why(house: House) -> None:
    house.screen.failures = [TemporarilyFailed("busy")] * 6
    await house.say("ana", "one")
    await house.say("ana", "two")
    first, second = await house.rows("ana")
    assert (first.status, first.reason) == (DeliveryStatus.FAILED, "given up after 6 attempts: busy")
    assert second.status is DeliveryStatus.DELIVERED


async def test_a_send_without_an_answer_is_repeated_and_marked(house: House) -> None:
    house.screen.failures = [Ambiguous("no answer")]
    await house.say("ana", "one")
    (row,) = await house.rows("ana")
    assert (row.status, row.ambiguous) == (DeliveryStatus.DELIVERED, True)


async def test_a_send_without_an_answer_is_not_repeated_for_ever(house: House) -> None:
    house.screen.failures = [Ambiguous("no answer")] * 9
    await house.say("ana", "one")
    (row,) = await house.rows("ana")
    assert (row.status, row.attempts, row.ambiguous) == (DeliveryStatus.FAILED, 3, True)
    assert "may have been delivered" in row.reason


async def test_what_the_channel_refuses_is_kept_as_failed_and_the_next_goes_on(house: House) -> None:
    house.screen.failures = [Undeliverable("too big")]
    await house.say("ana", "one")
    await house.say("ana", "two")
    first, second = await house.rows("ana")
    assert (first.status, first.reason) == (DeliveryStatus.FAILED, "too big")
    assert second.status is DeliveryStatus.DELIVERED


async def test_somebody_who_blocked_the_bot_is_left_in_peace(house: House) -> None:
    house.screen.open.clear()
    await house.say("ana", "one")
    await house.say("ana", "two")
    house.screen.failures = [ContactUnreachable("blocked")]
    house.screen.open.set()
    first, second = await house.rows("ana")
    assert {first.status, second.status} == {DeliveryStatus.FAILED}
    assert house.screen.shown == []
    conversation = await house.store.conversation("b", "screen:ana")
    assert conversation is not None
    assert conversation.state.unreachable == "blocked"


async def test_a_message_of_several_payloads_goes_on_where_it_stopped(house: House) -> None:
    house.screen.failures = [None, TemporarilyFailed("busy")]
    await house.say("ana", "one", "two", "three")
    (row,) = await house.rows("ana")
    assert [text for _, text in house.screen.shown] == ["one", "two", "three"]
    assert (row.sent, len(row.channel_message_ids)) == (3, 3)


async def test_what_a_former_process_left_is_sent_first(house: House) -> None:
    left = [*await house.commit("ana", "one"), *await house.commit("ben", "two")]
    assert left
    sender = house.sender = house.new_sender()
    await sender.start()
    await house.say("ana", "three")
    await house.rows("ana")
    assert [text for user, text in house.screen.shown if user == "ana"] == ["one", "three"]
    assert ("ben", "two") in house.screen.shown


async def test_memory_is_bounded_and_nothing_is_forgotten(house: House) -> None:
    house.sender = house.new_sender(most=10)
    house.screen.open.clear()
    for number in range(100):
        await house.say(f"user{number % 7}", str(number))
    house.screen.open.set()
    await house.screen.has_shown(100)
    assert len(house.screen.shown) == 100
    for person in range(7):
        mine = [int(text) for user, text in house.screen.shown if user == f"user{person}"]
        assert mine == sorted(mine)


async def test_closing_leaves_the_rest_for_the_next_start(house: House) -> None:
    house.screen.open.clear()
    await house.say("ana", "one")
    await house.sender.close(grace=0)
    assert [row.status for row in await house.store.deliveries("b", "screen:ana")] == [DeliveryStatus.PENDING]
    house.screen.open.set()
    sender = house.sender = house.new_sender()
    await sender.start()
    (row,) = await house.rows("ana")
    assert row.status is DeliveryStatus.DELIVERED


async def test_a_channel_that_is_not_set_up_is_told(house: House) -> None:
    house.sender = OutboxSender(house.store, {}, clock=house.time, metrics=house.metrics, chance=lambda: 1.0)
    await house.say("ana", "one")
    (row,) = await house.rows("ana")
    assert (row.status, row.reason) == (DeliveryStatus.FAILED, "channel screen is not set up")


def test_delays_grow_are_bounded_and_respect_what_was_asked() -> None:
    policy = RetryPolicy(first=1.0, longest=60.0)
    assert [policy.delay(n, 1.0) for n in (1, 2, 3, 9)] == [2.0, 4.0, 8.0, 60.0]
    assert policy.delay(3, 0.0) == 0.0
    assert policy.delay(1, 1.0, asked=30.0) >= 30.0

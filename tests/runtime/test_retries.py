"""A reply is tried again by its channel's rules, and ends where ops can see it."""

import asyncio
from datetime import timedelta

import pytest

from messages.errors import (
    Ambiguous,
    Cause,
    ContactUnreachable,
    RateLimited,
    TemporarilyFailed,
    Undeliverable,
)
from runtime.delivery import RetryPolicy
from storage.records import DeliveryStatus
from tests.runtime.outbox_house import START, UNRENDERABLE, House


async def test_retry_after_is_obeyed(house: House) -> None:
    house.screen.failures = [RateLimited("slow down", retry_after=30)]
    await house.say("ana", "one")
    (row,) = await house.rows("ana")
    assert row.status is DeliveryStatus.DELIVERED
    assert house.screen.at[0] >= START + timedelta(seconds=30)


async def test_a_passing_fault_is_tried_again_with_growing_delays(house: House) -> None:
    house.screen.failures = [TemporarilyFailed("busy")] * 4
    await house.say("ana", "one")
    (row,) = await house.rows("ana")
    assert (row.status, row.attempts, row.reason) == (DeliveryStatus.DELIVERED, 5, "")
    assert house.time.naps == sorted(house.time.naps)
    assert house.time.naps[-1] >= 4 * house.time.naps[0]


async def test_it_is_given_up_in_the_end_and_ops_can_see_why(house: House) -> None:
    house.screen.failures = [TemporarilyFailed("busy")] * 6
    await house.say("ana", "one")
    await house.say("ana", "two")
    first, second = await house.rows("ana")
    assert (first.status, first.reason) == (DeliveryStatus.FAILED, "given up after 6 attempts: busy")
    assert second.status is DeliveryStatus.DELIVERED


async def test_it_is_given_up_after_a_day(house: House) -> None:
    house.sender = house.new_sender(policy=RetryPolicy(max_attempts=1000))
    house.screen.failures = [RateLimited("slow down", retry_after=36_000)] * 9
    await house.say("ana", "one")
    (row,) = await house.rows("ana")
    assert (row.status, row.reason) == (DeliveryStatus.FAILED, "given up after 24 hours: slow down")
    assert house.time() < START + timedelta(hours=35)


async def test_a_send_without_an_answer_is_repeated_once_and_marked(house: House) -> None:
    house.screen.failures = [Ambiguous("no answer")]
    await house.say("ana", "one")
    (row,) = await house.rows("ana")
    assert (row.status, row.attempts, row.ambiguous) == (DeliveryStatus.DELIVERED, 2, True)


async def test_a_send_without_an_answer_is_not_repeated_twice(house: House) -> None:
    house.screen.failures = [Ambiguous("no answer")] * 2
    await house.say("ana", "one")
    await house.say("ana", "two")
    first, second = await house.rows("ana")
    assert (first.status, first.attempts, first.ambiguous) == (DeliveryStatus.FAILED, 2, True)
    assert "may have been delivered" in first.reason
    assert second.status is DeliveryStatus.DELIVERED


async def test_faults_that_delivered_nothing_leave_the_repeat_untouched(house: House) -> None:
    house.screen.failures = [RateLimited("slow down", 1), TemporarilyFailed("busy"), Ambiguous("no answer")]
    await house.say("ana", "one")
    (row,) = await house.rows("ana")
    assert (row.status, row.attempts) == (DeliveryStatus.DELIVERED, 4)


async def test_each_payload_may_be_repeated_once(house: House) -> None:
    house.screen.failures = [Ambiguous("no answer"), None, Ambiguous("no answer"), None]
    await house.say("ana", "one", "two")
    (row,) = await house.rows("ana")
    assert row.status is DeliveryStatus.DELIVERED
    assert house.screen.texts("ana") == ["one", "two"]


async def test_a_repeat_is_not_made_again_after_a_restart(house: House) -> None:
    """The first send got no answer and the repeat waited when the process ended."""
    house.screen.failing["ana"] = [Ambiguous("no answer"), Ambiguous("no answer")]
    asleep, never = asyncio.Event(), asyncio.Event()

    async def sleep(seconds: float) -> None:
        asleep.set()
        await never.wait()

    house.sender = house.new_sender(sleep=sleep)
    await house.say("ana", "one")
    await asleep.wait()
    await house.sender.close(grace=0)
    house.time.now += timedelta(minutes=1)
    house.sender = house.new_sender()
    house.sender.start()
    (row,) = await house.rows("ana")
    assert (row.status, row.attempts) == (DeliveryStatus.FAILED, 2)


async def test_what_the_channel_refuses_is_kept_as_failed_and_the_next_goes_on(house: House) -> None:
    house.screen.failures = [Undeliverable("too big")]
    await house.say("ana", "one")
    await house.say("ana", "two")
    first, second = await house.rows("ana")
    assert (first.status, first.reason) == (DeliveryStatus.FAILED, "too big")
    assert second.status is DeliveryStatus.DELIVERED


async def test_somebody_who_blocked_the_bot_is_left_in_peace(house: House) -> None:
    house.screen.open.clear()
    for text in ("one", "two", "three"):
        await house.say("ana", text)
    house.screen.failures = [ContactUnreachable("blocked")]
    house.screen.open.set()
    rows = await house.rows("ana")
    assert [(row.status, row.reason) for row in rows] == [(DeliveryStatus.FAILED, "blocked")] * 3
    assert house.screen.shown == []
    conversation = await house.store.conversation("b", "screen:ana")
    assert conversation is not None
    assert conversation.state.unreachable == "blocked"


async def test_what_a_failed_delivery_tells_of_where_somebody_is_is_kept(house: House) -> None:
    house.screen.failures = [
        ContactUnreachable("Teams answered 403 BotDisabledByAdmin", code="BotDisabledByAdmin"),
        Undeliverable("Teams answered 404 ConversationNotFound", cause=Cause.NO_CONVERSATION),
    ]
    await house.say("ana", "one")
    await house.say("ben", "two")
    await house.say("eve", "three")
    assert [row.status for user in ("ana", "ben", "eve") for row in await house.rows(user)] == [
        DeliveryStatus.FAILED,
        DeliveryStatus.FAILED,
        DeliveryStatus.DELIVERED,
    ]
    found = {user: await house.store.conversation("b", f"screen:{user}") for user in ("ana", "ben", "eve")}
    told = {
        user: (one.state.unreachable_code, bool(one.state.reference.conversation)) for user, one in found.items() if one
    }
    assert told == {"ana": ("BotDisabledByAdmin", True), "ben": ("", False), "eve": ("", True)}


async def test_a_message_of_several_payloads_goes_on_where_it_stopped(house: House) -> None:
    house.screen.failures = [None, TemporarilyFailed("busy")]
    await house.say("ana", "one", "two", "three")
    (row,) = await house.rows("ana")
    assert house.screen.texts("ana") == ["one", "two", "three"]
    assert (row.sent, len(row.channel_message_ids)) == (3, 3)


async def test_a_limit_of_the_whole_account_holds_up_all_its_conversations(house: House) -> None:
    house.screen.failing["ana"] = [RateLimited("too many", retry_after=60, everywhere=True)]
    await house.say("ana", "one")
    await asyncio.sleep(0)
    for user in ("ben", "eve", "joe"):
        await house.say(user, "two")
    assert await house.statuses(["ana", "ben", "eve", "joe"]) == {DeliveryStatus.DELIVERED}
    assert min(house.screen.at) >= START + timedelta(seconds=60)


async def test_a_limit_of_the_whole_account_does_not_hold_up_another_channel(house: House) -> None:
    resting = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await resting.wait()

    house.sender = house.new_sender(sleep=sleep)
    house.screen.failures = [RateLimited("too many", retry_after=60, everywhere=True)]
    await house.say("ana", "one")
    await house.say("ben", "two", channel="other")
    await house.other.has_shown(1)
    assert house.screen.shown == []
    house.time.now += timedelta(seconds=62)
    resting.set()
    assert await house.statuses(["ana"]) == {DeliveryStatus.DELIVERED}


async def test_a_channel_that_hangs_does_not_hold_up_another(house: House) -> None:
    house.sender = house.new_sender(concurrency=3)
    house.screen.open.clear()
    for number in range(10):
        await house.say(f"user{number}", "one")
    await house.say("ben", "two", channel="other")
    await house.other.has_shown(1)
    assert house.screen.shown == []
    house.screen.open.set()
    await house.screen.has_shown(10)


async def test_a_fault_of_ours_ends_one_reply_alone(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    await house.say("ana", UNRENDERABLE)
    await house.say("ana", "two")
    first, second = await house.rows("ana")
    assert (first.status, second.status) == (DeliveryStatus.FAILED, DeliveryStatus.DELIVERED)
    assert "fault of Assent" in first.reason


async def test_a_fault_of_ours_while_sending_counts_as_an_unknown_outcome(house: House) -> None:
    house.screen.failures = [ValueError("a bug")]
    await house.say("ana", "one")
    (row,) = await house.rows("ana")
    assert (row.status, row.ambiguous) == (DeliveryStatus.DELIVERED, True)


async def test_a_channel_that_is_not_set_up_is_told(house: House) -> None:
    await house.say("ana", "one", channel="pigeon")
    (row,) = await house.rows("ana", channel="pigeon")
    assert (row.status, row.reason) == (DeliveryStatus.FAILED, "channel pigeon is not set up")


def test_delays_grow_are_bounded_and_respect_what_was_asked() -> None:
    policy = RetryPolicy(first=1.0, longest=60.0)
    assert [policy.delay(n, 1.0) for n in (1, 2, 3, 9)] == [2.0, 4.0, 8.0, 60.0]
    assert policy.delay(3, 0.0) == 0.0
    assert policy.delay(1, 1.0, asked=30.0) >= 30.0

"""Replies on their way: in order, retried, failed in the open."""

import asyncio

import msgspec
import pytest

from messages.errors import StaleVersion
from messages.inbound import ConversationReference, Scope
from storage.port import Store
from storage.records import DeliveryStatus, OutboxRow
from tests.storage.contract.conftest import Opener
from tests.storage.talk import MINUTE, NOW, Talk, says

ANA, BOB = Talk("ana"), Talk("bob")
DELIVERED, FAILED, PENDING = DeliveryStatus.DELIVERED, DeliveryStatus.FAILED, DeliveryStatus.PENDING


def delivered(row: OutboxRow) -> OutboxRow:
    return msgspec.structs.replace(
        row, status=DELIVERED, attempts=1, sent=1, channel_message_ids=("1:abc",), delivered_at=NOW + MINUTE
    )


def words(rows: "list[OutboxRow] | tuple[OutboxRow, ...]") -> list[str]:
    return [row.message.id.removeprefix("m_") for row in rows]


async def test_replies_wait_in_the_order_they_were_said(store: Store) -> None:
    await ANA.take(store, "e1", says("a1"), says("a2"))
    await BOB.take(store, "e2", says("b1"))
    await ANA.take(store, "e3", says("a3"))
    rows = list(await store.pending())
    assert words([row for row in rows if row.conversation == ANA.key]) == ["a1", "a2", "a3"]
    assert words([row for row in rows if row.conversation == BOB.key]) == ["b1"]
    assert [row.sequence for row in rows] == sorted({row.sequence for row in rows})
    assert [
        (row.bot, row.conversation, row.reference, row.queued_at, row.status)
        for row in rows
        if row.message.id == "m_a1"
    ] == [(ANA.bot, ANA.key, ANA.reference, NOW, PENDING)]


async def test_pending_comes_in_pages(store: Store) -> None:
    await ANA.take(store, "e1", *(says(f"{n}") for n in range(5)))
    first = list(await store.pending(limit=3))
    assert words(first) == ["0", "1", "2"]
    assert words(list(await store.pending(after=first[-1].sequence, limit=3))) == ["3", "4"]


async def test_a_delivered_reply_waits_no_longer_and_stays_on_view(store: Store) -> None:
    await ANA.take(store, "e1", says("a1"), says("a2"))
    first, second = await store.pending()
    await store.record_delivery(delivered(first))
    assert await store.pending() == [second]
    assert await store.deliveries(ANA.bot, ANA.key) == [delivered(first), second]
    assert await store.deliveries(ANA.bot, ANA.key, status=DELIVERED) == [delivered(first)]
    assert await store.deliveries(ANA.bot, ANA.key, limit=1) == [delivered(first)]
    assert await store.deliveries(BOB.bot, BOB.key) == []


async def test_a_retry_is_remembered_with_all_that_is_known(store: Store, open_another: Opener) -> None:
    await ANA.take(store, "e1", says("a1"))
    (row,) = await store.pending()
    created = ConversationReference("teams", "a:created", "ana")
    tried = msgspec.structs.replace(
        row,
        attempts=3,
        sent=1,
        next_attempt_at=NOW + MINUTE,
        reason="429",
        ambiguous=True,
        channel_message_ids=("1:abc", "1:é\n"),
        reference=created,
    )
    await store.record_delivery(tried)
    assert await store.pending() == [tried]
    await store.close()
    assert await (await open_another()).pending() == [tried]


async def test_of_what_is_told_of_a_reply_the_last_counts(store: Store) -> None:
    (row,) = (await ANA.take(store, "e1", says("a1"))).outbox
    for attempts in (1, 2, 3):
        await store.record_delivery(msgspec.structs.replace(row, attempts=attempts, reason=f"failed {attempts} times"))
    (told,) = await store.pending()
    assert (told.attempts, told.reason) == (3, "failed 3 times")


async def test_depth_and_age_count_what_is_pending(store: Store) -> None:
    assert await store.outbox_depth() == (0, None)
    await ANA.take(store, "e1", says("a1"), at=NOW)
    await BOB.take(store, "e2", says("b1"), at=NOW + MINUTE)
    assert await store.outbox_depth() == (2, NOW)
    first, _ = await store.pending()
    await store.record_delivery(delivered(first))
    assert await store.outbox_depth() == (1, NOW + MINUTE)


async def test_a_confirmation_in_a_group_goes_to_the_person_alone(store: Store) -> None:
    group, chat = Talk("ana", group="19:team"), ANA
    private = says("confirmed")
    private = msgspec.structs.replace(private, message=msgspec.structs.replace(private.message, private=True))
    await group.take(store, "e1", private, says("to all"))
    await chat.take(store, "e2", private)
    to_her, to_all, in_chat = await store.pending()
    assert (to_her.reference.scope, to_her.reference.conversation, to_her.reference.user) == (Scope.PERSONAL, "", "ana")
    assert (to_her.conversation, to_all.reference) == (group.key, group.reference)
    assert in_chat.reference == chat.reference


async def test_an_unreachable_person_s_replies_fail_in_the_open(store: Store) -> None:
    await ANA.take(store, "e1", says("a1"), says("a2"), says("a3"))
    await BOB.take(store, "e2", says("b1"))
    first, *_ = await store.pending()
    await store.record_delivery(delivered(first))

    await store.mark_unreachable(ANA.bot, ANA.key, "bot blocked", NOW + MINUTE)

    state = (await ANA.load(store)).state
    assert state is not None
    assert state.unreachable == "bot blocked"
    assert words(list(await store.pending())) == ["b1"]
    failed = await store.deliveries(ANA.bot, ANA.key, status=FAILED)
    assert [(row.message.id, row.reason) for row in failed] == [("m_a2", "bot blocked"), ("m_a3", "bot blocked")]


async def test_a_turn_decided_before_the_person_was_lost_is_stale(store: Store) -> None:
    await ANA.take(store, "e1")
    loaded = await ANA.load(store)
    await store.mark_unreachable(ANA.bot, ANA.key, "bot blocked", NOW + MINUTE)
    with pytest.raises(StaleVersion):
        await store.commit(ANA.turn(loaded, "e2"))


async def test_a_person_who_spoke_after_the_failed_send_is_reachable(store: Store) -> None:
    await ANA.take(store, "e1", says("a1"), at=NOW)
    await ANA.take(store, "e2", says("a2"), at=NOW + 2 * MINUTE)
    await store.mark_unreachable(ANA.bot, ANA.key, "bot blocked", NOW + MINUTE)
    state = (await ANA.load(store)).state
    assert state is not None
    assert state.unreachable == ""
    assert words(list(await store.pending())) == ["a1", "a2"]


async def test_marking_an_unknown_conversation_changes_nothing(store: Store) -> None:
    await store.mark_unreachable(ANA.bot, ANA.key, "bot blocked", NOW)
    assert (await ANA.load(store)).state is None


async def test_the_outbox_is_emptied_while_it_is_filled(store: Store) -> None:
    """Deliveries recorded between turns are all found, in whatever transaction they went along."""

    async def talk(person: Talk) -> None:
        for n in range(10):
            for row in (await person.take(store, f"{person.user}-{n}", says(f"{n}"))).outbox:
                await store.record_delivery(delivered(row))

    people = [Talk(f"user{n}") for n in range(16)]
    await asyncio.gather(*(talk(person) for person in people))
    assert await store.pending() == []
    for person in people:
        rows = await store.deliveries(person.bot, person.key, status=DELIVERED)
        assert words(list(rows)) == [str(n) for n in range(10)]

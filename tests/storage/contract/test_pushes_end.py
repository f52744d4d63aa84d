"""What becomes of a push that was claimed: it ends once, never goes back, and its counters go with it."""

from typing import Any

import msgspec
import pytest

from messages.consent import ConsentChange, Membership, SourceKind
from messages.errors import AlreadySeen, StaleVersion
from messages.pushes import Deferral, PushState, RunState
from storage.port import Store
from storage.push_records import DEFERRED, PushRow
from storage.records import DeliveryStatus
from tests.storage.contract.conftest import Opener
from tests.storage.sending import (
    BOT,
    DAY,
    change,
    defers,
    known_members,
    number_of,
    plain,
    push,
    push_due,
    run_of,
    skips,
    stands,
)
from tests.storage.talk import MINUTE, NOW, Talk, says

RUNNING = RunState.RUNNING
SENDING, SENT, DELIVERED, READ = PushState.SENDING, PushState.SENT, PushState.DELIVERED, PushState.READ
FAILED, UNKNOWN, SKIPPED = PushState.FAILED, PushState.UNKNOWN, PushState.SKIPPED
LATER = NOW + MINUTE


async def a_run(store: Store, *names: str, run: str = "r1", **more: Any) -> list[int]:
    people = await known_members(store, *names)
    await store.add_run(run_of(people, run, **more), RUNNING)
    return people


async def row_of(store: Store, name: str = "ana", run: str = "r1") -> PushRow:
    number = await number_of(store, name)
    (row,) = [row for row in await store.pushes(BOT, run=run) if row.number == number]
    return row


async def end(store: Store, state: PushState, name: str = "ana", run: str = "r1", **more: Any) -> PushRow:
    """End a push as its worker does; return how it stands afterwards."""
    row = await row_of(store, name, run)
    told = {"sent_at": LATER, "channel_message_ids": (f"id-{name}",)} if state is SENT else {}
    await store.end_push(BOT, msgspec.structs.replace(row, state=state, **{**told, **more}))
    return await row_of(store, name, run)


async def test_a_push_that_was_sent_leaves_the_outbox_and_keeps_what_the_channel_calls_it(store: Store) -> None:
    await a_run(store, "ana")
    await push(store, "ana")
    row = await end(store, SENT)
    assert (row.state, row.sent_at, row.channel_message_ids) == (SENT, LATER, ("id-ana",))
    assert plain(await stands(store)) == {"sent": 1}
    assert await store.pending() == []
    assert (await store.outbox_depth())[0] == 0
    assert (await change(store, RunState.FINISHED)).state is RunState.FINISHED


@pytest.mark.parametrize(("state", "reason"), [(FAILED, "gone"), (UNKNOWN, ""), (SKIPPED, "outside the window")])
async def test_a_push_that_was_not_sent_leaves_the_outbox_too(store: Store, state: PushState, reason: str) -> None:
    await a_run(store, "ana")
    await push(store, "ana")
    await end(store, state, reason=reason)
    assert plain(await stands(store)) == {f"{state.value}{reason and ': '}{reason}": 1}
    assert await store.pending() == []
    for attempt in (1, 2):
        with pytest.raises(AlreadySeen):
            await push(store, "ana", due=push_due(attempt=attempt))


async def test_a_push_that_was_refused_comes_up_again_as_a_new_claim(store: Store) -> None:
    await a_run(store, "ana")
    await push(store, "ana")
    row = await end(store, PushState.DEFERRED, reason=Deferral.RATE.value, until=LATER)
    assert (row.state, row.until, row.attempts) == (PushState.DEFERRED, LATER, 1)
    assert plain(await stands(store)) == {"deferred: rate": 1}
    assert await store.pending() == []
    with pytest.raises(StaleVersion):
        await change(store, RunState.FINISHED)
    await push(store, "ana", due=push_due(attempt=2), at=LATER)
    row = await row_of(store)
    assert (row.state, row.attempts, row.claims, row.claimed_at) == (SENDING, 2, 2, LATER)
    assert len(await store.pending()) == 1


@pytest.mark.parametrize("state", [SENT, FAILED, SKIPPED, PushState.DEFERRED])
async def test_what_is_over_stays_as_it_is(store: Store, state: PushState) -> None:
    await a_run(store, "ana")
    await push(store, "ana")
    before = await end(store, state, reason="gone" if state is FAILED else "", until=LATER)
    for other in PushState:
        assert await end(store, other, reason="other", until=NOW) == before
    assert sum((await stands(store)).counts.values()) == 1


async def test_what_is_unknown_may_turn_out_to_be_sent_and_nothing_else(store: Store) -> None:
    await a_run(store, "ana")
    await push(store, "ana")
    before = await end(store, UNKNOWN)
    for other in (FAILED, SKIPPED, PushState.DEFERRED, SENDING):
        assert await end(store, other, until=NOW) == before
    assert (await end(store, SENT)).state is SENT
    assert plain(await stands(store)) == {"sent": 1}


async def test_a_reply_behind_a_push_waits_on(store: Store) -> None:
    await a_run(store, "ana")
    await push(store, "ana")
    await Talk("ana").take(store, "hi", says("hello"))
    await end(store, SENT)
    assert [row.message.id for row in await store.pending()] == ["m_hello"]
    assert [row.message.id for row in await store.mine()] == ["m_hello"]
    (left,) = await store.pending()
    assert list(await store.record_delivery(msgspec.structs.replace(left, status=DeliveryStatus.DELIVERED))) == []


async def test_what_the_channel_told_by_id_never_goes_back(store: Store) -> None:
    await a_run(store, "ana", "bob")
    for name in ("ana", "bob"):
        await push(store, name)
        await end(store, SENT, name)
    key = Talk("ana").key
    assert await store.receive_receipt(BOT, key, DELIVERED, LATER, ids=["id-bob"]) == 0
    assert await store.receive_receipt(BOT, key, READ, LATER, ids=["id-ana", "other"]) == 1
    assert await store.receive_receipt(BOT, key, READ, LATER + MINUTE, ids=["id-ana"]) == 0
    assert await store.receive_receipt(BOT, key, DELIVERED, LATER, ids=["id-ana"]) == 0
    row = await row_of(store)
    assert (row.state, row.read_at, row.delivered_at) == (READ, LATER, None)
    assert plain(await stands(store)) == {"read": 1, "sent": 1}
    assert await store.receive_receipt(BOT, "no conversation", READ, LATER, ids=["id-ana"]) == 0


async def test_a_watermark_tells_of_all_that_were_sent_before(store: Store) -> None:
    people = await a_run(store, "ana")
    await store.add_run(run_of(people, "r2"), RUNNING)
    await push(store, "ana")
    await end(store, SENT)
    await push(store, "ana", due=push_due("r2"), at=LATER)
    await end(store, SENT, run="r2", sent_at=LATER + MINUTE)
    key = Talk("ana").key
    assert await store.receive_receipt(BOT, key, DELIVERED, LATER, up_to=LATER) == 1
    assert [(await row_of(store, run=run)).state for run in ("r1", "r2")] == [DELIVERED, SENT]
    assert await store.receive_receipt(BOT, key, READ, LATER + DAY, up_to=LATER + DAY) == 2


async def test_what_is_still_on_its_way_is_not_told_of(store: Store) -> None:
    await a_run(store, "ana")
    await push(store, "ana")
    assert await store.receive_receipt(BOT, Talk("ana").key, READ, LATER, up_to=LATER + DAY) == 0


async def test_deferred_pushes_are_taken_when_they_come_up(store: Store) -> None:
    ana, bob, cid = await a_run(store, "ana", "bob", "cid")
    await push(store, "ana", defers(5))
    await push(store, "bob", defers(10))
    piece = await store.take_slice("one", NOW, LATER)
    assert piece is not None
    assert piece.numbers == (cid,)
    assert await store.next_push() == LATER
    await push(store, "cid", skips())
    await store.end_slice("one", piece)
    assert await store.next_push() == NOW + 5 * MINUTE
    assert await store.take_slice("one", NOW + 4 * MINUTE, NOW + 9 * MINUTE) is None
    due = await store.take_slice("one", NOW + 5 * MINUTE, NOW + 9 * MINUTE)
    assert due is not None
    assert (due.bucket, due.numbers, due.attempts, due.due) == (DEFERRED, (ana,), {ana: 1}, NOW)
    assert await store.take_slice("two", NOW + 5 * MINUTE, NOW + 9 * MINUTE) is None
    assert await store.renew_slice("one", due, NOW + 11 * MINUTE)
    later = await store.take_slice("two", NOW + 10 * MINUTE, NOW + 20 * MINUTE)
    assert later is not None
    assert later.numbers == (bob,)
    lapsed = await store.take_slice("two", NOW + 11 * MINUTE, NOW + 20 * MINUTE)
    assert lapsed is not None
    assert lapsed.numbers == (ana,)
    await push(store, "ana", due=push_due(attempt=2), at=NOW + 11 * MINUTE)
    assert plain(await stands(store)) == {"sending": 1, "deferred: quiet": 1, "skipped: opted out": 1}


async def test_deferred_pushes_of_a_run_that_was_stopped_wait(store: Store) -> None:
    (ana,) = await a_run(store, "ana")
    await push(store, "ana", defers(5))
    await change(store, RunState.PAUSED)
    assert await store.next_push() is None
    assert await store.take_slice("one", NOW + DAY, NOW + 2 * DAY) is None
    await change(store, RUNNING)
    due = await store.take_slice("one", NOW + DAY, NOW + 2 * DAY)
    assert due is not None
    assert (due.numbers, due.epoch) == ((ana,), 3)


@pytest.mark.parametrize(("state", "reason"), [(RunState.CANCELLED, "cancelled"), (RunState.EXPIRED, "expired")])
async def test_whoever_is_deferred_is_skipped_when_a_run_is_cut_short(
    store: Store, state: RunState, reason: str
) -> None:
    await a_run(store, "ana", "bob", "cid", "dan")
    await push(store, "ana", defers())
    await push(store, "bob")
    await push(store, "cid")
    await change(store, state)
    assert plain(await stands(store)) == {"sending": 2, f"skipped: {reason}": 2}
    assert (await row_of(store)).reason == reason
    assert (await end(store, SENT, "bob")).state is SENT
    assert (await end(store, PushState.DEFERRED, "cid", reason="rate", until=LATER)).state is SKIPPED
    assert plain(await stands(store)) == {"sent": 1, f"skipped: {reason}": 3}
    assert [row.state for row in await store.pushes(BOT, run="r1", states=[SKIPPED])] == [SKIPPED, SKIPPED]
    assert await store.take_slice("one", NOW + DAY, NOW + 2 * DAY) is None
    assert await store.send_again(BOT, "r1", [FAILED, UNKNOWN], at=LATER) == 0


async def test_what_failed_or_is_unknown_is_sent_again_by_staff_alone(store: Store) -> None:
    people = await a_run(store, "ana", "bob", "cid")
    for name, state in (("ana", UNKNOWN), ("bob", FAILED), ("cid", SENT)):
        await push(store, name)
        await end(store, state, name)
    await change(store, RunState.FINISHED)
    assert await store.send_again(BOT, "r1", [SENT, SENDING], at=LATER) == 0
    assert await store.send_again(BOT, "r1", [UNKNOWN, SENT], at=LATER) == 1
    await change(store, RUNNING, "r1", RunState.FINISHED)
    assert plain(await stands(store)) == {"deferred: again": 1, "failed": 1, "sent": 1}
    due = await store.take_slice("one", LATER, NOW + DAY)
    assert due is not None
    assert (due.numbers, due.attempts) == ((people[0],), {people[0]: 1})
    await push(store, "ana", due=push_due(attempt=2, epoch=3), at=LATER)
    assert (await end(store, SENT)).claims == 2


async def test_pushes_are_listed_by_run_and_by_contact(store: Store, open_another: Opener) -> None:
    names = [f"p{each}" for each in range(6)]
    people = await a_run(store, *names)
    await store.add_run(run_of(people, "r2"), RUNNING)
    for name in names:
        await push(store, name, *([skips("cap")] if name == "p1" else [skips("unreachable: x")]))
    await push(store, "p1", due=push_due("r2"), at=LATER)
    other = await open_another()
    numbers = sorted(people)
    assert [row.number for row in await other.pushes(BOT, run="r1")] == numbers
    assert [row.number for row in await other.pushes(BOT, run="r1", after=numbers[1], limit=2)] == numbers[2:4]
    assert [row.number for row in await other.pushes(BOT, run="r1", reason="cap")] == [people[1]]
    assert len(await other.pushes(BOT, run="r1", reason="unreachable", states=[SKIPPED])) == 5
    assert await other.pushes(BOT, run="r9") == []
    row = await row_of(store, "p1", "r2")
    assert [one.run for one in await other.pushes(BOT, contact=row.contact)] == ["r2", "r1"]
    assert [one.run for one in await other.pushes(BOT, contact=row.contact, run="r1")] == ["r1"]
    assert await other.pushes(BOT, contact="nobody") == []


async def test_after_a_merge_what_either_got_counts(store: Store) -> None:
    people = await a_run(store, "ana", "bo")
    await push(store, "bo")
    await end(store, SENT, "bo")
    ana, bo = [(await Talk(name).load(store)).contact for name in ("ana", "bo")]
    assert ana is not None
    assert bo is not None
    both = msgspec.structs.replace(ana, identities=(*ana.identities, *bo.identities))
    ended = ConsentChange(bo.id, "tips", Membership.OPTED_IN, Membership.NONE, NOW, SourceKind.MERGE, "ann")
    await store.merge_contacts(BOT, both, bo, [ended])

    with pytest.raises(AlreadySeen):
        await push(store, "ana")
    lately = await store.pushed(BOT, people[:1], "r1", NOW - DAY)
    assert lately[people[0]] == ((NOW,), True)
    assert [row.run for row in await store.pushes(BOT, contact=ana.id)] == ["r1"]
    assert await store.receive_receipt(BOT, Talk("bo").key, READ, LATER, up_to=LATER + DAY) == 1


async def test_a_receipt_is_no_proof_of_what_nobody_knows(store: Store) -> None:
    """All up to then: of what the channel took. The id is that of a part."""
    await a_run(store, "ana")
    await push(store, "ana")
    await end(store, UNKNOWN, reason="a part of it was sent", sent_at=LATER, channel_message_ids=("id-ana",))
    key = Talk("ana").key
    for state in (DELIVERED, READ):
        assert await store.receive_receipt(BOT, key, state, LATER, up_to=LATER + DAY, ids=["id-ana"]) == 0
    assert plain(await stands(store)) == {"unknown: a part of it was sent": 1}

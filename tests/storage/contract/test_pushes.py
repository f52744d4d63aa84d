"""The claim of a push is the commit of its turn: refused unless all is as it was decided on, and counted as it is
written.
"""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from consent.membership import Act
from messages.consent import ALL, Membership
from messages.errors import AlreadySeen, ConversationBusy, RunStopped, StaleVersion
from messages.pushes import Deferral, PushState, RunState
from storage.port import Store
from storage.push_records import PushRow
from tests.storage.contract.audiences.people import adds
from tests.storage.sending import (
    BOT,
    change,
    claims,
    defers,
    known_member,
    known_members,
    number_of,
    plain,
    push,
    push_due,
    run_of,
    skips,
    stands,
    waiting,
)
from tests.storage.talk import MINUTE, NOW, Talk, says

RUNNING, PAUSED = RunState.RUNNING, RunState.PAUSED


async def a_run(store: Store, *names: str, run: str = "r1", **more: Any) -> list[int]:
    people = await known_members(store, *names)
    await store.add_run(run_of(people, run, **more), RUNNING)
    return people


async def only(store: Store, run: str = "r1") -> PushRow:
    (row,) = await store.pushes(BOT, run=run)
    return row


async def test_a_claim_writes_the_push_beside_its_message(store: Store) -> None:
    (ana,) = await a_run(store, "ana")
    committed = await push(store, "ana", due=push_due(variant="a"), at=NOW + MINUTE)

    assert [row.message.push for row in committed.outbox] == [claims().message.push]
    row = await only(store)
    loaded = await Talk("ana").load(store)
    assert loaded.contact is not None
    assert (row.contact, row.number, row.state) == (loaded.contact.id, ana, PushState.SENDING)
    assert (row.due, row.claimed_at, row.attempts, row.claims) == (NOW, NOW + MINUTE, 1, 1)
    assert (row.variant, row.channel, row.conversation) == ("a", "teams", Talk("ana").key)
    assert (row.subject, row.membership, row.revision, row.message) == ("tips", "opted_in", 1, "tip")
    assert plain(await stands(store)) == {"sending": 1}
    assert await waiting(store) == 0


async def test_a_claim_keeps_the_ledger_rows_that_the_consent_stood_on(store: Store) -> None:
    await a_run(store, "bob", "ana")
    talk = Talk("ana")
    await talk.take(store, "stop", consent={ALL: Membership.OPTED_OUT})
    await talk.take(store, "start", consent={ALL: Membership.OPTED_IN})
    await push(store, "ana")
    await push(store, "bob")
    rows = {row.number: row for row in await store.pushes(BOT, run="r1")}
    ledger = {(row.change.contact, row.change.subject): row.sequence for row in await store.ledger(BOT)}
    ana, bob = rows[await number_of(store, "ana")], rows[await number_of(store, "bob")]
    assert (ana.subject_row, ana.everything_row) == (ledger[ana.contact, "tips"], ledger[ana.contact, ALL])
    assert (bob.subject_row, bob.everything_row) == (ledger[bob.contact, "tips"], 0)


async def test_the_row_of_an_act_of_staff_for_many_is_kept_too(store: Store) -> None:
    for name in ("ana", "bob"):
        await Talk(name).take(store, f"{name} speaks")
    people = [await number_of(store, name) for name in ("ana", "bob")]
    await store.change_many(BOT, adds(people))
    await store.add_run(run_of(people), RUNNING)
    await push(store, "bob")
    row = await only(store)
    (kept,) = await store.ledger(BOT, contact=row.contact)
    assert (row.subject_row, row.membership) == (kept.sequence, "added")


async def test_who_is_not_sent_to_is_counted_with_the_reason(store: Store) -> None:
    await a_run(store, "ana", "bob", "cid", "dan")
    await push(store, "ana", skips("unreachable: Blocked"))
    await push(store, "bob", defers())
    assert plain(await stands(store)) == {"skipped: unreachable": 1, "deferred: quiet": 1}
    assert await waiting(store) == 2
    rows = {row.state: row for row in await store.pushes(BOT, run="r1")}
    assert rows[PushState.SKIPPED].reason == "unreachable: Blocked"
    assert rows[PushState.DEFERRED].until == NOW + 5 * MINUTE
    assert await store.pending() == []


async def test_a_push_whose_turn_decided_nothing_failed(store: Store) -> None:
    await a_run(store, "ana")
    await push(store, "ana", says("sorry"))
    assert plain(await stands(store)) == {"failed: engine fault": 1}


@pytest.mark.parametrize("state", [PAUSED, RunState.HELD, RunState.CANCELLED, RunState.EXPIRED, RunState.PLANNED])
@pytest.mark.parametrize("decided", [claims(), skips(), defers()], ids=["claim", "skip", "defer"])
async def test_nothing_is_claimed_of_a_run_that_was_stopped(store: Store, state: RunState, decided: Any) -> None:
    await a_run(store, "ana")
    await change(store, state)
    for epoch in (1, 2):
        with pytest.raises(RunStopped):
            await push(store, "ana", decided, due=push_due(epoch=epoch))
    assert await store.pushes(BOT, run="r1") == []
    assert await store.pending() == []
    assert len(await store.journal(BOT, Talk("ana").key)) == 1


async def test_a_run_that_went_on_is_claimed_of_under_its_new_epoch_alone(store: Store) -> None:
    await a_run(store, "ana")
    await change(store, PAUSED)
    await change(store, RUNNING)
    with pytest.raises(RunStopped):
        await push(store, "ana", due=push_due(epoch=1))
    await push(store, "ana", due=push_due(epoch=3))
    assert plain(await stands(store)) == {"sending": 1}


async def test_nothing_is_claimed_of_a_run_that_is_not_there(store: Store) -> None:
    await known_member(store, "ana")
    with pytest.raises(RunStopped):
        await push(store, "ana")


async def test_nobody_is_claimed_twice_whatever_the_attempt(store: Store) -> None:
    await a_run(store, "ana")
    loaded = await Talk("ana").load(store)
    outcomes = await asyncio.gather(*(push(store, "ana", loaded=loaded) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(outcome, AlreadySeen) for outcome in outcomes) == 3
    for attempt in (1, 2, 3):
        with pytest.raises(AlreadySeen):
            await push(store, "ana", due=push_due(attempt=attempt))
    assert len(await store.pending()) == 1
    assert plain(await stands(store)) == {"sending": 1}


async def test_a_deferred_push_is_claimed_when_it_comes_up_as_its_next_attempt(store: Store) -> None:
    await a_run(store, "ana")
    await push(store, "ana", defers(5))
    for attempt, at in ((2, NOW + 4 * MINUTE), (1, NOW + 5 * MINUTE), (3, NOW + 5 * MINUTE)):
        with pytest.raises(AlreadySeen):
            await push(store, "ana", due=push_due(attempt=attempt), at=at)
    await push(store, "ana", due=push_due(attempt=2), at=NOW + 5 * MINUTE)
    row = await only(store)
    assert (row.state, row.reason, row.until, row.attempts, row.claims) == (PushState.SENDING, "", None, 2, 1)
    assert plain(await stands(store)) == {"sending": 1}


@pytest.mark.parametrize("run", ["r1", "tips/1/first"], ids=["a broadcast", "a step"])
async def test_consent_that_changed_meanwhile_refuses_the_claim(store: Store, run: str) -> None:
    (ana,) = await a_run(store, "ana")
    loaded = await Talk("ana").load(store)
    await store.change_many(BOT, adds([ana], act=Act.REMOVE))
    with pytest.raises(StaleVersion):
        await push(store, "ana", due=push_due(run), loaded=loaded)
    assert await store.pending() == []


async def test_a_push_waits_while_a_reply_does(store: Store) -> None:
    await a_run(store, "ana")
    await Talk("ana").take(store, "hi", says("hello"))
    with pytest.raises(ConversationBusy):
        await push(store, "ana")
    await push(store, "ana", skips())
    assert plain(await stands(store)) == {"skipped: opted out": 1}


async def test_a_push_waits_while_another_one_is_on_its_way(store: Store) -> None:
    people = await a_run(store, "ana")
    await store.add_run(run_of(people, "r2"), RUNNING)
    await push(store, "ana")
    with pytest.raises(ConversationBusy):
        await push(store, "ana", due=push_due("r2"))


async def test_who_has_one_of_the_family_gets_no_other(store: Store) -> None:
    people = await a_run(store, "ana", "bob")
    await push(store, "ana")
    await store.end_push(BOT, await ended(store, PushState.UNKNOWN))
    await push(store, "bob", skips("cap"))
    await store.add_run(run_of(people, "r2", family="r1"), RUNNING)
    with pytest.raises(AlreadySeen):
        await push(store, "ana", due=push_due("r2"))
    await push(store, "bob", due=push_due("r2"))
    await store.add_run(run_of(people, "r3"), RUNNING)
    await push(store, "ana", due=push_due("r3"))


async def ended(store: Store, state: PushState, run: str = "r1", **more: Any) -> PushRow:
    (row,) = await store.pushes(BOT, run=run, states=[PushState.SENDING])
    return row_with(row, state=state, **more)


def row_with(row: PushRow, **changes: Any) -> PushRow:
    return PushRow(**{name: changes.get(name, getattr(row, name)) for name in row.__struct_fields__})


async def test_a_step_of_a_sequence_is_pushed_once(store: Store) -> None:
    await known_member(store, "ana", "sequence:intro")
    step = push_due("intro/1/first", epoch=0, subject="sequence:intro")
    await push(store, "ana", due=step)
    with pytest.raises(AlreadySeen):
        await push(store, "ana", due=push_due("intro/1/first", 2, epoch=0, subject="sequence:intro"))
    row = await only(store, "intro/1/first")
    assert (row.state, row.subject) == (PushState.SENDING, "sequence:intro")
    assert await store.runs(BOT) == []
    assert await store.run(BOT, "intro/1/first") is None


async def test_topics_are_used_up_in_the_claim(store: Store) -> None:
    """The ledger row that the claim writes is not the one that it stood on."""
    await known_member(store, "ana", "topic:launch")
    await store.add_run(run_of([await number_of(store, "ana")]), RUNNING)
    talk = Talk("ana")
    loaded = await talk.load(store)
    turn = talk.turn(
        loaded,
        "push:r1:ana:1",
        claims(),
        consent={"topic:launch": Membership.NONE},
        action=push_due(subject="topic:launch"),
    )
    committed = await store.commit(turn)
    row = await only(store)
    first, used = await store.ledger(BOT)
    assert committed.ledger == (used.sequence,)
    assert row.subject_row == first.sequence


async def test_whoever_took_over_a_contact_has_what_it_got(store: Store) -> None:
    people = await a_run(store, "ana")
    await push(store, "ana")
    lately = await store.pushed(BOT, people, "r1", NOW - timedelta(days=1))
    assert lately[people[0]].at == (NOW,)
    assert lately[people[0]].in_family
    assert await store.pushed(BOT, people, "r2", NOW + MINUTE) == {}
    assert not (await store.pushed(BOT, people, "r2", NOW))[people[0]].in_family


async def test_a_person_is_skipped_without_a_turn(store: Store) -> None:
    await a_run(store, "ana", "bob")
    loaded = await Talk("ana").load(store)
    assert loaded.contact is not None
    gone = PushRow("r1", loaded.contact.id, PushState.SKIPPED, "no account", due=NOW, subject="tips")
    assert await store.record_push(BOT, gone)
    assert not await store.record_push(BOT, gone)
    assert not await store.record_push(BOT, row_with(gone, contact="nobody"))
    assert not await store.record_push(BOT, row_with(gone, run="r9"))
    assert plain(await stands(store)) == {"skipped: no account": 1}
    with pytest.raises(AlreadySeen):
        await push(store, "ana")


async def test_a_person_is_deferred_without_a_turn(store: Store) -> None:
    await a_run(store, "ana")
    loaded = await Talk("ana").load(store)
    assert loaded.contact is not None
    busy = PushRow("r1", loaded.contact.id, PushState.DEFERRED, Deferral.BUSY, due=NOW, until=NOW + MINUTE)
    assert await store.record_push(BOT, busy)
    assert await store.record_push(BOT, row_with(busy, until=NOW + 2 * MINUTE))
    assert plain(await stands(store)) == {"deferred: busy": 1}
    row = await only(store)
    assert (row.attempts, row.until) == (0, NOW + 2 * MINUTE)
    await push(store, "ana", at=NOW + 2 * MINUTE)
    assert plain(await stands(store)) == {"sending": 1}
    assert not await store.record_push(BOT, busy)

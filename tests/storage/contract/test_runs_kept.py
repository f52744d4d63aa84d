"""Pushes are kept for so long after their run was over; then the run keeps its counters."""

from messages.pushes import RunState
from storage.port import Store
from storage.records import Retained
from tests.storage.sending import (
    BOT,
    DAY,
    change,
    defers,
    known_members,
    plain,
    push,
    push_due,
    run_of,
    skips,
    stands,
    waiting,
)
from tests.storage.talk import MINUTE, NOW


async def test_a_run_that_is_long_over_keeps_counters_only(store: Store) -> None:
    people = await known_members(store, "ana", "bob", "cid")
    for run in ("over", "open"):
        await store.add_run(run_of(people, run), RunState.RUNNING)
        await push(store, "ana", skips("cap"), due=push_due(run))
        await push(store, "bob", defers(), due=push_due(run))
    await change(store, RunState.CANCELLED, "over")
    before = await stands(store, "over")

    assert await store.prune_kept(Retained.PUSHES, NOW) == 0
    assert await store.prune_kept(Retained.PUSHES, NOW + MINUTE) == 2

    assert await store.pushes(BOT, run="over") == []
    assert await stands(store, "over") == before
    assert plain(before) == {"skipped: cap": 1, "skipped: cancelled": 2}
    assert await waiting(store, "over") == 0
    found = await store.run(BOT, "over")
    assert found is not None
    assert (found[0].planned, found[0].audience, found[0].buckets) == (3, b"", ())
    assert len(await store.pushes(BOT, run="open")) == 2
    again = await store.add_run(run_of(people, "again", occurrence="now:over"), RunState.RUNNING)
    assert again.id == "over"


async def test_pushes_of_a_step_go_when_the_last_one_is_old(store: Store) -> None:
    await known_members(store, "ana")
    await push(store, "ana", due=push_due("intro/1/first"))
    assert await store.prune_kept(Retained.PUSHES, NOW - DAY) == 0
    assert await store.prune_kept(Retained.PUSHES, NOW + DAY) == 1
    assert await store.pushes(BOT, run="intro/1/first") == []

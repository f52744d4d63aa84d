"""Broadcasts are kept by version, runs once for each occurrence, and a run's state changes under a new epoch."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from messages.errors import StaleVersion
from messages.pushes import RunState
from storage.port import Store
from storage.push_records import SLICE
from tests.storage.contract.conftest import Opener
from tests.storage.sending import BOT, DAY, WEEKLY, change, plain, run_of, stands, waiting
from tests.storage.talk import MINUTE, NOW

RUNNING, PAUSED, CANCELLED = RunState.RUNNING, RunState.PAUSED, RunState.CANCELLED
LATER = NOW + MINUTE


async def test_a_broadcast_is_kept_and_replaced_by_version(store: Store) -> None:
    kept = await store.save_broadcast(WEEKLY)
    assert (kept.version, await store.broadcast(BOT, "weekly")) == (1, kept)
    renamed = await store.save_broadcast(msgspec.structs.replace(kept, name="Tips"))
    assert [one.name for one in await store.broadcasts(BOT)] == ["Tips"]
    for stale in (WEEKLY, kept):
        with pytest.raises(StaleVersion):
            await store.save_broadcast(stale)
    await store.save_broadcast(msgspec.structs.replace(renamed, archived=True))
    assert list(await store.broadcasts(BOT)) == []
    assert await store.broadcast(BOT, "weekly") is not None
    assert await store.broadcast("other", "weekly") is None


async def test_of_two_who_save_a_broadcast_one_is_stale(store: Store, open_another: Opener) -> None:
    other = await open_another()
    outcomes = await asyncio.gather(
        *(one.save_broadcast(WEEKLY) for one in (store, other, store)), return_exceptions=True
    )
    assert sum(isinstance(outcome, StaleVersion) for outcome in outcomes) == 2


async def test_a_run_is_kept_whole(store: Store, open_another: Opener) -> None:
    run = run_of(range(1, 2501), skipped={"unreachable: Blocked": [7, 9], "holdout": [8]}, later={DAY: [1, 2]})
    await store.add_run(run, RUNNING)
    found = await (await open_another()).run(BOT, "r1")
    assert found is not None
    record, current = found
    assert record == run
    assert (current.state, current.epoch) == (RUNNING, 1)
    assert plain(current) == {"skipped: unreachable": 2, "skipped: holdout": 1}
    assert await store.run(BOT, "r2") is None
    assert await store.run("other", "r1") is None


async def test_an_occurrence_has_one_run_however_many_plan_it(store: Store, open_another: Opener) -> None:
    stores = [store, await open_another(), await open_another()]
    runs = [run_of([1, 2, 3], f"r{each}", occurrence="2026-11-23T09:00") for each in range(3)]
    kept = await asyncio.gather(*(one.add_run(run, RUNNING) for one, run in zip(stores, runs, strict=True)))
    assert len({run.id for run in kept}) == 1
    assert kept[0] in runs
    assert [record.id for record, _ in await store.runs(BOT)] == [kept[0].id]
    again = await store.add_run(run_of([9], "r9", occurrence="2026-11-23T09:00"), RUNNING)
    assert again == kept[0]


async def test_runs_are_listed_the_newest_first(store: Store) -> None:
    for each in range(4):
        await store.add_run(run_of([1], f"r{each}"), RUNNING)
    await change(store, PAUSED, "r1")
    listed = await store.runs(BOT)
    assert [record.id for record, _ in listed] == ["r3", "r2", "r1", "r0"]
    assert {record.buckets for record, _ in listed} == {()}
    assert [record.id for record, _ in await store.runs(BOT, before="r2", limit=1)] == ["r1"]
    assert [record.id for record, _ in await store.runs(BOT, states=[PAUSED])] == ["r1"]
    assert len(await store.runs(BOT, broadcast="weekly")) == 4
    assert list(await store.runs(BOT, broadcast="other")) == []


async def test_a_change_of_state_raises_the_epoch_and_names_who_did_it(store: Store) -> None:
    await store.add_run(run_of([1]), RUNNING)
    paused = await store.change_run(BOT, "r1", PAUSED, among=[RUNNING], at=LATER, by="ann", reason="wait")
    assert (paused.state, paused.epoch, paused.reason) == (PAUSED, 2, "wait")
    assert (paused.changed_at, paused.changed_by) == (LATER, "ann")
    assert await stands(store) == paused
    with pytest.raises(StaleVersion):
        await change(store, PAUSED, "r1", RUNNING)
    with pytest.raises(StaleVersion):
        await change(store, PAUSED, "no such run")
    assert (await change(store, RUNNING, "r1", PAUSED)).epoch == 3


async def test_of_two_who_change_a_run_one_is_stale(store: Store, open_another: Opener) -> None:
    await store.add_run(run_of([1]), RUNNING)
    other = await open_another()
    outcomes = await asyncio.gather(
        change(store, PAUSED, "r1", RUNNING), change(other, CANCELLED, "r1", RUNNING), return_exceptions=True
    )
    assert sum(isinstance(outcome, StaleVersion) for outcome in outcomes) == 1
    assert (await stands(store)).epoch == 2


@pytest.mark.parametrize(("state", "reason"), [(CANCELLED, "cancelled"), (RunState.EXPIRED, "expired")])
async def test_whoever_waits_is_skipped_when_a_run_is_cut_short(store: Store, state: RunState, reason: str) -> None:
    await store.add_run(run_of(range(1, 11), skipped={"holdout": [3]}), RUNNING)
    assert await waiting(store) == 9
    current = await change(store, state)
    assert plain(current) == {"skipped: holdout": 1, f"skipped: {reason}": 9}
    assert await waiting(store) == 0


async def test_a_run_is_not_finished_while_somebody_waits(store: Store) -> None:
    await store.add_run(run_of([1, 2], skipped={"holdout": [1]}), RUNNING)
    with pytest.raises(StaleVersion):
        await change(store, RunState.FINISHED)
    await store.add_run(run_of([1, 2], "r2", skipped={"holdout": [1, 2]}), RUNNING)
    assert (await change(store, RunState.FINISHED, "r2")).state is RunState.FINISHED


async def test_people_who_are_due_are_taken_in_slices(store: Store) -> None:
    run = run_of(range(1, 2 * SLICE + 11), later={DAY: [5, 6]}, skipped={"holdout": [1]})
    await store.add_run(run, RUNNING)
    taken = [await store.take_slice("one", NOW, LATER) for _ in range(4)]
    pieces = [piece for piece in taken if piece is not None]
    assert [len(piece.numbers) for piece in pieces] == [SLICE, SLICE, 7]
    assert [number for piece in pieces for number in piece.numbers] == [2, 3, 4, *range(7, 2 * SLICE + 11)]
    assert {(piece.bot, piece.run, piece.epoch, piece.due) for piece in pieces} == {(BOT, "r1", 1, NOW)}
    tomorrow = await store.take_slice("one", NOW + DAY, NOW + 2 * DAY)
    assert tomorrow is not None


async def test_runs_take_turns(store: Store) -> None:
    for name in ("r1", "r2"):
        await store.add_run(run_of(range(1, 2 * SLICE + 1), name), RUNNING)
    pieces = [await store.take_slice("one", NOW, LATER) for _ in range(4)]
    assert [piece.run for piece in pieces if piece is not None] == ["r1", "r2", "r1", "r2"]


async def test_a_slice_is_another_workers_once_its_lease_is_over(store: Store) -> None:
    await store.add_run(run_of([1, 2, 3]), RUNNING)
    mine = await store.take_slice("one", NOW, LATER)
    assert mine is not None
    assert await store.take_slice("two", NOW, LATER) is None
    assert await store.renew_slice("one", mine, LATER + MINUTE)
    assert await store.take_slice("two", LATER, LATER + MINUTE) is None
    assert await store.next_push() == LATER + MINUTE
    theirs = await store.take_slice("two", LATER + MINUTE, LATER + DAY)
    assert theirs is not None
    assert theirs.numbers == (1, 2, 3)
    assert not await store.renew_slice("one", mine, LATER + 2 * DAY)
    await store.end_slice("one", mine)
    assert await store.renew_slice("two", theirs, LATER + 2 * DAY)


async def test_whoever_has_no_push_yet_when_a_slice_ends_is_taken_again(store: Store) -> None:
    await store.add_run(run_of([1, 2, 3]), RUNNING)
    piece = await store.take_slice("one", NOW, LATER)
    assert piece is not None
    await store.end_slice("one", piece)
    assert await store.take_slice("two", NOW, LATER) == piece


async def test_slices_of_a_run_that_was_stopped_are_free_when_it_goes_on(store: Store) -> None:
    await store.add_run(run_of([1, 2, 3]), RUNNING)
    piece = await store.take_slice("one", NOW, LATER)
    assert piece is not None
    await change(store, PAUSED)
    assert not await store.renew_slice("one", piece, LATER)
    assert await store.take_slice("two", NOW, LATER) is None
    assert await store.next_push() is None
    await change(store, RUNNING)
    again = await store.take_slice("two", NOW, LATER)
    assert again == piece._replace(epoch=3)


async def test_the_next_push_is_when_the_first_people_are_due(store: Store) -> None:
    assert await store.next_push() is None
    await store.add_run(run_of([1, 2], later={DAY: [1, 2]}), RUNNING)
    assert await store.next_push() == NOW + DAY
    assert await store.take_slice("one", NOW + DAY - timedelta(milliseconds=1), LATER + DAY) is None
    await store.add_run(run_of([3], "r2", later={MINUTE: [3]}), RunState.HELD)
    assert await store.next_push() == NOW + DAY

"""Whether a store still has what it acknowledged, and what it writes when it has not."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from consent.membership import Act
from messages.consent import ConsentChange, Membership, SourceKind
from storage.audience_records import StaffChange
from storage.continuity import CopiedFrom, RaisingRefused
from storage.port import Store
from storage.records import LedgerMark
from tests.storage.contract.conftest import Opener
from tests.storage.talk import NOW, Talk

BOT = "wellbeing"
IN, OUT = Membership.OPTED_IN, Membership.OPTED_OUT


async def mark_of(store: Store, user: str) -> LedgerMark:
    """Return the last row of the shard that a person is in."""
    loaded = await Talk(user).load(store)
    assert loaded.contact is not None
    rows = await store.ledger(BOT, contact=loaded.contact.id)
    heads = await store.heads(BOT)
    return next(head for head in heads if (rows[-1].sequence - head.sequence) % _shards(store) == 0)


def _shards(store: Store) -> int:
    return getattr(getattr(store, "_memory", None), "_shards", 1)


async def lost(store: Store, user: str) -> LedgerMark:
    """Make a store remember a row that it never had, behind the last one; return that."""
    head = await mark_of(store, user)
    missing = msgspec.structs.replace(head, sequence=head.sequence + 40 * _shards(store), hash="ab" * 32)
    store.remember([missing])
    return missing


async def test_what_was_acknowledged_is_remembered_and_there(store: Store) -> None:
    await Talk("ana").take(store, "e1", consent={"tips": IN})
    (mark,) = store.remembered().values()
    assert await store.is_there(mark)
    assert mark in await store.heads(BOT)
    assert await store.row_hash(BOT, mark.sequence) == mark.hash
    assert await store.row_hash(BOT, mark.sequence + 99) is None
    assert await store.record_loss(mark) is None
    assert await store.losses(BOT) == []


async def test_staff_and_files_are_remembered_too(store: Store) -> None:
    await Talk("ana").take(store, "e1", consent={"tips": IN})
    before = await mark_of(store, "ana")
    (person,) = await store.people(BOT)
    assert await store.change_many(BOT, StaffChange("news", Act.ADD, NOW, SourceKind.API, "eve", [person.number]))
    after = await mark_of(store, "ana")
    assert after.sequence > before.sequence
    assert after in store.remembered().values()
    change = ConsentChange(person.contact.id, "news", Membership.ADDED, Membership.NONE, NOW, SourceKind.CLI, "eve")
    await store.change_consent(BOT, change)
    assert (await mark_of(store, "ana")) in store.remembered().values()


async def test_a_lowering_act_is_written_above_what_is_missing(store: Store) -> None:
    """The write itself notices, whether or not anybody compared before."""
    await Talk("ana").take(store, "e1", consent={"tips": IN})
    missing = await lost(store, "ana")
    made = await Talk("ana").take(store, "e2", consent={"tips": OUT})
    assert made.ledger[0] > missing.sequence
    (loss,) = await store.losses(BOT)
    assert (loss.last, loss.hash, loss.is_open) == (missing.sequence, missing.hash, True)
    assert loss.first <= loss.last < loss.reserved < made.ledger[0]


async def test_a_raising_act_is_refused_and_writes_nothing(store: Store) -> None:
    await Talk("ana").take(store, "e1", consent={"tips": OUT})
    await lost(store, "ana")
    rows = await store.ledger(BOT)
    with pytest.raises(RaisingRefused):
        await Talk("ana").take(store, "e2", consent={"tips": IN})
    assert (await Talk("ana").load(store, "e2")).seen is False
    (person,) = await store.people(BOT)
    with pytest.raises(RaisingRefused):
        await store.change_many(BOT, StaffChange("news", Act.ADD, NOW, SourceKind.API, "eve", [person.number]))
    change = ConsentChange(person.contact.id, "news", Membership.NONE, Membership.ADDED, NOW, SourceKind.CLI, "eve")
    with pytest.raises(RaisingRefused):
        await store.change_consent(BOT, change)
    assert await store.ledger(BOT) == rows
    assert (await Talk("ana").take(store, "e3")).ledger == ()  # a turn that changes no consent


async def test_another_handle_refuses_it_too_and_may_remove(store: Store, open_another: Opener) -> None:
    """A loss that one server found holds for all, and for commands."""
    await Talk("ana").take(store, "e1", consent={"tips": IN})
    await store.record_loss(await lost(store, "ana"))
    other = await open_another()
    (person,) = await other.people(BOT)
    with pytest.raises(RaisingRefused):
        await other.change_many(BOT, StaffChange("news", Act.ADD, NOW, SourceKind.API, "eve", [person.number]))
    await other.change_many(BOT, StaffChange("tips", Act.REMOVE, NOW, SourceKind.API, "eve", [person.number]))


async def test_an_accepted_loss_lets_raise_again(store: Store) -> None:
    await Talk("ana").take(store, "e1", consent={"tips": OUT})
    missing = await lost(store, "ana")
    loss = await store.record_loss(missing)
    assert loss is not None
    report = await store.verify_ledger(BOT)
    assert [found.problem for found in report.differences] == [
        f"rows {loss.first} to {loss.last} were acknowledged and are not there"
    ]

    await store.accept_loss(loss, NOW + timedelta(hours=1), "eve")
    made = await Talk("ana").take(store, "e2", consent={"tips": IN})
    assert made.ledger[0] > loss.reserved
    (kept,) = await store.losses(BOT)
    assert (kept.accepted_by, kept.accepted_at) == ("eve", NOW + timedelta(hours=1))
    report = await store.verify_ledger(BOT)
    assert report.differences == ()
    assert report.losses == (kept,)
    assert await store.record_loss(missing) is None  # somebody else who remembers it


async def test_several_servers_remember_different_rows(store: Store, open_another: Opener) -> None:
    await Talk("ana").take(store, "e1", consent={"tips": IN})
    missing = await lost(store, "ana")
    later = msgspec.structs.replace(missing, sequence=missing.sequence + _shards(store), hash="cd" * 32)
    first = await store.record_loss(missing)
    second = await (await open_another()).record_loss(later)
    assert first is not None
    assert second is not None
    assert (second.first, second.last, second.hash) == (first.first, later.sequence, later.hash)
    assert second.reserved == first.reserved
    assert await store.record_loss(missing) == second
    assert len(await store.losses(BOT)) == 1


async def test_a_rewritten_row_is_missing(store: Store) -> None:
    await Talk("ana").take(store, "e1", consent={"tips": IN})
    head = await mark_of(store, "ana")
    rewritten = msgspec.structs.replace(head, hash="ab" * 32)
    loss = await store.record_loss(rewritten)
    assert loss is not None
    assert (loss.first, loss.last) == (head.sequence, head.sequence)


async def test_held(store: Store) -> None:
    await Talk("ana").take(store, "e1", consent={"tips": OUT})
    store.hold("Redis has no append-only file")
    with pytest.raises(RaisingRefused, match="append-only"):
        await Talk("ana").take(store, "e2", consent={"tips": IN})
    await Talk("ana").take(store, "e3", consent={"news": OUT})
    store.hold("")
    await Talk("ana").take(store, "e4", consent={"tips": IN})


async def test_the_id_stays(store: Store, open_another: Opener) -> None:
    assert (await store.identity()).id
    assert await (await open_another()).identity() == await store.identity()


async def test_the_mark_rises_above_what_is_there_and_what_is_remembered(store: Store, open_another: Opener) -> None:
    first = await store.raise_mark(0)
    assert first > 0
    assert (await (await open_another()).identity()).mark == first
    assert await store.raise_mark(0) > first
    assert await store.raise_mark(first + 100) == first + 101
    raised = await asyncio.gather(*(store.raise_mark(first) for _ in range(5)))
    assert sorted({*raised}) == sorted(raised)
    assert (await store.identity()).mark == max(raised)


async def test_a_copy_goes_on_with_the_mark_of_its_source(store: Store) -> None:
    await store.become_copy_of([CopiedFrom("before", {}, 7)])
    identity = await store.identity()
    assert (identity.mark_of("before"), identity.mark_of(identity.id), identity.mark_of("other")) == (7, 0, None)

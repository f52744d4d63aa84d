"""Somebody is erased while servers are at work for them."""

import asyncio
import contextlib

import msgspec
import pytest

from messages.effects import KeepEvidence
from messages.errors import OwnershipLost, StaleVersion
from storage.port import Store
from storage.records import DeliveryStatus
from storage.transfer import JournalRecord, Kind
from tests.storage.contract.conftest import Opener
from tests.storage.erasing import BOT, IN, OUT, QUIMBY, all_of, as_text, erase, everything, lived_in
from tests.storage.talk import MINUTE, NOW, Talk, says


@pytest.fixture
async def contact(store: Store) -> str:
    """Two people lived in the store; the id of the one to be erased."""
    return await lived_in(store)


async def test_a_turn_under_way_goes_stale(store: Store, open_another: Opener, contact: str) -> None:
    server = await open_another()
    known, new = QUIMBY.alone, Talk("quimby", group="19:elsewhere")
    turns = [each.turn(await each.load(server), f"under way {each.key}", says("quimby")) for each in (known, new)]
    await erase(store, contact)
    for turn in turns:
        with pytest.raises(StaleVersion):
            await server.commit(turn)
    assert "quimby" not in as_text(await everything(store, BOT))


async def test_a_reply_that_is_just_sent_leaves_no_trace(store: Store, contact: str) -> None:
    (row, *_) = await store.deliveries(BOT, QUIMBY.alone.key, status=DeliveryStatus.PENDING)
    await erase(store, contact)
    sent = msgspec.structs.replace(row, status=DeliveryStatus.DELIVERED, channel_message_ids=("quimby",), sent=1)
    with contextlib.suppress(OwnershipLost):  # a store may say so: the row is not this server's any more
        await store.record_delivery(sent)
    await store.mark_unreachable(BOT, QUIMBY.alone.key, "quimby is away", NOW + MINUTE)
    assert row.sequence not in [each.sequence for each in await store.pending()]
    assert "quimby" not in as_text(await everything(store, BOT))


async def test_a_reply_that_waits_for_another_attempt_is_not_sent(
    store: Store, open_another: Opener, contact: str
) -> None:
    await store.acquire_server_lease()
    (row, *_) = await store.deliveries(BOT, QUIMBY.alone.key, status=DeliveryStatus.PENDING)
    for each in await store.mine():
        await store.may_send(each)
    waits = msgspec.structs.replace(row, attempts=1, reason="429", next_attempt_at=NOW + MINUTE)
    await store.record_delivery(waits)
    await store.may_send(waits)
    assert await erase(await open_another(), contact) is not None
    await store.take_over()
    with pytest.raises(OwnershipLost):
        await store.may_send(waits)


async def test_words_that_went_are_kept_again_for_whoever_sees_them_next(
    store: Store, open_another: Opener, contact: str
) -> None:
    """A server that knew them to be stored hears that they are not any more."""
    server = await open_another()
    namesake = Talk("quimby", channel="workplace")
    shown = KeepEvidence("f" * 16, "Tips, Quimby?")
    await namesake.take(server, "before", shown)
    await erase(store, contact)
    assert (await namesake.load(server, evidence=shown.digest)).evidence is None
    await namesake.take(server, "between")
    await namesake.take(server, "after", shown)
    assert (await namesake.load(server, evidence=shown.digest)).evidence == shown.text


async def test_whoever_writes_while_they_are_erased_becomes_a_stranger(
    store: Store, open_another: Opener, contact: str
) -> None:
    """Wherever erasing falls between their turns, no turn goes to the one who was erased, and none is lost."""
    servers = [await open_another() for _ in range(3)]

    async def writes(server: Store, number: int) -> None:
        talk = Talk("quimby", group=f"19:{number}")
        for turn in range(8):
            after = (IN, OUT)[turn % 2]
            await talk.take_until_committed(server, f"{number} {turn}", says("quimby"), consent={f"s{number}": after})

    async with asyncio.TaskGroup() as group:
        for number, server in enumerate(servers):
            group.create_task(writes(server, number))
        group.create_task(erase(store, contact))

    names = await store.conversations_of(BOT, contact)
    assert all(name.startswith(f"erased:{contact}/") for name in names)
    entries = [entry for entry in await all_of(store, BOT, Kind.JOURNAL) if isinstance(entry, JournalRecord)]
    of_them = [entry for entry in entries if entry.conversation in names]
    assert len(entries) == 16 + 24
    assert "quimby" not in as_text(of_them)
    assert len(of_them) >= 8
    assert (await store.verify_ledger(BOT)).differences == ()
    assert [row.target for row in await store.audit(BOT)] == [contact]

"""Who listens for changes hears of each, whoever commits it, and asks nothing meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
import pytest

from messages.consent import Membership
from storage.audience_records import PeoplePosition, SegmentKind, SegmentRecord
from storage.change_feed import Listener
from storage.port import Store
from tests.storage.contract.audiences.people import BOT, adds, known
from tests.storage.contract.conftest import Opener
from tests.storage.talk import NOW, Talk

IN = Membership.OPTED_IN
LONG = 60.0
"""Seconds that no test waits for: what is waited for comes."""

Change = Callable[[Store], Awaitable[object]]


async def takes_a_turn(store: Store) -> None:
    await Talk("ana").take(store, "e1", consent={"tips": IN})


async def adds_somebody(store: Store) -> None:
    await known(store, "bob")


async def edits_somebody(store: Store) -> None:
    (person,) = [each for each in await store.people(BOT) if each.contact.id == "c-cy"]
    await store.edit_contact(BOT, msgspec.structs.replace(person.contact, phone="7"))


async def adds_many(store: Store) -> None:
    await store.change_many(BOT, adds([person.number for person in await store.people(BOT)]))


async def erases_somebody(store: Store) -> None:
    await store.erase_contact(BOT, "c-cy", actor="ana", at=NOW + timedelta(days=1))


async def saves_a_segment(store: Store) -> None:
    await store.save_segment(SegmentRecord(BOT, "some", "Some", SegmentKind.FILTER, NOW, "ana", filter="tag:vip"))


async def begun(changes: Listener) -> None:
    """Wait until the first look, after which anything may have changed, is over."""
    assert await changes.wait(LONG)
    while await changes.wait(0):
        pass


@pytest.mark.parametrize(
    "change", [takes_a_turn, adds_somebody, edits_somebody, adds_many, erases_somebody, saves_a_segment]
)
@pytest.mark.parametrize("by_another", [False, True])
async def test_a_change_before_the_wait_is_not_lost(
    store: Store, open_another: Opener, change: Change, by_another: bool
) -> None:
    writer = await open_another() if by_another else store
    await known(store, "cy")
    async with asyncio.timeout(LONG / 2):
        with store.changes_of(BOT) as changes:
            await begun(changes)
            await change(writer)
            assert await changes.wait(LONG)


@pytest.mark.parametrize("by_another", [False, True])
async def test_who_looks_and_waits_in_turn_sees_each_of_many_changes(
    store: Store, open_another: Opener, by_another: bool
) -> None:
    writer = await open_another() if by_another else store
    position: PeoplePosition = ()
    async with asyncio.timeout(LONG / 2):
        with store.changes_of(BOT) as changes:
            for number in range(5):
                await known(writer, f"p{number}")
                while not (page := await store.follow_people(BOT, position)).people:
                    assert await changes.wait(LONG)
                position = page.position
                assert [person.contact.id for person in page.people] == [f"c-p{number}"]


async def test_two_who_listen_for_one_bot_both_hear(store: Store) -> None:
    with store.changes_of(BOT) as one, store.changes_of(BOT) as other, store.changes_of("another") as third:
        for changes in (one, other, third):
            await begun(changes)
        await takes_a_turn(store)
        await Talk("bob", bot="another").take(store, "e1")
        async with asyncio.timeout(LONG / 2):
            assert [await each.wait(LONG) for each in (one, other, third)] == [True, True, True]


@pytest.mark.parametrize("by_another", [False, True])
async def test_pushes_and_drafts_of_bots_that_are_new_are_heard(
    store: Store, open_another: Opener, by_another: bool
) -> None:
    writer = await open_another() if by_another else store
    marks: dict[str, str] = {}
    with store.changes_of_flows() as changes:
        for step in ("draft", "push", "push again"):
            if step == "draft":
                await writer.save_draft(BOT, "one", "ana", NOW)
            else:
                await writer.push(BOT, step, author="ana", at=NOW, expected_live=int(step != "push"))
            async with asyncio.timeout(LONG / 2):
                while await store.live_marks() == marks:
                    assert await changes.wait(LONG)
            marks = dict(await store.live_marks())
            assert list(marks) == [BOT]


async def test_marks_differ_for_each_live_revision_and_name_each_bot(store: Store) -> None:
    assert await store.live_marks() == {}
    seen = set[str]()
    for number, source in enumerate(("one", "two", "one")):
        await store.push(BOT, source, author="ana", at=NOW, expected_live=number)
        seen.add((await store.live_marks())[BOT])
    assert len(seen) == 3
    await store.save_draft("planned", "one", "ana", NOW)
    await store.push("other", "one", author="ana", at=NOW, expected_live=0)
    assert list(await store.live_marks()) == [*await store.bots()] == sorted([BOT, "planned", "other"])


async def test_a_listener_that_waits_over_a_close_is_told_by_its_next_read(store: Store) -> None:
    with store.changes_of(BOT) as changes:
        async with asyncio.timeout(LONG / 2):
            await begun(changes)
            await store.close()
            assert await changes.wait(LONG)

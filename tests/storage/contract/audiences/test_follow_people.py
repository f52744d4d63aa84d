"""Whoever counts people hears of each change, by whatever process, once it is committed."""

import asyncio

import msgspec
import pytest

from consent.membership import Act
from messages.consent import Membership
from messages.inbound import ConversationEnded, TimerFired
from storage.port import Store
from tests.storage.contract.audiences.people import BOT, adds, all_rows, everybody, known
from tests.storage.contract.conftest import Opener
from tests.storage.talk import MINUTE, NOW, Talk

IN, OUT, ADDED, NONE = Membership.OPTED_IN, Membership.OPTED_OUT, Membership.ADDED, Membership.NONE
LONG = 60.0
"""Seconds that no test waits for: what is waited for comes."""


@pytest.mark.parametrize("limit", [1, 3, 1000])
async def test_everybody_comes_as_they_are_now(store: Store, limit: int) -> None:
    people = await known(store, "ana", "bob", "cy")
    await Talk("dee").take(store, "e1")
    edited = await store.edit_contact(BOT, msgspec.structs.replace(people[0].contact, phone="7"))
    found = await everybody(store, limit=limit)
    assert len(found) == 4
    assert found["c-ana"] == edited
    assert found["c_turn-e1_1"].last_seen == NOW
    assert sorted(person.number for person in found.values()) == sorted({p.number for p in await store.people(BOT)})


async def test_only_what_changed_since_comes_after_a_position(store: Store) -> None:
    people = await known(store, "ana", "bob")
    end = (await store.follow_people(BOT)).position
    assert list((await store.follow_people(BOT, end)).people) == []
    edited = await store.edit_contact(BOT, msgspec.structs.replace(people[0].contact, phone="7"))
    page = await store.follow_people(BOT, end)
    assert list(page.people) == [edited]
    assert list((await store.follow_people(BOT, page.position)).people) == []


async def test_a_turn_of_the_person_is_a_change_and_a_wait_that_is_over_is_none(store: Store) -> None:
    talk = Talk("ana")
    await talk.take(store, "e1")
    end = (await store.follow_people(BOT)).position
    await talk.take(store, "e2", at=NOW + MINUTE, action=TimerFired("t"))
    await talk.take(store, "e3", at=NOW + MINUTE, action=ConversationEnded("gone"))
    assert {person.last_seen for person in (await everybody(store)).values()} == {NOW}
    await talk.take(store, "e4", at=NOW + 2 * MINUTE)
    (ana,) = (await store.follow_people(BOT, end)).people
    assert ana.last_seen == NOW + 2 * MINUTE


async def test_who_waits_gets_the_change_of_another_process(store: Store, open_another: Opener) -> None:
    other = await open_another()
    end = (await store.follow_people(BOT)).position
    following = asyncio.create_task(store.follow_people(BOT, end, wait=LONG))
    (ana,) = await known(other, "ana")
    async with asyncio.timeout(LONG / 2):
        page = await following
    assert list(page.people) == [ana]


async def test_people_of_other_bots_do_not_come(store: Store) -> None:
    await known(store, "ana")
    assert list((await store.follow_people("other")).people) == []
    await Talk("bob", bot="other").take(store, "e1")
    assert len((await store.follow_people("other")).people) == 1
    assert len(await everybody(store)) == 1


@pytest.mark.parametrize("limit", [1, 4, 1000])
async def test_memberships_come_by_number_single_ones_and_many(store: Store, limit: int) -> None:
    people = await known(store, "ana", "bob", "cy")
    numbers = [person.number for person in people]
    await store.change_many(BOT, adds(numbers))
    await Talk("dee").take(store, "e1", consent={"tips": IN})
    await Talk("dee").take(store, "e2", consent={"tips": OUT})
    await store.change_many(BOT, adds(numbers[:1], act=Act.REMOVE))
    rows = await all_rows(store, limit=limit)
    assert sorted(row.sequence for row in rows) == [row.sequence for row in await store.ledger(BOT)]
    said: dict[int, list[tuple[Membership, Membership]]] = {}
    for row in rows:
        said.setdefault(row.person, []).append((row.before, row.after))
    (dee,) = said.keys() - set(numbers)
    assert said == {
        numbers[0]: [(NONE, ADDED), (ADDED, NONE)],
        numbers[1]: [(NONE, ADDED)],
        numbers[2]: [(NONE, ADDED)],
        dee: [(NONE, IN), (IN, OUT)],
    }


async def test_who_waits_gets_the_membership_of_another_process(store: Store, open_another: Opener) -> None:
    other = await open_another()
    end = (await store.follow_memberships(BOT)).position
    following = asyncio.create_task(store.follow_memberships(BOT, end, wait=LONG))
    await Talk("ana").take(other, "e1", consent={"tips": IN})
    async with asyncio.timeout(LONG / 2):
        page = await following
    assert [(row.subject, row.before, row.after) for row in page.rows] == [("tips", NONE, IN)]

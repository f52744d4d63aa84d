"""Following the ledger: every row comes, once it is committed, to whoever reads on and on."""

import asyncio

from filters.person import MembershipRow
from messages.codec import to_ms
from messages.consent import Membership
from storage.ledger import LedgerPosition
from storage.port import Store
from tests.storage.contract.conftest import Opener
from tests.storage.talk import Talk

IN, OUT = Membership.OPTED_IN, Membership.OPTED_OUT
LONG = 60.0
"""Seconds that no test waits for: what is waited for comes."""


async def to_the_end(store: Store, position: LedgerPosition = (), *, limit: int = 10_000) -> list[MembershipRow]:
    rows: list[MembershipRow] = []
    while True:
        page = await store.follow_memberships("wellbeing", position, limit=limit)
        assert len(page.rows) <= limit
        rows += page.rows
        position = page.position
        if not page.more:
            return rows


async def test_an_empty_ledger_gives_no_row_and_a_position_to_go_on_from(store: Store) -> None:
    page = await store.follow_memberships("wellbeing", ())
    assert list(page.rows) == []
    assert page.position
    assert not page.more
    await Talk("ana").take(store, "e1", consent={"tips": IN})
    assert len((await store.follow_memberships("wellbeing", page.position)).rows) == 1


async def test_all_rows_come(store: Store) -> None:
    for user in ("ana", "bob", "cleo"):
        await Talk(user).take(store, f"{user}1", consent={"tips": IN, "news": IN})
        await Talk(user).take(store, f"{user}2", consent={"tips": OUT})
    numbers = {person.contact.id: person.number for person in await store.people("wellbeing")}
    rows = [
        MembershipRow(
            row.sequence,
            numbers[row.change.contact],
            row.change.subject,
            row.change.before,
            row.change.after,
            to_ms(row.change.at),
        )
        for row in await store.ledger("wellbeing")
    ]
    assert sorted(await to_the_end(store)) == rows
    assert len(rows) == 9


async def test_pages_of_any_length_give_each_row_once_and_in_the_order_of_its_shard(store: Store) -> None:
    people = [Talk(f"p{number}") for number in range(12)]
    for at, after in enumerate((IN, OUT, IN, OUT)):
        for person in people:
            await person.take(store, f"{person.user} {at}", consent={"tips": after})
    shards = len((await store.follow_memberships("wellbeing", ())).position)
    for limit in (1, 7, 40, 1000):
        sequences = [row.sequence for row in await to_the_end(store, limit=limit)]
        assert sorted(sequences) == [row.sequence for row in await store.ledger("wellbeing", limit=1000)]
        for shard in range(shards):
            of_shard = [sequence for sequence in sequences if (sequence - 1) % shards == shard]
            assert of_shard == sorted(of_shard)


async def test_rows_of_another_bot_stay_away(store: Store) -> None:
    await Talk("ana").take(store, "e1", consent={"tips": IN})
    assert list((await store.follow_memberships("other", ())).rows) == []


async def test_who_waits_gets_the_row_of_another_handle_when_it_is_committed(
    store: Store, open_another: Opener
) -> None:
    await Talk("ana").take(store, "e1", consent={"tips": IN})
    position = (await store.follow_memberships("wellbeing", ())).position
    other = await open_another()
    following = asyncio.create_task(store.follow_memberships("wellbeing", position, wait=LONG))
    await Talk("bob").take(other, "e2", consent={"tips": IN})
    async with asyncio.timeout(LONG / 2):
        page = await following
    found = await store.people_numbered("wellbeing", [row.person for row in page.rows])
    assert [person.contact.id for person in found] == [(await Talk("bob").load(store)).contact.id]  # type: ignore[union-attr]


async def test_who_waits_gets_the_row_of_the_same_handle(store: Store) -> None:
    following = asyncio.create_task(store.follow_memberships("wellbeing", (), wait=LONG))
    await Talk("ana").take(store, "e1", consent={"tips": IN})
    async with asyncio.timeout(LONG / 2):
        page = await following
    assert [(row.subject, row.after) for row in page.rows] == [("tips", IN)]


async def test_who_waits_in_vain_is_told_so_and_goes_on_later(store: Store) -> None:
    position = (await store.follow_memberships("wellbeing", ())).position
    page = await store.follow_memberships("wellbeing", position, wait=0.05)
    assert list(page.rows) == []
    await Talk("ana").take(store, "e1", consent={"tips": IN})
    assert len((await store.follow_memberships("wellbeing", page.position, wait=LONG)).rows) == 1


async def test_many_who_write_and_one_who_follows(store: Store, open_another: Opener) -> None:
    """The follower misses no row, however commits of several handles fall between its reads."""
    handles = [store, await open_another(), await open_another()]
    people = [Talk(f"p{number}") for number in range(9)]

    async def acts(person: Talk, handle: Store) -> None:
        for at in range(4):
            await person.take_until_committed(handle, f"{person.user} {at}", consent={"tips": (IN, OUT)[at % 2]})

    async def follows(wanted: int) -> list[int]:
        sequences: list[int] = []
        position: LedgerPosition = ()
        while len(sequences) < wanted:
            page = await store.follow_memberships("wellbeing", position, limit=5, wait=LONG)
            sequences += [row.sequence for row in page.rows]
            position = page.position
        return sequences

    async with asyncio.timeout(LONG), asyncio.TaskGroup() as group:
        following = group.create_task(follows(len(people) * 4))
        for number, person in enumerate(people):
            group.create_task(acts(person, handles[number % 3]))
    assert sorted(following.result()) == [row.sequence for row in await store.ledger("wellbeing", limit=1000)]

"""Topics and sequences that a version before kept as names become memberships, and nobody comes back in by it."""

from datetime import timedelta

import msgspec
import pytest

from audiences import contacts
from audiences.contacts import Said
from audiences.context import Context
from audiences.index_feed import Audience
from audiences.members import change_members
from audiences.subscriptions import Moved, SubscriptionMover, move_all, move_names
from consent.membership import Act
from filters.parse import parse
from flows.source.read import read_flow
from messages.consent import ALL, Membership
from storage.port import Store
from tests.audiences.conftest import ANN
from tests.cli.running import SMALL
from tests.storage.contract.audiences.people import AT, BOT, contact
from tests.storage.talk import Talk

NONE, IN, OUT, ADDED = Membership.NONE, Membership.OPTED_IN, Membership.OPTED_OUT, Membership.ADDED
NOW = AT + timedelta(days=400)


async def put_down(store: Store, name: str, *topics: str, sequences: frozenset[str] = frozenset()) -> str:
    """A contact that has names of topics, as a version before wrote it."""
    loaded = await Talk(name).load(store)
    known = await store.person(BOT, loaded.contact.id if loaded.contact is not None else f"c-{name}")
    if known is None:
        named = msgspec.structs.replace(contact(name), topics=frozenset(topics), sequences=sequences)
        return (await store.add_contact(BOT, named)).contact.id
    await store.edit_contact(BOT, msgspec.structs.replace(known.contact, topics=frozenset(topics), sequences=sequences))
    return known.contact.id


async def stands(store: Store, who: str) -> dict[str, Membership]:
    return await store.memberships(BOT, who)


async def moved(store: Store) -> Moved:
    return await move_all(store, BOT, await Audience(store, BOT).catch_up(), NOW)


async def test_names_become_memberships_once_and_go(store: Store) -> None:
    ana = await put_down(store, "ana", "news", "menu", sequences=frozenset({"course"}))
    ben = await put_down(store, "ben", "news")
    assert await moved(store) == Moved(people=2, added=4)
    assert await stands(store, ana) == {"topic:news": ADDED, "topic:menu": ADDED, "sequence:course": ADDED}
    assert await stands(store, ben) == {"topic:news": ADDED}
    rows = await store.ledger(BOT, contact=ana)
    assert {(row.change.source.value, row.change.detail, row.change.actor) for row in rows} == {
        ("cli", "migrated", "upgrade")
    }
    for who in (ana, ben):
        person = await store.person(BOT, who)
        assert person is not None
        assert (person.contact.topics, person.contact.sequences) == (frozenset(), frozenset())
    assert await moved(store) == Moved()
    audit = [(row.action, row.target, row.detail) for row in await store.audit(BOT)]
    assert audit == [("move_subscriptions", "*", "people: 2, added: 4, left out: 0")]
    assert (await store.verify_ledger(BOT)).differences == ()


@pytest.mark.parametrize("acts", [[{ALL: OUT}], [{ALL: OUT}, {ALL: IN}], [{"topic:news": OUT}], [{"topic:news": IN}]])
async def test_what_the_person_decided_wins(store: Store, acts: list[dict[str, Membership]]) -> None:
    talk = Talk("ana")
    for number, act in enumerate(acts):
        await talk.take(store, f"e{number}", consent=act)
    ana = await put_down(store, "ana", "news")
    before = await stands(store, ana)
    assert (await moved(store)).people == 1
    assert await stands(store, ana) == before
    assert len(await store.ledger(BOT, contact=ana)) == len(acts)
    assert await moved(store) == Moved()


async def test_a_crash_between_the_rows_and_the_names_loses_nothing_and_says_nothing_twice(store: Store) -> None:
    ana = await put_down(store, "ana", "news")
    person = await store.person(BOT, ana)
    assert person is not None
    stale = person._replace(contact=msgspec.structs.replace(person.contact, version=7))
    await move_names(store, BOT, [stale], NOW)
    await put_down(store, "ana", "news")
    assert await moved(store) == Moved(people=1)
    assert len(await store.ledger(BOT, contact=ana)) == 1


async def test_names_count_as_added_until_they_are_moved(store: Store) -> None:
    await put_down(store, "ana", "news")
    await Talk("ben").take(store, "e1", consent={"topic:news": OUT})
    await put_down(store, "ben", "news")
    before = await Audience(store, BOT).catch_up()
    assert before.count("topic:news", NOW)[:2] == (1, 1)
    assert len(before.select(parse("topic:news"), NOW)) == 1
    await moved(store)
    after = await Audience(store, BOT).catch_up()
    assert after.count("topic:news", NOW)[:2] == (1, 1)


async def test_staff_remove_somebody_whose_name_was_not_moved(store: Store) -> None:
    ana = await put_down(store, "ana", "news")
    context = Context(store, BOT, read_flow(SMALL, "small.yaml").bot, ANN, NOW)
    told = await change_members(context, "topic:news", Act.REMOVE, [ana])
    assert [one.outcome for one in told.outcomes] == ["removed"]
    await put_down(store, "ana", "press", sequences=frozenset({"course"}))
    assert (await contacts.edit(context, ana, Said(unsubscribe=["sequence:course"]))).changed
    assert await stands(store, ana) == {"topic:press": ADDED}
    assert [(row.change.subject, row.change.after) for row in await store.ledger(BOT, contact=ana)] == [
        ("topic:news", ADDED),
        ("topic:news", NONE),
        ("sequence:course", ADDED),
        ("topic:press", ADDED),
        ("sequence:course", NONE),
    ]


class _BesideOlder:
    """A store beside which a server of a version before is alive."""

    forms = 3

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


async def test_nothing_is_moved_while_a_server_of_before_is_alive(store: Store) -> None:
    ana = await put_down(store, "ana", "news")
    await store.push(BOT, SMALL, author="ann", at=AT, expected_live=0)
    index = await Audience(store, BOT).catch_up()
    older: Store = _BesideOlder(store)  # type: ignore[assignment]
    await SubscriptionMover(older, lambda _: index, lambda: NOW).look()
    assert await stands(store, ana) == {}
    await SubscriptionMover(store, lambda _: index, lambda: NOW).look()
    assert await stands(store, ana) == {"topic:news": ADDED}

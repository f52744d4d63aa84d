"""Two contacts that proved to be one person become one."""

import msgspec
import pytest

from messages.addresses import Handle, HandleKind
from messages.consent import ConsentChange, Membership, SourceKind
from messages.contact import Contact
from messages.errors import StaleVersion
from storage.port import Store
from tests.storage.contract.audiences.people import AT, BOT, adds, everybody
from tests.storage.talk import MINUTE, NOW, Talk

IN, OUT, NONE = Membership.OPTED_IN, Membership.OPTED_OUT, Membership.NONE


def change(contact: str, subject: str, before: Membership, after: Membership) -> ConsentChange:
    return ConsentChange(contact, subject, before, after, AT, SourceKind.MERGE, "ann")


async def two(store: Store) -> tuple[Contact, Contact]:
    """Ana and Bo, at home in the same shard: in and out of tips; Bo wrote last."""
    await Talk("ana").take(store, "e1", consent={"tips": IN})
    await Talk("bo", channel="teams").take(store, "e2", consent={"tips": OUT}, at=NOW + MINUTE)
    ana, bo = [(await Talk(name).load(store)).contact for name in ("ana", "bo")]
    assert ana is not None
    assert bo is not None
    return ana, bo


async def merged(store: Store, ana: Contact, bo: Contact) -> Contact:
    both = msgspec.structs.replace(ana, identities=(*ana.identities, *bo.identities), tags=frozenset({"merged"}))
    changes = [change(ana.id, "tips", IN, OUT), change(bo.id, "tips", OUT, NONE)]
    return (await store.merge_contacts(BOT, both, bo, changes)).contact


async def test_accounts_conversations_and_consent_are_one(store: Store) -> None:
    ana, bo = await two(store)
    kept = await merged(store, ana, bo)
    assert kept.tags == {"merged"}
    for name in ("ana", "bo"):
        loaded = await Talk(name).load(store)
        assert loaded.contact == kept
        assert loaded.memberships == {"tips": OUT}
    assert await store.conversations_of(BOT, ana.id) == sorted([Talk("ana").key, Talk("bo").key])
    found = await store.person(BOT, bo.id)
    assert found is not None
    assert (found.contact, found.last_seen) == (kept, NOW + MINUTE)
    assert await store.memberships(BOT, bo.id) == {}
    assert [person.contact.id for person in await store.people(BOT)] == [ana.id]
    accounts = [Handle(HandleKind.ACCOUNT, "teams ana"), Handle(HandleKind.ACCOUNT, "teams bo")]
    assert [list(one) for one in await store.find_people(BOT, accounts)] == [[found.number], [found.number]]
    rows = [row.change for row in await store.ledger(BOT) if row.change.source is SourceKind.MERGE]
    assert [(row.contact, row.before, row.after) for row in rows] == [(ana.id, IN, OUT), (bo.id, OUT, NONE)]
    assert (await store.verify_ledger(BOT)).differences == ()


async def test_both_conversations_go_on(store: Store) -> None:
    ana, bo = await two(store)
    await merged(store, ana, bo)
    await Talk("bo").take(store, "e3", consent={"tips": IN}, at=NOW + 2 * MINUTE)
    assert (await Talk("ana").load(store)).memberships == {"tips": IN}
    assert len(await store.people(BOT)) == 1


async def test_who_follows_hears_of_both(store: Store) -> None:
    ana, bo = await two(store)
    await merged(store, ana, bo)
    found = await everybody(store)
    assert found[bo.id].is_gone
    assert found[bo.id].contact.merged_into == ana.id
    assert not found[ana.id].is_gone


async def test_what_changed_meanwhile_is_not_merged(store: Store) -> None:
    ana, bo = await two(store)
    await Talk("bo").take(store, "e3", consent={"news": IN})
    with pytest.raises(StaleVersion):
        await merged(store, ana, bo)
    assert len(await store.people(BOT)) == 2
    assert (await Talk("ana").load(store)).memberships == {"tips": IN}


async def test_a_turn_begun_before_is_taken_anew(store: Store) -> None:
    ana, bo = await two(store)
    talk = Talk("bo")
    turn = talk.turn(await talk.load(store), "e3")
    await merged(store, ana, bo)
    with pytest.raises(StaleVersion):
        await store.commit(turn)


async def test_who_became_a_member_meanwhile_is_not_merged(store: Store) -> None:
    ana, bo = await two(store)
    found = await store.person(BOT, bo.id)
    assert found is not None
    await store.change_many(BOT, adds([found.number], "news"))
    with pytest.raises(StaleVersion):
        await merged(store, ana, bo)
    assert await store.memberships(BOT, bo.id) == {"tips": OUT, "news": Membership.ADDED}


@pytest.mark.parametrize("by", [0, 1])
async def test_erasing_either_erases_both(store: Store, by: int) -> None:
    """Nothing that the one who was merged away did is left, the words beside their buttons included."""
    pair = await two(store)
    kept = await merged(store, *pair)
    assert await store.erase_contact(BOT, pair[by].id, actor="mia", at=NOW) is not None
    rows = [row.change for row in await store.ledger(BOT)]
    assert {row.contact for row in rows} == {one.id for one in pair}
    assert [(row.text, row.conversation, row.event_id) for row in rows] == [("", "", "")] * len(rows)
    assert await store.person(BOT, kept.id) is None
    assert await store.conversations_of(BOT, kept.id) == [f"erased:{kept.id}/{number}" for number in (1, 2)]
    assert (await store.verify_ledger(BOT)).differences == ()

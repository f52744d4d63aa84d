"""Contacts that staff makes and edits, found by any of their handles."""

import msgspec
import pytest

from messages.addresses import Handle, HandleKind
from messages.contact import Identity
from messages.errors import Conflict, StaleVersion
from storage.port import Store
from tests.storage.contract.audiences.people import AT, BOT, contact, known, on_teams
from tests.storage.talk import MINUTE, NOW, Talk

EMAIL, EXTERNAL, AAD, ACCOUNT = HandleKind.EMAIL, HandleKind.EXTERNAL_ID, HandleKind.AAD, HandleKind.ACCOUNT


async def test_a_contact_of_staff_is_kept_and_numbered(store: Store) -> None:
    ana, bob = await known(store, "ana", "bob")
    assert (ana.contact.version, ana.last_seen) == (1, None)
    assert ana.number != bob.number
    first, second = sorted((ana, bob), key=lambda person: person.number)
    assert first.number > 0
    assert await store.person(BOT, "c-ana") == ana
    assert await store.people(BOT) == [first, second]
    assert await store.people(BOT, after=first.number) == [second]
    assert await store.people(BOT, limit=1) == [first]
    assert await store.people_numbered(BOT, [bob.number, 999, ana.number]) == [bob, ana]


async def test_people_of_another_bot_are_nobody_here(store: Store) -> None:
    (ana,) = await known(store, "ana")
    assert list(await store.people("other")) == []
    assert list(await store.people_numbered("other", [ana.number])) == []
    assert await store.person("other", "c-ana") is None
    assert [list(found) for found in await store.find_people("other", [Handle(EMAIL, "ana@example.org")])] == [[]]


async def test_all_that_is_known_of_a_person_comes_back(store: Store) -> None:
    full = contact(
        "ana",
        aad_object_id="0A-1",
        language="fr-CA",
        fields={"age": 41, "team": "Sales", "vip": True, "born": "1985-04-01"},
        tags=frozenset({"vip", "new"}),
        external_id="E-7",
        phone="+44 20 7946 0000",
        given_name="Ana",
        family_name="Smith",
        gender="female",
        country="FR",
        time_zone="Europe/Paris",
        avatar="https://pictures.example/ana.png",
        source="csv",
        subscribed_at=AT,
        profile_at=AT,
        sequences=frozenset({"welcome"}),
        topics=frozenset({"news"}),
        events={"paid": AT},
        completed={"product:boots": AT},
        talked_with=frozenset({"Ben"}),
    )
    added = await store.add_contact(BOT, full)
    assert added.contact == msgspec.structs.replace(full, version=1)
    assert await store.person(BOT, full.id) == added


async def test_people_are_found_by_address_and_ids_in_any_capitals(store: Store) -> None:
    ana = await store.add_contact(
        BOT,
        msgspec.structs.replace(
            contact("ana", external_id="E-7", aad_object_id="0A-1"),
            identities=on_teams("29:ana"),
            email="Ana@Example.ORG",
        ),
    )
    asked = [
        Handle(EMAIL, "ana@example.org"),
        Handle(EXTERNAL, "E-7"),
        Handle(AAD, "0a-1"),
        Handle(ACCOUNT, "teams 29:ana"),
        Handle(EXTERNAL, "e-7"),
        Handle(EMAIL, "bob@example.org"),
    ]
    number = [ana.number]
    assert [list(found) for found in await store.find_people(BOT, asked)] == [number, number, number, number, [], []]


async def test_an_address_may_be_of_several_people(store: Store) -> None:
    ana = await store.add_contact(BOT, contact("ana"))
    bob = await store.add_contact(BOT, msgspec.structs.replace(contact("bob"), email="ANA@example.org"))
    (found,) = await store.find_people(BOT, [Handle(EMAIL, "ana@example.org")])
    assert list(found) == sorted([ana.number, bob.number])


async def test_thousands_are_found_at_once(store: Store) -> None:
    people = await known(store, *(f"p{number}" for number in range(40)))
    asked = [Handle(EMAIL, f"p{number}@example.org") for number in range(3000)]
    found = await store.find_people(BOT, asked)
    assert [list(one) for one in found[:40]] == [[person.number] for person in people]
    assert not any(found[40:])


@pytest.mark.parametrize(
    "theirs",
    [{"external_id": "E-7"}, {"aad_object_id": "0A-1"}, {"identities": on_teams("29:ana")}],
    ids=["external id", "directory id", "account"],
)
async def test_what_is_one_persons_is_refused_to_another(store: Store, theirs: dict[str, object]) -> None:
    await store.add_contact(BOT, msgspec.structs.replace(contact("ana"), **theirs))
    bob = await store.add_contact(BOT, contact("bob"))
    with pytest.raises(Conflict) as refusal:
        await store.edit_contact(BOT, msgspec.structs.replace(bob.contact, **theirs))
    assert refusal.value.contact == "c-ana"
    with pytest.raises(Conflict):
        await store.add_contact(BOT, msgspec.structs.replace(contact("cy"), **theirs))
    assert await store.person(BOT, "c-bob") == bob
    assert await store.person(BOT, "c-cy") is None


async def test_an_address_is_refused_to_another_where_it_must_be_unique(store: Store) -> None:
    await store.add_contact(BOT, msgspec.structs.replace(contact("ana"), email="Ana@München.example"))
    bob = await store.add_contact(BOT, contact("bob"))
    for spelling in ("ana@münchen.example", " ANA@xn--mnchen-3ya.example", "Ana <ana@MÜNCHEN.example>"):
        with pytest.raises(Conflict) as refusal:
            await store.add_contact(BOT, msgspec.structs.replace(contact("cy"), email=spelling), unique_address=True)
        assert refusal.value.contact == "c-ana"
        with pytest.raises(Conflict):
            await store.edit_contact(BOT, msgspec.structs.replace(bob.contact, email=spelling), unique_address=True)
    assert await store.person(BOT, "c-bob") == bob
    assert await store.person(BOT, "c-cy") is None


async def test_who_shares_an_address_already_is_changed_all_the_same(store: Store) -> None:
    ana = await store.add_contact(BOT, contact("ana"))
    bob = await store.add_contact(BOT, msgspec.structs.replace(contact("bob"), email="ana@example.org"))
    for one in (ana, bob):
        tagged = msgspec.structs.replace(one.contact, tags=frozenset({"vip"}))
        assert (await store.edit_contact(BOT, tagged, unique_address=True)).contact.tags == {"vip"}


async def test_an_id_is_used_once(store: Store) -> None:
    await known(store, "ana")
    with pytest.raises(Conflict):
        await store.add_contact(BOT, msgspec.structs.replace(contact("ana"), email="other@example.org"))


async def test_an_edit_replaces_and_is_found_by_what_is_new(store: Store) -> None:
    (ana,) = await known(store, "ana")
    edited = await store.edit_contact(
        BOT, msgspec.structs.replace(ana.contact, email="a.smith@example.org", tags=frozenset({"vip"}))
    )
    assert edited.number == ana.number
    assert edited.contact.version == 2
    assert await store.person(BOT, "c-ana") == edited
    old, new = await store.find_people(BOT, [Handle(EMAIL, "ana@example.org"), Handle(EMAIL, "a.smith@example.org")])
    assert (list(old), list(new)) == ([], [ana.number])


async def test_an_edit_of_what_changed_meanwhile_is_refused(store: Store) -> None:
    (ana,) = await known(store, "ana")
    await store.edit_contact(BOT, msgspec.structs.replace(ana.contact, phone="1"))
    with pytest.raises(StaleVersion):
        await store.edit_contact(BOT, msgspec.structs.replace(ana.contact, phone="2"))
    with pytest.raises(StaleVersion):
        await store.edit_contact(BOT, msgspec.structs.replace(ana.contact, id="c-nobody"))


async def test_an_account_that_staff_gives_is_the_persons_when_they_write(store: Store) -> None:
    talk = Talk("ana")
    ana = await store.add_contact(BOT, msgspec.structs.replace(contact("ana"), identities=on_teams("ana")))
    loaded = await talk.load(store)
    assert loaded.contact == ana.contact
    await talk.take(store, "e1")
    person = await store.person(BOT, "c-ana")
    assert person is not None
    assert person.last_seen == NOW


async def test_who_writes_is_found_by_what_the_channel_tells(store: Store) -> None:
    talk = Talk("ana")
    turn = talk.turn(await talk.load(store), "e1")
    told = msgspec.structs.replace(turn.outcome.contact, email="Ana@example.org", aad_object_id="0A-1")
    outcome = msgspec.structs.replace(turn.outcome, contact=told)
    await store.commit(msgspec.structs.replace(turn, outcome=outcome))
    handles = [Handle(EMAIL, "ana@example.org"), Handle(AAD, "0a-1"), Handle(ACCOUNT, "teams ana")]
    numbers = {tuple(found) for found in await store.find_people(BOT, handles)}
    assert len(numbers) == 1
    assert () not in numbers


async def test_an_account_that_staff_takes_away_is_a_strangers(store: Store) -> None:
    ana = await store.add_contact(BOT, msgspec.structs.replace(contact("ana"), identities=on_teams("ana")))
    await store.edit_contact(BOT, msgspec.structs.replace(ana.contact, identities=(Identity("workplace", "7"),)))
    assert (await Talk("ana").load(store)).contact is None
    found = await store.find_people(BOT, [Handle(ACCOUNT, "teams ana"), Handle(ACCOUNT, "workplace 7")])
    assert [list(one) for one in found] == [[], [ana.number]]


async def test_each_turn_of_the_person_is_when_they_were_last_seen(store: Store) -> None:
    talk = Talk("ana")
    await talk.take(store, "e1")
    await talk.take(store, "e2", at=NOW + 5 * MINUTE)
    (ana,) = await store.people(BOT)
    assert ana.last_seen == NOW + 5 * MINUTE

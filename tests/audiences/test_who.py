"""WHO names a person the same way everywhere: a contact id, an address, an external id, an account."""

import pytest
from msgspec.structs import replace

from audiences.who import find_contact, find_contact_id, find_people, whose_records
from consent.merging import merge_people
from messages.errors import BadInput, NotFound
from messages.import_rows import Reason
from storage.port import Store
from tests.storage.contract.audiences.people import AT, BOT, contact, known, on_teams


async def world(store: Store) -> None:
    """Ana has all that names somebody, Bo and Cy share an address, Dee was erased."""
    await store.add_contact(BOT, replace(contact("ana", external_id="E:7"), identities=on_teams("29:ana")))
    await known(store, "bo", "dee")
    await store.add_contact(BOT, replace(contact("cy"), email="bo@example.org"))
    await store.erase_contact(BOT, "c-dee", actor="mia", at=AT)


@pytest.mark.parametrize(
    "who",
    [
        "c-ana",
        "ana@example.org",
        " ANA@example.org ",
        "Ana Lima <ana@example.org>",
        "mailto:ana@example.org",
        "E:7",
        "teams 29:ana",
        "teams:29:ana",
        " teams  29:ana ",
    ],
)
async def test_whatever_names_a_person(store: Store, who: str) -> None:
    await world(store)
    person = await find_contact(store, BOT, who)
    assert person.contact.id == "c-ana"
    assert await find_contact_id(store, BOT, who) == await whose_records(store, BOT, who) == "c-ana"
    assert await find_people(store, BOT, [who, "c-ana"]) == [person.number, person.number]


@pytest.mark.parametrize(
    ("who", "reason", "tried"),
    [
        ("none@example.org", Reason.UNKNOWN, "It was looked for as an e-mail address. "),
        ("E-9", Reason.UNKNOWN, "It was looked for as an external id and a contact id. "),
        ("teams:29:eve", Reason.UNKNOWN, "It was looked for as an external id and an account and a contact id. "),
        ("teams 29:eve", Reason.UNKNOWN, "It was looked for as an account. "),
        ("a@@b", Reason.MALFORMED, "It is not an address or id: there is more than one @. "),
        ("", Reason.MALFORMED, "It is not an address or id: "),
        ("x" * 300, Reason.MALFORMED, "It was looked for as a contact id. "),
    ],
)
async def test_nobody_is_an_error_that_says_what_was_tried(store: Store, who: str, reason: Reason, tried: str) -> None:
    await world(store)
    assert await find_people(store, BOT, [who]) == [reason]
    for find in (find_contact, find_contact_id, whose_records):
        with pytest.raises(NotFound) as refusal:
            await find(store, BOT, who)
        assert refusal.value.problem == f"{BOT} has no contact {who!r}"
        assert refusal.value.remedy.startswith(tried)


async def test_several_people_are_named_by_their_ids(store: Store) -> None:
    await world(store)
    assert await find_people(store, BOT, ["bo@example.org"]) == [Reason.AMBIGUOUS]
    with pytest.raises(BadInput) as refusal:
        await find_contact(store, BOT, "bo@example.org")
    assert refusal.value.problem == "2 contacts have this address"
    assert sorted(refusal.value.remedy.removeprefix("Name one by its id: ").split(", ")) == ["c-bo", "c-cy"]


async def test_who_was_erased_is_named_by_the_id_alone(store: Store) -> None:
    await world(store)
    assert await find_people(store, BOT, ["dee@example.org", "c-dee"]) == [Reason.ERASED, Reason.UNKNOWN]
    with pytest.raises(NotFound, match="had their data erased"):
        await find_contact_id(store, BOT, "dee@example.org")
    assert await find_contact_id(store, BOT, "c-dee") == await whose_records(store, BOT, "c-dee") == "c-dee"
    with pytest.raises(NotFound):
        await find_contact(store, BOT, "c-dee")


async def test_who_was_merged_away_is_who_took_them_over(store: Store) -> None:
    await known(store, "ana", "bo")
    ana, bo = [await find_contact(store, BOT, who) for who in ("c-ana", "c-bo")]
    try:
        joined = merge_people(ana.contact, {}, bo.contact, {}, at=AT, actor="mia")
        await store.merge_contacts(BOT, joined.kept, joined.gone, joined.changes)
    except BadInput as refusal:
        assert "different shards" in str(refusal)  # noqa: PT017  # a store of several shards may keep them apart
        return
    assert (await find_contact(store, BOT, "c-bo")).contact.id == "c-ana"
    assert await find_contact_id(store, BOT, "c-bo") == "c-bo"
    assert await whose_records(store, BOT, "c-bo") == "c-ana"


async def test_an_id_of_one_kind_is_not_taken_for_another(store: Store) -> None:
    """An external id that reads as an account names the one who has the id."""
    await store.add_contact(BOT, contact("ana", external_id="teams:29:bo"))
    await store.add_contact(BOT, replace(contact("bo"), identities=on_teams("29:bo")))
    assert (await find_contact(store, BOT, "teams:29:bo")).contact.id == "c-ana"
    assert (await find_contact(store, BOT, "teams 29:bo")).contact.id == "c-bo"

"""A conversation named as before keys held the page: the only one there is, or a refusal that names them all."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from cli.common import find_conversation
from messages.contact import Contact
from messages.errors import BadInput, NotFound
from storage.sqlite.store import SqliteStore
from tests.storage.talk import Talk

BOT = "wellbeing"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "assent.db")
    await store.open()
    yield store
    await store.close()


async def test_a_key_without_its_page_names_the_only_conversation(store: SqliteStore) -> None:
    here = Talk("42", channel="workplace", page="p1")
    await here.take(store, "e1")
    for key in (here.key, "workplace:a:42"):
        assert (await find_conversation(store, BOT, key)).state.key == here.key


async def test_a_key_that_several_pages_have_is_refused_with_their_names(store: SqliteStore) -> None:
    for page in ("p1", "p2"):
        await Talk("42", channel="workplace", page=page).take(store, f"e{page}")
    with pytest.raises(BadInput, match="2 conversations") as refused:
        await find_conversation(store, BOT, "workplace:a:42")
    assert "workplace:p1:a:42, workplace:p2:a:42" in str(refused.value)


async def test_a_conversation_of_before_goes_by_its_own_key(store: SqliteStore) -> None:
    before, now = Talk("42", channel="workplace", of_bot="p1"), Talk("42", channel="workplace", page="p1")
    await before.take(store, "e1")
    await now.take(store, "e2")
    assert (await find_conversation(store, BOT, before.key)).state.key == before.key


async def test_a_key_of_nothing_is_refused(store: SqliteStore) -> None:
    with pytest.raises(BadInput, match="has no conversation"):
        await find_conversation(store, BOT, "workplace:43")


async def test_whoever_has_one_conversation_names_it(store: SqliteStore) -> None:
    """By whatever names a person: `replay ana@example.org`, `conversation show "workplace 42"`."""
    talk = Talk("42", channel="workplace", page="p1")
    await talk.take(store, "e1")
    contact = (await talk.load(store)).contact
    await store.edit_contact(BOT, replace(contact, email="ana@example.org", external_id="E-7"))
    account = contact.identities[0]
    for who in (contact.id, "Ana@example.org", "E-7", f"{account.channel} {account.user}"):
        assert (await find_conversation(store, BOT, who)).state.key == talk.key


async def test_a_person_with_several_conversations_is_refused_with_their_keys(store: SqliteStore) -> None:
    first = Talk("42", channel="workplace", page="p1")
    await first.take(store, "e1")
    contact = (await first.load(store)).contact
    second = Talk("29:ana")
    both = replace(contact, email="ana@example.org", identities=(*contact.identities, second.reference.account))
    await store.edit_contact(BOT, both)
    await second.take(store, "e2")
    with pytest.raises(BadInput, match="2 conversations") as refused:
        await find_conversation(store, BOT, "ana@example.org")
    assert first.key in str(refused.value)
    assert second.key in str(refused.value)


async def test_somebody_without_a_conversation_names_none(store: SqliteStore) -> None:
    await store.add_contact(BOT, Contact("c_bo", (), email="bo@example.org"))
    with pytest.raises(NotFound, match="no contact of that address or id has one"):
        await find_conversation(store, BOT, "bo@example.org")

"""A conversation named as before keys held the page: the only one there is, or a refusal that names them all."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cli.conversation_keys import find_conversation
from messages.errors import BadInput
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

"""Opening, closing, checking."""

import asyncio

import pytest

from messages.errors import StoreError
from storage.port import Store
from storage.stores import open_store
from tests.storage.contract.conftest import Opener
from tests.storage.talk import NOW, Talk


async def test_an_open_store_checks_out(store: Store) -> None:
    await store.check()


async def test_a_store_that_is_not_open_says_so(url: str) -> None:
    store = open_store(url)
    with pytest.raises(StoreError, match="not open"):
        await store.check()
    with pytest.raises(StoreError, match="not open"):
        await Talk().load(store)


async def test_closing_writes_what_was_given_before(store: Store, open_another: Opener) -> None:
    loaded = await Talk().load(store)
    commits = [store.commit(Talk(f"user{n}").turn(loaded, f"e{n}")) for n in range(50)]
    written = asyncio.gather(*commits)
    await asyncio.sleep(0)
    await store.close()
    await written
    assert len(await (await open_another()).conversations("wellbeing")) == 50


async def test_a_closed_store_refuses_work(store: Store) -> None:
    await store.close()
    with pytest.raises(StoreError, match="not open"):
        await store.save_draft("b", "text", "mia", NOW)
    with pytest.raises(StoreError, match="not open"):
        await store.conversations("b")
    await store.close()

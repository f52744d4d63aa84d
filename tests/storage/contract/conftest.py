"""The store under test, by name. The tests know its port alone."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from replay.tampering import check_journal
from storage.port import Store
from storage.stores import open_store
from tests.storage.contract.subjects import SUBJECTS

Opener = Callable[[], Awaitable[Store]]


@pytest.fixture(params=SUBJECTS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    url = request.param(tmp_path)
    assert isinstance(url, str)
    return url


@pytest.fixture
async def open_another(url: str) -> AsyncIterator[Opener]:
    """Opens a further handle on the same store, as another process would have it."""
    async with AsyncExitStack() as stack:

        async def opener() -> Store:
            store = open_store(url)
            await store.open()
            stack.push_async_callback(store.close)
            return store

        yield opener


@pytest.fixture
async def store(open_another: Opener) -> AsyncIterator[Store]:
    """Whatever a test does through the port, the journal is sound after it."""
    yield await open_another()
    after = await open_another()
    for bot in await after.all_bots():
        assert (await check_journal(after, bot)).problems == []

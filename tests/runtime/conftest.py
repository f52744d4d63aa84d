"""What the tests of the runtime share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.sqlite.store import SqliteStore
from tests.runtime.harness import RunningBot, running_bot
from tests.runtime.outbox_house import House


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """A sender on a store of its own."""
    store = SqliteStore.in_memory()
    await store.open()
    built = House(store)
    yield built
    await built.sender.close(grace=0)
    await store.close()


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[RunningBot]:
    """A whole bot on loopback."""
    async with running_bot(tmp_path) as running:
        yield running

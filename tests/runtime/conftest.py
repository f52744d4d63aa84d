"""What the tests of the runtime share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from storage.sqlite.store import SqliteStore
from tests.runtime.harness import RunningBot, running_bot
from tests.runtime.outbox_house import House
from tests.runtime.scene import Scene


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """Take back what a test set up for its logs."""
    yield
    structlog.reset_defaults()


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
async def scene() -> AsyncIterator[Scene]:
    """A worker whose bot has a live revision."""
    store = SqliteStore.in_memory()
    await store.open()
    built = Scene(store)
    await built.push()
    yield built
    await store.close()


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[RunningBot]:
    """A whole bot on loopback."""
    async with running_bot(tmp_path) as running:
        yield running

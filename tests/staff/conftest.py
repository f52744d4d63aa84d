"""A store with one bot."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.port import Store
from storage.stores import open_store
from tests.staff.world import AT, BOT
from tests.storage.contract.subjects import SUBJECTS


@pytest.fixture(params=SUBJECTS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(request.param(tmp_path))
    await store.open()
    await store.save_draft(BOT, "bot: demo\n", "ann", AT)
    yield store
    await store.close()

"""Stores with nothing in them, and somebody who works on them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from messages.consent import SourceKind
from staff.acting import Staff
from storage.port import Store
from storage.stores import open_store
from tests.storage.contract.subjects import SUBJECTS

ANN = Staff("ann", SourceKind.CLI, "10.0.0.7")


@pytest.fixture(params=SUBJECTS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(request.param(tmp_path))
    await store.open()
    yield store
    await store.close()

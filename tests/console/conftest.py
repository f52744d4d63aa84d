"""What the tests of the API share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.console.house import ApiHouse, api_house
from tests.storage.contract.subjects import SUBJECTS


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[ApiHouse]:
    """The API, served."""
    async with api_house(tmp_path) as house:
        yield house


@pytest.fixture(params=SUBJECTS)
async def api_on_each(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ApiHouse]:
    """The API, served from a store of each kind."""
    async with api_house(tmp_path, url=request.param(tmp_path)) as house:
        yield house

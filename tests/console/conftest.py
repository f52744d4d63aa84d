"""What the tests of the API share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.console.house import ApiHouse, api_house


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[ApiHouse]:
    """The API, served."""
    async with api_house(tmp_path) as house:
        yield house

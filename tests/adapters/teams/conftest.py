"""A session and Microsoft's services, for tests that speak HTTP."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.adapters.teams.services import Microsoft, microsoft


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as shared:
        yield shared


@pytest.fixture
async def services() -> AsyncIterator[Microsoft]:
    async with microsoft() as running:
        yield running

"""A console with people in it, and browsers to open it with."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from tests.pages.browsing import Served, chromium, people, served, why_not


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say why no page can be tried, where that is so."""
    reason = why_not()
    for item in items:
        if "pages" in item.path.parts and item.get_closest_marker("pages") and reason:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
async def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    """A console whose bot knows thirty people."""
    monkeypatch.chdir(tmp_path)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        async with served(tmp_path, browser) as console:
            await people(console.store, 30)
            yield console
        await browser.close()

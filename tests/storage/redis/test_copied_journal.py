"""A journal that comes out of several shards is in order of time wherever it goes."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from messages.codec import to_ms
from storage.port import Store
from storage.stores import copy_store, open_store
from storage.transfer import Kind
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database
from tests.storage.talk import MINUTE, NOW, Talk

pytestmark = needs_redis
BOT = "wellbeing"
PEOPLE = [Talk(f"person {number}") for number in range(8)]
MINUTES = 12
TARGETS = {
    "sqlite": lambda folder: f"sqlite:///{folder}/copy.db",
    "redis": lambda _: empty_database(4),
    "redis-2-shards": lambda _: f"{empty_database(4)}?shards=2",
}


def quiet(bot: str, kind: Kind, done: int) -> None:
    """Nobody watches."""


@pytest.fixture(params=[3, 1000], ids=["small pages", "one page"], autouse=True)
def page(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.stores.PAGE", request.param)


@pytest.fixture(params=TARGETS)
async def copied(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """What eight people in three shards said, one turn a minute each, in another store."""
    async with AsyncExitStack() as stack:
        stores = [open_store(url) for url in (f"{empty_database(3)}?shards=3", TARGETS[request.param](tmp_path))]
        for store in stores:
            await store.open()
            stack.push_async_callback(store.close)
        source, target = stores
        for minute in range(MINUTES):
            for person in PEOPLE:
                await person.take(source, f"{person.user} {minute}", at=NOW + minute * MINUTE)
        await copy_store(source, target, "source", quiet)
        await target.end_copy()
        yield target


async def test_nothing_from_a_moment_on_is_missed(copied: Store) -> None:
    for minute in (1, 6, MINUTES - 1):
        since = NOW + minute * MINUTE
        position = await copied.journal_since(BOT, since)
        found = 0
        while (page := await copied.journal_page(BOT, position)).turns:
            found += sum(turn.at >= to_ms(since) for turn in page.turns)
            position = page.position
        assert found == (MINUTES - minute) * len(PEOPLE)


async def test_all_that_is_old_is_forgotten(copied: Store) -> None:
    assert await copied.prune_journal(before=NOW + 6 * MINUTE) == 6 * len(PEOPLE)

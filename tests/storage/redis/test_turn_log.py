"""The log of turns is as long as it is needed: until both the events and the journal of its turns are forgotten."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from redis import Redis

from storage.port import Store
from storage.stores import open_store
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database
from tests.storage.talk import MINUTE, NOW, Talk

pytestmark = needs_redis
BOT = "wellbeing"
ANA = Talk("ana")
TURNS = 700
LOG = f"assent:{{{BOT}/0}}:turns"
SPARE = 100
"""Redis drops whole nodes of a stream, each of so many lines."""


@pytest.fixture
def url() -> str:
    return empty_database(6)


@pytest.fixture
def raw(url: str) -> Iterator[Redis]:
    with Redis.from_url(url) as client:
        yield client


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = open_store(url)
    await store.open()
    for number in range(TURNS):
        await ANA.take(store, f"e{number}", at=NOW + number * MINUTE)
    yield store
    await store.close()


@pytest.mark.parametrize("journal_first", [True, False])
async def test_a_line_goes_once_both_are_done_with_it(store: Store, raw: Redis, *, journal_first: bool) -> None:
    async def forget_journal() -> None:
        assert await store.prune_journal(before=NOW + 600 * MINUTE) == 600

    async def forget_events() -> None:
        assert (await store.prune(NOW + 650 * MINUTE, timedelta())).seen_events == 650

    first, second = (forget_journal, forget_events) if journal_first else (forget_events, forget_journal)
    await first()
    assert raw.xlen(LOG) == TURNS
    await second()
    assert TURNS - 600 <= raw.xlen(LOG) <= TURNS - 600 + SPARE


async def test_what_goes_on_from_a_line_that_is_gone_misses_nothing(store: Store, raw: Redis) -> None:
    early = (await store.journal_page(BOT, limit=10)).position
    since = await store.journal_since(BOT, NOW + 20 * MINUTE)
    await store.prune(NOW + 600 * MINUTE, timedelta())
    await store.prune_journal(before=NOW + 600 * MINUTE)
    assert raw.xlen(LOG) <= TURNS - 600 + SPARE
    for position in (early, since, "", await store.journal_since(BOT, NOW)):
        assert len((await store.journal_page(BOT, position)).turns) == 100
    assert (await store.prune(NOW + TURNS * MINUTE, timedelta())).seen_events == 100
    assert await store.prune_journal(keep_bytes=0) == 100
    end = await store.journal_end(BOT)
    await ANA.take(store, "late")
    assert len((await store.journal_page(BOT, end)).turns) == 1

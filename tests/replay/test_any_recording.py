"""For any bot and whatever happens: what was taken live is what comes out again, to the byte, on both stores.

Turns are taken by the worker, written by the store and read back from its journal. They are run again in this process
and in others that differ in their hash seed, their time zone and their locale.
"""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from flows.compile import CompiledRevisions
from messages.codec import encode
from messages.inbound import Scope
from replay.rerun import Rerun
from storage.stores import open_store
from tests.examples import examples
from tests.replay.elsewhere import Elsewhere, Surroundings
from tests.replay.life import BOT, Act, Life, Push, acts, check_against_store, sources
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database

ANYTHING = examples(60)
FAR = ({"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati"}, {"PYTHONHASHSEED": "2", "TZ": "America/St_Johns"})
NO_UTF8 = {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
TURKEY = {"LC_ALL": "tr_TR.UTF-8"}

scopes = st.sampled_from(Scope)
stories = st.tuples(sources(), acts, sources(), acts)
Story = tuple[str, Sequence[Act], str, Sequence[Act]]


@pytest.fixture(scope="module", autouse=True)
def _silent() -> Iterator[None]:
    """The worker tells of every fault in these bots' flows."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def far_away() -> Iterator[Sequence[Elsewhere]]:
    """Processes in other surroundings, for all that is run again."""
    with ExitStack() as stack:
        places = zip(FAR, (NO_UTF8, TURKEY), strict=True)
        yield [stack.enter_context(Elsewhere({**far, **words})) for far, words in places]


async def _live_and_again(url: str, story: Story, scope: Scope, far_away: Sequence[Elsewhere]) -> None:
    first, before, second, after = story
    store = open_store(url)
    await store.open()
    try:
        life = Life(store, scope)
        await life.go([Push(first), *before, Push(second), *after])
        recorded = await life.recorded()
        entries = await check_against_store(life, recorded)
        pushed = await life.pushed()
    finally:
        await store.close()
    live = [encode(entry.outcome) for entry in entries]
    rerun = Rerun(CompiledRevisions(BOT, pushed))
    assert [encode(rerun.run(entry)) for entry in entries] == live
    assert [rerun.check(turn) for turn in recorded] == [None] * len(recorded)
    for elsewhere in far_away:
        assert elsewhere.outcomes(pushed, recorded) == live


@ANYTHING
@given(story=stories, scope=scopes)
def test_on_sqlite_live_and_again_are_the_same(story: Story, scope: Scope, far_away: Sequence[Elsewhere]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_live_and_again(f"sqlite:///{Path(folder, 'bot.db')}", story, scope, far_away))


@needs_redis
@examples(25)
@given(story=stories, scope=scopes)
def test_on_redis_live_and_again_are_the_same(story: Story, scope: Scope, far_away: Sequence[Elsewhere]) -> None:
    asyncio.run(_live_and_again(f"{empty_database(5)}?shards=3", story, scope, far_away))


def test_the_other_processes_are_elsewhere(far_away: Sequence[Elsewhere]) -> None:
    """Otherwise what the tests above show is nothing."""
    first, second = (each.surroundings for each in far_away)
    assert len({Surroundings.here().hashed, first.hashed, second.hashed}) == 3
    assert (first.hours_from_utc, second.hours_from_utc) == (14, -3.5)
    assert first.encoding != second.encoding

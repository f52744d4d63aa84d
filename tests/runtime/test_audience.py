"""What was committed is in the counts of every process, soon after, and once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from audiences.index_feed import Audience, Audiences
from messages.addresses import Handle, HandleKind
from messages.consent import Membership
from runtime.background import Background
from runtime.clock import now, perf_counter
from runtime.metrics import Metrics
from storage.audience_records import SegmentKind, SegmentRecord
from storage.port import Store
from storage.sqlite.store import SqliteStore
from storage.stores import open_store
from tests.runtime.harness import RunningBot, payload
from tests.storage.contract.subjects import SUBJECTS
from tests.storage.talk import Talk

IN, OUT = Membership.OPTED_IN, Membership.OPTED_OUT
LONG = 60.0
"""Seconds that no test waits for: what is waited for comes."""


@pytest.fixture(params=SUBJECTS)
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Store, Store]]:
    """Two handles on one store, as two processes would have them."""
    url = request.param(tmp_path)
    async with AsyncExitStack() as stack:
        handles = open_store(url), open_store(url)
        for handle in handles:
            await handle.open()
            stack.push_async_callback(handle.close)
        yield handles


@asynccontextmanager
async def running(audience: Audience | Audiences) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(audience.run())
        yield
        task.cancel()


async def until(holds: Callable[[], bool], store: Store) -> None:
    """Write to the store meanwhile, so that time goes by."""
    async with asyncio.timeout(LONG):
        while not holds():
            await store.check()


async def test_a_change_committed_here_is_counted_there(stores: tuple[Store, Store]) -> None:
    here, there = stores
    audience = Audience(there, "wellbeing", set_up=frozenset({"teams"}))
    await audience.catch_up()
    following = asyncio.create_task(audience.follow(wait=LONG))
    (sequence,) = (await Talk("ana").take(here, "e1", consent={"tips": IN})).ledger
    async with asyncio.timeout(LONG / 2):
        await following
    assert audience.index.count("tips", now()) == (1, 1, 1, sequence)


async def test_who_catches_up_counts_all_that_was_committed_before(stores: tuple[Store, Store]) -> None:
    here, there = stores
    audience = Audience(there, "wellbeing")
    for number in range(12):
        await Talk(f"p{number}").take(here, f"in {number}", consent={"tips": IN})
        assert (await audience.catch_up()).count("tips", now()).members == number + 1
    await Talk("p7").take(here, "out 7", consent={"tips": OUT})
    assert (await audience.catch_up()).count("tips", now()).members == 11
    (contact,) = await there.find_people("wellbeing", [Handle(HandleKind.ACCOUNT, "teams p7")])
    assert not audience.index.is_member(contact[0], "tips")


async def test_a_long_ledger_comes_page_by_page(stores: tuple[Store, Store]) -> None:
    here, there = stores
    for number in range(40):
        await Talk(f"p{number}").take(here, f"in {number}", consent={"tips": IN})
    for page in (1, 7, 40):
        assert (await Audience(there, "wellbeing", page=page).catch_up()).count("tips", now()).members == 40


async def test_several_who_follow_at_once_count_each_row_once(stores: tuple[Store, Store]) -> None:
    here, there = stores
    audience = Audience(there, "wellbeing", page=2)
    for number in range(6):
        await Talk(f"p{number}").take(here, f"in {number}", consent={"tips": IN})
    async with running(audience):
        await asyncio.gather(*(audience.catch_up() for _ in range(4)))
        assert audience.index.count("tips", now()).members == 6
        await asyncio.gather(
            *(Talk(f"p{number}").take(here, f"out {number}", consent={"tips": OUT}) for number in range(5)),
            *(audience.catch_up() for _ in range(4)),
        )
        await until(lambda: audience.index.count("tips", now()).members == 1, here)
    whole = await Audience(here, "wellbeing").catch_up()
    assert audience.index.count("tips", now()) == whole.count("tips", now())


async def test_trouble_with_the_store_ends_no_following(tmp_path: Path) -> None:
    """A store that is not open yet is one that can't be read."""
    store = SqliteStore(tmp_path / "assent.db")
    audience = Audience(store, "wellbeing")
    async with running(audience):
        await asyncio.sleep(0)
        await store.open()
        await Talk("ana").take(store, "e1", consent={"tips": IN})
        await until(lambda: audience.index.count("tips", now()).members == 1, store)
    await store.close()


async def test_prometheus_is_told_of_each_bot_however_late_it_appears(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "assent.db")
    await store.open()
    registry = CollectorRegistry(auto_describe=True)
    background = Background(Metrics(), monotonic=perf_counter)
    audiences = Audiences(store, registry, now, start=background.start, set_up=lambda _: frozenset({"teams"}))
    audiences.add("wellbeing")

    def members(bot: str, segment: str) -> float | None:
        return registry.get_sample_value("assent_segment_members", {"bot": bot, "segment": segment})

    async with running(audiences):
        for user in ("ana", "ben"):
            await Talk(user).take(store, user, consent={"tips": IN})
        await until(lambda: members("wellbeing", "tips") == 2, store)
        audiences.add("press")
        await Talk("cleo", bot="press").take(store, "cleo", consent={"news": IN})
        await until(lambda: members("press", "news") == 1, store)
    await background.close()
    assert members("press", "tips") is None
    assert registry.get_sample_value("assent_ledger_sequence_seen", {"bot": "wellbeing"}) == 2
    await store.close()


async def test_a_filter_of_another_version_freezes_nothing_else(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "assent.db")
    await store.open()
    for bot, filter_ in (("wellbeing", "mood:sunny"), ("press", "tag:vip")):
        await store.save_segment(SegmentRecord(bot, "some", "Some", SegmentKind.FILTER, now(), "ana", filter=filter_))
    background = Background(Metrics(), monotonic=perf_counter)
    audiences = Audiences(
        store, CollectorRegistry(auto_describe=True), now, start=background.start, set_up=lambda _: frozenset({"teams"})
    )
    async with running(audiences):
        for bot in ("wellbeing", "press"):
            audiences.add(bot)
            await Talk("ana", bot=bot).take(store, "e1", consent={"tips": IN})
            index = audiences.of(bot)
            await until(lambda index=index: index.index.count("tips", now()).members == 1, store)
    assert list(audiences.faults) == ["filter of wellbeing/some"]
    assert background.degraded == {}
    await background.close()
    await store.close()


async def test_a_running_server_counts_presses(bot: RunningBot) -> None:
    await bot.presses(payload("yes"))
    await bot.presses(payload("yes"), user="ben")
    line = 'assent_segment_members{bot="demo",segment="tips"}'
    async with asyncio.timeout(LONG):
        while await bot.metric(line) < 2:
            pass
    assert await bot.metric('assent_ledger_sequence_seen{bot="demo"}') == 2
    await bot.says("stop", user="ben")
    async with asyncio.timeout(LONG):
        while await bot.metric(line) > 1:
            pass

"""Turns ask the segments that staff made by a filter: as they are now, and without troubling the store for others."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from replay.rerun import Rerun
from runtime.revisions import LOOK_EVERY, FilterCache, RevisionCache
from storage.audience_records import SegmentKind, SegmentRecord
from storage.port import Store
from storage.sqlite.store import SqliteStore
from tests.flows.engine.conversation import revision_of
from tests.runtime.scene import Scene

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
FLOW = """
assent: "1"
bot: demo
name: Demo
default: ask
keywords: [{is: buy, message: buy}]
messages:
  ask: {parts: [{if: {segment: press}, then: [{text: In}], else: [{text: Not in}]}]}
  buy: {parts: [{emit: paid}, {go_to: ask}]}
"""
PLAIN = revision_of(FLOW.replace("{if: {segment: press}, then: [{text: In}], else: [{text: Not in}]}", "{text: Hello}"))
ASKING = revision_of(FLOW)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = SqliteStore(tmp_path / "bot.db")
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def scene(store: SqliteStore) -> Scene:
    made = Scene(store)
    await made.push(FLOW)
    return made


async def save(store: Store, name: str, text: str) -> SegmentRecord:
    return await store.save_segment(SegmentRecord("demo", name, name, SegmentKind.FILTER, AT, "ana", filter=text))


async def test_a_press_counts_in_the_same_turn_and_the_turn_runs_again_the_same(scene: Scene) -> None:
    await save(scene.store, "press", "segment:buyers")
    await save(scene.store, "buyers", "event:paid")
    await save(scene.store, "unasked", "tag:vip")
    await scene.says("hello")
    await scene.says("buy")
    assert scene.said == ["Not in", "In"]
    entries = await scene.journal()
    assert [entry.filters for entry in entries] == [{"press": "segment:buyers", "buyers": "event:paid"}] * 2
    live = await RevisionCache(scene.store).get("demo", 1)
    assert live is not None
    assert [Rerun({1: live}).run(entry) for entry in entries] == [entry.outcome for entry in entries]


async def test_when_the_person_was_last_seen_is_asked_and_recorded_where_a_filter_needs_it(scene: Scene) -> None:
    await save(scene.store, "press", "last_seen not within 7d")
    await scene.says("hello")
    before = scene.clock.now
    scene.clock.now += timedelta(days=9)
    await scene.says("hello again")
    assert scene.said == ["Not in", "In"]
    assert [entry.last_seen_before for entry in await scene.journal()] == [None, before]


async def test_without_such_a_filter_it_is_not_asked(scene: Scene) -> None:
    await save(scene.store, "press", "tag:vip")
    await scene.says("hello")
    await scene.says("hello")
    assert [entry.last_seen_before for entry in await scene.journal()] == [None, None]


class Watched:
    """A store whose every question about segments is counted."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: list[str] = []

    async def segments_version(self, bot: str) -> int:
        self.asked.append("version")
        return await self._store.segments_version(bot)

    async def segments(self, bot: str) -> Sequence[SegmentRecord]:
        self.asked.append("segments")
        return await self._store.segments(bot)


async def test_the_store_is_asked_once_a_second_and_only_for_flows_that_name_such_a_segment(store: Store) -> None:
    made = await save(store, "press", "tag:vip")
    seconds = [0.0]
    watched = Watched(store)
    cache = FilterCache(watched, timer=lambda: seconds[0])
    assert (await cache.asked_by("demo", [PLAIN])).texts == {}
    assert watched.asked == []
    for _ in range(3):
        assert (await cache.asked_by("demo", [PLAIN, ASKING])).texts == {"press": "tag:vip"}
    assert watched.asked == ["version", "segments"]
    seconds[0] += LOOK_EVERY
    await cache.asked_by("demo", [ASKING])
    assert watched.asked == ["version", "segments", "version"]
    await store.save_segment(replace(made, filter="event:paid"))
    seconds[0] += LOOK_EVERY
    assert (await cache.asked_by("demo", [ASKING])).texts == {"press": "event:paid"}

"""Segments that staff made, by id and version; members kept for a send."""

import msgspec
import pytest

from messages.errors import StaleVersion
from storage.audience_records import SegmentKind, SegmentRecord
from storage.port import Store
from tests.storage.contract.audiences.people import AT, BOT

PRESS = SegmentRecord(BOT, "press", "Press", SegmentKind.MANUAL, AT, "ann")
VIPS = SegmentRecord(BOT, "vips", "VIPs", SegmentKind.FILTER, AT, "ann", filter="tag:vip", purpose="Gifts")


async def test_segments_come_by_id_with_all_that_was_said(store: Store) -> None:
    saved = [await store.save_segment(one) for one in (VIPS, PRESS)]
    assert [one.version for one in saved] == [1, 1]
    assert list(await store.segments(BOT)) == [saved[1], saved[0]]
    assert list(await store.segments("other")) == []
    assert BOT in await store.all_bots()


async def test_a_change_counts_once_and_what_is_stale_is_refused(store: Store) -> None:
    first = await store.save_segment(PRESS)
    second = await store.save_segment(msgspec.structs.replace(first, name="The press"))
    assert (second.version, second.name) == (2, "The press")
    for stale in (first, PRESS):
        with pytest.raises(StaleVersion):
            await store.save_segment(stale)
    assert list(await store.segments(BOT)) == [second]


async def test_a_segment_that_was_deleted_is_gone_and_may_be_made_again(store: Store) -> None:
    saved = await store.save_segment(PRESS)
    with pytest.raises(StaleVersion):
        await store.delete_segment(BOT, "press", version=7)
    await store.delete_segment(BOT, "press", version=saved.version)
    assert list(await store.segments(BOT)) == []
    with pytest.raises(StaleVersion):
        await store.delete_segment(BOT, "press", version=saved.version)
    assert (await store.save_segment(PRESS)).version == 1


async def test_each_change_raises_the_version_of_them_all(store: Store) -> None:
    versions = [await store.segments_version(BOT)]
    saved = await store.save_segment(PRESS)
    versions.append(await store.segments_version(BOT))
    saved = await store.save_segment(saved)
    versions.append(await store.segments_version(BOT))
    await store.delete_segment(BOT, "press", version=saved.version)
    versions.append(await store.segments_version(BOT))
    assert versions == sorted(set(versions))
    assert await store.segments_version("other") == 0


async def test_members_are_kept_once_by_name(store: Store) -> None:
    members = bytes(range(256)) * 400
    await store.keep_frozen(BOT, "send-1", members, AT)
    await store.keep_frozen(BOT, "send-1", b"others", AT)
    assert await store.frozen(BOT, "send-1") == members
    assert await store.frozen(BOT, "send-2") is None
    assert await store.frozen("other", "send-1") is None
    await store.drop_frozen(BOT, "send-1")
    assert await store.frozen(BOT, "send-1") is None

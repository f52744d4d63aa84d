"""The poller that all share: what it asks, when, and whom it wakes."""

import asyncio
import contextlib
from collections.abc import Collection

import pytest

from messages.errors import StoreError
from storage.change_feed import FLOWS, ChangeFeed

LONG = 60.0
"""Seconds that no test waits for."""


class Subjects:
    """Where changes are looked for: a test says what the next look finds."""

    def __init__(self, *found: Collection[str] | Exception | None) -> None:
        self.found = list(found)
        self.looks = 0
        self._looked = asyncio.Event()

    async def after(self, looks: int) -> None:
        """Return once it was looked so often."""
        while self.looks < looks:
            self._looked.clear()
            await self._looked.wait()

    async def look(self) -> Collection[str] | None:
        self.looks += 1
        self._looked.set()
        found = self.found.pop(0) if self.found else ()
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture(autouse=True)
async def at_most_long():
    async with asyncio.timeout(LONG):
        yield


async def test_only_who_listens_for_what_changed_is_woken() -> None:
    feed = ChangeFeed(Subjects({"a", FLOWS}).look)
    with feed.listening("a") as a, feed.listening("b") as b, feed.listening(FLOWS) as flows:
        assert await a.wait(LONG)
        assert await flows.wait(LONG)
        assert not await b.wait(0)
    await feed.close()


async def test_all_are_woken_when_anything_may_have_changed() -> None:
    feed = ChangeFeed(Subjects(None).look)
    with feed.listening("a") as a, feed.listening(FLOWS) as flows:
        assert await a.wait(LONG)
        assert await flows.wait(LONG)
    await feed.close()


async def test_a_thousand_who_listen_are_one_question() -> None:
    subjects = Subjects()
    feed = ChangeFeed(subjects.look)
    before = len(asyncio.all_tasks())
    with contextlib.ExitStack() as stack:
        for number in range(1000):
            stack.enter_context(feed.listening(f"bot {number}"))
        await subjects.after(2)
        assert len(asyncio.all_tasks()) == before + 1
    await feed.close()


async def test_nobody_who_listens_is_nobody_who_asks() -> None:
    subjects = Subjects()
    feed = ChangeFeed(subjects.look)
    feed.committed()
    feed.committed("a")
    with feed.listening("a"):
        await subjects.after(1)
        (poller,) = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.wait([poller])
    asked = subjects.looks
    feed.committed()
    feed.committed("a")
    with feed.listening("a"):
        await subjects.after(asked + 1)
    await feed.close()


async def test_a_commit_for_a_known_bot_wakes_it_without_a_question() -> None:
    subjects = Subjects()
    feed = ChangeFeed(subjects.look)
    with feed.listening("a") as a, feed.listening("b") as b:
        await subjects.after(1)
        asked = subjects.looks
        for _ in range(100):
            feed.committed("a")
        assert await a.wait(LONG)
        assert not await b.wait(0)
        assert subjects.looks <= asked + 1
    await feed.close()


async def test_trouble_is_told_once_and_the_polling_goes_on() -> None:
    subjects = Subjects((), StoreError("away"), StoreError("away"), {"a"})
    feed = ChangeFeed(subjects.look)
    with feed.listening("a") as a, feed.listening("b") as b:
        assert await b.wait(LONG)
        assert await a.wait(LONG)
        assert await a.wait(LONG)
        assert not await b.wait(0)
        assert subjects.looks == 4
    await feed.close()


async def test_an_unexpected_error_reaches_all_who_listen_and_the_next_wait_polls_again() -> None:
    subjects = Subjects((), ValueError("a fault"), {"a"})
    feed = ChangeFeed(subjects.look)
    with feed.listening("a") as a, feed.listening("b") as b:
        for each in (a, b):
            with pytest.raises(ValueError, match="a fault"):
                await each.wait(LONG)
        assert await a.wait(LONG)
    await feed.close()

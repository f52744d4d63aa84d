"""Turns of one conversation run one after another; others don't wait for them."""

import asyncio

import pytest

from runtime.turn_limit import TurnQueue


async def test_those_of_one_key_run_in_the_order_in_which_they_came() -> None:
    queue = TurnQueue()
    inside: set[str] = set()
    done: list[tuple[str, int]] = []

    async def turn(key: str, number: int) -> None:
        async with queue.place(key):
            assert key not in inside
            inside.add(key)
            for _ in range(number % 3):
                await asyncio.sleep(0)
            inside.remove(key)
            done.append((key, number))

    await asyncio.gather(*(turn("ab"[number % 2], number) for number in range(50)))
    for key in "ab":
        mine = [number for each, number in done if each == key]
        assert mine == sorted(mine)


async def test_one_that_fails_lets_the_next_go_on() -> None:
    queue = TurnQueue()

    async def fail() -> None:
        async with queue.place("a"):
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        await fail()
    async with asyncio.timeout(60), queue.place("a"):
        pass


async def test_one_that_gives_up_waiting_does_not_let_the_next_overtake() -> None:
    queue = TurnQueue()
    release, order = asyncio.Event(), []

    async def turn(name: str) -> None:
        async with queue.place("a"):
            if name == "first":
                await release.wait()
            order.append(name)

    tasks = {name: asyncio.create_task(turn(name)) for name in ("first", "second", "third")}
    await asyncio.sleep(0)
    tasks["second"].cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert order == []
    release.set()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    assert order == ["first", "third"]

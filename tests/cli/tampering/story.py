"""What people did, as a real server recorded it: everybody the same, so that a test knows by heart what is there."""

from collections.abc import Sequence
from pathlib import Path

from storage.port import Store
from storage.stores import open_store
from tests.runtime.harness import payload, running_bot

SAYS_HELLO, PRESSES_YES, ASKS, SAYS_STOP, SAYS_THANKS = 1, 2, 3, 4, 5
"""Places of the turns in each conversation."""

TURNS = 5


def key_of(user: str) -> str:
    return f"teams:a:{user}"


async def lived(folder: Path, url: str, users: Sequence[str], *, first: int = 0) -> None:
    """Have people talk to a bot that serves from the store: each says hello, opts in, asks, stops, says thanks.

    `first`: how many events came before.
    """
    async with running_bot(folder, store=url) as bot:
        bot.sent = first
        for user in users:
            for status, _ in (
                await bot.says("hello", user),
                await bot.presses(payload("yes"), user),
                await bot.says("slow", user),
                await bot.says("STOP", user),
                await bot.says("thanks", user),
            ):
                assert status == 200


async def opened(url: str) -> Store:
    store = open_store(url)
    await store.open()
    return store

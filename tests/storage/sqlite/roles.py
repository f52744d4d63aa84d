"""What a process of a test does: push when told, hold the lease, or talk without end."""

import asyncio
import json
import sys
from itertools import count
from pathlib import Path

from messages.consent import Membership
from messages.errors import PushConflict
from storage.sqlite.store import SqliteStore
from tests.storage.talk import NOW, Talk, says


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def push_when_told(store: SqliteStore) -> None:
    say("ready")
    while told := await asyncio.to_thread(sys.stdin.readline):
        try:
            await store.push("wellbeing", "text", author="", at=NOW, expected_live=int(told))
            say("won")
        except PushConflict:
            say("lost")


async def serve(store: SqliteStore) -> None:
    await store.acquire_server_lease()
    say("serving")
    await asyncio.to_thread(sys.stdin.readline)


async def talk_without_end(store: SqliteStore) -> None:
    """Eight people opt in and out; each turn is told once it is durable."""
    say("ready")

    async def talk(user: str) -> None:
        for n in count():
            event = f"{user}-{n}"
            after = Membership.OPTED_OUT if n % 2 else Membership.OPTED_IN
            await Talk(user).take(store, event, says(event), consent={"tips": after})
            say(json.dumps([user, event]))

    await asyncio.gather(*(talk(f"user{n}") for n in range(8)))


async def main(role: str, path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    await {"pusher": push_when_told, "server": serve, "talker": talk_without_end}[role](store)
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))

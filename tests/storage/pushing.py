"""A process of a test: it takes people of a run through their pushes, and says what it does before each step."""

import asyncio
import sys

import msgspec

from messages.pushes import PushState
from storage.port import Store
from storage.stores import open_store
from tests.storage.sending import BOT, push, push_due
from tests.storage.talk import MINUTE, NOW


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def send_all(store: Store, worker: str, names: dict[int, str]) -> None:
    """Push to whoever is due until nobody is. `sent` stands for the request to the channel."""
    while (piece := await store.take_slice(worker, NOW, NOW + MINUTE)) is not None:
        for number in piece.numbers:
            name = names[number]
            due = push_due(piece.run, piece.attempts.get(number, 0) + 1, epoch=piece.epoch)
            say("claiming", name)
            await push(store, name, due=due)
            say("sent", name)
            (row,) = [row for row in await store.pushes(BOT, run=piece.run) if row.number == number]
            say("ending", name)
            await store.end_push(BOT, msgspec.structs.replace(row, state=PushState.SENT, sent_at=NOW))
        await store.end_slice(worker, piece)


async def main(url: str) -> None:
    store = open_store(url)
    await store.open()
    await store.acquire_server_lease()
    await store.take_over()
    people = await store.people(BOT)
    names = {person.number: person.contact.name.lower() for person in people}
    await send_all(store, "first", names)
    say("done", "nobody")
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

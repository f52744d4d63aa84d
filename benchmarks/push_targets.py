"""What a push asks of people: a thousand in one call, beside the same people asked about one by one."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence

from audiences.index_feed import Audience
from messages.consent import Membership
from storage.addresses import MAX_TARGETS
from storage.port import Store
from storage.stores import open_store
from tests.storage.talk import Talk

Row = dict[str, str | int | float]

_BOT = "wellbeing"
_AT_ONCE = 200
_ALONE = 500


def measure(people: int, redis: str | None = None) -> Sequence[Row]:
    """Return a row for each way of asking; on SQLite, unless `redis` is the URL of an empty database."""
    if redis is not None:
        return asyncio.run(_measure("Redis", redis, people))
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure("SQLite", f"sqlite:///{folder}/assent.db", people))


async def _measure(name: str, url: str, people: int) -> Sequence[Row]:
    store = open_store(url)
    await store.open()
    try:
        await _meet(store, people)
        return [row async for row in _rows(store, name)]
    finally:
        await store.close()


async def _meet(store: Store, people: int) -> None:
    for start in range(0, people, _AT_ONCE):
        several = range(start, min(start + _AT_ONCE, people))
        await asyncio.gather(
            *(Talk(f"p{n}", _BOT).take(store, f"e{n}", consent={"tips": Membership.OPTED_IN}) for n in several)
        )


async def _rows(store: Store, name: str) -> AsyncIterator[Row]:
    index = await Audience(store, _BOT).catch_up()
    numbers = list(index.everybody)
    slices = [numbers[start : start + MAX_TARGETS] for start in range(0, len(numbers), MAX_TARGETS)]
    began, longest = time.perf_counter(), 0.0
    for some in slices:
        asked = time.perf_counter()
        found = await store.push_targets(_BOT, some, "tips")
        longest = max(longest, time.perf_counter() - asked)
        assert [one.subject.membership for one in found] == [Membership.OPTED_IN] * len(some)
    each = (time.perf_counter() - began) / len(numbers)
    yield {
        "store": name,
        "what": f"push_targets, {MAX_TARGETS} in a call, µs a person",
        "figure": each * 1e6,
        "aim": "25",
    }
    yield {"store": name, "what": "the longest call, ms", "figure": longest * 1000, "aim": ""}
    began = time.perf_counter()
    for person in await store.people_numbered(_BOT, numbers[:_ALONE]):
        await store.memberships(_BOT, person.contact.id)
    alone = (time.perf_counter() - began) / min(_ALONE, len(numbers))
    yield {"store": name, "what": "memberships alone, one by one, µs a person", "figure": alone * 1e6, "aim": ""}
    yield {
        "store": name,
        "what": "the index's addresses, bytes a person",
        "figure": index.addresses.size / len(numbers),
        "aim": "",
    }

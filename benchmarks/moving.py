"""Moving house: contacts with one ledger row each, from SQLite to Redis and back, compared afterwards."""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from messages.consent import Membership
from messages.contact import Contact, Identity
from storage.ledger import Facts
from storage.port import Store
from storage.stores import compare_stores, copy_store, open_store
from storage.transfer import Kind, LedgerRecord
from tests.storage.redis.server import RedisServer

Row = dict[str, str | int | float]

_BOT = "wellbeing"
_PAGE = 1000


def measure(contacts: int) -> Sequence[Row]:
    """Copy there and back; seconds, and records a second, of which each contact has two."""
    with tempfile.TemporaryDirectory() as folder, RedisServer(Path(folder) / "redis") as redis:
        return asyncio.run(_moves(f"sqlite:///{folder}", f"{redis.url}/0", contacts))


async def _moves(folder: str, redis: str, contacts: int) -> Sequence[Row]:
    stores = {"SQLite": open_store(f"{folder}/a.db"), "Redis": open_store(redis), "back": open_store(f"{folder}/b.db")}
    for store in stores.values():
        await store.open()
    await _fill(stores["SQLite"], contacts)
    rows: list[Row] = []
    for source, target, what in (("SQLite", "Redis", "SQLite to Redis"), ("Redis", "back", "Redis to SQLite")):
        began = time.perf_counter()
        await copy_store(stores[source], stores[target], source, _quiet)
        copied = time.perf_counter() - began
        compared = await compare_stores(stores[source], stores[target], _quiet)
        if not all(each.is_same for each in compared):
            message = f"{what}: the stores differ"
            raise RuntimeError(message)
        await stores[target].end_copy()
        rows.append(
            {
                "copy": what,
                "contacts": contacts,
                "records/s": 2 * contacts / copied,
                "copying s": copied,
                "comparing s": time.perf_counter() - began - copied,
            }
        )
    for store in stores.values():
        await store.close()
    return rows


async def _fill(store: Store, contacts: int) -> None:
    await store.begin_copy("a benchmark")
    for first in range(0, contacts, _PAGE):
        numbers = range(first, min(first + _PAGE, contacts))
        people = [
            Contact(f"c_{number}", (Identity("teams", f"29:{number}"),), name=f"Person {number}", version=1)
            for number in numbers
        ]
        await store.restore(_BOT, Kind.CONTACTS, first, people, "")
        rows = [LedgerRecord(_facts(number), None, "0" * 64) for number in numbers]
        await store.restore(_BOT, Kind.LEDGER, first, rows, "")
    await store.end_copy()


def _facts(number: int) -> Facts:
    none, after = Membership.NONE.value, Membership.OPTED_IN.value
    at = 1_763_888_400_000 + number
    return Facts(
        f"c_{number}",
        "tips",
        none,
        after,
        at,
        "button",
        f"c_{number}",
        1,
        "welcome",
        "welcome/1",
        "",
        "teams",
        f"t{number}",
    )


def _quiet(bot: str, kind: Kind, done: int) -> None:
    """Nobody watches."""

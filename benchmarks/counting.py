"""Counts over people: eight shapes of filters, each checked against the plain answer; memory, and a cold start."""

import asyncio
import gc
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from audiences.index_feed import Audience
from consent.membership import Act
from filters.holds import holds
from filters.index.people import PeopleIndex
from filters.parse import parse
from filters.person import person_of
from messages.consent import Membership, SourceKind
from messages.contact import Contact, Identity
from storage.audience_records import StaffChange
from storage.port import Store
from storage.stores import open_store
from storage.transfer import Kind, LastSeen

Row = dict[str, str | int | float]

NOW: Final = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
_BOT: Final = "wellbeing"
_PAGE: Final = 2_000

SHAPES: Final = {
    "one rare tag": "tag:rare",
    "four conditions": "tag:vip and language is fr and country is FR and field.team is Sales",
    "a text contains": 'email contains "99"',
    "two dates": "last_seen since 2026-11-01 and subscribed before 2026-10-01",
    "NOT of a segment": "not segment:tips",
    "OR of three": "tag:vip or tag:rare or language is de",
    "nested": "(tag:new or field.age >= 65) and not (country is DE or last_seen within 30d)",
    "one that matches most": "last_seen is known",
    "an exact range of time": "last_seen since 2026-11-20T10:00:01Z and last_seen before 2026-11-21T17:30:00.5Z",
}


def measure(people: int) -> Sequence[Row]:
    """Return a row for each shape, for cold start, memory and membership. Raises AssertionError for a wrong count."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(f"sqlite:///{folder}/assent.db", people))


async def _measure(url: str, count: int) -> Sequence[Row]:
    store = open_store(url)
    await store.open()
    await _fill(store, count)
    gc.collect()
    before, began = _memory(), time.perf_counter()
    index = await Audience(store, _BOT, page=10_000).catch_up()
    seconds = time.perf_counter() - began
    gc.collect()
    used = _memory() - before
    await store.close()
    rows = _shapes(index, count)
    rows += [
        {"what": "cold start", "people": count, "ms": seconds * 1000, "aim": _aim(2_000, count)},
        {
            "what": "memory, MB (by the index's own count)",
            "people": count,
            "ms": index.size / 1e6,
            "aim": _aim(40, count),
        },
        {"what": "memory, MB (what the process grew by)", "people": count, "ms": used, "aim": _aim(40, count)},
        *_membership(index),
    ]
    return rows


def _aim(per_million: float, count: int) -> str:
    return f"{per_million * count / 1_000_000:g}"


def _contacts(count: int) -> Iterator[tuple[Contact, int]]:
    """Yield contacts, the same each time, with when each was last seen in milliseconds."""
    chance = random.Random(20261123)  # people by chance, for a benchmark
    for number in range(1, count + 1):
        tags = [tag for tag, share in (("vip", 0.05), ("rare", 0.0005), ("new", 0.3)) if chance.random() < share]
        contact = Contact(
            id=f"c{number}",
            identities=(Identity("teams" if number % 3 else "workplace", f"u{number}"),),
            name=f"First{number % 5000} Last{number}",
            email=f"user{number}@example.org",
            language=chance.choice(["en", "fr", "de", "fr-CA"]),
            country=chance.choice(["FR", "DE", "GB"]),
            fields={"age": chance.randint(16, 80), "team": chance.choice(["Sales", "Ops", "HR"])},
            tags=frozenset(tags),
            created_at=NOW,
            subscribed_at=NOW - timedelta(seconds=chance.randint(0, 10**7)),
            version=1,
        )
        seen = NOW - timedelta(milliseconds=chance.randint(0, 10**10))
        yield contact, int(seen.timestamp() * 1000)


async def _fill(store: Store, count: int) -> None:
    contacts: list[Contact] = []
    sightings: list[LastSeen] = []
    done = 0
    for contact, seen in _contacts(count):
        contacts.append(contact)
        sightings.append(LastSeen(contact.id, seen, barred=False))
        if len(contacts) == _PAGE or done + len(contacts) == count:
            await store.restore(_BOT, Kind.CONTACTS, done, contacts, "")
            await store.restore(_BOT, Kind.LAST_SEEN, done, sightings, "")
            done += len(contacts)
            contacts, sightings = [], []
    after = 0
    while people := await store.people(_BOT, after=after, limit=_PAGE):
        members = [person.number for person in people if person.number % 2]
        await store.change_many(_BOT, StaffChange("tips", Act.ADD, NOW, SourceKind.CSV, "bench", members))
        after = people[-1].number


def _shapes(index: PeopleIndex, count: int) -> list[Row]:
    conditions = {what: parse(text) for what, text in SHAPES.items()}
    expected = dict.fromkeys(SHAPES, 0)
    added = {"tips": Membership.ADDED}
    for number, (contact, seen) in enumerate(_contacts(count), 1):
        at = datetime.fromtimestamp(seen / 1000, UTC)
        person = person_of(contact, at, added if number % 2 else {})
        for what, condition in conditions.items():
            expected[what] += holds(condition, person, NOW)
    rows: list[Row] = []
    for what, condition in conditions.items():
        found = index.count(condition, NOW)
        if found.members != expected[what]:
            raise AssertionError(f"{what}: {found.members} were counted, and it holds for {expected[what]}")
        aim = 50 if what in ("a text contains", "an exact range of time") else 2
        took = _best(lambda condition=condition: index.count(condition, NOW))
        rows.append(
            {"what": f"{what}: {found.members:,} found", "people": count, "ms": took * 1000, "aim": _aim(aim, count)}
        )
    return rows


def _membership(index: PeopleIndex) -> list[Row]:
    """Measure what a turn asks: is this person in? Of a filter, it asks the contact that it has."""
    contact, seen = next(_contacts(1))
    at = datetime.fromtimestamp(seen / 1000, UTC)
    condition = parse("tag:vip and last_seen within 7d and not segment:press or field.age >= 65")
    manual = _best(lambda: [index.is_member(number, "tips") for number in range(1, 1001)]) / 1000
    by_filter = _best(lambda: [holds(condition, person_of(contact, at, {}), NOW) for _ in range(1000)]) / 1000
    return [
        {"what": "membership of one person, manual", "people": 1, "ms": manual * 1000, "aim": "0.010"},
        {"what": "membership of one person, filter", "people": 1, "ms": by_filter * 1000, "aim": "0.050"},
    ]


def _best(work: Callable[[], object], rounds: int = 7) -> float:
    """Return the seconds of the quickest of some rounds."""
    times: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def _memory() -> float:
    """Return the megabytes that this process takes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6

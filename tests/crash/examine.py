"""What must hold after the kills: the store that is left, beside what the people and the stand-in saw."""

import itertools
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from adapters.standin.deliveries import Delivery
from adapters.standin.server import StandIn
from messages.consent import Membership
from messages.ids import ALL
from storage.open import open_store
from storage.port import Store
from storage.records import DeliveryStatus
from tests.crash.crowd import ACTS, Record

MOST = 1_000_000


@dataclass
class Findings:
    """Broken promises, each with its evidence; and the figures of the run."""

    lost: list[str] = field(default_factory=list)
    """Acknowledged, and not in the journal."""
    doubled: list[str] = field(default_factory=list)
    """In the journal or the ledger twice."""
    ledger: list[str] = field(default_factory=list)
    """Rows that do not fold to the memberships, or were altered."""
    wrong: list[str] = field(default_factory=list)
    """Memberships that are not what the last act made them."""
    undelivered: list[str] = field(default_factory=list)
    disorder: list[str] = field(default_factory=list)
    """Replies skipped, out of order, or repeated without a crash in between."""
    turns: int = 0
    rows: int = 0
    deliveries: int = 0
    repeated: int = 0

    def broken(self) -> list[str]:
        return [*self.lost, *self.doubled, *self.ledger, *self.wrong, *self.undelivered, *self.disorder]


async def examine(address: str, record: Record, standin: StandIn, starts: Sequence[float]) -> Findings:
    """Look at everything. `starts`: when the server was started, on the stand-in's clock."""
    store = open_store(address)
    await store.open()
    found = Findings(deliveries=len(standin.deliveries))
    try:
        for person, acts in record.acknowledged.items():
            await _look_at(store, person, acts, found)
            _look_at_replies(person, acts, standin.deliveries, starts, found)
        report = await store.verify_ledger("crash")
    finally:
        await store.close()
    found.ledger += [f"{each.contact} {each.subject}: {each.problem}" for each in report.differences]
    found.rows = report.rows
    return found


async def _look_at(store: Store, person: str, acts: int, found: Findings) -> None:
    key = f"teams:{person}"
    journal = await store.journal("crash", key, limit=MOST)
    found.turns += len(journal)
    taken = Counter(int(entry.event.event_id.rpartition("/")[2]) for entry in journal)
    found.lost += [f"{person}: act {number}" for number in range(acts) if number not in taken]
    found.doubled += [f"{person}: act {number}, {times} turns" for number, times in taken.items() if times > 1]
    replies = await store.deliveries("crash", key, limit=MOST)
    found.undelivered += [
        f"{person}: reply {row.sequence} is {row.status}: {row.reason}"
        for row in replies
        if row.status is not DeliveryStatus.DELIVERED
    ]
    if len(replies) != len(journal):
        found.undelivered.append(f"{person}: {len(journal)} turns, {len(replies)} replies")
    summary = await store.conversation("crash", key)
    assert summary is not None
    rows = await store.ledger("crash", contact=summary.contact.id, limit=MOST)
    changes = Counter((row.change.event_id, row.change.subject) for row in rows)
    found.doubled += [f"{person}: {times} ledger rows for {change}" for change, times in changes.items() if times > 1]
    stands = {row.change.subject: row.change.after for row in rows}
    if stands != (meant := _meant(acts)):
        found.wrong.append(f"{person}: {stands}, and the acts make it {meant}")


def _meant(acts: int) -> dict[str, Membership]:
    """How a person stands after so many acts."""
    stands: dict[str, Membership] = {}
    for act in itertools.islice(itertools.cycle(ACTS), acts):
        match act:
            case "yes":
                stands["tips"] = Membership.OPTED_IN
            case "no":
                stands["tips"] = Membership.OPTED_OUT
            case "STOP":
                stands["tips"] = stands[ALL] = Membership.OPTED_OUT
            case _:
                stands[ALL] = Membership.OPTED_IN
    return stands


def _look_at_replies(
    person: str, acts: int, deliveries: Sequence[Delivery], starts: Sequence[float], found: Findings
) -> None:
    """From one start of the server to the next, replies come one after another. The first one after a start may have
    come before: it was sent, and the server was killed before that was on record.
    """
    came = 0
    for _, life in itertools.groupby(_numbered(person, deliveries, starts), lambda reply: reply[0]):
        numbers = [number for _, number in life]
        first = numbers[0]
        if first > came or numbers != list(range(first, first + len(numbers))):
            found.disorder.append(f"{person}: replies {numbers[:20]} after {came} replies")
            return
        found.repeated += came - first
        came = max(came, first + len(numbers))
    if came != acts:
        found.disorder.append(f"{person}: {acts} acts, {came} replies")


def _numbered(person: str, deliveries: Sequence[Delivery], starts: Sequence[float]) -> Iterator[tuple[int, int]]:
    """Yield a person's replies: in which life of the server each came, and which act it answers."""
    for delivery in deliveries:
        if delivery.conversation == person:
            number = re.search(r"Reply #(\d+)", str(delivery.body))
            assert number is not None, delivery.body
            yield bisect_right(starts, delivery.at), int(number[1])

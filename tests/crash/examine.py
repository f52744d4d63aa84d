"""What must hold of the store that is left, beside what the people saw."""

import itertools
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from messages.consent import Membership
from storage.port import Store
from storage.records import DeliveryStatus, OutboxRow
from storage.stores import open_store
from tests.crash.acts import Change, book, is_brought_back, reply_begins
from tests.crash.findings import Findings
from tests.crash.history import NO_ANSWER, History, Reply

MAXIMUM = 1_000_000

_EXPECTED = {NO_ANSWER, 200, 503}


async def examine(address: str, history: History, starts: Sequence[float]) -> Findings:
    """Look at everything of a single server. `starts`: when it was started."""
    found, people = await examine_store(address, history)
    for person, kept in people.items():
        _look_at_lives(person, _replies_to(person, history), starts, kept.answered, found)
    return found


class Kept(NamedTuple):
    """What the store has of a person: their replies, and which acts these are to answer, in the order of the turns."""

    rows: Sequence[OutboxRow]
    answered: Sequence[int]


async def examine_store(address: str, history: History) -> tuple[Findings, dict[str, Kept]]:
    """Look at the store, beside what was acknowledged; return also what it has of each person."""
    found = Findings(deliveries=len(history.replies))
    found.refused = [str(request) for request in history.requests if request.status not in _EXPECTED]
    people: dict[str, Kept] = {}
    store = open_store(address)
    await store.open()
    try:
        for person, acts in history.acknowledged.items():
            people[person] = await _look_at(store, person, acts, history.acts[person], found)
        report = await store.verify_ledger("crash")
    finally:
        await store.close()
    found.ledger += [f"{each.contact} {each.subject}: {each.problem}" for each in report.differences]
    found.rows = report.rows
    return found, people


async def _look_at(store: Store, person: str, acts: int, times: Sequence[int], found: Findings) -> Kept:
    key = f"teams:{person}"
    journal = await store.journal("crash", key, limit=MAXIMUM)
    found.turns += len(journal)
    taken = Counter(_act_of(entry.event.event_id) for entry in journal)
    found.lost += [f"{person}: act {number}" for number in range(acts) if number not in taken]
    found.doubled += [f"{person}: act {number}, {times} turns" for number, times in taken.items() if times > 1]
    replies = await store.deliveries("crash", key, limit=MAXIMUM)
    found.undelivered += [
        f"{person}: reply {row.sequence} is {row.status}: {row.reason}"
        for row in replies
        if row.status is not DeliveryStatus.DELIVERED
    ]
    arrived = [_act_of(entry.event.event_id) for entry in journal]
    meant = book((act, times[act]) for act in arrived)
    if len(replies) != len(meant.answered):
        found.undelivered.append(f"{person}: {len(meant.answered)} acts to be answered, {len(replies)} replies")
    summary = await store.conversation("crash", key)
    assert summary is not None
    ledger = await store.ledger("crash", contact=summary.contact.id, limit=MAXIMUM)
    stand = [
        Change(_act_of(row.change.event_id), row.change.subject, row.change.before, row.change.after) for row in ledger
    ]
    for made, wanted in itertools.zip_longest(sorted(stand, key=_place), sorted(meant.changes, key=_place)):
        if made != wanted:
            found.wrong.append(f"{person}: the ledger has {made}, and the acts make it {wanted}")
            break
    members = {contact.id for contact in await store.members("crash", "tips", limit=MAXIMUM)}
    last = {change.subject: change.after for change in meant.changes}
    is_in = summary.contact.id in members
    if is_in is not (last.get("tips") is Membership.OPTED_IN):
        found.wrong.append(f"{person}: the last act makes it {last}, and they are listed as the contrary")
    if is_in and is_brought_back(times):
        found.wrong.append(f"{person}: is in, and said no after the last yes")
    return Kept(replies, meant.answered)


def _act_of(event_id: str) -> int:
    return int(event_id.rpartition("/")[2])


_place = attrgetter("act", "subject")


def _replies_to(person: str, history: History) -> list[Reply]:
    return [reply for reply in history.replies if reply.person == person]


def _look_at_lives(
    person: str, replies: Sequence[Reply], starts: Sequence[float], answered: Sequence[int], found: Findings
) -> None:
    """From one start of the server to the next, replies come one after another. The first one after a start may have
    come before: it was sent, and the server was killed before that was on record.
    """
    came = 0
    places = {act: place for place, act in enumerate(answered)}
    if unmeant := [reply.act for reply in replies if reply.act not in places]:
        found.disorder.append(f"{person}: acts {unmeant[:20]} were answered, and come too late")
        return
    for _, life in itertools.groupby(replies, lambda reply: bisect_right(starts, reply.at)):
        numbers = [places[reply.act] for reply in life]
        first = numbers[0]
        if first > came or numbers != list(range(first, first + len(numbers))):
            found.disorder.append(f"{person}: replies {numbers[:20]} after {came} replies")
            return
        found.repeated += came - first
        came = max(came, first + len(numbers))
    if came != len(answered):
        found.disorder.append(f"{person}: {len(answered)} acts to be answered, {came} replies")
    look_at_words(replies, found)


def look_at_words(replies: Sequence[Reply], found: Findings) -> None:
    """Each reply says what the act did that it answers."""
    found.disorder += [str(reply) for reply in replies if not reply.text.startswith(reply_begins(reply.act))]

"""Topics and sequences that versions before kept as names of contacts become memberships.

What moves them is what adds people otherwise: the person's own act wins, and a ledger row tells of each. Nothing tells
when a name was put down, so it counts as old as the contact: who stopped everything, or left, at any time since is left
out.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

import structlog
from msgspec.structs import replace

from consent.membership import Act
from filters.index.people import PeopleIndex
from filters.person import SEVERAL, SUBJECTS, KnownPerson
from messages.consent import SEQUENCE, TOPIC, SourceKind, kind_of_subject, name_of_subject
from messages.contact import Contact
from messages.errors import StaleVersion, StoreError
from staff.acting import EVERYBODY, Staff
from storage.audience_records import Changed, StaffChange
from storage.port import SUBSCRIPTIONS, Store

log = structlog.get_logger("assent.audience")

MOVER: Final = Staff("upgrade", SourceKind.CLI)
"""Who the ledger and the audit say did it."""

DETAIL: Final = "migrated"
_BATCH: Final = 1_000
_POLL_INTERVAL: Final = 30.0
"""Seconds."""
_AFTER_TROUBLE: Final = 1.0
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Moved(NamedTuple):
    """What became of the names of some people."""

    people: int = 0
    added: int = 0
    """Memberships that were made."""
    left_out: int = 0
    """Names of people who had stopped everything, or left, or come back after being erased."""

    def __add__(self, other: object) -> "Moved":
        if not isinstance(other, Moved):
            return NotImplemented
        return Moved(self.people + other.people, self.added + other.added, self.left_out + other.left_out)


def kept_subjects(contact: Contact) -> frozenset[str]:
    """Return the topics and sequences that a contact names since a version before, as subjects."""
    return frozenset(kind + name for several, kind in SUBJECTS.items() for name in SEVERAL[several](contact))


async def move_names(store: Store, bot: str, people: Sequence[KnownPerson], at: datetime) -> Moved:
    """Make memberships of the names that contacts have, and take the names away. Done again it changes nothing."""
    subjects: dict[str, list[KnownPerson]] = {}
    for person in people:
        for subject in kept_subjects(person.contact):
            subjects.setdefault(subject, []).append(person)
    told: Counter[bool] = Counter()
    for subject, theirs in sorted(subjects.items()):
        since = min((one.contact.created_at or _EARLIEST for one in theirs), default=_EARLIEST)
        change = StaffChange(
            subject,
            Act.ADD,
            at,
            MOVER.source,
            MOVER.name,
            [one.number for one in theirs],
            DETAIL,
            acted_at=min(since, at),
        )
        outcomes = await store.change_many(bot, change)
        told[True] += sum(outcome is Changed.CHANGED for outcome in outcomes)
        told[False] += sum(outcome not in (Changed.CHANGED, Changed.UNCHANGED) for outcome in outcomes)
    moved = [person for person in people if kept_subjects(person.contact)]
    for person in moved:
        await _take_away(store, bot, person, kept_subjects(person.contact))
    return Moved(len(moved), told[True], told[False])


async def _take_away(store: Store, bot: str, person: KnownPerson, subjects: frozenset[str]) -> None:
    """Take names away that are memberships now; others that came meanwhile stay."""
    found: KnownPerson | None = person
    while found is not None and kept_subjects(found.contact) & subjects:
        topics, sequences = (
            {name_of_subject(one) for one in subjects if kind_of_subject(one) == kind} for kind in (TOPIC, SEQUENCE)
        )
        rest = replace(
            found.contact, topics=found.contact.topics - topics, sequences=found.contact.sequences - sequences
        )
        try:
            await store.edit_contact(bot, rest)
        except StaleVersion:
            found = next(iter(await store.people_numbered(bot, [person.number])), None)
        else:
            return


async def move_all(store: Store, bot: str, index: PeopleIndex, at: datetime) -> Moved:
    """Move the names of everybody whom the index knows to have some, with one row of the audit."""
    numbers = sorted(index.unmoved)
    moved = Moved()
    for start in range(0, len(numbers), _BATCH):
        moved += await move_names(store, bot, await store.people_numbered(bot, numbers[start : start + _BATCH]), at)
    if moved.people:
        detail = f"people: {moved.people}, added: {moved.added}, left out: {moved.left_out}"
        await MOVER.record(store, bot, "move_subscriptions", EVERYBODY, at, detail)
        log.info("topics and sequences are memberships now", bot=bot, **moved._asdict())
    return moved


class SubscriptionMover:
    """Moves the names of a server's bots, once every server alive reads memberships of topics and sequences."""

    def __init__(
        self,
        store: Store,
        index_of: Callable[[str], PeopleIndex],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._index_of = index_of
        self._clock = clock

    async def run(self) -> None:
        """Look again and again, until cancelled: a command of a version before may put names down at any time."""
        well = True
        while True:
            try:
                await self.look()
                well = True
            except StoreError as error:
                if well:
                    log.warning("names of topics and sequences wait for the store", reason=str(error))
                well = False
            await asyncio.sleep(_POLL_INTERVAL if well else _AFTER_TROUBLE)

    async def look(self) -> None:
        """Move what there is, unless a server of a version before is alive. Raises StoreError."""
        if self._store.forms < SUBSCRIPTIONS:
            return
        for bot in await self._store.all_bots():
            if self._index_of(bot).unmoved:
                await move_all(self._store, bot, self._index_of(bot), self._clock())

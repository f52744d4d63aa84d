"""Takes people through sequences: enrols who became a member, and pushes the next step when it is due.

Enrolments follow the ledger, so that whoever made somebody a member (a press, a file, staff) did no more than that, and
a crash loses nobody. The claim of a step's push is what sends it once; an enrolment that is given out twice is not.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import structlog
from msgspec.structs import replace

from broadcasts.enrolling import behind, ended, entered, settle, taken_over
from broadcasts.sequences import CLOCK
from filters.holds import holds
from filters.model import Condition
from filters.person import KnownPerson, MembershipRow, person_of
from flows.engine.conditions import read_filter
from flows.model.bot import Sequence as FlowSequence
from flows.model.bot import Step
from flows.revision import Revision
from messages.codec import from_ms
from messages.consent import SEQUENCE, Membership, name_of_subject
from messages.errors import StoreError
from messages.pushes import PushState, SkipReason, reason_kind
from runtime.clock import Clock
from runtime.delivery import Sleep
from runtime.revisions import FilterCache, RevisionCache, usable_live
from storage.enrolments import Enrolment, EnrolmentState
from storage.port import Store
from storage.push_port import PUSHES
from storage.push_records import PushRow

log = structlog.get_logger("assent.sequences")

PAGE: Final = 1000
LEASE: Final = timedelta(seconds=30)
"""For how long a step that is due is one server's."""
_LOOK_EVERY: Final = 1.0
"""Seconds between looks at the ledgers of bots that have sequences; any process may write to them."""
_LONGEST_NAP: Final = 30.0
_SHORTEST_NAP: Final = 0.05
_AFTER_TROUBLE: Final = 1.0
_TRIES: Final = 20
_IN: Final = (Membership.OPTED_IN, Membership.ADDED)
_OUT: Final = frozenset(
    {SkipReason.NOT_A_MEMBER, SkipReason.OPTED_OUT, SkipReason.STOPPED, SkipReason.ERASED, SkipReason.MERGED}
)
"""What ends an enrolment; for any other reason the sequence goes on."""
_UNDER_WAY: Final = (PushState.SENDING,)


class PushStep(Protocol):
    """Pushes a step to somebody, as a turn; returns the push as it stands then, None where it can't be now."""

    async def __call__(
        self, enrolment: Enrolment, step: Step, sequence: FlowSequence, person: KnownPerson, revision: Revision
    ) -> PushRow | None: ...


LiveRevision = Callable[[str], Awaitable[Revision | None]]


class Enroller:
    """Follows the ledger of a bot. What it does again changes nothing, so several servers may."""

    def __init__(self, store: Store, live: LiveRevision, clock: Clock, zone: ZoneInfo) -> None:
        self._store = store
        self._live = live
        self._clock = clock
        self._zone = zone
        self._read: dict[str, tuple[int, ...]] = {}
        """By bot, how far was read here, beyond what is kept: most rows concern no sequence."""

    async def follow(self, bot: str) -> bool:
        """Take in some of what is new in the ledger and the flow; tell whether there may be more."""
        revision = await self._live(bot)
        if revision is None:
            return False
        feed = await self._store.enrolment_feed(bot)
        paused = await self._store.paused_sequences(bot)
        computed_by = " ".join((revision.digest, *sorted(paused)))
        if feed.computed_by != computed_by:
            await self._settle_all(bot, revision, paused)
            feed = replace(feed, computed_by=computed_by)
            await self._store.set_enrolment_feed(bot, feed)
        page = await self._store.follow_memberships(bot, self._read.get(bot, feed.position), limit=PAGE)
        rows = [row for row in page.rows if row.subject.startswith(SEQUENCE)]
        await self._enrol(bot, rows, revision, paused)
        if rows or len(page.rows) == PAGE:
            await self._store.set_enrolment_feed(bot, replace(feed, position=page.position))
        self._read[bot] = page.position
        return page.more

    async def _settle_all(self, bot: str, revision: Revision, paused: Collection[str]) -> None:
        """Compute again when the next step of everybody is due: the flow changed, or a pause is over."""
        names = {sequence for sequence, _ in await self._store.enrolment_counts(bot)}
        for name in sorted(names):
            after = ""
            while True:
                page = await self._store.enrolments(bot, name, after=after, limit=PAGE)
                active = [each for each in page if each.state is EnrolmentState.ACTIVE]
                for each in active:
                    known = await self._store.person(bot, each.contact)
                    if known is not None:
                        await self._keep(self._settled(each, known, revision, paused))
                if len(page) < PAGE:
                    break
                after = page[-1].contact

    async def _enrol(
        self, bot: str, rows: Sequence[MembershipRow], revision: Revision, paused: Collection[str]
    ) -> None:
        people = await self._store.people_numbered(bot, list(dict.fromkeys(row.person for row in rows)))
        known = {person.number: person for person in people}
        for row in rows:
            if row.merged:
                await self._merge(bot, row, revision, paused)
        latest = {(row.person, row.subject): row for row in rows}
        pending = [row for row in latest.values() if row.person in known]
        for _ in range(_TRIES):
            keys = [(name_of_subject(row.subject), known[row.person].contact.id) for row in pending]
            found = await self._store.known_enrolments(bot, keys)
            changed = [
                (row, after)
                for row, before in zip(pending, found, strict=True)
                if (after := self._after(row, before, known[row.person], revision, paused)) is not None
            ]
            if not changed:
                return
            kept = await self._store.save_enrolments(bot, [after for _, after in changed])
            pending = [row for (row, _), is_kept in zip(changed, kept, strict=True) if not is_kept]
        raise StoreError("enrolments are changed from elsewhere all the time")

    def _after(
        self,
        row: MembershipRow,
        before: Enrolment | None,
        person: KnownPerson,
        revision: Revision,
        paused: Collection[str],
    ) -> Enrolment | None:
        name, at = name_of_subject(row.subject), from_ms(row.at)
        if row.after not in _IN:
            return None if before is None else ended(before, at)
        sequence = revision.bot.sequences.get(name)
        reentry = "never" if sequence is None else sequence.reentry
        after = entered(before, revision.bot.bot, name, person.contact.id, at, reentry)
        return None if after is None else self._settled(after, person, revision, paused)

    def _settled(self, one: Enrolment, person: KnownPerson, revision: Revision, paused: Collection[str]) -> Enrolment:
        return settle(one, person.contact, revision.bot, paused, self._clock(), self._zone)

    async def _merge(self, bot: str, row: MembershipRow, revision: Revision, paused: Collection[str]) -> None:
        """Give what a contact had of a sequence to the one that took it over."""
        (written,) = await self._store.ledger(bot, after=row.sequence - 1, limit=1)
        gone = await self._store.contact(bot, written.change.contact)
        if gone is None or not gone.merged_into:
            return
        name = name_of_subject(row.subject)
        for _ in range(_TRIES):
            kept, left = await self._store.known_enrolments(bot, [(name, gone.merged_into), (name, gone.id)])
            person = await self._store.person(bot, gone.merged_into)
            if left is None or person is None:
                return
            if left.state is EnrolmentState.ACTIVE:
                out = ended(left, from_ms(row.at))
                if out is not None and not await self._keep(out):
                    continue
            joined = taken_over(kept, left) if kept is not None else replace(left, contact=gone.merged_into, version=0)
            if joined is None or await self._keep(self._settled(joined, person, revision, paused)):
                return
        raise StoreError("enrolments are changed from elsewhere all the time")

    async def _keep(self, enrolment: Enrolment) -> bool:
        (kept,) = await self._store.save_enrolments(enrolment.bot, [enrolment])
        return kept


class SequenceRunner:
    """Sleeps until somebody's next step is due. `failed` hears of the bot of a failed step."""

    def __init__(
        self,
        store: Store,
        revisions: RevisionCache,
        push: PushStep,
        clock: Clock,
        *,
        bots: Callable[[], Collection[str]],
        concurrency: int = 20,
        sleep: Sleep = asyncio.sleep,
        failed: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._live = partial(usable_live, store, revisions)
        self._revisions = revisions
        self._filters = FilterCache(store)
        self._push = push
        self._clock = clock
        self._bots = bots
        self._sleep = sleep
        self._failed = failed
        self._enroller = Enroller(store, self._live, clock, CLOCK)
        self._slots = asyncio.Semaphore(concurrency)
        self._well = True

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            try:
                await self.look()
                due = await self._store.next_enrolment()
            except StoreError as error:
                if self._well:
                    log.warning("sequences wait for the store", reason=str(error))
                self._well = False
                await self._sleep(_AFTER_TROUBLE)
                continue
            self._well = True
            await self._nap_until(due)

    async def look(self) -> None:
        """Enrol who joined, and push what is due now, unless an older server is alive."""
        for bot in self._followed():
            while await self._enroller.follow(bot):
                pass
        while self._store.forms >= PUSHES:
            now = self._clock()
            taken = await self._store.take_enrolments(now, now + LEASE, limit=100)
            if not taken:
                break
            await asyncio.gather(*map(self._take, taken))

    def _followed(self) -> list[str]:
        """Return the bots whose flow has sequences."""
        known = {bot: self._revisions.last_live(bot) for bot in self._bots()}
        return sorted(bot for bot, revision in known.items() if revision is not None and revision.bot.sequences)

    async def _nap_until(self, due: datetime | None) -> None:
        nap = _LOOK_EVERY if self._followed() else _LONGEST_NAP
        if due is not None:
            nap = min(nap, max((due - self._clock()).total_seconds(), _SHORTEST_NAP))
        await self._sleep(nap)

    async def _take(self, one: Enrolment) -> None:
        async with self._slots:
            try:
                await self._step(one)
            except StoreError:
                raise
            except Exception:  # the outermost boundary of one person's step: the others go on
                self._failed(one.bot)
                log.exception("a step failed", bot=one.bot, sequence=one.sequence, step=one.step)

    async def _step(self, one: Enrolment) -> None:
        """Bring somebody on whose next step is due. What is not kept comes up again when its lease is over."""
        revision = await self._live(one.bot)
        if revision is None:
            return
        now, paused = self._clock(), await self._store.paused_sequences(one.bot)
        person = await self._store.person(one.bot, one.contact)
        if person is None or person.contact.id != one.contact:
            await self._keep(ended(one, now))
            return
        after = settle(one, person.contact, revision.bot, paused, now, CLOCK)
        sequence = revision.bot.sequences.get(one.sequence)
        step = next((each for each in sequence.steps if each.id == after.step), None) if sequence is not None else None
        if sequence is None or step is None or after.due is None or after.due > now:
            await self._keep(after)
            return
        asked = await self._asked(person, revision)
        if sequence.exit is not None and asked(sequence.exit.condition):
            await self._keep(ended(after, now, EnrolmentState.GOAL))
            return
        if step.if_ is not None and not asked(step.if_.condition):
            await self._keep(settle(behind(after, step.id, now), person.contact, revision.bot, paused, now, CLOCK))
            return
        row = await self._push(after, step, sequence, person, revision)
        if row is not None:
            await self._keep(self._with(after, row, person, revision, paused))

    def _with(
        self, one: Enrolment, row: PushRow, person: KnownPerson, revision: Revision, paused: Collection[str]
    ) -> Enrolment | None:
        """Return an enrolment after a look at the push of its step; None while that is under way."""
        now = self._clock()
        if row.state in _UNDER_WAY:
            return None
        if row.state is PushState.DEFERRED:
            return replace(one, look_at=row.until or now + LEASE)
        if row.state is PushState.SKIPPED and reason_kind(row.reason) in _OUT:
            return ended(one, now)
        return settle(behind(one, one.step, row.sent_at or now), person.contact, revision.bot, paused, now, CLOCK)

    async def _asked(self, person: KnownPerson, revision: Revision) -> Callable[[Condition], bool]:
        """Return what tells whether a person meets a condition of a revision."""
        texts = (await self._filters.asked_by(revision.bot.bot, (revision,))).texts
        memberships = await self._store.memberships(revision.bot.bot, person.contact.id)
        now, asking = self._clock(), set[str]()

        def meets(segment: str) -> bool:
            condition = read_filter(texts[segment]) if segment in texts and segment not in asking else None
            if condition is None:
                return False
            asking.add(segment)
            try:
                return holds(condition, known, now)
            finally:
                asking.discard(segment)

        known = person_of(person.contact, person.last_seen, memberships, meets)
        return lambda condition: holds(condition, known, now)

    async def _keep(self, enrolment: Enrolment | None) -> None:
        if enrolment is not None:
            await self._store.save_enrolments(enrolment.bot, [enrolment])

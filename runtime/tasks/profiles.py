"""Asks the channels who the people are that write, beside the turns, and merges those who prove to be one person."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

import msgspec
import structlog

from adapters.port import Directory, NotFound, Profile
from consent.merging import in_order, merge_people
from filters.person import KnownPerson
from messages.addresses import Handle, HandleKind, handle_of
from messages.contact import DETAILS, Contact, Filled
from messages.errors import BadInput, Conflict, DeliveryError, RateLimited, StaleVersion, StoreError, WasErased
from messages.inbound import ConversationReference
from runtime.clock import Clock
from runtime.metrics import Metrics
from storage.audience_port import People
from storage.port import Audit
from storage.records import AuditRow, JournalEntry


def filled(contact: Contact, profile: Profile | NotFound, at: datetime, *, by_staff: bool) -> Contact:
    """Return a contact with what its channel told, asked `at`.

    What is empty is filled. What is there is replaced, since it came from the channel too; but nothing of a contact
    that staff made or changed (`by_staff`) is. What was not told stays. Fields, which flows set, are never touched.
    """
    if isinstance(profile, NotFound):
        return msgspec.structs.replace(contact, profile_at=at)
    told: dict[str, str] = {}
    for detail in DETAILS:
        if detail.filled is Filled.NEVER:
            continue
        new, old = getattr(profile, detail.attribute), detail.stored(contact)
        if new and (not old or (detail.filled is Filled.AGAIN and not by_staff)):
            told[detail.attribute] = new
    return msgspec.structs.replace(contact, **told, profile_at=at)


def without_ids(profile: Profile) -> Profile:
    """Return a profile without what finds a person, for one whose address or ids can't be kept."""
    return msgspec.structs.replace(profile, email="", aad_object_id="", external_id="")


log = structlog.get_logger("assent.contacts")

ACTOR: Final = "assent"
"""Who merges, in ledger and audit: nobody of the staff did."""

_TRIES: Final = 20
_REMEMBERED: Final = 10_000
_PROOF: Final = (HandleKind.AAD, HandleKind.EXTERNAL_ID)


class MergingStore(People, Audit, Protocol):
    """What of the store this takes."""


class Merger:
    """Joins contacts by what proves that they are one person: the directory's object id, or an external id that the
    directory told. An e-mail address proves nothing: anybody can type it.
    """

    def __init__(self, store: MergingStore, *, clock: Clock, metrics: Metrics) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._said: set[tuple[str, str, str]] = set()

    async def join(self, bot: str, contact: str, proofs: Iterable[Handle] = ()) -> KnownPerson | None:
        """Merge a contact with all others that have one of the `proofs`, or its own object id; return what it became.

        None: there is no such contact any more. Raises StoreError.
        """
        told = frozenset(proof for proof in proofs if proof.kind in _PROOF)
        passed: set[str] = set()
        person = await self._store.person(bot, contact)
        for _ in range(_TRIES):
            if person is None:
                return None
            other = await self._other(bot, person, told, passed)
            if other is None:
                return person
            if not await self._merged(bot, person.contact, other.contact):
                passed.add(other.contact.id)
            person = await self._store.person(bot, contact)
        log.warning("contacts change too often to be merged", bot=bot, contact=contact)
        return person

    async def _other(
        self, bot: str, person: KnownPerson, told: frozenset[Handle], passed: set[str]
    ) -> KnownPerson | None:
        """Return another contact that is this person: the one known longest."""
        ours = person.contact
        proofs = set(told)
        if ours.aad_object_id:
            proofs.add(Handle(HandleKind.AAD, ours.aad_object_id.lower()))
        if not proofs:
            return None
        found = await self._store.find_people(bot, sorted(proofs))
        numbers = sorted({number for each in found for number in each} - {person.number})
        for other in await self._store.people_numbered(bot, numbers):
            if other.contact.id in passed:
                continue
            ids = {
                each.lower() for each in (ours.aad_object_id, other.contact.aad_object_id, *_object_ids(told)) if each
            }
            if len(ids) <= 1:
                return other
            self._say(bot, ours, other.contact, "their ids in the directory differ")
            passed.add(other.contact.id)
        return None

    async def _merged(self, bot: str, one: Contact, two: Contact) -> bool:
        """Merge; tell whether to look again. What changed meanwhile is read anew."""
        kept, gone = in_order(one, two)
        ours, theirs = [await self._store.memberships(bot, each.id) for each in (kept, gone)]
        at = self._clock()
        plan = merge_people(kept, ours, gone, theirs, at=at, actor=ACTOR)
        try:
            await self._store.merge_contacts(bot, plan.kept, plan.gone, plan.changes)
        except StaleVersion:
            return True
        except BadInput as error:
            self._metrics.merges.inc(bot, "refused")
            self._say(bot, kept, gone, str(error))
            return False
        self._metrics.merges.inc(bot, "merged")
        log.info("two contacts are one person", bot=bot, kept=kept.id, gone=gone.id, changes=len(plan.changes))
        await self._store.add_audit(
            AuditRow(
                sequence=0, bot=bot, at=at, actor=ACTOR, action="merge", target=kept.id, detail=f"took over {gone.id}"
            )
        )
        return True

    def _say(self, bot: str, one: Contact, two: Contact, why: str) -> None:
        """Log once why two are left as they are."""
        first, second = sorted((one.id, two.id))
        if (bot, first, second) in self._said:
            return
        if len(self._said) >= _REMEMBERED:
            self._said.clear()
        self._said.add((bot, first, second))
        log.warning("two contacts look like one person and were not merged", bot=bot, one=first, other=second, why=why)


def _object_ids(proofs: Iterable[Handle]) -> list[str]:
    return [proof.key for proof in proofs if proof.kind is HandleKind.AAD]


BATCH: Final = 4
MAXIMUM: Final = 1000
"""Contacts that wait, each once. Those for whom there is no room are asked about after their next turn."""

REST: Final = 60.0
"""Seconds in which a directory that failed is not asked again, unless it said how long."""

_RESTS: Final = 10_000
_NO_DETAIL: Final = frozenset({"merge", "unmask", "export", "export unmasked", "tag_contact", "note_contact"})
"""Acts on a contact that change no detail of it."""


class _Wanted(NamedTuple):
    bot: str
    contact: str
    reference: ConversationReference


class Profiles:
    """Hears of each turn; looks up those who were never asked about, or longer than `refresh` ago.

    A turn is neither delayed nor failed by it. Nothing is lost in a crash either: what was told is kept together with
    when it was asked, so the next turn of the person asks again. `directories` by bot and channel; may grow.
    `refresh` None: nobody is asked about, and contacts are merged only by what the channel's events show.
    """

    def __init__(
        self,
        store: MergingStore,
        directories: Mapping[tuple[str, str], Directory],
        merger: Merger,
        *,
        clock: Clock,
        metrics: Metrics,
        refresh: timedelta | None,
        monotonic: Callable[[], float] = time.monotonic,
        maximum: int = MAXIMUM,
    ) -> None:
        self._store = store
        self._directories = directories
        self._merger = merger
        self._clock = clock
        self._metrics = metrics
        self._refresh = refresh
        self._monotonic = monotonic
        self._queue: asyncio.Queue[_Wanted] = asyncio.Queue(maximum)
        self._waiting: set[tuple[str, str]] = set()
        self._rests: OrderedDict[tuple[str, str], float] = OrderedDict()
        """Until when a bot's channel, or one of its contacts, is not asked about."""

    def took(self, entry: JournalEntry) -> None:
        """Hear of a committed turn."""
        contact, before = entry.outcome.contact, entry.contact_before
        bot, reference = entry.bot, entry.event.reference
        shown = contact.aad_object_id and (before is None or before.aad_object_id != contact.aad_object_id)
        if reference.surface:  # an id that its client chose: the directory would tell of somebody else
            return
        if not shown and not self._is_due(bot, reference.channel, contact):
            return
        key = (bot, contact.id)
        if not contact.id or (key in self._waiting and not shown):
            return
        try:
            self._queue.put_nowait(_Wanted(bot, contact.id, reference))
        except asyncio.QueueFull:
            self._metrics.profiles.inc(reference.channel, "deferred")
            return
        self._waiting.add(key)

    async def run(self) -> None:
        """Look people up until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(BATCH):
                group.create_task(self._work())

    async def idle(self) -> None:
        """Return once nobody waits and nobody is being looked up."""
        await self._queue.join()

    def _is_due(self, bot: str, channel: str, contact: Contact) -> bool:
        if self._refresh is None or (bot, channel) not in self._directories:
            return False
        if contact.profile_at is not None and self._clock() - contact.profile_at < self._refresh:
            return False
        return not self._rests_still(bot, channel) and not self._rests_still(bot, contact.id)

    async def _work(self) -> None:
        while True:
            wanted = await self._queue.get()
            try:
                await self._look_up(wanted)
            except Exception as error:  # the outermost boundary: the others are looked up all the same
                self._metrics.profiles.inc(wanted.reference.channel, "failed")
                self._rest(wanted.bot, wanted.contact, REST)
                if isinstance(error, StoreError):
                    log.warning("a person was not looked up", bot=wanted.bot, reason=str(error))
                else:
                    log.exception("looking a person up failed", bot=wanted.bot, contact=wanted.contact)
            finally:
                self._waiting.discard((wanted.bot, wanted.contact))
                self._queue.task_done()

    async def _look_up(self, wanted: _Wanted) -> None:
        bot, channel = wanted.bot, wanted.reference.channel
        person = await self._store.person(bot, wanted.contact)
        if person is None:
            return
        profile: Profile | NotFound | None = None
        if self._is_due(bot, channel, person.contact):
            profile = await self._asked(bot, wanted)
        proofs = _proofs(profile) if isinstance(profile, Profile) else ()
        joined = await self._merger.join(bot, person.contact.id, proofs)
        if joined is not None and profile is not None:
            await self._keep(bot, joined.contact.id, profile)
            self._metrics.profiles.inc(channel, "found" if isinstance(profile, Profile) else profile.reason.value)

    async def _asked(self, bot: str, wanted: _Wanted) -> Profile | NotFound | None:
        channel = wanted.reference.channel
        try:
            return await self._directories[bot, channel].profile(wanted.reference)
        except DeliveryError as error:
            limited = isinstance(error, RateLimited)
            self._metrics.profiles.inc(channel, "rate limited" if limited else "failed")
            asked = error.retry_after if isinstance(error, RateLimited) else None
            self._rest(bot, channel, asked or REST)
            log.warning("people are not looked up for a while", bot=bot, channel=channel, reason=error.reason)
            return None

    async def _keep(self, bot: str, contact: str, profile: Profile | NotFound) -> None:
        """Keep what was told, and when. What belongs to somebody else, or was erased, is left out."""
        at = self._clock()
        for _ in range(_TRIES):
            person = await self._store.person(bot, contact)
            if person is None:
                return
            new = filled(person.contact, profile, at, by_staff=await self._by_staff(bot, person.contact))
            try:
                await self._store.edit_contact(bot, new)
            except StaleVersion:
                continue
            except (Conflict, WasErased) as error:
                if isinstance(profile, NotFound) or without_ids(profile) == profile:
                    self._rest(bot, contact, self._longest())
                    log.warning("a profile was not kept", bot=bot, contact=contact, reason=type(error).__name__)
                    return
                profile = without_ids(profile)
            else:
                return

    async def _by_staff(self, bot: str, contact: Contact) -> bool:
        """Tell whether staff made or changed the contact, so that its details may be theirs."""
        if contact.source in {"csv", "cli", "console", "api"}:
            return True
        rows = await self._store.audit(bot, target=contact.id, limit=1000)
        return any(row.action not in _NO_DETAIL for row in rows)

    def _longest(self) -> float:
        return self._refresh.total_seconds() if self._refresh is not None else REST

    def _rest(self, bot: str, whom: str, seconds: float) -> None:
        self._rests[bot, whom] = self._monotonic() + seconds
        self._rests.move_to_end((bot, whom))
        while len(self._rests) > _RESTS:
            self._rests.popitem(last=False)

    def _rests_still(self, bot: str, whom: str) -> bool:
        until = self._rests.get((bot, whom))
        if until is None:
            return False
        if self._monotonic() >= until:
            del self._rests[bot, whom]
            return False
        return True


def _proofs(profile: Profile) -> tuple[Handle, ...]:
    """Return the ids that a directory told of a person."""
    proofs: list[Handle] = []
    if profile.aad_object_id:
        proofs.append(Handle(HandleKind.AAD, profile.aad_object_id.lower()))
    if profile.external_id:
        handle = handle_of(profile.external_id)
        if isinstance(handle, Handle) and handle.kind is HandleKind.EXTERNAL_ID:
            proofs.append(handle)
    return tuple(proofs)

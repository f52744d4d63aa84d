"""Makes one contact of two that proved to be one person."""

from collections.abc import Iterable
from typing import Final, Protocol

import structlog

from consent.merging import in_order, merge
from filters.person import KnownPerson
from messages.addresses import Handle, HandleKind
from messages.contact import Contact
from messages.errors import BadInput, StaleVersion
from runtime.clock import Clock
from runtime.metrics import Metrics
from storage.audience_port import People
from storage.port import Audit
from storage.records import AuditRow

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
        plan = merge(kept, ours, gone, theirs, at=at, actor=ACTOR)
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

"""Whose account an event is of, in a store where older versions kept channel and user alone.

Then Direct Line's people were Teams', and one page's another's, where their ids were the same. What was kept so is
found by its old key, once, when the person acts for the first time since: their contact gets the account's new key
beside the old, which waits and replies of before still name, and the conversation goes on under its new key. What the
journal tells to be somebody else's is left alone; what it tells to be two people's is split, with every no on both
sides.
"""

import asyncio
import contextlib
import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

import structlog
from msgspec.structs import replace

from adapters.channels import place_of
from flows.engine.turn import ConversationState, conversation_key
from messages.consent import ConsentChange, Membership, SourceKind
from messages.contact import Contact
from messages.errors import Conflict, StaleVersion, StoreError
from messages.inbound import ConversationReference, InboundEvent
from runtime.clock import Clock
from storage.audience_port import People
from storage.port import ACCOUNTS, Conversations, Forms, Journal, Ledger, Turns
from storage.records import Loaded

log = structlog.get_logger("assent.contacts")

ACTOR: Final = "assent"
"""Who splits, in the ledger: nobody of the staff did."""
_PAGE: Final = 1000
_MOST: Final = 10_000
"""Turns of one conversation that are looked at."""
_TRIES: Final = 5
_LOOKS: Final = 20


class AccountStore(Turns, Forms, People, Conversations, Journal, Ledger, Protocol):
    """What of the store this takes."""


class Accounts:
    """Loads what a turn needs for who is not known by the keys of now: by those of before."""

    def __init__(self, store: AccountStore, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def known_before(
        self, bot: str, event: InboundEvent, evidence: str, loaded: Loaded
    ) -> tuple[InboundEvent, Loaded]:
        """Return the event, under the keys that its turn is to be kept by, and what the turn needs.

        `loaded` is what the keys of now lead to, which is nobody.
        """
        reference = event.reference
        before = await self._store.load(bot, reference.earlier, event.event_id, evidence=evidence)
        if before.contact is None:  # who was erased may have had either key
            before = dataclasses.replace(before, lowered=_later(loaded.lowered, before.lowered))
        if self._store.forms < ACCOUNTS:
            return replace(event, reference=reference.earlier), before
        if before.seen:
            return event, before
        if before.contact is None:
            return event, dataclasses.replace(loaded, lowered=before.lowered)
        return event, await self._known_before(bot, event, evidence, loaded, before, before.contact)

    async def _known_before(
        self, bot: str, event: InboundEvent, evidence: str, loaded: Loaded, before: Loaded, known: Contact
    ) -> Loaded:
        """Return what is known of somebody whose old key leads to a contact, which may be another's."""
        reference = event.reference
        own = reference.page or reference.surface
        places = await self._places(bot, known, reference)
        told = frozenset[str]().union(*places.values())
        here = places.get(before.state.key, frozenset()) if before.state else frozenset()
        state = _carried(before.state, reference) if before.state and here and here <= {own, ""} else None
        if told <= {own, ""}:
            return dataclasses.replace(before, state=state)
        if told.isdisjoint({own, ""}):
            return loaded
        if reference.page:
            return dataclasses.replace(before, state=state)
        await self._split_at_last(bot, known, reference, places)
        for attempt in range(_LOOKS):
            again = await self._store.load(bot, reference, event.event_id, evidence=evidence)
            if again.contact is not None:
                return dataclasses.replace(again, state=again.state or state)
            await asyncio.sleep(0.005 * attempt)  # another server has split it, and is about to say so in each shard
        raise StoreError(
            f"the account of {known.id} is being split by another server"
        )  # never somebody without their no

    async def _places(self, bot: str, known: Contact, reference: ConversationReference) -> dict[str, frozenset[str]]:
        """Return where the user's old conversations took place, by key; "" stands for what can't be told."""
        found: dict[str, frozenset[str]] = {}
        if others := _places_of(known, reference):
            found[""] = others
        for key in await self._store.conversations_of(bot, known.id):
            summary = await self._store.conversation(bot, key)
            if summary is None:
                continue
            earlier = summary.state.reference
            if earlier.earlier is not earlier or (earlier.channel, earlier.user) != (reference.channel, reference.user):
                continue
            found[key] = await self._told(bot, key, reference) or frozenset({place_of(earlier)})
        return found or {"": frozenset({place_of(reference.earlier)})}

    async def _told(self, bot: str, key: str, reference: ConversationReference) -> frozenset[str]:
        told: set[str] = set()
        after, looked = "", 0
        while looked < _MOST:
            turns = await self._store.journal(bot, key, after=after, limit=_PAGE)
            told.update(
                place_of(turn.event.reference, turn.event.received)
                for turn in turns
                if turn.event.reference.user == reference.user
            )
            if len(turns) < _PAGE:
                break
            after, looked = turns[-1].turn, looked + len(turns)
        return frozenset(told - {""})

    async def _split_at_last(
        self, bot: str, known: Contact, reference: ConversationReference, places: Mapping[str, frozenset[str]]
    ) -> None:
        """Split, and begin again while somebody else changes the same. Raises StaleVersion when that has no end."""
        for _ in range(_TRIES):
            try:
                return await self._split(bot, known, reference, places)
            except StaleVersion:
                continue
        return await self._split(bot, known, reference, places)

    async def _split(
        self, bot: str, known: Contact, reference: ConversationReference, places: Mapping[str, frozenset[str]]
    ) -> None:
        """Make a contact of its own for an account that shared one; each no of the one is the other's too.

        A yes that was said by the account that goes is no yes of who stays. The new contact is found by its account
        only once it has each no, so that a crash in between brings nobody back in.
        """
        own = reference.surface
        at = self._clock()
        said = {change.subject: change for change in await self._changes(bot, known.id)}
        memberships = await self._store.memberships(bot, known.id)
        for subject, is_now in memberships.items():
            change = said.get(subject)
            if is_now is Membership.OPTED_IN and change and places.get(change.conversation) == frozenset({own}):
                detail = f"said by {own}, which is somebody else"
                await self._change(bot, known.id, subject, is_now, Membership.NONE, at, detail)
        account = reference.account
        name = hashlib.sha256(f"{bot} {account.channel} {account.user}".encode()).hexdigest()[:24]
        contact = Contact(id=f"c_{name}", identities=(), created_at=at, source=account.channel)
        with contextlib.suppress(Conflict):  # an earlier try did not get to its end
            await self._store.add_contact(bot, contact)
        theirs = await self._store.memberships(bot, contact.id)
        for subject, is_now in memberships.items():
            if is_now is Membership.OPTED_OUT and theirs.get(subject) is not is_now:
                was = theirs.get(subject, Membership.NONE)
                acted = said[subject].acted_at or said[subject].at if subject in said else None
                detail = f"shared an account with {known.id}"
                await self._change(bot, contact.id, subject, was, is_now, at, detail, acted_at=acted)
        person = await self._store.person(bot, contact.id)
        if person is not None and account not in person.contact.identities:
            await self._store.edit_contact(bot, replace(person.contact, identities=(account,)))
            log.info("an account is somebody else's than its contact's", bot=bot, kept=known.id, new=contact.id)

    async def _changes(self, bot: str, contact: str) -> Sequence[ConsentChange]:
        """Return all ledger rows about a contact, in order."""
        changes: list[ConsentChange] = []
        after = 0
        while rows := await self._store.ledger(bot, contact=contact, after=after, limit=_PAGE):
            changes += [row.change for row in rows]
            after = rows[-1].sequence
        return changes

    async def _change(
        self,
        bot: str,
        contact: str,
        subject: str,
        before: Membership,
        after: Membership,
        at: datetime,
        detail: str,
        *,
        acted_at: datetime | None = None,
    ) -> None:
        change = ConsentChange(contact, subject, before, after, at, SourceKind.SPLIT, ACTOR, detail, acted_at=acted_at)
        await self._store.change_consent(bot, change)


def _places_of(known: Contact, reference: ConversationReference) -> frozenset[str]:
    """Return the places of the contact's accounts of now with this user id: an old one that has gone on elsewhere."""
    own = reference.account
    others = [one for one in known.identities if one != own]
    if reference.page:
        end = f":{reference.user}"
        users = [one.user for one in others if one.channel == own.channel and one.user.endswith(end)]
        return frozenset(user.removesuffix(end) for user in users)
    return frozenset(one.channel for one in others if one.user == reference.user and one.channel != reference.channel)


def _carried(state: ConversationState, reference: ConversationReference) -> ConversationState:
    """Return a conversation under its new key. What waits goes on under the old one, where its timer is."""
    run = state.run if state.run is not None and state.run.asked else None
    return replace(state, key=conversation_key(reference), reference=reference, run=run, version=0)


def _later(one: Mapping[str, datetime], other: Mapping[str, datetime]) -> dict[str, datetime]:
    return {subject: max(side[subject] for side in (one, other) if subject in side) for subject in {*one, *other}}

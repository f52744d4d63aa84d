"""What is left of a person who was erased, the same in every store, and what their own words are."""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

import msgspec

from flows.engine.turn import ConversationState, Turn
from messages.addresses import Handle, HandleKind, Malformed, handle_of
from messages.codec import RecordDecoder
from messages.contact import Contact
from messages.contact_details import ids_of, names_of
from messages.errors import StoreError
from messages.inbound import ConversationReference, InboundEvent, Sender, Unhandled
from storage.codec import read_contact, read_state
from storage.records import AuditRow, Erased, JournalEntry

_ADDRESSES = re.compile(r"""[^\s<>()\[\],;:"'|]+@[^\s<>()\[\],;:"'|]+""")
"""What may be an address, in a text that is none."""

_TELLING = (HandleKind.EMAIL, HandleKind.AAD)
"""Handles that tell a person in the midst of a text too; an id may be any word."""


def handle_digest(salt: bytes, handle: Handle) -> str:
    """Return what stands for a handle: BLAKE2b of 16 bytes in hex, keyed with the store's salt."""
    return hashlib.blake2b(f"{handle.kind} {handle.key}".encode(), key=salt, digest_size=16).hexdigest()


def handle_digests(salt: bytes, handles: Iterable[Handle]) -> dict[Handle, str]:
    """Return the digest of each handle."""
    return {handle: handle_digest(salt, handle) for handle in handles}


def handles_in(value: str) -> Iterator[Handle]:
    """Yield the handles by which a value of a list names somebody, also a value that is more than an address."""
    for text in (value, *_ADDRESSES.findall(value)):
        if not isinstance(handle := handle_of(text), Malformed):
            yield handle


def names_one_of(value: str, handles: Collection[Handle]) -> bool:
    """Tell whether a value of a list names somebody who has one of these handles."""
    if any(handle in handles for handle in handles_in(value)):
        return True
    small = value.lower()
    return any(
        one.key in small and re.search(rf"(?<![\w.+-]){re.escape(one.key)}(?![\w-]|\.\w)", small)
        for one in handles
        if one.kind in _TELLING
    )


ERASED = "erased"
"""What the event of a turn is called, and what its conversation's name begins with."""

_CLEAR = 3
"""Characters that make a value telling wherever it stands; a shorter one counts as a word of its own alone."""

_decode_entry = RecordDecoder[JournalEntry](JournalEntry)

_NOWHERE = ConversationReference(channel="", conversation="", user="")


def erased_name(contact: str, number: int) -> str:
    """Return what conversation `number` of an erased person is called, counted from 1."""
    return f"{ERASED}:{contact}/{number}"


def is_erased_name(conversation: str, contact: str) -> bool:
    """Tell whether a conversation of the contact was erased already."""
    return conversation.startswith(f"{ERASED}:{contact}/")


def blank_contact(contact: Contact) -> Contact:
    """Return the contact with nothing in it; the store tells the version."""
    return Contact(id=contact.id, identities=())


def is_blank(contact: Contact) -> bool:
    """Tell whether a contact has nothing left but its id."""
    return msgspec.structs.replace(contact, version=0) == blank_contact(contact)


def blank_state(state: ConversationState, name: str) -> ConversationState:
    """Return a conversation's state under its new name: whose it is, its channel and its last time."""
    return ConversationState(
        key=name,
        reference=_blank_reference(state.reference),
        contact=state.contact,
        last_event_at=state.last_event_at,
        version=state.version,
    )


def erased_entry(entry: JournalEntry, name: str) -> JournalEntry:
    """Return what a turn leaves in the conversation that is called `name` now. Done again, it changes nothing."""
    outcome = Turn(
        state=blank_state(entry.outcome.state, name),
        contact=blank_contact(entry.outcome.contact),
        revision=entry.outcome.revision,
        rules=entry.outcome.rules,
    )
    return JournalEntry(
        turn=entry.turn,
        bot=entry.bot,
        conversation=name,
        contact=entry.contact,
        at=entry.at,
        event=_blank_event(entry.event.reference),
        outcome=outcome,
        revision_digest=entry.revision_digest,
        memberships=entry.memberships,
        state_before=None if entry.state_before is None else blank_state(entry.state_before, name),
        contact_before=None if entry.contact_before is None else blank_contact(entry.contact_before),
        erased=True,
    )


def bare_entry(*, turn: str, bot: str, contact: str, name: str, at: datetime) -> JournalEntry:
    """Return what is left of a turn whose record can't be read: it may hold anything, so nothing of it is kept."""
    return JournalEntry(
        turn=turn,
        bot=bot,
        conversation=name,
        contact=contact,
        at=at,
        event=_blank_event(_NOWHERE),
        outcome=Turn(bare_state(contact, name), Contact(contact, ())),
        erased=True,
    )


def bare_state(contact: str, name: str) -> ConversationState:
    """Return what is left of a conversation whose record can't be read."""
    return ConversationState(name, _NOWHERE, contact)


def entry_or_none(record: bytes) -> JournalEntry | None:
    """Return the entry of a record; None when it can't be read."""
    try:
        return _decode_entry(record)
    except StoreError:
        return None


def state_or_bare(record: bytes, version: int, contact: str) -> ConversationState:
    """Return the state of a record; what is left of one where it can't be read."""
    try:
        return read_state(record, version)
    except StoreError:
        return bare_state(contact, "")


def contact_or_unreadable(record: bytes, version: int, contact: str) -> Contact:
    """Return the contact of a record; where it can't be read, one that still is to be blanked."""
    try:
        return read_contact(record, version)
    except StoreError:
        return Contact(contact, (), name=ERASED, version=version)


def audit_of(bot: str, contact: str, erased: Erased, *, actor: str, at: datetime) -> AuditRow:
    """Return what tells later that the person was erased, and by whom."""
    detail = (
        f"turns: {erased.turns}, conversations: {erased.conversations}, replies: {erased.replies}, "
        f"rows of the ledger: {erased.ledger_rows}"
    )
    return AuditRow(0, bot, at, actor, "erase", contact, detail)


class OwnValues:
    """What tells a person wherever it is written: names, e-mail address, accounts, and what they filled in."""

    def __init__(self) -> None:
        self._values: set[str] = set()

    def add_contact(self, contact: Contact) -> None:
        self._add(*names_of(contact), *ids_of(contact), *(note.text for note in contact.notes))
        for value in contact.fields.values():
            if not isinstance(value, bool) and len(str(value)) >= _CLEAR:
                self._add(str(value))

    def add_sender(self, sender: Sender) -> None:
        self._add(sender.name, sender.email, sender.aad_object_id, sender.user)

    def add_entry(self, entry: JournalEntry) -> None:
        """Take in what a turn knew, which the contact as it is now may have lost."""
        self.add_sender(entry.event.sender)
        for contact in (entry.contact_before, entry.outcome.contact):
            if contact is not None:
                self.add_contact(contact)

    def words(self, longest: int = _CLEAR) -> frozenset[str]:
        """Return what is called by each value and each part of one, from some characters on."""
        parts = {part for value in self._values for part in (value, *re.split(r"\W+", value))}
        return frozenset(part for part in parts if len(part) >= longest)

    def in_texts(self, texts: Iterable[tuple[str, str]]) -> list[str]:
        """Return the names of those `texts`, given as pairs of name and text, that hold one of the values."""
        if not self._values:
            return []
        found = re.compile("|".join(_pattern(value) for value in sorted(self._values, key=len)))
        return [name for name, text in texts if found.search(text.casefold())]

    def _add(self, *values: str) -> None:
        self._values.update(value.strip().casefold() for value in values if value.strip())


def _pattern(value: str) -> str:
    escaped = re.escape(value)
    return escaped if len(value) >= _CLEAR or not value.isascii() else rf"(?<!\w){escaped}(?!\w)"


def _blank_reference(reference: ConversationReference) -> ConversationReference:
    return ConversationReference(channel=reference.channel, conversation="", user="", scope=reference.scope)


def _blank_event(reference: ConversationReference) -> InboundEvent:
    return InboundEvent("", _blank_reference(reference), Sender(user=""), Unhandled(ERASED))

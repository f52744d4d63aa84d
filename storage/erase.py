"""What is left of a person who was erased, the same in every store, and what their own words are.

A card that is shown in a group has one person's name and answers in it, and anybody there may press it: its words are
then the proof of their press. Such words are known by the turn that filled them in, not by how they read: a name may be
a word of the flow. Beside them, what names one person alone (accounts, addresses, ids, a name of several words) counts
as theirs in what a channel sent along, such as a quote.
"""

import asyncio
import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from flows.engine.turn import ConversationState, Turn
from flows.own_lines import FlowWords
from messages.addresses import Handle, HandleKind, Malformed, handle_of
from messages.codec import RecordDecoder
from messages.contact import Contact, ids_of, names_of
from messages.effects import Answer, ChangeConsent, KeepEvidence
from messages.errors import BadInput, StoreError
from messages.inbound import ButtonPressed, ConversationReference, InboundEvent, Sender, Unhandled
from storage.codec import read_contact, read_state
from storage.ledger import text_of
from storage.port import Revisions
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


_CLEAR_NAME: Final = 5
"""Characters of a value that names one person alone."""


class FilledWords:
    """The words that a person's turns filled in, and what names that person alone."""

    def __init__(
        self, contact: Contact, entries: Iterable[JournalEntry], plain: Mapping[int, FlowWords] | None = None
    ) -> None:
        self._plain = plain or {}
        self.texts: set[str] = set()
        self.digests: set[str] = set()
        self._names = _names_of(contact)
        self.groups: set[str] = set()
        """How the keys of other people's conversations begin that this person was in."""
        for entry in entries:
            self.add(entry)

    def add(self, entry: JournalEntry) -> None:
        """Take in what a turn of the person's filled in."""
        for contact in (entry.contact_before, entry.outcome.contact):
            if contact is not None:
                self._names |= _names_of(contact)
        self._names |= _clear(entry.event.sender.name if " " in entry.event.sender.name.strip() else "")
        group, bar, _ = entry.conversation.rpartition("|")
        if bar:
            self.groups.add(group + bar)
        for effect in entry.outcome.effects:
            if isinstance(effect, KeepEvidence) and not self.is_plain(effect.text):
                self.digests.add(effect.digest)
                self.texts.add(effect.text)

    def is_plain(self, text: str) -> bool:
        """Tell whether a text is a flow's, word for word: nothing was filled in."""
        return any(words.of().is_plain(text) for words in self._plain.values())

    @property
    def called(self) -> frozenset[str]:
        """By what others may have kept whom they talked with; in lower case."""
        return frozenset(self._names)

    def are_in_row(self, personal: str | bytes | None) -> bool:
        """Tell whether the personal part of a ledger row has words that were filled in for this person."""
        return bool(self.texts) and text_of(personal) in self.texts

    def without(self, entry: JournalEntry) -> JournalEntry | None:
        """Return another person's turn without this person's words; None where it has none."""
        if entry.erased:
            return None
        left = self._without_press(entry) if self._presses(entry) else entry
        if left.event.received and self._is_named(left.event.received):
            left = msgspec.structs.replace(left, event=msgspec.structs.replace(left.event, received=b""))
        left = _replaced(left, self._without_talked_with)
        return None if left == entry else msgspec.structs.replace(left, erased_in_part=True)

    def _is_named(self, received: bytes) -> bool:
        """Tell whether what a channel sent names the person, spelt out or as JSON escapes it."""
        folded = received.decode("utf-8", "replace").casefold()
        return any(name in folded or _escaped(name) in folded for name in self._names)

    def without_talked_with(self, contact: Contact) -> Contact | None:
        """Return another person's contact that does not tell that they talked with this one; None where it doesn't."""
        left = self._without_talked_with(contact)
        return None if left == contact else left

    def _without_talked_with(self, contact: Contact) -> Contact:
        kept = frozenset(name for name in contact.talked_with if name.strip().casefold() not in self._names)
        return contact if kept == contact.talked_with else msgspec.structs.replace(contact, talked_with=kept)

    def _presses(self, entry: JournalEntry) -> bool:
        action = entry.event.action
        if isinstance(action, ButtonPressed) and action.button is not None and action.button.evidence in self.digests:
            return True
        return entry.evidence in self.texts or any(
            isinstance(effect, ChangeConsent) and effect.change.text in self.texts for effect in entry.outcome.effects
        )

    def _without_press(self, entry: JournalEntry) -> JournalEntry:
        event, outcome = entry.event, entry.outcome
        if isinstance(event.action, ButtonPressed):
            event = msgspec.structs.replace(event, action=msgspec.structs.replace(event.action, label=""), received=b"")
        effects = tuple(self._without(effect) for effect in outcome.effects)
        evidence = None if entry.evidence in self.texts else entry.evidence
        return msgspec.structs.replace(
            entry, event=event, evidence=evidence, outcome=msgspec.structs.replace(outcome, effects=effects)
        )

    def _without(self, effect: Any) -> Any:  # noqa: ANN401  # any effect
        match effect:
            case ChangeConsent(change) if change.text in self.texts:
                return ChangeConsent(msgspec.structs.replace(change, text="", label=""))
            case Answer():
                return Answer("")
            case _:
                return effect


def _replaced(entry: JournalEntry, change: Any) -> JournalEntry:  # noqa: ANN401  # a contact for a contact
    before = None if entry.contact_before is None else change(entry.contact_before)
    after = change(entry.outcome.contact)
    if before == entry.contact_before and after == entry.outcome.contact:
        return entry
    return msgspec.structs.replace(
        entry, contact_before=before, outcome=msgspec.structs.replace(entry.outcome, contact=after)
    )


def _names_of(contact: Contact) -> set[str]:
    """Return what names a person alone. A name of one word may be anybody's, or a word of the language."""
    names = names_of(contact)
    whole = " ".join(filter(None, (contact.first_name, contact.last_name)))
    return _clear(*ids_of(contact), *(name for name in (*names, whole) if " " in name))


def _escaped(name: str) -> str:
    return "".join(letter if letter.isascii() else f"\\u{ord(letter):04x}" for letter in name)


def _clear(*values: str) -> set[str]:
    return {value.strip().casefold() for value in values if len(value.strip()) >= _CLEAR_NAME}


async def plain_words(store: Revisions, bot: str, entries: Iterable[JournalEntry]) -> dict[int, FlowWords]:
    """Return the words of the revisions that turns were taken on, as far as this version can read them."""
    found: dict[int, FlowWords] = {}
    for number in sorted({entry.outcome.revision for entry in entries} - {0}):
        known = await store.revision(bot, number)
        if known is not None:
            words = await asyncio.to_thread(_words, bot, number, known[1])
            if words is not None:
                found[number] = words
    return found


def _words(bot: str, number: int, source: str) -> FlowWords | None:
    from flows.compile import compile_revision  # noqa: PLC0415  # who erases nobody reads no flow
    from flows.source.read import read_flow  # noqa: PLC0415  # same

    try:
        flow = read_flow(source, f"{bot} revision {number}", pushed=True).bot
    except BadInput:
        return None
    return FlowWords(compile_revision(flow, number, ""))


def tells(name: str, values: Collection[str]) -> bool:
    """Tell whether a file's name has one of these values in it."""
    folded = name.casefold()
    return any(value in folded for value in values)

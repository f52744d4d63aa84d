"""What was filled in for one person and stands in other people's records: found by where it came from, and taken away.

A card that is shown in a group has one person's name and answers in it, and anybody there may press it: its words are
then the proof of their press. Such words are known by the turn that filled them in, not by how they read: a name may be
a word of the flow. Beside them, what names one person alone (accounts, addresses, ids, a name of several words) counts
as theirs in what a channel sent along, such as a quote.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import msgspec

from flows.own_lines import FlowWords
from messages.contact import Contact
from messages.contact_details import ids_of, names_of
from messages.effects import Answer, ChangeConsent, KeepEvidence
from messages.errors import BadInput
from messages.inbound import ButtonPressed
from storage.ledger import text_of
from storage.port import Revisions
from storage.records import JournalEntry

_CLEAR: Final = 5
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
    return {value.strip().casefold() for value in values if len(value.strip()) >= _CLEAR}


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
        flow = read_flow(source, f"{bot} revision {number}").bot
    except BadInput:
        return None
    return FlowWords(compile_revision(flow, number, ""))


def tells(name: str, values: Collection[str]) -> bool:
    """Tell whether a file's name has one of these values in it."""
    folded = name.casefold()
    return any(value in folded for value in values)

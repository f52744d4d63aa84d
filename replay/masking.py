"""Recordings for people who may not see who somebody is or what they wrote.

What the person typed, filled in and is called goes, wherever it stands, and so does what looks like an e-mail address
or a telephone number. What is the flow's stays: its words, buttons, keywords, messages, segments, events. Times, ids
and the names of conversations stay too, so that one can be asked for, and so do language, time zone and country, which
tell a group of people and not one of them. What is masked is for display: it can't be run again.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from math import isfinite
from typing import Any, Final, TypeVar

import msgspec

from flows.engine import trace
from flows.engine.values import read_answer
from keywords.normalise import normalise
from messages.consent import ConsentChange, SourceKind
from messages.contact import Contact, FieldValue, Note
from messages.effects import IgnoreMessage
from messages.inbound import Attachment, Sender, TextReceived
from messages.reference import ConversationReference
from storage.records import JournalEntry

MASKED: Final = "••••"

_CLEAR = 3
"""Characters from which on a value is looked for within words too."""

_NAMES: Final = ("name", "given_name", "family_name")
"""Details of several words, of which each tells the person."""

_EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_PHONE = r"(?<![\w.:/-])(?!\d{4}-\d\d-\d\d)\+?\(?\d(?:[\s().\-/]{0,2}\d){6,14}(?![\w:/-])"
_LOOKS_PERSONAL = re.compile(f"{_EMAIL}|{_PHONE}")

_KEPT: Final = frozenset(
    {
        "turn", "bot", "conversation", "contact", "key", "id", "message", "button", "channel", "event_id", "subject",
        "kind", "timer", "revision_digest", "evidence_digest", "digest", "payload", "cursor", "url", "form",
        "fault", "service_url", "tenant", "event", "item", "actor", "reply_to", "channel_message_ids",
    }
)  # fmt: skip
"""Fields that hold ids and words of the flow."""

_PERSONAL: Final = (
    "name", "given_name", "family_name", "email", "phone", "external_id", "aad_object_id", "avatar", "gender",
)  # fmt: skip
"""Details of a contact that are masked. A gender is one of few words, and is not looked for in texts."""

S = TypeVar("S", bound=msgspec.Struct)


class Mask:
    """Masks what tells one person, as far as the entries and contacts that it is given know them."""

    def __init__(self, *known: JournalEntry | Contact) -> None:
        values: set[str] = set()
        for each in known:
            values.update(form for value in _values(each) for form in _forms(value.strip()) if form)
        patterns = [_pattern(value) for value in sorted(values, key=lambda value: (-len(value), value))]
        self._own = re.compile("|".join(patterns), re.IGNORECASE) if patterns else None

    def text(self, text: str) -> str:
        """Mask what tells the person within a text."""
        if self._own is not None:
            text = self._own.sub(MASKED, text)
        return _LOOKS_PERSONAL.sub(MASKED, text)

    def masked(self, value: S) -> S:
        """Return a copy of an entry, a contact, an outbox row or an effect for display."""
        copy: S = self._masked(value, "")
        return copy

    def _masked(self, value: Any, field: str) -> Any:  # noqa: ANN401  # whatever a record holds
        if (replace := _REPLACED.get(type(value))) is not None:
            return replace(value)
        if isinstance(value, msgspec.Struct):
            fields = {name: self._masked(getattr(value, name), name) for name in value.__struct_fields__}
            if isinstance(value, ConsentChange) and value.source is SourceKind.KEYWORD:
                fields["detail"] = typed(value.detail)
            return msgspec.structs.replace(value, **fields)
        if isinstance(value, tuple):
            return tuple(self._masked(each, field) for each in value)
        if isinstance(value, Mapping):
            return {name: self._masked(each, field) for name, each in value.items()}
        if isinstance(value, str) and not isinstance(value, Enum) and field not in _KEPT:
            return self.text(value)
        return value


def typed(text: str) -> str:
    """Return what stands for something that the person typed."""
    return f"{MASKED} ({len(text)} characters)" if text else ""


def _attachment(attachment: Attachment) -> Attachment:
    return Attachment(attachment.kind, MASKED if attachment.url else "", MASKED if attachment.name else "")


def _contact(contact: Contact) -> Contact:
    return msgspec.structs.replace(
        contact,
        identities=tuple(msgspec.structs.replace(identity, user=MASKED) for identity in contact.identities),
        fields=dict.fromkeys(contact.fields, MASKED),
        talked_with=frozenset({MASKED}) if contact.talked_with else frozenset(),
        notes=tuple(Note(note.at, MASKED, MASKED) for note in contact.notes),
        **{name: MASKED if getattr(contact, name) else "" for name in _PERSONAL},
    )


_REPLACED: Mapping[type, Callable[[Any], object]] = {
    bytes: lambda _: b"",
    TextReceived: lambda action: TextReceived(typed(action.text), tuple(map(_attachment, action.attachments))),
    IgnoreMessage: lambda effect: IgnoreMessage(typed(effect.text)),
    Sender: lambda sender: Sender(MASKED, locale=sender.locale),
    ConversationReference: lambda reference: msgspec.structs.replace(reference, user=MASKED),
    Contact: _contact,
}
"""What is a person's own whatever it holds, and what stands for it."""


def _values(known: JournalEntry | Contact) -> Iterator[str]:
    if isinstance(known, JournalEntry):
        sender = known.event.sender
        yield from (sender.name, sender.email, sender.aad_object_id, sender.user)
        for contact in (known.contact_before, known.outcome.contact):
            if contact is not None:
                yield from _values(contact)
        yield from _answers(known)
        return
    yield from (known.first_name, known.last_name)
    yield from (getattr(known, name) for name in _PERSONAL if name != "gender")
    yield from (part for name in _NAMES for part in getattr(known, name).split() if len(part) >= _CLEAR)
    yield from (identity.user for identity in known.identities)
    yield from (note.text for note in known.notes)
    yield from known.talked_with
    for value in known.fields.values():
        if not isinstance(value, bool):
            yield from _told(value)


def _answers(entry: JournalEntry) -> Iterator[str]:
    """Yield what the person answered to a question, as they typed it and as a flow may say it.

    A field that the same turn clears is in no contact.
    """
    action, outcome = entry.event.action, entry.outcome
    if not isinstance(action, TextReceived) or all(step.kind != trace.ANSWER for step in outcome.trace):
        return
    yield action.text
    for kind in ("number", "date"):
        for language in (outcome.contact.language, *_LANGUAGES):
            value = read_answer(kind, action.text, language)
            if value is not None:
                yield from _told(value)


_LANGUAGES = ("en-GB", "en-US", "fr")
"""Ways to read numbers and dates that differ."""


def _told(value: FieldValue) -> Iterator[str]:
    """Yield a field's value as texts show it: numbers may be rounded."""
    yield str(value)
    if isinstance(value, float) and isfinite(value):
        yield from {str(round(value)), str(int(value)), str(round(value, 1)), str(round(value, 2))}


def _forms(value: str) -> set[str]:
    """Return a value as it may stand in a record: in other letters, and as keywords and quick replies are compared."""
    return {value, value.casefold(), normalise(value)}


def _pattern(value: str) -> str:
    escaped = re.escape(value)
    return escaped if len(value) >= _CLEAR else rf"(?<!\w){escaped}(?!\w)"

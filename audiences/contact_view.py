"""A contact as commands and the API show it, whole or masked, each detail under its word."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from filters.person import KnownPerson
from flows.own_lines import MASKED
from messages.consent import Membership
from messages.contact import BY_WORD, DETAILS, FieldValue


class Account(msgspec.Struct, frozen=True):
    """An account on a channel."""

    channel: str
    user: str


class NoteView(msgspec.Struct, frozen=True):
    """What staff wrote about a person."""

    at: datetime
    author: str
    text: str


class _Known(msgspec.Struct, frozen=True):
    id: str
    version: int
    accounts: tuple[Account, ...]


if TYPE_CHECKING:

    class _DetailViews(_Known, frozen=True):
        """A text for each detail of a person, under its word."""
else:
    _DetailViews = msgspec.defstruct("_DetailViews", [(word, str) for word in BY_WORD], bases=(_Known,), frozen=True)


class ContactView(_DetailViews, frozen=True):
    """A person. For those who may not see it, what tells who they are is masked."""

    created_at: datetime | None
    subscribed_at: datetime | None
    last_seen: datetime | None
    tags: tuple[str, ...]
    fields: Mapping[str, FieldValue]
    sequences: tuple[str, ...]
    topics: tuple[str, ...]
    events: Mapping[str, datetime]
    completed: Mapping[str, datetime]
    talked_with: tuple[str, ...]
    notes: tuple[NoteView, ...]
    memberships: Mapping[str, str] | None = None
    """How the person stands to each segment, and under `*` to everything; only where one contact is asked for."""


def contact_view(
    person: KnownPerson, *, masked: bool, memberships: Mapping[str, Membership] | None = None
) -> ContactView:
    """Return a person as they are shown."""
    contact = person.contact
    hide = _hidden if masked else _shown
    details: dict[str, Any] = {
        each.word: (hide if each.is_personal else _shown)(each.stored(contact)) for each in DETAILS
    }
    return ContactView(
        id=contact.id,
        version=contact.version,
        accounts=tuple(Account(one.channel, hide(one.user)) for one in contact.identities),
        **details,
        created_at=contact.created_at,
        subscribed_at=contact.subscribed_at,
        last_seen=person.last_seen,
        tags=tuple(sorted(contact.tags)),
        fields={name: MASKED if masked else value for name, value in sorted(contact.fields.items())},
        sequences=tuple(sorted(contact.sequences)),
        topics=tuple(sorted(contact.topics)),
        events=contact.events,
        completed=contact.completed,
        talked_with=tuple(sorted(map(hide, contact.talked_with))),
        notes=tuple(NoteView(note.at, note.author, hide(note.text)) for note in contact.notes),
        memberships=memberships,
    )


def _hidden(text: str) -> str:
    return MASKED if text else ""


def _shown(text: str) -> str:
    return text

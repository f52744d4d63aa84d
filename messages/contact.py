"""A person, as one bot knows them."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

FieldValue = str | int | float | bool
"""A contact field. Dates are kept as ISO 8601 text (`2026-11-23`)."""


class Identity(msgspec.Struct, frozen=True, omit_defaults=True):
    """An account of the person on a channel."""

    channel: str
    user: str


class Note(msgspec.Struct, frozen=True, omit_defaults=True):
    """What staff wrote about a person."""

    at: datetime
    author: str
    text: str


class Details(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What is known of a person by itself, each an entry of `messages.contact_details`. What is empty is not known."""

    name: str = ""
    email: str = ""
    aad_object_id: str = ""
    language: str = ""
    external_id: str = ""
    """What the organisation's own systems call the person."""
    phone: str = ""
    given_name: str = ""
    family_name: str = ""
    gender: str = ""
    country: str = ""
    time_zone: str = ""
    """A name of the IANA database, e.g. "Europe/Paris"."""
    avatar: str = ""
    """Address of a picture."""


class Contact(Details, frozen=True, omit_defaults=True):
    """One person of one bot. `version` is the store's: 0 means not stored yet."""

    id: str
    identities: tuple[Identity, ...]
    fields: Mapping[str, FieldValue] = msgspec.field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    created_at: datetime | None = None
    version: int = 0
    source: str = ""
    """Where the person came from: a channel, or csv, cli, console, api."""
    subscribed_at: datetime | None = None
    """When the person first met the bot; None for one whom only staff knows so far."""
    profile_at: datetime | None = None
    """When the channel was last asked who this is."""
    sequences: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    events: Mapping[str, datetime] = msgspec.field(default_factory=dict)
    """Events that a flow or the API emitted, and when each last was."""
    completed: Mapping[str, datetime] = msgspec.field(default_factory=dict)
    """What was completed, e.g. "product:boots", "collection:winter", "flow:onboarding", and when."""
    talked_with: frozenset[str] = frozenset()
    notes: tuple[Note, ...] = ()
    stop_offered_at: datetime | None = None
    """When words that hold a word that stops were last answered with the button that does, in any conversation."""
    merged_into: str = ""
    """Id of the contact that took over accounts and conversations, when both proved to be one person."""

    @property
    def first_name(self) -> str:
        """The field `first_name` if the flow stored one, else the given name, else the first word of the name."""
        stored = self.fields.get("first_name")
        if stored:
            return str(stored)
        return self.given_name or self.name.split(" ", 1)[0]

    @property
    def last_name(self) -> str:
        """The field `last_name` if the flow stored one, else the family name."""
        stored = self.fields.get("last_name")
        return str(stored) if stored else self.family_name

"""A person, as one bot knows them, and the table of what is known of a person by itself."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

FieldValue = str | int | float | bool
"""A contact field. Dates are kept as ISO 8601 text (`2026-11-23`)."""


class Identity(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """An account of the person on a channel."""

    channel: str
    user: str


class Note(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What staff wrote about a person."""

    at: datetime
    author: str
    text: str


class Details(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What is known of a person by itself, each an entry of `messages.contact`. What is empty is not known."""

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


class Contact(Details, frozen=True, omit_defaults=True, gc=False):
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


class Kind(StrEnum):
    """What a detail holds."""

    NAME = "name"
    """What a person is called; each part of it may name them."""
    EMAIL = "email"
    ID = "id"
    """An id of another system, without spaces."""
    PHONE = "phone"
    LANGUAGE = "language"
    """As BCP 47 has it: `pt-BR`."""
    TIME_ZONE = "time_zone"
    """A name of the IANA database."""
    PICTURE = "picture"
    """A web address."""
    WORD = "word"
    """One of few words, which many people share."""


class Filled(StrEnum):
    """What a channel's directory does with a detail."""

    NEVER = "never"
    ONCE = "once"
    """It fills an empty one: the language comes with each event too, and ids do not change."""
    AGAIN = "again"
    """It replaces one that it told before, too."""


class Detail(NamedTuple):
    """One detail of a person."""

    word: str
    """What everybody calls it: commands, API, files, filters and flows. `getattr(contact, word)` is what the person is
    known by: a first name may be a part of the whole name.
    """
    attribute: str
    """Where a contact keeps it."""
    kind: Kind
    filled: Filled = Filled.AGAIN
    is_filterable: bool = True
    """Whether filters and flows can ask for it."""
    is_personal: bool = True
    """Whether it is masked for those who may not see who somebody is."""
    is_editable: bool = True
    """Whether staff can set it."""

    @property
    def tells_who(self) -> bool:
        """Whether it tells the person wherever it is written; what many people share does not."""
        return self.is_personal and self.kind not in (Kind.WORD, Kind.TIME_ZONE)

    def effective(self, contact: Contact) -> str:
        """Return what the person is known by."""
        found: str = getattr(contact, self.word)
        return found

    def stored(self, contact: Contact) -> str:
        """Return what the contact keeps."""
        found: str = getattr(contact, self.attribute)
        return found


DETAILS: Final = (
    Detail("name", "name", Kind.NAME),
    Detail("first_name", "given_name", Kind.NAME),
    Detail("last_name", "family_name", Kind.NAME),
    Detail("email", "email", Kind.EMAIL),
    Detail("phone", "phone", Kind.PHONE),
    Detail("external_id", "external_id", Kind.ID, Filled.ONCE),
    Detail("aad_object_id", "aad_object_id", Kind.ID, Filled.ONCE, is_filterable=False),
    Detail("gender", "gender", Kind.WORD),
    Detail("language", "language", Kind.LANGUAGE, Filled.ONCE, is_personal=False),
    Detail("country", "country", Kind.WORD, is_personal=False),
    Detail("time_zone", "time_zone", Kind.TIME_ZONE),
    Detail("avatar", "avatar", Kind.PICTURE, is_filterable=False),
    Detail("source", "source", Kind.WORD, Filled.NEVER, is_personal=False, is_editable=False),
)
"""Each detail, in the order in which it is shown."""

BY_WORD: Final = {detail.word: detail for detail in DETAILS}
"""The details by what they are called."""

EDITABLE: Final = {detail.word: detail for detail in DETAILS if detail.is_editable}
"""What staff can set."""

LANGUAGE: Final = "language"
"""The language in which the person is spoken to; in a flow it depends on the bot too."""

IN_FLOWS: Final = frozenset(detail.word for detail in DETAILS if detail.is_filterable and detail.is_editable)
"""What placeholders and conditions of a flow can name without a field of that name."""


def known_of(contact: Contact, name: str, language: str) -> FieldValue | None:
    """Return a stored field of that name, else the detail; an empty field is returned where there is nothing else.

    `language` is the one in which the person is spoken to.
    """
    stored = contact.fields.get(name)
    if stored is not None and stored != "":
        return stored
    if name == LANGUAGE:
        return language or stored
    return (BY_WORD[name].effective(contact) if name in IN_FLOWS else "") or stored


def names_of(contact: Contact) -> frozenset[str]:
    """Return what a person is called, as it is kept and as it is used, without empty ones."""
    names = (detail for detail in DETAILS if detail.kind is Kind.NAME)
    found = (name.strip() for detail in names for name in (detail.stored(contact), detail.effective(contact)))
    return frozenset(filter(None, found))


def ids_of(contact: Contact) -> frozenset[str]:
    """Return what tells one person wherever it is written and is no name: addresses, ids, accounts on channels."""
    told = (detail for detail in DETAILS if detail.tells_who and detail.kind is not Kind.NAME)
    found = (*(detail.stored(contact) for detail in told), *(one.user for one in contact.identities))
    return frozenset(filter(None, map(str.strip, found)))

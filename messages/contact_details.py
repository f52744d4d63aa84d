"""The details of a person: one table that says of each what it is called, holds and tells.

Staff's acts, filters, flows, channels, masks and erasing go by it. A new detail is an attribute of
`messages.contact.Details` and an entry here; a channel that tells it reads it in its `Profile`.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from messages.contact import Contact, FieldValue


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

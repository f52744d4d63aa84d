"""What the API is told about people, and answers. Values are checked by `audiences.contact_values`."""

from typing import TYPE_CHECKING

import msgspec

from audiences.contact_values import ContactView
from messages.contact import EDITABLE, FieldValue


class AccountBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account on a channel."""

    channel: str
    user: str


if TYPE_CHECKING:

    class _DetailTexts(msgspec.Struct, frozen=True):
        """A text for each detail that staff can set, where one is given."""
else:
    _DetailTexts = msgspec.defstruct(
        "_DetailTexts", [(word, str | msgspec.UnsetType, msgspec.UNSET) for word in EDITABLE], frozen=True
    )


class ContactPage(msgspec.Struct, frozen=True):
    """A page of people."""

    contacts: tuple[ContactView, ...]
    next: str | None = None


class Details(_DetailTexts, frozen=True, forbid_unknown_fields=True):
    """What can be said of a person. What is left out stays as it is; an empty text takes it away."""

    tags: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    """All of them, instead of those that were there."""
    fields: dict[str, FieldValue | None] = msgspec.field(default_factory=dict)
    """Fields to set; null takes one away. Others stay."""
    subscribe: tuple[str, ...] = ()
    """`sequence:NAME` or `topic:NAME`."""
    unsubscribe: tuple[str, ...] = ()


class NewContact(Details, frozen=True, forbid_unknown_fields=True):
    """A person whom staff knows."""

    accounts: tuple[AccountBody, ...] = ()


class TagsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tags to add and to remove."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class NoteBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A note to keep."""

    text: str


class MergeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a contact takes over."""

    gone: str
    """Contact id, e-mail address, external id or account."""


class Erased(msgspec.Struct, frozen=True):
    """Who was erased, and what is left for staff to do."""

    id: str
    changed: bool
    """False where nothing was left to erase."""
    filters_naming: tuple[str, ...]
    """Ids of segments whose filters name the person, by an address, an id or a name. They were not changed."""


class Changed(msgspec.Struct, frozen=True):
    """The contact that an act was about, its version now, and whether the act changed anything."""

    id: str
    version: int
    changed: bool = True

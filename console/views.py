"""People as the API shows them, whole or masked, and the bodies that change them, checked."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from audiences.contact_values import checked_detail, checked_field
from audiences.contacts import change_tags, set_fields, together
from console.problems import invalid
from filters.person import KnownPerson
from flows.model.bot import Bot
from flows.own_lines import MASKED
from messages.consent import Membership
from messages.contact import BY_WORD, DETAILS, EDITABLE, Contact, FieldValue
from messages.errors import BadInput

Text = Annotated[str, msgspec.Meta(max_length=1000)]
_SEEN = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=_SEEN)]
"""A text without control characters that is more than spaces."""
Words = Annotated[tuple[Word, ...], msgspec.Meta(max_length=200)]
Value = (
    Annotated[str, msgspec.Meta(max_length=5000)]
    | Annotated[int, msgspec.Meta(gt=-(10**15), lt=10**15)]
    | Annotated[float, msgspec.Meta(gt=-1e15, lt=1e15)]
    | bool
)
"""Of a field. Numbers are closer to zero than 10^15, as in filters."""


class Account(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account on a channel."""

    channel: Word
    user: Word


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

    class _DetailTexts(msgspec.Struct, frozen=True):
        """A text for each detail that staff can set, where one is given."""
else:
    _DetailViews = msgspec.defstruct("_DetailViews", [(word, str) for word in BY_WORD], bases=(_Known,), frozen=True)
    _DetailTexts = msgspec.defstruct(
        "_DetailTexts", [(word, Text | msgspec.UnsetType, msgspec.UNSET) for word in EDITABLE], frozen=True
    )


class ContactView(_DetailViews, frozen=True):
    """A person. For viewers, what tells who they are is masked."""

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


class ContactPage(msgspec.Struct, frozen=True):
    """A page of people."""

    contacts: tuple[ContactView, ...]
    next: str | None = None


class Details(_DetailTexts, frozen=True, forbid_unknown_fields=True):
    """What can be said of a person. What is left out stays as it is; an empty text takes it away."""

    tags: Words | msgspec.UnsetType = msgspec.UNSET
    """All of them, instead of those that were there."""
    fields: Annotated[dict[Word, Value | None], msgspec.Meta(max_length=500)] | msgspec.UnsetType = msgspec.UNSET
    """Fields to set; null takes one away. Others stay."""


class NewContact(Details, frozen=True, forbid_unknown_fields=True):
    """A person whom staff knows."""

    accounts: Annotated[tuple[Account, ...], msgspec.Meta(max_length=50)] = ()


class TagsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tags to add and to remove."""

    add: Words = ()
    remove: Words = ()


class NoteBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A note to keep."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]


class Erased(msgspec.Struct, frozen=True):
    """Who was erased, and what is left for staff to do."""

    id: str
    filters_naming: tuple[str, ...]
    """Ids of segments whose filters name the person, by an address, an id or a name. They were not changed."""


class Changed(msgspec.Struct, frozen=True):
    """The contact that was changed, and its version now."""

    id: str
    version: int


def contact_view(
    person: KnownPerson, *, masked: bool, memberships: Mapping[str, Membership] | None = None
) -> ContactView:
    """Return a person as the API shows them."""
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


def with_details(contact: Contact, details: Details, flow: Bot) -> Contact:
    """Return a contact with what a body says of it. Raises Problem that names the member of the body."""
    said = {name: value for name in details.__struct_fields__ if (value := getattr(details, name)) is not msgspec.UNSET}
    tags, fields = said.pop("tags", None), said.pop("fields", None)
    said.pop("accounts", None)
    kept: dict[str, Any] = {EDITABLE[name].attribute: _checked(name, value) for name, value in said.items()}
    contact = msgspec.structs.replace(contact, **kept)
    if fields is not None:
        contact = set_fields({name: _field(flow, name, value) for name, value in fields.items()})(contact)
    return contact if tags is None else tagged(contact, tags, contact.tags - set(tags), "body: tags")


def tagged(contact: Contact, add: Any, remove: Any, place: str) -> Contact:  # noqa: ANN401  # collections of tags
    """Return a contact with and without some tags. Raises Problem for what is no tag."""
    try:
        return together(change_tags(tuple(add), tuple(remove)))(contact)
    except BadInput as error:
        raise invalid(error.problem, place=place, remedy=error.remedy) from None


def _checked(name: str, value: str) -> str:
    try:
        return checked_detail(name, value)
    except BadInput as error:
        raise invalid(error.problem, place=f"body: {name}", remedy=error.remedy or "Correct it") from None


def _field(flow: Bot, name: str, value: FieldValue | None) -> FieldValue | None:
    try:
        return checked_field(flow, name, value)
    except BadInput as error:
        place = f"body: fields.{name}" if name.isprintable() else "body: fields"
        raise invalid(error.problem, place=place, remedy=error.remedy) from None

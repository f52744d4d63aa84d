"""What a body says of a person, checked by the rules that the commands have too."""

from typing import Any

import msgspec

from audiences.contact_values import checked_detail, checked_field
from audiences.contacts import change_tags, set_fields, together
from console.problems import invalid
from console.views import Details
from flows.model.bot import Bot
from messages.contact import Contact, FieldValue
from messages.contact_details import EDITABLE
from messages.errors import BadInput


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

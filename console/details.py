"""What a body says of a person, checked by the rules that the commands have too."""

from datetime import date
from typing import Any

import msgspec

from audiences.contacts import change_tags, checked_detail, set_fields, together
from console.problems import invalid
from console.views import Details
from flows.model.bot import Bot
from messages.contact import Contact
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
        for name, value in fields.items():
            _check_field(name, value, flow)
        contact = set_fields(fields)(contact)
    return contact if tags is None else tagged(contact, tags, contact.tags - set(tags), "body: tags")


def tagged(contact: Contact, add: Any, remove: Any, place: str) -> Contact:  # noqa: ANN401  # collections of tags
    """Return a contact with and without some tags. Raises Problem for what is no tag."""
    try:
        return together(change_tags(tuple(add), tuple(remove)))(contact)
    except BadInput as error:
        raise invalid(error.problem, place=place, remedy="Write up to 500 characters that can be seen") from None


def _checked(name: str, value: str) -> str:
    try:
        return checked_detail(name, value)
    except BadInput as error:
        raise invalid(error.problem, place=f"body: {name}", remedy=error.remedy or "Correct it") from None


def _check_field(name: str, value: object, flow: Bot) -> None:
    """Raise Problem for a value that is not of the type that the flow gives the field."""
    place = f"body: fields.{name}" if name.isprintable() else "body: fields"
    if not name.isprintable() or (
        isinstance(value, str) and not value.replace("\n", "").replace("\t", "").isprintable()
    ):
        raise invalid("it has characters that can't be seen", place=place, remedy="Take them out")
    declared = flow.fields.get(name)
    if declared is None or value is None or _is(declared.type, value):
        return
    raise invalid(f"the flow says that {name} is of the type {declared.type}", place=place, remedy="Give such a value")


def _is(kind: str, value: object) -> bool:
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "yes_no":
        return isinstance(value, bool)
    if kind == "date":
        try:
            return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
        except ValueError:
            return False
    return isinstance(value, str)

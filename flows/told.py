"""What a flow can say and ask of a person without a field of its own: details that channels and staff tell."""

from collections.abc import Callable, Mapping
from typing import Final

from messages.contact import Contact, FieldValue

DETAILS: Final[Mapping[str, Callable[[Contact], str]]] = {
    "name": lambda contact: contact.name,
    "first_name": lambda contact: contact.first_name,
    "last_name": lambda contact: contact.last_name,
    "email": lambda contact: contact.email,
    "phone": lambda contact: contact.phone,
    "external_id": lambda contact: contact.external_id,
    "gender": lambda contact: contact.gender,
    "country": lambda contact: contact.country,
    "time_zone": lambda contact: contact.time_zone,
}
"""Details by the names that placeholders and conditions have for them."""

LANGUAGE: Final = "language"
"""The language in which the person is spoken to; it depends on the bot too."""

TOLD: Final = frozenset((*DETAILS, LANGUAGE))
"""All of these names."""


def known_of(contact: Contact, name: str, language: str) -> FieldValue | None:
    """Return a stored field of that name, else the detail; an empty field is returned where there is nothing else."""
    stored = contact.fields.get(name)
    if stored is not None and stored != "":
        return stored
    if name == LANGUAGE:
        return language or stored
    detail = DETAILS.get(name)
    return (detail(contact) if detail is not None else "") or stored

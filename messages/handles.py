"""By what staff and files name a person: an e-mail address, or an id of another system."""

from enum import StrEnum
from typing import NamedTuple

from messages.addresses import Address, ExternalId, Malformed, read_value
from messages.contact import Contact


class HandleKind(StrEnum):
    """What a handle is."""

    EMAIL = "email"
    EXTERNAL_ID = "external_id"
    AAD = "aad"
    """A person's object id in the organisation's directory."""
    ACCOUNT = "account"
    """An account on a channel: `channel user`."""


class Handle(NamedTuple):
    """A handle, in the form in which two are compared."""

    kind: HandleKind
    key: str


def handle_of(value: str) -> Handle | Malformed:
    """Return the handle that a value from a person or a file is, as `messages.addresses.read_value` reads it."""
    match read_value(value):
        case Address(key=key):
            return Handle(HandleKind.EMAIL, key)
        case ExternalId(key=key):
            return Handle(HandleKind.EXTERNAL_ID, key)
        case malformed:
            return malformed


def handles_of(contact: Contact) -> frozenset[Handle]:
    """Return all handles of a contact. One whose address is no address can't be found by it."""
    found = {Handle(HandleKind.ACCOUNT, f"{one.channel} {one.user}") for one in contact.identities}
    for value in (contact.email, contact.external_id):
        if value and not isinstance(handle := handle_of(value), Malformed):
            found.add(handle)
    if contact.aad_object_id:
        found.add(Handle(HandleKind.AAD, contact.aad_object_id.lower()))
    return frozenset(found)

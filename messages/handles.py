"""By what staff and files name a person: an e-mail address, or an id of another system."""

from enum import StrEnum
from typing import NamedTuple

from messages.addresses import Address, ExternalId, Malformed, read_value
from messages.contact import Contact, Identity


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


def account_handle(identity: Identity) -> Handle:
    """Return the handle that an account is."""
    return Handle(HandleKind.ACCOUNT, f"{identity.channel} {identity.user}")


def account_handles(contact: Contact) -> frozenset[Handle]:
    """Return the handles that are accounts on channels."""
    return frozenset(map(account_handle, contact.identities))


def other_handles(contact: Contact) -> frozenset[Handle]:
    """Return the handles that are no accounts. One whose address is no address can't be found by it."""
    found: set[Handle] = set()
    for value in (contact.email, contact.external_id):
        if value and not isinstance(handle := handle_of(value), Malformed):
            found.add(handle)
    if contact.aad_object_id:
        found.add(Handle(HandleKind.AAD, contact.aad_object_id.lower()))
    return frozenset(found)


def handles_of(contact: Contact) -> frozenset[Handle]:
    """Return all handles of a contact."""
    return account_handles(contact) | other_handles(contact)

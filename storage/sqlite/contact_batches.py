"""Contacts of a file, many at once: checked and written together, as single ones are."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final

import orjson

from filters.person import KnownPerson
from messages.addresses import Handle, HandleKind, handles_of, other_handles
from messages.codec import encode
from messages.contact import Contact
from messages.errors import StaleVersion
from storage.audience_records import was_erased
from storage.sqlite.addresses import LAST_CHANGE
from storage.sqlite.contacts import (
    ADD_HANDLE,
    ADD_IDENTITY,
    DROP_HANDLE,
    INSERT,
    LAST_NUMBER,
    UPDATE,
    erased_among,
    known_person,
    owners_of,
    refuse_taken,
)
from storage.sqlite.writer import Transaction

_NAMED: Final = """
    SELECT number, version, record, seen_at FROM json_each(?) AS asked CROSS JOIN contacts
    WHERE contacts.bot = ? AND contacts.id = asked.value
"""

_NAMES: Final = attrgetter("email", "external_id", "aad_object_id")
"""What handles that are no accounts are made of."""


def keep_contacts(transaction: Transaction, bot: str, contacts: Sequence[Contact]) -> None:
    """Add contacts and replace others, as `add_contact` and `edit_contact` do with `unique_address`: all or none.

    Raises StaleVersion, Taken and WasErased. No two of the contacts have a handle in common.
    """
    cursor = transaction.cursor
    ids = orjson.dumps([contact.id for contact in contacts if contact.version]).decode()
    before = {each.contact.id: each for each in map(known_person, cursor.execute(_NAMED, (ids, bot)))}
    for contact in contacts:
        there = before.get(contact.id)
        if contact.version and (there is None or there.is_gone or there.contact.version != contact.version):
            raise StaleVersion(f"contact {contact.id}")
    handles = [_handles_changed(contact, before.get(contact.id)) for contact in contacts]
    numbers = [
        before[contact.id].number if contact.version else transaction.next_number(LAST_NUMBER) for contact in contacts
    ]
    gained = [(handle, number) for number, (new, _) in zip(numbers, handles, strict=True) for handle in new]
    for (handle, number), owners in zip(
        gained, owners_of(cursor.connection, bot, [one for one, _ in gained]), strict=True
    ):
        if any(owner != number for owner in owners):
            refuse_taken(cursor, bot, [handle], number)
    if erased_among(cursor, bot, [handle for handle, _ in gained]):
        raise was_erased(is_new=True)
    made: list[tuple[Any, ...]] = []
    changed: list[tuple[Any, ...]] = []
    for contact, number in zip(contacts, numbers, strict=True):
        change = transaction.next_number(LAST_CHANGE)
        if contact.version:
            changed.append((encode(contact), change, number))
        else:
            made.append((number, bot, contact.id, encode(contact), change))
    cursor.executemany(INSERT, made)
    cursor.executemany(UPDATE, changed)
    lost = [(bot, one.kind, one.key, number) for number, (_, old) in zip(numbers, handles, strict=True) for one in old]
    cursor.executemany(DROP_HANDLE, lost)
    cursor.executemany(
        ADD_HANDLE,
        sorted((bot, one.kind, one.key, number) for one, number in gained if one.kind is not HandleKind.ACCOUNT),
    )
    cursor.executemany(
        ADD_IDENTITY,
        [
            (bot, one.channel, one.user, number)
            for contact, number in zip(contacts, numbers, strict=True)
            if not contact.version
            for one in contact.identities
        ],
    )


def _handles_changed(contact: Contact, before: KnownPerson | None) -> tuple[frozenset[Handle], frozenset[Handle]]:
    """Return the handles that a contact gains and loses. Who is there already keeps their accounts."""
    if before is None:
        return handles_of(contact), frozenset()
    if _NAMES(contact) == _NAMES(before.contact):
        return frozenset(), frozenset()
    new, old = other_handles(contact), other_handles(before.contact)
    return new - old, old - new

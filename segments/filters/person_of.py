"""A contact as filters see it."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from operator import attrgetter
from typing import Final

from messages.consent import Membership
from messages.contact import Contact, FieldValue
from segments.filters.kinds import Detail, Kind
from segments.filters.person import Person, TypedValue

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def typed(value: FieldValue) -> TypedValue:
    """Return a field's value by its type: a text that is a day, as `2026-11-23`, counts as that day."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


DETAILS: Final[Mapping[Detail, Callable[[Contact], str]]] = {
    Detail.NAME: attrgetter("name"),
    Detail.FIRST_NAME: attrgetter("first_name"),
    Detail.LAST_NAME: attrgetter("last_name"),
    Detail.EMAIL: attrgetter("email"),
    Detail.PHONE: attrgetter("phone"),
    Detail.GENDER: attrgetter("gender"),
    Detail.LANGUAGE: attrgetter("language"),
    Detail.COUNTRY: attrgetter("country"),
}
"""What is known of a contact by itself, and how it is read."""


def details_of(contact: Contact) -> dict[Detail, str]:
    """Return what is known of a contact by itself."""
    return {detail: read(contact) for detail, read in DETAILS.items()}


def completed_of(contact: Contact) -> frozenset[tuple[Kind, str]]:
    """Return what a contact completed. What is of no kind that filters know is left out."""
    kinds = {kind.value: kind for kind in Kind}
    parted = (key.partition(":") for key in contact.completed)
    return frozenset((kinds[kind], item) for kind, _, item in parted if kind in kinds)


def person_of(
    contact: Contact,
    last_seen: datetime | None,
    memberships: Mapping[str, Membership],
    in_filter: Callable[[str], bool] | None = None,
) -> Person:
    """Return the person that a contact is for filters; `in_filter` tells whether they meet the filter of a segment."""
    return Person(
        id=contact.id,
        details=details_of(contact),
        channels=frozenset(identity.channel for identity in contact.identities),
        tags=contact.tags,
        fields={name: typed(value) for name, value in contact.fields.items()},
        subscribed_at=contact.subscribed_at,
        last_seen=last_seen,
        talked_with=contact.talked_with,
        completed=completed_of(contact),
        events=frozenset(contact.events),
        memberships=memberships,
        in_filter=in_filter or _in_none,
    )


def _in_none(_: str) -> bool:
    return False

"""A person as filters see one, made from a contact; and the rows that an index of people is made from."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from typing import Final, NamedTuple

from filters.model import Detail, Kind, Several
from messages.channel_addresses import ChannelAddress
from messages.consent import SEQUENCE, TOPIC, Membership, kind_of_subject, name_of_subject
from messages.contact import BY_WORD, LANGUAGE, Contact, FieldValue

TypedValue = str | int | float | bool | date
"""What a field holds, by its type: a text, a number, yes or no, a day."""


def _in_none(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Person:
    """One person of one bot, seen at one moment. What is absent, or an empty text, is not known."""

    id: str
    details: Mapping[Detail, str] = field(default_factory=dict)
    names: Mapping[Several, Collection[str]] = field(default_factory=dict)
    """Tags, channels and all else that a person may have any number of; topics and sequences of `memberships` aside."""
    fields: Mapping[str, TypedValue] = field(default_factory=dict)
    subscribed_at: datetime | None = None
    last_seen: datetime | None = None
    completed: frozenset[tuple[Kind, str]] = frozenset()
    memberships: Mapping[str, Membership] = field(default_factory=dict)
    in_filter: Callable[[str], bool] = _in_none
    """Whether the person meets the filter of a segment; asked where `memberships` has nothing to say of it."""

    def several(self, which: Several) -> Collection[str]:
        """Return the names of what the person has of these."""
        kept = self.names.get(which, ())
        kind = SUBJECTS.get(which)
        return kept if kind is None else subscribed(kind, self.memberships, kept)

    def is_member(self, segment: str) -> bool:
        """Tell whether the person is in a segment of either kind. Whoever opted out is in none, filter or not."""
        membership = self.memberships.get(segment, Membership.NONE)
        if membership is Membership.NONE:
            several = SEVERAL_BY_KIND.get(kind_of_subject(segment))
            kept = () if several is None else self.names.get(several, ())
            return self.in_filter(segment) or name_of_subject(segment) in kept
        return membership in _MEMBER


SUBJECTS: Final[Mapping[Several, str]] = {Several.TOPIC: TOPIC, Several.SEQUENCE: SEQUENCE}
"""What are memberships, by what their subjects begin with."""

SEVERAL_BY_KIND: Final[Mapping[str, Several]] = {kind: several for several, kind in SUBJECTS.items()}


def subscribed(kind: str, memberships: Mapping[str, Membership], kept: Collection[str] = ()) -> frozenset[str]:
    """Return the names of the topics or sequences that a person is in.

    `kept`: names that a version before kept with the contact, and that are no memberships yet. They count as added, as
    long as no membership says otherwise.
    """
    members = frozenset(
        name_of_subject(subject)
        for subject, membership in memberships.items()
        if membership in _MEMBER and kind_of_subject(subject) == kind
    )
    return members | {name for name in kept if memberships.get(kind + name, Membership.NONE) is Membership.NONE}


_MEMBER: Final = (Membership.OPTED_IN, Membership.ADDED)

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def typed(value: FieldValue) -> TypedValue:
    """Return a field's value by its type: a text that is a day, as `2026-11-23`, counts as that day."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


def language_of(contact: Contact) -> str:
    """Return the language that the person chose in a flow, else the one that a channel or staff told."""
    chosen = contact.fields.get(LANGUAGE)
    return chosen if isinstance(chosen, str) and chosen else contact.language


DETAILS: Final[Mapping[Detail, Callable[[Contact], str]]] = {
    detail: language_of if detail is Detail.LANGUAGE else attrgetter(BY_WORD[detail].word) for detail in Detail
}
"""What a contact is known by, and how it is read."""

SEVERAL: Final[Mapping[Several, Callable[[Contact], Collection[str]]]] = {
    Several.TAG: attrgetter("tags"),
    Several.CHANNEL: lambda contact: frozenset(identity.channel for identity in contact.identities),
    Several.TALKED_WITH: attrgetter("talked_with"),
    Several.EVENT: attrgetter("events"),
    Several.SEQUENCE: attrgetter("sequences"),
    Several.TOPIC: attrgetter("topics"),
}
"""What a contact may have any number of, and how their names are read.

Of sequences and topics, those that a version before kept and that are no memberships yet.
"""


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
        names={several: read(contact) for several, read in SEVERAL.items()},
        fields={name: typed(value) for name, value in contact.fields.items()},
        subscribed_at=contact.subscribed_at,
        last_seen=last_seen,
        completed=completed_of(contact),
        memberships=memberships,
        in_filter=in_filter or _meets_none,
    )


def _meets_none(_: str) -> bool:
    return False


class KnownPerson(NamedTuple):
    """A contact, its number, and when the person last did something (None: never yet).

    The number is 1 or more, dense over the people of a store, never reused, and not the same in a copy of the store.
    """

    number: int
    contact: Contact
    last_seen: datetime | None = None
    addresses: Sequence[ChannelAddress] = ()
    """Where the person is written to, one a channel; read where people are followed."""

    @property
    def is_gone(self) -> bool:
        """Whether the contact was merged into another, or erased: all that is left of it is its id."""
        return bool(self.contact.merged_into) or (not self.contact.identities and self.contact.created_at is None)


class MembershipRow(NamedTuple):
    """What those who follow the ledger need of a row. Of n shards, the row with sequence q is in shard (q - 1) % n."""

    sequence: int
    person: int
    """Number of the contact."""
    subject: str
    before: Membership
    after: Membership
    at: int = 0
    """When it was written, in milliseconds since 1970."""
    merged: bool = False
    """Two contacts became one."""

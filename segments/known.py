"""People and their memberships, as whoever counts them reads them from a store."""

from datetime import datetime
from typing import NamedTuple

from messages.consent import Membership
from messages.contact import Contact


class KnownPerson(NamedTuple):
    """A contact, its number, and when the person last did something (None: never yet).

    The number is 1 or more, dense over the people of a store, never reused, and not the same in a copy of the store.
    """

    number: int
    contact: Contact
    last_seen: datetime | None = None

    @property
    def is_gone(self) -> bool:
        """Whether the contact was merged into another, or erased: all that is left of it is its id."""
        return bool(self.contact.merged_into) or (not self.contact.identities and self.contact.created_at is None)


class MembershipRow(NamedTuple):
    """What an index needs of a ledger row. Of n shards, the row with sequence q is in shard (q - 1) % n."""

    sequence: int
    person: int
    """Number of the contact."""
    subject: str
    before: Membership
    after: Membership

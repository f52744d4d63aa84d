"""Who is in which segment, by the thousand: sets of contacts that are fed from the ledger and answer counts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from pyroaring import BitMap

from messages.consent import LedgerRow, Membership
from messages.ids import ALL
from segments.may_receive import may_receive


class Count(NamedTuple):
    """How many people a segment has."""

    members: int
    reachable: int
    """Members to whom a message pushed to the segment may go, as `may_receive` has it."""
    sequence: int
    """The ledger sequence that was seen when this was counted."""


@dataclass(slots=True)
class _Subject:
    """Ordinals of the contacts that stand to a subject other than by `none`, each in one of the sets."""

    opted_in: BitMap = field(default_factory=BitMap)
    added: BitMap = field(default_factory=BitMap)
    opted_out: BitMap = field(default_factory=BitMap)

    def with_standing(self, membership: Membership) -> BitMap | None:
        if membership is Membership.OPTED_IN:
            return self.opted_in
        if membership is Membership.ADDED:
            return self.added
        if membership is Membership.OPTED_OUT:
            return self.opted_out
        return None


class SegmentIndex:
    """The fold of one bot's ledger, kept as sets.

    Contacts have ordinals, dense and never reused, in the order in which rows first name them. A ledger of several
    shards numbers its rows so that shard s of n has s + 1, s + 1 + n, and so on. The rows of each shard are to come in
    order and from the first; those of different shards may come in any order, as a person is in one shard alone.
    """

    def __init__(self, shards: int = 1) -> None:
        self._seen = [0] * shards
        self._ordinals: dict[str, int] = {}
        self._subjects: dict[str, _Subject] = {ALL: _Subject()}

    @property
    def seen(self) -> int:
        """The highest sequence taken in; 0 before the first. Other shards' rows below it may still be to come."""
        return max(self._seen)

    @property
    def segments(self) -> list[str]:
        """Segments that rows were about, sorted."""
        return sorted(self._subjects.keys() - {ALL})

    def feed(self, rows: Iterable[LedgerRow]) -> None:
        """Take rows in. Those taken in before change nothing."""
        seen, ordinals, subjects = self._seen, self._ordinals, self._subjects
        shards = len(seen)
        for row in rows:
            sequence, change = row.sequence, row.change
            shard = (sequence - 1) % shards
            if sequence <= seen[shard]:
                continue
            seen[shard] = sequence
            ordinal = ordinals.setdefault(change.contact, len(ordinals))
            subject = subjects.get(change.subject)
            if subject is None:
                subject = subjects[change.subject] = _Subject()
            left, joined = subject.with_standing(change.before), subject.with_standing(change.after)
            if left is not None:
                left.discard(ordinal)
            if joined is not None:
                joined.add(ordinal)

    def count(self, segment: str) -> Count:
        """Count the members of a segment; none of one that no row was about."""
        subject = self._subjects.get(segment, _Subject())
        stopped = self._subjects[ALL].opted_out
        reachable = 0
        for membership, people in ((Membership.OPTED_IN, subject.opted_in), (Membership.ADDED, subject.added)):
            if may_receive(membership, Membership.NONE):
                reachable += people.difference_cardinality(stopped)
            if may_receive(membership, Membership.OPTED_OUT):
                reachable += people.intersection_cardinality(stopped)
        return Count(len(subject.opted_in) + len(subject.added), reachable, self.seen)

    def is_member(self, contact: str, segment: str) -> bool:
        """Tell whether a contact opted in or was added to a segment."""
        ordinal, subject = self._ordinals.get(contact), self._subjects.get(segment)
        if ordinal is None or subject is None:
            return False
        return ordinal in subject.opted_in or ordinal in subject.added

"""How people stand to segments, as the ledger says."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pyroaring import BitMap

from messages.consent import Membership
from messages.ids import ALL
from segments.known import MembershipRow


@dataclass(slots=True)
class Standing:
    """People who stand to a subject other than by `none`, each in one of the sets."""

    opted_in: BitMap = field(default_factory=BitMap)
    added: BitMap = field(default_factory=BitMap)
    opted_out: BitMap = field(default_factory=BitMap)

    @property
    def members(self) -> BitMap:
        return self.opted_in | self.added

    def of(self, membership: Membership) -> BitMap | None:
        """Return the set of those who stand so; None for `none`."""
        return {
            Membership.OPTED_IN: self.opted_in,
            Membership.ADDED: self.added,
            Membership.OPTED_OUT: self.opted_out,
        }.get(membership)


class Standings:
    """The fold of a ledger whose rows come in order of their sequence, shard by shard."""

    def __init__(self, shards: int) -> None:
        self._seen = [0] * shards
        self._subjects: dict[str, Standing] = {ALL: Standing()}

    @property
    def seen(self) -> int:
        """The highest sequence taken in; 0 before the first. Other shards' rows below it may still be to come."""
        return max(self._seen)

    @property
    def segments(self) -> list[str]:
        """Segments that rows were about, sorted."""
        return sorted(self._subjects.keys() - {ALL})

    def to(self, subject: str) -> Standing:
        """Return how people stand to a segment, or to everything."""
        return self._subjects.get(subject) or Standing()

    def feed(self, rows: Iterable[MembershipRow]) -> None:
        """Take rows in. Those taken in before change nothing.

        Rows that say the same of several people in a row are taken in together.
        """
        pending: list[int] = []
        kind: tuple[str, Membership, Membership] | None = None
        seen, shards = self._seen, len(self._seen)
        for sequence, person, subject, before, after in rows:
            shard = (sequence - 1) % shards
            if sequence <= seen[shard]:
                continue
            seen[shard] = sequence
            if kind != (subject, before, after):
                self._take(kind, pending)
                kind, pending = (subject, before, after), []
            pending.append(person)
        self._take(kind, pending)

    def _take(self, kind: tuple[str, Membership, Membership] | None, people: list[int]) -> None:
        if kind is None:
            return
        subject, before, after = kind
        standing = self._subjects.setdefault(subject, Standing())
        left, joined = standing.of(before), standing.of(after)
        moved = BitMap(people)
        if left is not None:
            left.difference_update(moved)
        if joined is not None:
            joined.update(moved)

    @property
    def size(self) -> int:
        """Bytes, about."""
        sets = [each for one in self._subjects.values() for each in (one.opted_in, one.added, one.opted_out)]
        return sum(len(each.serialize()) for each in sets)

"""The ledger, read from its first row and compared with what it is said to say; a store gives rows and their hashes."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from messages.consent import Membership
from storage.ledger_loss import LedgerLoss, is_declared
from storage.records import FoldDifference, LedgerReport, missing

About = tuple[str, str]
"""Contact and subject."""


class FoldedMembership(NamedTuple):
    """What a contact is to a subject, and the sequence of the row that made it so."""

    state: Membership
    sequence: int


_UNKNOWN = FoldedMembership(Membership.NONE, 0)


class ProvenRows(NamedTuple):
    """A row, or those of a batch, that one hash proves: contact, subject, before and after of each."""

    first: int
    """Its sequence; those of a batch are dense."""
    rows: Sequence[tuple[str, str, Membership, Membership]]
    hash: str
    """As it is stored."""
    hash_behind: Callable[[str], str]
    """Returns the hash that the rows should have, behind the hash of the row before."""
    keeps_personal: bool
    """Whether the personal part is that of its digest, or was erased."""

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


class LedgerFold:
    """The ledger of one shard of a bot, row by row. Sequences of n shards interleave."""

    def __init__(self, bot: str, start: str, losses: Sequence[LedgerLoss], *, shard: int = 0, shards: int = 1) -> None:
        self._bot = bot
        self._losses = losses
        self._step = shards
        self._sequence = shard + 1 - shards
        self.rows = 0
        self.hash = start
        self._memberships: dict[About, FoldedMembership] = {}

    def add(self, proven: ProvenRows) -> Iterator[FoldDifference]:
        """Take in rows, yielding what is wrong with them."""
        problems = list(self._problems(proven))
        for sequence, (contact, subject, before, after) in enumerate(proven.rows, proven.first):
            about = (contact, subject)
            earlier = self._memberships.get(about, _UNKNOWN).state
            if before is not earlier:
                problems.append(f"row {sequence} starts from {before}, and the rows before it say {earlier}")
            for problem in problems:
                yield FoldDifference(self._bot, *about, before, earlier, sequence, problem)
            problems = []
            self._memberships[about] = FoldedMembership(after, sequence)
        self.rows += len(proven.rows)
        self._sequence, self.hash = proven.last, proven.hash

    def _problems(self, proven: ProvenRows) -> Iterator[str]:
        first, last = proven.first, proven.last
        due = self._sequence + self._step
        if first != due and not is_declared(self._losses, due, first - self._step):
            yield f"the ledger skips from row {max(self._sequence, 0)} to row {first}"
        elif proven.hash != proven.hash_behind(self.hash):
            was = f"row {first} was altered: its" if first == last else f"rows {first} to {last} were altered: their"
            yield f"{was} hash does not fit"
        if not proven.keeps_personal:
            yield f"row {first} was altered: its personal part does not fit its digest"

    def compare(
        self, stored: Mapping[About, FoldedMembership], members: AbstractSet[About] | None = None
    ) -> Iterator[FoldDifference]:
        """Yield the memberships that are not what the rows say; with a store's lists of `members`, those too."""
        for about in sorted(self._memberships.keys() | stored.keys() | (members or set())):
            said, found = self._memberships.get(about, _UNKNOWN), stored.get(about, _UNKNOWN)
            problems = []
            if found.state is not said.state:
                problems.append("membership differs from the fold of the ledger")
            elif found != said:
                problems.append(f"membership names row {found.sequence} as its proof; it is row {said.sequence}")
            listed, is_member = about in (members or ()), said.state in {Membership.OPTED_IN, Membership.ADDED}
            if members is not None and listed is not is_member:
                problems.append(f"the list of members {'has' if listed else 'lacks'} the contact")
            for problem in problems:
                yield FoldDifference(self._bot, *about, found.state, said.state, said.sequence, problem)


def report_of(
    folds: Sequence[LedgerFold], memberships: int, differences: Sequence[FoldDifference], losses: Sequence[LedgerLoss]
) -> LedgerReport:
    """Return what came of the folds of a bot's shards. Rows that nobody accepted as lost are the first differences."""
    heads = [fold.hash for fold in folds if fold.rows]
    return LedgerReport(
        rows=sum(fold.rows for fold in folds),
        memberships=memberships,
        differences=(*(missing(loss) for loss in losses if loss.is_open), *differences),
        head=heads[0] if len(heads) == 1 else hashlib.sha256(" ".join(heads).encode()).hexdigest() if heads else "",
        losses=tuple(losses),
    )

"""The ledger, read from its first row and compared with what it is said to say."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from heapq import merge
from operator import itemgetter
from typing import Any, NamedTuple

from messages.consent import Membership
from storage.ledger_loss import LedgerLoss, is_declared
from storage.records import FoldDifference, LedgerReport, missing
from storage.sqlite.chain import START, row_hash
from storage.sqlite.ledger_batches import Batch, batch_hash, digest_of, ids_of, read_batches
from storage.sqlite.losses import read_losses

_ROWS = """
    SELECT ledger.sequence, contacts.id, subject, before, after, at, source, actor,
           revision, message, button, purpose, channel, turn, personal, personal_digest, hash
    FROM ledger JOIN contacts ON contacts.number = ledger.contact
    WHERE ledger.bot = ? ORDER BY ledger.sequence
"""
_MEMBERSHIPS = """
    SELECT contacts.id, subject, state, sequence
    FROM memberships JOIN contacts ON contacts.number = memberships.contact
    WHERE memberships.bot = ? AND memberships.sequence > 0
"""


class _Standing(NamedTuple):
    state: str
    sequence: int


_UNKNOWN = _Standing(Membership.NONE.value, 0)


class _Fold:
    """The ledger of one bot, row by row."""

    def __init__(self, bot: str, losses: Sequence[LedgerLoss]) -> None:
        self.bot = bot
        self.rows = 0
        self.sequence = 0
        self.hash = START
        self.standing: dict[tuple[str, str], _Standing] = {}
        self._losses = losses

    def add(self, connection: sqlite3.Connection) -> Iterator[FoldDifference]:
        """Take in every row, yielding what is wrong with it."""
        singles = ((row[0], row) for row in connection.execute(_ROWS, (self.bot,)))
        batches = ((batch.first, batch) for batch in read_batches(connection, self.bot, 0))
        for _, found in merge(singles, batches, key=itemgetter(0)):
            if isinstance(found, Batch):
                yield from self._add_batch(connection, found)
            else:
                yield from self._add_row(found)

    def _add_row(self, row: tuple[Any, ...]) -> Iterator[FoldDifference]:
        sequence, *facts, personal, personal_digest, row_hash_stored = row
        contact, subject, before, after = facts[:4]
        is_altered = row_hash_stored != row_hash(self.hash, (self.bot, sequence, *facts), personal_digest)
        problems = list(self._problems(sequence, sequence, is_altered=is_altered))
        if personal is not None and hashlib.sha256(personal.encode()).digest() != personal_digest:
            problems.append(f"row {sequence} was altered: its personal part does not fit its digest")
        yield from self._fold(sequence, contact, subject, before, after, problems)
        self.hash = row_hash_stored

    def _add_batch(self, connection: sqlite3.Connection, batch: Batch) -> Iterator[FoldDifference]:
        ids, shared = ids_of(connection, batch), batch.shared
        digest = batch_hash(self.hash, self.bot, batch.first, shared, ids, batch.lines_digest, batch.acted_at)
        is_altered = digest != batch.hash or batch.last != batch.first + len(ids) - 1 or not _fit(batch)
        problems = list(self._problems(batch.first, batch.last, is_altered=is_altered))
        for place, contact in enumerate(ids):
            sequence = batch.first + place
            yield from self._fold(sequence, contact, shared.subject, shared.before, shared.after, problems)
            problems = []
        self.hash = batch.hash

    def _problems(self, first: int, last: int, *, is_altered: bool) -> Iterator[str]:
        """Yield what is wrong with a row, or with the rows of a batch, as they stand behind the row before."""
        if first != self.sequence + 1 and not is_declared(self._losses, self.sequence + 1, first - 1):
            yield f"the ledger skips from row {self.sequence} to row {first}"
        elif is_altered and first == last:
            yield f"row {first} was altered: its hash does not fit"
        elif is_altered:
            yield f"rows {first} to {last} were altered: their hash does not fit"

    def _fold(
        self, sequence: int, contact: str, subject: str, before: str, after: str, problems: list[str]
    ) -> Iterator[FoldDifference]:
        about = (contact, subject)
        earlier = self.standing.get(about, _UNKNOWN)
        if before != earlier.state:
            problems.append(f"row {sequence} starts from {before}, and the rows before it say {earlier.state}")
        for problem in problems:
            yield self._difference(about, before, earlier.state, sequence, problem)
        self.rows += 1
        self.sequence = sequence
        self.standing[about] = _Standing(after, sequence)

    def compare(self, stored: dict[tuple[str, str], _Standing]) -> Iterator[FoldDifference]:
        """Yield the memberships that are not what the rows say."""
        for about in sorted(self.standing.keys() | stored.keys()):
            said = self.standing.get(about, _UNKNOWN)
            found = stored.get(about, _UNKNOWN)
            if found.state != said.state:
                problem = "membership differs from the fold of the ledger"
                yield self._difference(about, found.state, said.state, said.sequence, problem)
            elif found != said:
                problem = f"membership names row {found.sequence} as its proof; it is row {said.sequence}"
                yield self._difference(about, found.state, said.state, said.sequence, problem)

    def _difference(
        self, about: tuple[str, str], stored: str, folded: str, sequence: int, problem: str
    ) -> FoldDifference:
        return FoldDifference(self.bot, *about, Membership(stored), Membership(folded), sequence, problem)


def _fit(batch: Batch) -> bool:
    """Tell whether lines are those of their digest. Where somebody was erased, that can't be told any more."""
    return "null" in (batch.lines or "") or digest_of(batch.lines) == batch.lines_digest


def verify(connection: sqlite3.Connection, bot: str) -> LedgerReport:
    """Fold the bot's ledger and return what differs: memberships, gaps, rows that do not follow, altered rows."""
    losses = read_losses(connection, bot)
    fold = _Fold(bot, losses)
    differences = [missing(loss) for loss in losses if loss.is_open]
    differences += fold.add(connection)
    stored = {
        (contact, subject): _Standing(state, sequence)
        for contact, subject, state, sequence in connection.execute(_MEMBERSHIPS, (bot,))
    }
    differences += fold.compare(stored)
    head = fold.hash.hex() if fold.rows else ""
    return LedgerReport(fold.rows, len(stored), tuple(differences), head=head, losses=tuple(losses))

"""What the writing thread is given to do."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from messages.errors import AssentError
from storage.evidence_cache import EvidenceCache
from storage.sqlite.ledger_memory import LedgerMemory

T = TypeVar("T")


@dataclass(slots=True)
class Head:
    """The end of a bot's ledger."""

    sequence: int
    hash: bytes
    lost: bool = False
    """Rows that were acknowledged are missing: nothing that raises consent is written."""


@dataclass(slots=True)
class Transaction:
    """A write transaction, as an operation sees it: all reads and writes go through `cursor`.

    It is shared with the operations of other callers, so an operation checks first and writes then: one that raises an
    `AssentError` must have written nothing.
    """

    cursor: sqlite3.Cursor
    evidence: EvidenceCache
    """Texts that were in the database before this transaction."""
    memory: LedgerMemory
    kept_evidence: list[tuple[str, str]] = field(default_factory=list)
    """Bot and digest of texts that this transaction adds."""
    heads: dict[str, Head] = field(default_factory=dict)
    """Ends of the ledgers that this transaction appends to, by bot."""
    appended: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """Sequence and hash of the last row that this transaction appends to a ledger, by bot."""
    last_numbers: dict[str, int] = field(default_factory=dict)
    """The highest number given so far in tables whose rows are numbered here, by the query that finds it."""

    def next_number(self, last: str) -> int:
        """Return the number after the one that the query `last` finds, and after those given since."""
        number: int = self.last_numbers.get(last) or self.cursor.execute(last).fetchone()[0] or 0
        self.last_numbers[last] = number + 1
        return number + 1


Outcome = tuple[T, None] | tuple[None, Exception]
"""The result, or why there is none."""

Operation = Callable[[Transaction], T]


@dataclass(frozen=True, slots=True)
class Joint:
    """An operation that is cheaper done together with others of its kind, whatever other kinds do before or after."""

    together: Callable[[Transaction, Sequence[Any]], Sequence[Outcome[Any]]]
    """Does what each argument asks, in this order, and returns an outcome for each; a refused one wrote nothing."""
    argument: Any


def run_all(transaction: Transaction, operations: Sequence[Operation[Any] | Joint]) -> list[Outcome[Any]]:
    """Run the joint operations kind by kind, then the others in order; return the outcomes in the order given."""
    outcomes: list[Outcome[Any]] = [(None, None)] * len(operations)
    kinds: dict[Callable[..., Sequence[Outcome[Any]]], tuple[list[int], list[Any]]] = {}
    single: list[tuple[int, Operation[Any]]] = []
    for place, operation in enumerate(operations):
        if isinstance(operation, Joint):
            places, arguments = kinds.setdefault(operation.together, ([], []))
            places.append(place)
            arguments.append(operation.argument)
        else:
            single.append((place, operation))
    for together, (places, arguments) in kinds.items():
        for place, outcome in zip(places, together(transaction, arguments), strict=True):
            outcomes[place] = outcome
    for place, operation in single:
        try:
            outcomes[place] = operation(transaction), None
        except AssentError as refusal:
            outcomes[place] = None, refusal
    return outcomes

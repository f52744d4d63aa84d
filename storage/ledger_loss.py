"""Rows of the ledger that are remembered, and those that are missing, as values."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

RESERVED: Final = 1_000_000
"""Numbers that are left out behind the last row that is remembered: servers may have given some that this one did not
hear of."""


class LedgerMark(msgspec.Struct, frozen=True):
    """A ledger row that was acknowledged. Of each shard of a bot one is remembered: its last."""

    bot: str
    shard: int
    sequence: int
    hash: str
    """In hex, over this row and all before it in its shard."""


class LedgerLoss(msgspec.Struct, frozen=True, omit_defaults=True):
    """Rows that were acknowledged and are not there any more: of one shard of a bot, from `first` to `last`.

    Sequences up to `reserved` are used by no later row.
    """

    id: str
    bot: str
    shard: int
    first: int
    last: int
    reserved: int
    hash: str
    """Of row `last`."""
    found_at: datetime
    accepted_at: datetime | None = None
    accepted_by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether nobody has accepted it: nothing that raises consent is written."""
        return self.accepted_at is None

    def covers(self, sequence: int) -> bool:
        """Tell whether a row of that number was lost with these, or never given."""
        return self.first <= sequence <= self.reserved

    def __str__(self) -> str:
        rows = f"row {self.first} is" if self.first == self.last else f"rows {self.first} to {self.last} are"
        return f"{self.bot}: {rows} missing from the ledger"


def is_declared(losses: Iterable[LedgerLoss], first: int, last: int) -> bool:
    """Tell whether no row from `first` to `last` has to be there: they are on record as lost, or were never given."""
    return any(loss.covers(first) and loss.covers(last) for loss in losses)

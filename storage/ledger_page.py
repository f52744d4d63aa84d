"""A ledger read on and on: the page that came, and where the next one begins."""

from collections.abc import Sequence
from typing import NamedTuple

from messages.consent import LedgerRow

LedgerPosition = tuple[int, ...]
"""How far somebody has read the ledger of a bot: a number for each of the bot's shards, whose meaning is the store's.

`()` is the beginning. Of n shards, the row with sequence q is in shard (q - 1) % n.
"""


class LedgerPage(NamedTuple):
    """What came after a position."""

    rows: Sequence[LedgerRow]
    position: LedgerPosition
    """Stands after the last row of each shard; never `()`."""
    more: bool
    """Whether rows may have been left for the next page. If not, the rows are all that there were."""

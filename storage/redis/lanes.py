"""Pending replies of conversations, as this worker knows them."""

from collections.abc import Mapping

import msgspec

from messages.codec import RecordDecoder, encode
from storage.records import OutboxRow
from storage.redis.keys import Shard

_decode = RecordDecoder[OutboxRow](OutboxRow)


def encode_row(row: OutboxRow) -> bytes:
    """Return a row as a record. Its sequence stands beside it in Redis."""
    return encode(row if row.sequence == 0 else msgspec.structs.replace(row, sequence=0))


def read_row(record: bytes, shard: Shard, number: int, *, in_doubt: bool = False) -> OutboxRow:
    """Return the row of a record. `in_doubt`: a worker that is gone may have sent it."""
    row = _decode(record)
    return msgspec.structs.replace(
        row, sequence=shard.reply_sequence(number), ambiguous=row.ambiguous or (in_doubt and row.status == "pending")
    )


class Lanes:
    """Which replies of each conversation that it sends this worker was told of."""

    def __init__(self) -> None:
        self._told: dict[tuple[Shard, str], tuple[int, int]] = {}
        self._meanwhile: set[tuple[Shard, str]] | None = None
        """Conversations that the worker was told of while it looks what it holds."""

    def began(self, shard: Shard, conversation: str, first: int, last: int) -> None:
        """Nothing waited there before the reply `first`: what the worker may still have of earlier ones has ended."""
        self._tell((shard, conversation), first, last)

    def told(self, shard: Shard, conversation: str, first: int, last: int) -> None:
        """The worker knows these replies too."""
        known_first, known_last = self._told.get((shard, conversation), (first, last))
        self._tell((shard, conversation), min(known_first, first), max(known_last, last))

    def _tell(self, lane: tuple[Shard, str], first: int, last: int) -> None:
        self._told[lane] = first, last
        if self._meanwhile is not None:
            self._meanwhile.add(lane)

    def told_up_to(self, shard: Shard, conversation: str) -> int:
        return self._told.get((shard, conversation), (0, 0))[1]

    def ended(self, shard: Shard, conversation: str, up_to: int) -> None:
        """None of the replies up to that number waits any more, or all of them are another worker's.

        The worker may have been told of later ones already: by an answer that overtook this one.
        """
        first, last = self._told.pop((shard, conversation), (0, 0))
        if last > up_to:
            self._tell((shard, conversation), max(first, up_to + 1), last)

    def has(self, shard: Shard, conversation: str, number: int) -> bool:
        """Tell whether this worker sends the conversation's replies, and `number` is one of them."""
        told = self._told.get((shard, conversation))
        return told is not None and number >= told[0]

    def look(self) -> None:
        """Begin to look what is held; `keep_only` follows."""
        self._meanwhile = set()

    def keep_only(self, held: Mapping[tuple[Shard, str], int]) -> None:
        """Forget conversations other than these, and of these what came before the first reply that waits.

        What the worker was told since `look` stays: it may be newer.
        """
        meanwhile, self._meanwhile = self._meanwhile or set(), None
        self._told = {
            lane: (max(first, held.get(lane, 0)), last)
            for lane, (first, last) in self._told.items()
            if lane in held or lane in meanwhile
        }

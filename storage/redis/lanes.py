"""Pending replies of conversations, as this worker knows them."""

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
    """How far this worker was told of the replies of each conversation that it sends."""

    def __init__(self) -> None:
        self._told: dict[tuple[Shard, str], int] = {}

    def told(self, shard: Shard, conversation: str, number: int) -> None:
        """The worker knows the replies up to `number`."""
        lane = (shard, conversation)
        if number > self._told.get(lane, 0):
            self._told[lane] = number

    def told_up_to(self, shard: Shard, conversation: str) -> int:
        return self._told.get((shard, conversation), 0)

    def ended(self, shard: Shard, conversation: str) -> None:
        """Nothing waits there any more, or another worker has it."""
        self._told.pop((shard, conversation), None)

    def has(self, shard: Shard, conversation: str) -> bool:
        """Tell whether this worker sends the conversation's replies."""
        return (shard, conversation) in self._told

    def keep_only(self, held: set[tuple[Shard, str]]) -> None:
        """Forget conversations other than these."""
        for lane in self._told.keys() - held:
            del self._told[lane]

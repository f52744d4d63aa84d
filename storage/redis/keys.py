"""Names in Redis, and sequences, of which those of a bot's shards interleave.

Each shard of a bot has a hash tag of its own, so that all that a turn touches is in one slot.
"""

from typing import NamedTuple

from redis.crc import key_slot

ROOT = "assent:{assent}:"
"""What belongs to the store as a whole: its schema, its bots."""

PARTITIONS = 1 << 20
"""More than there can be shards of all bots together."""

LOOSE_EVENTS = "loose-events"
"""In a bot's first shard: copied events whose turns the journal of the source had forgotten, and when they were."""


class Shard(NamedTuple):
    """A part of a bot's people, with all that belongs to them."""

    bot: str
    number: int
    partition: int
    """Tells the replies of this shard from those of all others of the store."""

    @property
    def prefix(self) -> str:
        """What every key of the shard begins with."""
        return f"assent:{{{self.bot}/{self.number}}}:"

    def reply_sequence(self, number: int) -> int:
        """Return the sequence, unique in the store, of the shard's reply `number`."""
        return number * PARTITIONS + self.partition

    def replies_up_to(self, sequence: int) -> int:
        """Return the highest number that a reply of the shard with a sequence of `sequence` or less can have."""
        return (sequence - self.partition) // PARTITIONS


def reply_number(sequence: int) -> tuple[int, int]:
    """Return number and partition of a reply."""
    return divmod(sequence, PARTITIONS)


def account(channel: str, user: str) -> str:
    """Return the name of a channel's user."""
    return f"{channel} {user}"


def event(channel: str, event_id: str) -> str:
    """Return the name of an event, which is unique within its channel."""
    return f"{channel} {event_id}"


def shard_of(channel: str, user: str, shards: int) -> int:
    """Return the number of the shard that a channel's user is at home in, unless they were merged into another."""
    if shards == 1:
        return 0
    number: int = key_slot(account(channel, user).encode()) % shards
    return number


def ledger_sequence(number: int, shard: Shard, shards: int) -> int:
    """Return the sequence of a shard's row `number`, from 1 on; with one shard it is that number."""
    return (number - 1) * shards + shard.number + 1


def number_of(entry: bytes) -> int:
    """Return the number of a row by its id in the Stream."""
    return int(entry.partition(b"-")[0])


def rows_up_to(sequence: int, shard: Shard, shards: int) -> int:
    """Return the highest number of a row of the shard whose sequence is `sequence` or less."""
    return (sequence - shard.number - 1) // shards + 1

"""Ledger sequences: those of a bot's shards interleave, so that each is used once."""

from storage.redis.keys import Shard


def ledger_sequence(number: int, shard: Shard, shards: int) -> int:
    """Return the sequence of a shard's row `number`, from 1 on; with one shard it is that number."""
    return (number - 1) * shards + shard.number + 1


def number_of(entry: bytes) -> int:
    """Return the number of a row by its id in the Stream."""
    return int(entry.partition(b"-")[0])


def rows_up_to(sequence: int, shard: Shard, shards: int) -> int:
    """Return the highest number of a row of the shard whose sequence is `sequence` or less."""
    return (sequence - shard.number - 1) // shards + 1

"""The shards of each bot, the names of keys in them, and sequences, of which those of a bot's shards interleave.

Each shard has a hash tag of its own, so that all that a turn touches is in one slot.
"""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from redis.crc import key_slot

from messages.codec import SCHEMA
from messages.errors import StoreError
from storage.redis.pipeline import REGISTER_BOT

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


if TYPE_CHECKING:
    from storage.redis.cluster import Cluster

LAYOUT = 3
"""Number of the layout of keys that this code reads and writes."""


class Shards:
    """Knows the shards."""

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster
        self._shards = cluster.address.shards
        self._of_bot: dict[str, tuple[Shard, ...]] = {}
        self._of_partition: dict[int, Shard] = {}
        self._bots: dict[str, str] = {}
        """By prefix of a shard."""
        self._read: dict[bytes, bytes] = {}
        self.salt = b""
        """Keys the hashes of handles of erased people."""

    async def open(self) -> None:
        """Make the store, or see that it is one. Raises StoreError."""
        ask = self._cluster.ask
        key = f"{ROOT}meta"
        wanted = {"layout": LAYOUT, "schema": SCHEMA, "shards": self._shards}
        for name, value in wanted.items():
            await ask.hsetnx(key, name, value)
        await ask.hsetnx(key, "salt", os.urandom(32))
        self.salt = await ask.hget(key, "salt")
        found = dict(zip(wanted, map(int, await ask.hmget(key, list(wanted))), strict=True))
        if found["layout"] != LAYOUT or found["schema"] != SCHEMA:
            raise StoreError(
                f"the store has layout {found['layout']} and schema {found['schema']}; "
                f"this version reads layout {LAYOUT} and schema {SCHEMA}"
            )
        if found["shards"] != self._shards:
            raise StoreError(
                f"the store has {found['shards']} shards a bot, and its URL says {self._shards}: write "
                f"shards={found['shards']}, or copy it into a store with another number (assent store copy)"
            )
        await self._read_bots()

    async def write_again(self) -> None:
        """Put down what this handle knows of the store, where that is gone: Redis was emptied under it."""
        ask = self._cluster.ask
        wanted = {"layout": LAYOUT, "schema": SCHEMA, "shards": self._shards, "salt": self.salt}
        for name, value in wanted.items():
            await ask.hsetnx(f"{ROOT}meta", name, value)
        for bot, shards in list(self._of_bot.items()):
            await ask.hsetnx(f"{ROOT}bots", bot, shards[0].partition // self._shards)

    async def of_bot(self, bot: str) -> Sequence[Shard]:
        """Return the shards of a bot, which becomes known by that."""
        known = self._of_bot.get(bot)
        if known is None:
            known = self._add(bot, await self._cluster.call(REGISTER_BOT, ROOT, bot))
        return known

    async def home(self, bot: str, channel: str, user: str) -> Shard:
        """Return the shard that a channel's user is at home in."""
        return (await self.of_bot(bot))[shard_of(channel, user, self._shards)]

    def bot_with(self, prefix: str) -> str | None:
        """Return the bot of the shard with this prefix; None for one that is not known here."""
        return self._bots.get(prefix)

    async def of_reply(self, partition: int) -> Shard:
        """Return the shard that numbers its replies in this partition. Raises StoreError."""
        if partition not in self._of_partition:
            await self._read_bots()
        try:
            return self._of_partition[partition]
        except KeyError:
            raise StoreError(f"no bot of this store numbers its replies in partition {partition}") from None

    async def all(self) -> Sequence[Shard]:
        """Return the shards of all bots."""
        await self._read_bots()
        return [shard for shards in self._of_bot.values() for shard in shards]

    async def bots(self) -> Sequence[str]:
        """Return the bots that are known, sorted."""
        await self._read_bots()
        return sorted(self._of_bot)

    async def _read_bots(self) -> None:
        found = await self._cluster.ask.hgetall(f"{ROOT}bots")
        for bot in found.keys() - self._read.keys():
            self._add(bot.decode(), int(found[bot]))
        self._read = found

    def _add(self, bot: str, number: int) -> tuple[Shard, ...]:
        known = self._of_bot.get(bot)
        if known is None:
            first = number * self._shards
            known = self._of_bot[bot] = tuple(Shard(bot, each, first + each) for each in range(self._shards))
            self._of_partition.update((shard.partition, shard) for shard in known)
            self._bots.update((shard.prefix, bot) for shard in known)
        return known

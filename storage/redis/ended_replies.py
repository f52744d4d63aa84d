"""Replies that ended and that the log of turns does not lead to once it is cut: those that failed, and copied ones.

They stand in `ended-replies`, by when they were queued, under the numbers of conversation and reply: a key would tell
whose they are.
"""

from collections.abc import Sequence

from storage.records import DeliveryStatus
from storage.redis.keys import Shard
from storage.redis.lanes import read_row
from storage.redis.nodes import Nodes
from storage.redis.scripts import FORGET_REPLIES

_KEY = "ended-replies"
_STEP = 500


async def forget_ended(nodes: Nodes, shards: Sequence[Shard], status: DeliveryStatus, cut: int) -> int:
    """Forget those of a status that were queued before `cut`, in milliseconds since 1970; return how many went."""
    return sum([await _forget_of(nodes, shard, status, cut) for shard in shards])


async def _forget_of(nodes: Nodes, shard: Shard, status: DeliveryStatus, cut: int) -> int:
    gone = passed = 0
    while names := await nodes.read(
        nodes.client.zrangebyscore(f"{shard.prefix}{_KEY}", "-inf", f"({cut}", passed, _STEP)
    ):
        pairs = [name.split(b" ") for name in names]
        keys = await nodes.read(
            nodes.client.hmget(f"{shard.prefix}conversation-keys", [conversation for conversation, _ in pairs])
        )
        records = await nodes.read_all(
            ("HGET", f"{shard.prefix}replies:{key.decode() if key else ''}", number)
            for key, (_, number) in zip(keys, pairs, strict=True)
        )
        words: list[bytes | str] = []
        for name, key, (_, number), record in zip(names, keys, pairs, records, strict=True):
            found = None if record is None else read_row(record, shard, int(number)).status
            if found in (None, status):
                failed = "1" if found is DeliveryStatus.FAILED else "0"
                words += (name, key or b"" if found is not None else b"", number, failed)
        if words:
            gone += await nodes.call(FORGET_REPLIES, shard.prefix, *words)
        passed += len(names) - len(words) // 4
    return gone

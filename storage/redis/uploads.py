"""Files that are being stored, in the bot's first shard: what a crash leaves of one is no job, and is forgotten."""

from collections.abc import Sequence
from datetime import datetime

from storage.redis.keys import Shard
from storage.redis.nodes import Nodes
from storage.times import to_ms

_KEY = "uploads"
"""Names of their jobs, by when that began."""


async def begin_upload(nodes: Nodes, shard: Shard, job: str, at: datetime) -> None:
    await nodes.read(nodes.client.zadd(f"{shard.prefix}{_KEY}", {job: to_ms(at)}))


async def end_upload(nodes: Nodes, shard: Shard, job: str) -> None:
    """The file is whole, and its job is there."""
    await nodes.read(nodes.client.zrem(f"{shard.prefix}{_KEY}", job))


async def prune_uploads(nodes: Nodes, shards: Sequence[Shard], cut: int) -> None:
    """Forget files that began before `cut`, in milliseconds since 1970, and never became a job."""
    for shard in shards:
        for name in await nodes.read(nodes.client.zrangebyscore(f"{shard.prefix}{_KEY}", "-inf", f"({cut}")):
            job = name.decode()
            if not await nodes.read(nodes.client.hexists(f"{shard.prefix}imports", job)):
                await nodes.read(nodes.client.delete(f"{shard.prefix}import-file:{job}"))
            await end_upload(nodes, shard, job)

"""Reading everything out of Redis, and writing it into one."""

from collections.abc import Sequence

from messages.errors import StoreError
from storage.redis.export import Export
from storage.redis.keys import ROOT
from storage.redis.meta import Meta
from storage.redis.nodes import Nodes
from storage.redis.restore import Restore
from storage.redis.scripts import ANYBODY, HOLDS_ANYTHING
from storage.transfer import Copying, Kind, Page, Record

_COPYING = f"{ROOT}copying"


class RedisTransfer:
    """`storage.transfer.Transfer`."""

    _nodes: Nodes
    _meta: Meta
    _export: Export
    _restore: Restore

    async def refuse_if_served(self) -> None:
        for shard in await self._meta.all():
            serving = await self._nodes.call(ANYBODY, shard.prefix)
            if serving is not None:
                raise StoreError(f"server {serving.decode()} is serving from this store: stop it first")

    async def all_bots(self) -> Sequence[str]:
        shards = await self._meta.all()
        held = await self._nodes.call_all(HOLDS_ANYTHING, shards)
        return sorted({shard.bot for shard, is_held in zip(shards, held, strict=True) if is_held})

    async def export(self, bot: str, kind: Kind, after: str, limit: int) -> Page:
        return await self._export.page(bot, kind, after, limit)

    async def restore(self, bot: str, kind: Kind, first: int, records: Sequence[Record], place: str) -> None:
        await self._restore.write(bot, kind, first, records)
        await self._nodes.read(self._nodes.client.hset(_COPYING, "place", place))

    async def copying(self) -> Copying | None:
        source, place = await self._nodes.read(self._nodes.client.hmget(_COPYING, "source", "place"))
        return None if source is None else Copying(source.decode(), place.decode())

    async def begin_copy(self, source: str) -> None:
        await self._nodes.read(self._nodes.client.hset(_COPYING, mapping={"source": source, "place": ""}))

    async def end_copy(self) -> None:
        for shard in await self._meta.all():
            await self._nodes.read(self._nodes.client.delete(f"{shard.prefix}restored"))
        await self._nodes.read(self._nodes.client.delete(_COPYING))

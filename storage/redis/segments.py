"""Segments that staff made, and members that were kept for a send, in the bot's first shard."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import msgspec

from messages.codec import RecordDecoder, encode
from messages.errors import StaleVersion
from storage.audience_records import SegmentRecord
from storage.redis.meta import Meta
from storage.redis.nodes import Nodes
from storage.redis.scripts import SWAP
from storage.unreadable import UnreadableRecords

_decode = RecordDecoder[SegmentRecord](SegmentRecord)


class RedisSegments:
    """`storage.audience_port.Segments`."""

    _nodes: Nodes
    _meta: Meta
    unreadable: UnreadableRecords

    async def segments(self, bot: str) -> Sequence[SegmentRecord]:
        found = await self._nodes.read(self._nodes.client.hgetall(f"{await self._segments_at(bot)}segments"))
        self.unreadable.begin("segment", bot)
        read = (
            self.unreadable.read("segment", bot, name.decode(), partial(_decode, record))
            for name, record in found.items()
        )
        return sorted(filter(None, read), key=lambda segment: segment.id)

    async def segments_version(self, bot: str) -> int:
        return int(
            await self._nodes.read(self._nodes.client.hget(f"{await self._segments_at(bot)}meta", "segments")) or 0
        )

    async def save_segment(self, segment: SegmentRecord) -> SegmentRecord:
        saved = msgspec.structs.replace(segment, version=segment.version + 1)
        await self._swap_segment(segment.bot, segment.id, segment.version, encode(saved))
        return saved

    async def delete_segment(self, bot: str, segment: str, *, version: int) -> None:
        await self._swap_segment(bot, segment, version, b"")

    async def _swap_segment(self, bot: str, segment: str, version: int, record: bytes) -> None:
        prefix = await self._segments_at(bot)
        stands: bytes = await self._nodes.read(self._nodes.client.hget(f"{prefix}segments", segment)) or b""
        is_current = (_decode(stands).version if stands else 0) == version and (stands or record)
        if not is_current or not await self._nodes.call(
            SWAP, prefix, "segments", segment, stands, "meta", "segments", "segments", segment, record
        ):
            raise StaleVersion(f"segment {segment}")

    async def keep_frozen(self, bot: str, name: str, members: bytes, at: datetime) -> None:
        del at
        await self._nodes.read(self._nodes.client.hsetnx(f"{await self._segments_at(bot)}frozen", name, members))

    async def frozen(self, bot: str, name: str) -> bytes | None:
        found: bytes | None = await self._nodes.read(
            self._nodes.client.hget(f"{await self._segments_at(bot)}frozen", name)
        )
        return found

    async def drop_frozen(self, bot: str, name: str) -> None:
        await self._nodes.read(self._nodes.client.hdel(f"{await self._segments_at(bot)}frozen", name))

    async def _segments_at(self, bot: str) -> str:
        return (await self._meta.of_bot(bot))[0].prefix

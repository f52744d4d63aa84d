"""What staff did, row after row, in the bot's first shard."""

from collections.abc import Sequence

import msgspec

from messages.codec import RecordDecoder, encode
from storage.records import AuditRow
from storage.redis.keys import Shard
from storage.redis.meta import Meta
from storage.redis.nodes import Nodes
from storage.redis.scripts import ADD_AUDIT

_decode_row = RecordDecoder[AuditRow](AuditRow)


class RedisAudit:
    """`storage.port.Audit`. The rows are in a hash and not in a Stream: whom they are about can be erased."""

    _nodes: Nodes
    _meta: Meta

    async def add_audit(self, row: AuditRow) -> AuditRow:
        shard = (await self._meta.of_bot(row.bot))[0]
        sequence = await self._nodes.call(ADD_AUDIT, shard.prefix, row.target, encode(row))
        return msgspec.structs.replace(row, sequence=sequence)

    async def audit(self, bot: str, *, target: str = "", after: int = 0, limit: int = 100) -> Sequence[AuditRow]:
        shard = (await self._meta.of_bot(bot))[0]
        if not target:
            return await read_audit(self._nodes, shard, after, limit)
        sequences = await self._nodes.read(
            self._nodes.client.zrangebyscore(f"{shard.prefix}audit-of:{target}", f"({after}", "+inf", 0, limit)
        )
        return await _rows(self._nodes, shard, [int(each) for each in sequences])


async def read_audit(nodes: Nodes, shard: Shard, after: int, limit: int) -> Sequence[AuditRow]:
    """Return the rows after a sequence."""
    first, last = await audit_range(nodes, shard)
    start = max(after + 1, first)
    found: list[AuditRow] = []
    while start <= last and len(found) < limit:  # rows at the beginning may be forgotten meanwhile
        found += await _rows(nodes, shard, range(start, min(last, start + limit - 1) + 1))
        start += limit
    return found[:limit]


async def audit_range(nodes: Nodes, shard: Shard) -> tuple[int, int]:
    """Return the numbers of the oldest and of the newest audit row; the newest is 0 where there is none."""
    first, last = await nodes.read(nodes.client.hmget(f"{shard.prefix}meta", "audit-first", "audit"))
    return int(first or 1), int(last or 0)


async def _rows(nodes: Nodes, shard: Shard, sequences: Sequence[int]) -> Sequence[AuditRow]:
    if not sequences:
        return []
    records = await nodes.read(nodes.client.hmget(f"{shard.prefix}audit", list(sequences)))
    return [
        msgspec.structs.replace(_decode_row(record), sequence=sequence)
        for sequence, record in zip(sequences, records, strict=True)
        if record is not None  # it was forgotten meanwhile
    ]

"""Forgetting what `Retained` names, a few hundred at a time."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Final

from messages.codec import RecordDecoder
from storage.audience_records import ENDED, ImportJob
from storage.records import AuditRow, DeliveryStatus
from storage.redis.audit import audit_range
from storage.redis.ended_replies import forget_ended
from storage.redis.keys import Shard
from storage.redis.nodes import Nodes
from storage.retained import Retained
from storage.times import to_ms

_STEP = 500

_decode_job = RecordDecoder[ImportJob](ImportJob)
_decode_row = RecordDecoder[AuditRow](AuditRow)


async def forget(nodes: Nodes, shards: Sequence[Shard], what: Retained, before: datetime) -> int:
    """Forget what is older than `before` in these shards; return how many went."""
    return await _BY_KIND[what](nodes, shards, to_ms(before))


async def _failed(nodes: Nodes, shards: Sequence[Shard], cut: int) -> int:
    return await forget_ended(nodes, shards, DeliveryStatus.FAILED, cut)


async def _ignored(nodes: Nodes, shards: Sequence[Shard], cut: int) -> int:
    gone = 0
    for shard in shards:
        stream, texts = f"{shard.prefix}ignored", f"{shard.prefix}ignored-texts"
        while True:
            entries = await nodes.read(nodes.client.xrange(stream, count=_STEP))
            places = [place for place, _ in takewhile(lambda entry: int(entry[1][b"at"]) < cut, entries)]
            if not places:
                break
            await nodes.read_all([("HDEL", texts, *places), ("XDEL", stream, *places)])
            gone += len(places)
    return gone


async def _reports(nodes: Nodes, shards: Sequence[Shard], cut: int) -> int:
    gone = 0
    for shard in _first_shards(shards):
        jobs = await nodes.read(nodes.client.hkeys(f"{shard.prefix}imports"))
        for start in range(0, len(jobs), _STEP):
            names = jobs[start : start + _STEP]
            rows = await nodes.read_all(("ZCARD", f"{shard.prefix}import-failed:{name.decode()}") for name in names)
            with_rows = [(name, count) for name, count in zip(names, rows, strict=True) if count]
            if not with_rows:
                continue
            records = await nodes.read(
                nodes.client.hmget(f"{shard.prefix}import-records", [name for name, _ in with_rows])
            )
            for (name, count), record in zip(with_rows, records, strict=True):
                job = _decode_job(record)
                if job.state in ENDED and job.ended_at is not None and to_ms(job.ended_at) < cut:
                    await nodes.read(nodes.client.delete(f"{shard.prefix}import-failed:{name.decode()}"))
                    gone += int(count)
    return gone


async def _audit(nodes: Nodes, shards: Sequence[Shard], cut: int) -> int:
    gone = 0
    for shard in _first_shards(shards):
        first, last = await audit_range(nodes, shard)
        while first < last:
            numbers = list(range(first, min(first + _STEP, last)))
            records = await nodes.read(nodes.client.hmget(f"{shard.prefix}audit", numbers))
            rows = [(number, record and _decode_row(record)) for number, record in zip(numbers, records, strict=True)]
            old = list(takewhile(lambda row: not row[1] or to_ms(row[1].at) < cut, rows))
            if not old:
                break
            first = old[-1][0] + 1
            await nodes.read_all(
                [
                    *(("ZREM", f"{shard.prefix}audit-of:{row.target}", number) for number, row in old if row),
                    ("HDEL", f"{shard.prefix}audit", *(number for number, _ in old)),
                    ("HSET", f"{shard.prefix}meta", "audit-first", first),
                ]
            )
            gone += sum(1 for _, row in old if row)
    return gone


def _first_shards(shards: Sequence[Shard]) -> list[Shard]:
    return [shard for shard in shards if shard.number == 0]


_BY_KIND: Final[Mapping[Retained, Callable[[Nodes, Sequence[Shard], int], Awaitable[int]]]] = {
    Retained.FAILED_REPLIES: _failed,
    Retained.IGNORED_MESSAGES: _ignored,
    Retained.IMPORT_REPORTS: _reports,
    Retained.AUDIT: _audit,
}

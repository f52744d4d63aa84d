"""Reading what staff made out of a bot's first shard: segments, imports, and what is left of erased people."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from messages.codec import RecordDecoder
from storage.audience_records import FailedRow, ImportJob, SegmentRecord
from storage.redis.cluster import Cluster
from storage.redis.keys import Shard
from storage.redis.shards import Shards
from storage.transfer import ErasedHandle, FailedImportRow, Record, ended_import

_decode_segment = RecordDecoder[SegmentRecord](SegmentRecord)
_decode_import = RecordDecoder[ImportJob](ImportJob)
_decode_row = msgspec.json.Decoder(FailedRow).decode


class Step(NamedTuple):
    """Some records of one shard, and where it goes on; None at its end."""

    records: Sequence[Record]
    after: str | None


async def export_segments(cluster: Cluster, shard: Shard, place: str, limit: int) -> Step:
    """Read segments by id."""
    found = await cluster.ask.hgetall(f"{shard.prefix}segments")
    names = sorted(name.decode() for name in found if name.decode() > place)[:limit]
    records = [_decode_segment(found[name.encode()]) for name in names]
    return Step(records, names[-1] if len(names) == limit else None)


async def export_erased(cluster: Cluster, meta: Shards, shard: Shard, place: str, limit: int) -> Step:
    """Read what is left of handles of erased people."""
    found = await cluster.ask.smembers(f"{shard.prefix}erased")
    digests = sorted(digest.decode() for digest in found if digest.decode() > place)[:limit]
    times = await cluster.read_all(("HGET", f"{shard.prefix}erased-times", digest) for digest in digests)
    records = [
        ErasedHandle(meta.salt, digest, None if at is None else int(at))
        for digest, at in zip(digests, times, strict=True)
    ]
    return Step(records, digests[-1] if len(digests) == limit else None)


async def _jobs(cluster: Cluster, shard: Shard) -> list[tuple[int, str]]:
    """Return the jobs in order of time, each with its place."""
    order = await cluster.ask.hgetall(f"{shard.prefix}imports")
    return sorted((int(place), name.decode()) for name, place in order.items())


async def export_imports(cluster: Cluster, shard: Shard, place: str, limit: int) -> Step:
    """Read jobs in order of time."""
    jobs = [job for job in await _jobs(cluster, shard) if job[0] > int(place or 0)][:limit]
    if not jobs:
        return Step([], None)
    found = await cluster.ask.hmget(f"{shard.prefix}import-records", [name for _, name in jobs])
    records = [ended_import(_decode_import(record)) for record in found]
    return Step(records, str(jobs[-1][0]) if len(jobs) == limit else None)


async def export_failed_rows(cluster: Cluster, shard: Shard, place: str, limit: int) -> Step:
    """Read failed rows, job after job, by line."""
    at, _, line = place.partition(" ")
    records: list[Record] = []
    for number, name in await _jobs(cluster, shard):
        if number < int(at or 0):
            continue
        start = f"({line}" if number == int(at or 0) and line else "-inf"
        left = limit - len(records)
        key = f"{shard.prefix}import-failed:{name}"
        for found in await cluster.ask.zrangebyscore(key, start, "+inf", 0, left):
            row = _decode_row(found)
            records.append(FailedImportRow(name, row.line, row.value, row.reason.value, row.detail))
            place = f"{number} {row.line}"
        if len(records) == limit:
            return Step(records, place)
    return Step(records, None)

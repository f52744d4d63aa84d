"""Forgetting what is old, some turns at a time, in the order of the shard's log of turns."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from itertools import groupby, takewhile
from operator import attrgetter
from typing import Final

from messages.codec import RecordDecoder, to_ms
from messages.errors import UnreadableRecord
from storage.audience_records import ENDED, ImportJob
from storage.records import AuditRow, DeliveryStatus, Pruned, Retained
from storage.redis.cluster import Cluster
from storage.redis.imports import prune_uploads
from storage.redis.outbox import read_row
from storage.redis.pipeline import FORGET_REPLIES, PRUNE
from storage.redis.shards import LOOSE_EVENTS, Shard
from storage.redis.staff import audit_range, prune_answers
from storage.redis.turn_log import events_of, read_lines

_KEY = "ended-replies"
_STEP = 500


async def forget_ended(cluster: Cluster, shards: Sequence[Shard], status: DeliveryStatus, cut: int) -> int:
    """Forget those of a status that were queued before `cut`, in milliseconds since 1970; return how many went."""
    return sum([await _forget_of(cluster, shard, status, cut) for shard in shards])


async def _forget_of(cluster: Cluster, shard: Shard, status: DeliveryStatus, cut: int) -> int:
    gone = passed = 0
    while names := await cluster.ask.zrangebyscore(f"{shard.prefix}{_KEY}", "-inf", f"({cut}", passed, _STEP):
        pairs = [name.split(b" ") for name in names]
        keys = await cluster.ask.hmget(f"{shard.prefix}conversation-keys", [conversation for conversation, _ in pairs])
        records = await cluster.read_all(
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
            gone += await cluster.call(FORGET_REPLIES, shard.prefix, *words)
        passed += len(names) - len(words) // 4
    return gone


STEP = 500
"""Turns looked at at once."""


async def prune(cluster: Cluster, shards: Sequence[Shard], before: datetime) -> Pruned:
    """Forget ids of events and delivered replies of turns before `before`.

    A reply that failed stays, and so does one that still waits, which the outbox' own patience ends long before.
    """
    events = deliveries = 0
    for shard in shards:
        while True:
            step = await _step(cluster, shard, to_ms(before))
            if step is None:
                break
            events += step.seen_events
            deliveries += step.deliveries
    for _, of_bot in groupby(shards, key=attrgetter("bot")):
        events += await _forget_loose(cluster, list(of_bot), to_ms(before))
    await prune_answers(cluster, to_ms(before))
    await prune_uploads(cluster, shards, to_ms(before))
    deliveries += await forget_ended(cluster, shards, DeliveryStatus.DELIVERED, to_ms(before))
    return Pruned(events, deliveries)


async def _forget_loose(cluster: Cluster, shards: Sequence[Shard], cut: int) -> int:
    """Forget a bot's events that no turn in the log is of. Every shard knows them."""
    loose = f"{shards[0].prefix}{LOOSE_EVENTS}"
    gone = 0
    while names := await cluster.ask.zrangebyscore(loose, "-inf", f"({cut}", 0, STEP):
        for shard in shards:
            await cluster.ask.hdel(f"{shard.prefix}seen", *names)
            await cluster.ask.hdel(f"{shard.prefix}fingerprints", *names)
        gone += await cluster.ask.zrem(loose, *names)
    return gone


async def _step(cluster: Cluster, shard: Shard, cut: int) -> Pruned | None:
    """Look at the next turns; None once they are not old enough."""
    pruned = await cluster.ask.hget(f"{shard.prefix}meta", "pruned")
    lines = await read_lines(cluster, shard, pruned.decode() if pruned else "", STEP)
    old = list(takewhile(lambda line: line.at < cut, lines))
    if not old:
        return None
    events: list[bytes] = []
    for line, name in zip(old, await events_of(cluster, shard, old), strict=True):
        if name is not None:
            events += [name, line.event_field]
    replies = [
        (line.conversation, number)
        for line in old
        for number in range(line.first_reply, line.first_reply + line.replies)
    ]
    records = await cluster.read_all(
        ("HGET", f"{shard.prefix}replies:{conversation}", number) for conversation, number in replies
    )
    done: list[str | int] = []
    for (conversation, number), record in zip(replies, records, strict=True):
        if record is not None and _is_delivered(record, shard, number):
            done += [conversation, number]
    gone = await cluster.call(
        PRUNE,
        shard.prefix,
        pruned or b"",
        old[-1].place,
        len(events) // 2,
        *events,
        len(done) // 2,
        *done,
    )
    return Pruned(*gone)


def _is_delivered(record: bytes, shard: Shard, number: int) -> bool:
    """Tell whether a reply was; one that this version can't read stays."""
    try:
        return read_row(record, shard, number).status is DeliveryStatus.DELIVERED
    except UnreadableRecord:
        return False


_decode_job = RecordDecoder[ImportJob](ImportJob)
_decode_row = RecordDecoder[AuditRow](AuditRow)


async def forget(cluster: Cluster, shards: Sequence[Shard], what: Retained, before: datetime) -> int:
    """Forget what is older than `before` in these shards; return how many went."""
    return await _BY_KIND[what](cluster, shards, to_ms(before))


async def _failed(cluster: Cluster, shards: Sequence[Shard], cut: int) -> int:
    return await forget_ended(cluster, shards, DeliveryStatus.FAILED, cut)


async def _ignored(cluster: Cluster, shards: Sequence[Shard], cut: int) -> int:
    gone = 0
    for shard in shards:
        stream, texts = f"{shard.prefix}ignored", f"{shard.prefix}ignored-texts"
        while True:
            entries = await cluster.ask.xrange(stream, count=_STEP)
            places = [place for place, _ in takewhile(lambda entry: int(entry[1][b"at"]) < cut, entries)]
            if not places:
                break
            await cluster.read_all([("HDEL", texts, *places), ("XDEL", stream, *places)])
            gone += len(places)
    return gone


async def _reports(cluster: Cluster, shards: Sequence[Shard], cut: int) -> int:
    gone = 0
    for shard in _first_shards(shards):
        jobs = await cluster.ask.hkeys(f"{shard.prefix}imports")
        for start in range(0, len(jobs), _STEP):
            names = jobs[start : start + _STEP]
            rows = await cluster.read_all(("ZCARD", f"{shard.prefix}import-failed:{name.decode()}") for name in names)
            with_rows = [(name, count) for name, count in zip(names, rows, strict=True) if count]
            if not with_rows:
                continue
            records = await cluster.ask.hmget(f"{shard.prefix}import-records", [name for name, _ in with_rows])
            for (name, count), record in zip(with_rows, records, strict=True):
                job = _decode_job(record)
                if job.state in ENDED and job.ended_at is not None and to_ms(job.ended_at) < cut:
                    await cluster.ask.delete(f"{shard.prefix}import-failed:{name.decode()}")
                    gone += int(count)
    return gone


async def _audit(cluster: Cluster, shards: Sequence[Shard], cut: int) -> int:
    gone = 0
    for shard in _first_shards(shards):
        first, last = await audit_range(cluster, shard)
        while first < last:
            numbers = list(range(first, min(first + _STEP, last)))
            records = await cluster.ask.hmget(f"{shard.prefix}audit", numbers)
            rows = [(number, record and _decode_row(record)) for number, record in zip(numbers, records, strict=True)]
            old = list(takewhile(lambda row: not row[1] or to_ms(row[1].at) < cut, rows))
            if not old:
                break
            first = old[-1][0] + 1
            await cluster.read_all(
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


_BY_KIND: Final[Mapping[Retained, Callable[[Cluster, Sequence[Shard], int], Awaitable[int]]]] = {
    Retained.FAILED_REPLIES: _failed,
    Retained.IGNORED_MESSAGES: _ignored,
    Retained.IMPORT_REPORTS: _reports,
    Retained.AUDIT: _audit,
}

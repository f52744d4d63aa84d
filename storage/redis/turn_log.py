"""A shard's log of turns, a line each in order of time, by which the journal is read and what is old is forgotten."""

import heapq
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby, takewhile
from operator import attrgetter
from typing import Final, NamedTuple

from messages.codec import RecordDecoder, to_ms
from messages.errors import UnreadableRecord
from storage.audience_records import ENDED, ImportJob
from storage.records import AuditRow, DeliveryStatus, Pruned, Retained
from storage.redis.cluster import Cluster
from storage.redis.imports import prune_uploads
from storage.redis.outbox import read_row
from storage.redis.pipeline import FORGET_REPLIES, PRUNE, PRUNE_JOURNAL
from storage.redis.runs import forget_pushes
from storage.redis.shards import LOOSE_EVENTS, Shard
from storage.redis.staff import audit_range, prune_answers

Places = dict[int, str]
"""The last line that was read, by the shard's number."""


def read_places(position: str) -> Places:
    """Return the places that a position names; '' is the beginning everywhere."""
    parts = [part.partition("=") for part in position.split(",") if part]
    return {int(number): place for number, _, place in parts}


def write_places(places: Mapping[int, str]) -> str:
    """Return places as a position."""
    return ",".join(f"{number}={place}" for number, place in sorted(places.items()))


class TurnLine(NamedTuple):
    """A turn, as the log has it. `at` is in milliseconds since 1970."""

    place: bytes
    """The line's id in the Stream."""
    talk: bytes
    """The conversation's number."""
    conversation: str
    turn: int
    at: int
    first_reply: int
    replies: int

    @property
    def event_field(self) -> bytes:
        """Where the name of the turn's event stands in `turn-events`."""
        return b"%b %d" % (self.talk, self.turn)


async def read_lines(cluster: Cluster, shard: Shard, after: str, limit: int) -> Sequence[TurnLine]:
    """Return the lines after a place; '' is the beginning."""
    start = f"({after}" if after else "-"
    entries = await cluster.ask.xrange(f"{shard.prefix}turns", min=start, count=limit)
    keys = await conversation_keys(cluster, shard, (fields[b"conversation"] for _, fields in entries))
    return [
        TurnLine(
            place,
            fields[b"conversation"],
            keys[fields[b"conversation"]],
            int(fields[b"turn"]),
            int(fields[b"at"]),
            int(fields[b"reply"]),
            int(fields[b"replies"]),
        )
        for place, fields in entries
    ]


async def conversation_keys(cluster: Cluster, shard: Shard, numbers: Iterable[bytes]) -> Mapping[bytes, str]:
    """Return the keys of conversations by their numbers."""
    wanted = list(dict.fromkeys(numbers))
    if not wanted:
        return {}
    found = await cluster.ask.hmget(f"{shard.prefix}conversation-keys", wanted)
    return {number: key.decode() for number, key in zip(wanted, found, strict=True)}


async def events_of(cluster: Cluster, shard: Shard, lines: Sequence[TurnLine]) -> Sequence[bytes | None]:
    """Return the names of the lines' events; None for one that was forgotten."""
    if not lines:
        return []
    found: Sequence[bytes | None] = await cluster.ask.hmget(
        f"{shard.prefix}turn-events", [line.event_field for line in lines]
    )
    return found


def later(place: str, other: str) -> str:
    """Return the later of two places in the log; '' is the beginning."""
    return max(place, other, key=_numbers)


def _numbers(place: str) -> tuple[int, ...]:
    return tuple(int(part) for part in place.split("-") if part)


STEP = 500
"""Turns looked at at once."""


async def pruned_up_to(cluster: Cluster, shard: Shard) -> str:
    """Return the place of the last line whose journal entry was forgotten; '' when none was."""
    found = await cluster.ask.hget(f"{shard.prefix}meta", "journal-pruned")
    return found.decode() if found else ""


class _Sized(NamedTuple):
    """A turn, ordered by when it was; `size` in bytes, 0 where its entry is gone."""

    at: int
    partition: int
    place: str
    size: int


def _is_up_to(end: str, line: TurnLine) -> bool:
    return later(line.place.decode(), end) == end


class JournalPruning:
    """Forgets turns of these shards, the oldest first."""

    def __init__(self, cluster: Cluster, shards: Sequence[Shard]) -> None:
        self._cluster = cluster
        self._shards = shards

    async def forget_before(self, cut: int) -> int:
        """Forget turns taken before `cut`, in milliseconds since 1970. Returns how many went."""
        return sum([await self._forget(shard, lambda line: line.at < cut) for shard in self._shards])

    async def forget_down_to(self, size: int) -> int:
        """Forget the oldest turns of all shards together until those left take `size` bytes. Returns how many went.

        Exact, as far as nobody writes meanwhile: Redis is asked for the size of every entry, some hundreds at a time.
        """
        total = 0
        for shard in self._shards:
            async for turn in self._sizes(shard):
                total += turn.size
        ends = await self._oldest(total - size)
        gone = 0
        for shard in self._shards:
            end = ends.get(shard.partition)
            if end is not None:
                gone += await self._forget(shard, partial(_is_up_to, end))
        return gone

    async def _oldest(self, size: int) -> Mapping[int, str]:
        """Return the last of the oldest turns that take `size` bytes, by shard's partition."""
        ways = {shard.partition: self._sizes(shard) for shard in self._shards}
        heads = [head for way in ways.values() if (head := await anext(way, None)) is not None]
        heapq.heapify(heads)
        ends: dict[int, str] = {}
        while heads and size > 0:
            turn = heads[0]
            ends[turn.partition] = turn.place
            size -= turn.size
            following = await anext(ways[turn.partition], None)
            if following is None:
                heapq.heappop(heads)
            else:
                heapq.heapreplace(heads, following)
        for way in ways.values():
            await way.aclose()
        return ends

    async def _sizes(self, shard: Shard) -> AsyncGenerator[_Sized, None]:
        place = await pruned_up_to(self._cluster, shard)
        while lines := await read_lines(self._cluster, shard, place, STEP):
            sizes = await self._cluster.read_all(
                ("HSTRLEN", f"{shard.prefix}journal:{line.conversation}", line.turn) for line in lines
            )
            for line, size in zip(lines, sizes, strict=True):
                yield _Sized(line.at, shard.partition, line.place.decode(), size)
            place = lines[-1].place.decode()

    async def _forget(self, shard: Shard, old: Callable[[TurnLine], bool]) -> int:
        """Forget the oldest turns up to the first that is not `old`."""
        gone = 0
        place = await pruned_up_to(self._cluster, shard)
        while lines := await read_lines(self._cluster, shard, place, STEP):
            going = list(takewhile(old, lines))
            if not going:
                break
            place = going[-1].place.decode()
            words = [word for line in going for word in (line.talk, line.turn, line.at)]
            gone += await self._cluster.call(PRUNE_JOURNAL, shard.prefix, place, *words)
        return gone


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
    Retained.PUSHES: forget_pushes,
    Retained.AUDIT: _audit,
}

"""Work that is done after the commits that left it. A row of a turn is in the turn's shard."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

import msgpack
from msgspec.structs import replace

from messages.codec import encode, from_ms, to_ms
from storage.codec import UnreadableRecords
from storage.redis.cluster import Cluster
from storage.redis.enrolments import shard_of_contact
from storage.redis.pipeline import WORK, Word
from storage.redis.shards import Shard, Shards
from storage.work import Work, WorkFeed, WorkState, read_feed, read_work


def words_of(work: Work) -> list[Word]:
    """Return a row as the scripts take it."""
    facts: list[Word] = [work.id, work.kind, work.contact, int(work.is_personal), work.lane, work.state.value]
    return [*facts, to_ms(work.due), work.attempts, encode(replace(work, place=0))]


def packed_words(work: Work) -> bytes:
    """Return the same as one word of a turn's commit."""
    words = [str(word) if isinstance(word, int) else word for word in words_of(work)]
    packed: bytes = msgpack.packb(words, use_bin_type=False)
    return packed


async def add_in_shards(cluster: Cluster, shards: Sequence[Shard], work: Sequence[Work]) -> None:
    """Add rows, each in the shard that its contact's id falls to."""
    by_shard: defaultdict[Shard, list[Word]] = defaultdict(list)
    for each in work:
        by_shard[shard_of_contact(each.contact, shards)] += words_of(each)
    for shard, words in by_shard.items():
        await cluster.call(WORK, shard.prefix, "add", *words)


async def page_of_work(cluster: Cluster, shard: Shard, after: str, limit: int) -> tuple[Sequence[Work], str | None]:
    """Return rows of a shard in the order in which they were written, and the place to go on from."""
    start = int(after or 0)
    (names,) = await cluster.read_all([("ZRANGE", f"{shard.prefix}work", start, start + limit - 1)])
    found = await _rows(cluster, shard, names)
    return found, str(start + limit) if len(names) == limit else None


async def _rows(cluster: Cluster, shard: Shard, names: Sequence[bytes]) -> list[Work]:
    keys = [f"{shard.prefix}work:{name.decode()}" for name in names]
    found = await cluster.read_all(("HMGET", key, "record", "attempts", "due") for key in keys)
    return [
        replace(read_work(record), attempts=int(attempts), due=from_ms(int(due)))
        for record, attempts, due in found
        if record is not None
    ]


async def forget_work(cluster: Cluster, shards: Sequence[Shard], contacts: Sequence[str]) -> None:
    """Take away what work says of people."""
    for shard in shards:
        await cluster.call(WORK, shard.prefix, "forget", *contacts)


def _taken(record: bytes, attempts: int, place: int) -> Work:
    return replace(read_work(record), attempts=attempts, place=place)


class RedisWork:
    """`storage.work.WorkRows`."""

    _cluster: Cluster
    _meta: Shards
    unreadable: UnreadableRecords

    async def add_work(self, bot: str, work: Sequence[Work]) -> None:
        await add_in_shards(self._cluster, await self._meta.of_bot(bot), [replace(each, bot=bot) for each in work])

    async def take_work(self, now: datetime, leased_until: datetime, *, limit: int = 100) -> Sequence[Work]:
        found: list[tuple[int, Work]] = []
        for shard in await self._meta.all():
            if len(found) < limit:
                words = (to_ms(now), to_ms(leased_until), limit - len(found))
                for due, attempts, record, name in await self._cluster.call(WORK, shard.prefix, "take", *words):
                    read = partial(_taken, record, attempts, shard.number)
                    if (work := self.unreadable.read("work", shard.bot, name.decode(), read)) is not None:
                        found.append((int(due), work))
        return [work for _, work in sorted(found, key=lambda one: one[0])]

    async def end_work(self, work: Work) -> bool:
        return await self._end(work, "done")

    async def keep_work(self, work: Work) -> bool:
        return await self._end(work, work.state.value)

    async def _end(self, work: Work, becomes: str) -> bool:
        shard = (await self._meta.of_bot(work.bot))[work.place]
        record = encode(replace(work, place=0))
        words = (work.id, work.attempts, becomes, to_ms(work.due), record)
        return bool(await self._cluster.call(WORK, shard.prefix, "end", *words))

    async def work_again(self, bot: str, work: str, now: datetime) -> bool:
        for shard in await self._meta.of_bot(bot):
            for row in await _rows(self._cluster, shard, [work.encode()]):
                again = replace(row, state=WorkState.WAITING, due=now, created_at=now, place=0)
                if await self._cluster.call(WORK, shard.prefix, "again", work, to_ms(now), encode(again)):
                    return True
        return False

    async def dead_work(self, bot: str, *, limit: int = 100) -> Sequence[Work]:
        found: list[Work] = []
        for shard in await self._meta.of_bot(bot):
            (names,) = await self._cluster.read_all([("ZRANGE", f"{shard.prefix}work-dead", 0, limit - 1)])
            found += await _rows(self._cluster, shard, names)
        return sorted(found, key=lambda row: row.created_at)[:limit]

    async def work_counts(self, bot: str) -> Mapping[tuple[str, WorkState], int]:
        counts: defaultdict[tuple[str, WorkState], int] = defaultdict(int)
        for shard in await self._meta.of_bot(bot):
            for name, count in (await self._cluster.ask.hgetall(f"{shard.prefix}work-counts")).items():
                kind, _, state = name.decode().partition(" ")
                counts[kind, WorkState(state)] += int(count)
        return {key: count for key, count in counts.items() if count}

    async def next_work(self) -> datetime | None:
        shards = await self._meta.all()
        first = await self._cluster.read_all(
            ("ZRANGE", f"{shard.prefix}work-due", 0, 0, "WITHSCORES") for shard in shards
        )
        times = [int(float(found[0][1] if isinstance(found[0], list) else found[1])) for found in first if found]
        return from_ms(min(times)) if times else None

    async def work_feed(self, bot: str) -> WorkFeed:
        record = await self._cluster.ask.hget(f"{(await self._meta.of_bot(bot))[0].prefix}meta", "work-feed")
        return WorkFeed() if record is None else read_feed(record)

    async def set_work_feed(self, bot: str, feed: WorkFeed) -> None:
        await self._cluster.ask.hset(f"{(await self._meta.of_bot(bot))[0].prefix}meta", "work-feed", encode(feed))

"""Where people are in sequences. Each is kept in the shard that the contact's id falls to."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain

from msgspec.structs import replace
from redis.crc import key_slot

from messages.codec import encode, from_ms, to_ms
from storage.enrolments import Enrolment, EnrolmentFeed, EnrolmentState, read_enrolment, read_feed
from storage.redis.cluster import Cluster
from storage.redis.pipeline import SAVE_ENROLMENTS, TAKE_ENROLMENTS, Word
from storage.redis.shards import Shard, Shards


def read_value(value: bytes) -> Enrolment:
    """Return an enrolment as the scripts keep it."""
    version, _, record = value.split(b" ", 2)
    return replace(read_enrolment(record), version=int(version))


def shard_of_contact(contact: str, shards: Sequence[Shard]) -> Shard:
    """Return where the enrolments of a contact are."""
    return shards[key_slot(contact.encode()) % len(shards)]


async def _save(cluster: Cluster, shard: Shard, enrolments: Sequence[Enrolment]) -> Sequence[bool]:
    """Keep those of a shard whose version is current."""
    words: list[Word] = []
    for each in enrolments:
        due = "" if each.comes_up is None else to_ms(each.comes_up)
        record = encode(replace(each, bot=shard.bot, version=each.version + 1))
        words += [each.sequence, each.contact, each.version, each.state.value, due, record]
    return [bool(kept) for kept in await cluster.call(SAVE_ENROLMENTS, shard.prefix, *words)]


async def save_in_shards(cluster: Cluster, shards: Sequence[Shard], enrolments: Sequence[Enrolment]) -> Sequence[bool]:
    """Keep those whose version is current, each in its shard; tell of each whether it was kept."""
    by_shard: defaultdict[Shard, list[int]] = defaultdict(list)
    for place, each in enumerate(enrolments):
        by_shard[shard_of_contact(each.contact, shards)].append(place)
    kept = [False] * len(enrolments)
    for shard, places in by_shard.items():
        answers = await _save(cluster, shard, [enrolments[place] for place in places])
        for place, answer in zip(places, answers, strict=True):
            kept[place] = answer
    return kept


async def page_of_shard(
    cluster: Cluster, shard: Shard, after: str, limit: int
) -> tuple[Sequence[Enrolment], str | None]:
    """Return the enrolments of a shard, without versions, of contacts after one, and the contact to go on after."""
    start = f"({after}" if after else "-"
    (names,) = await cluster.read_all([("ZRANGE", f"{shard.prefix}enrolled", start, "+", "BYLEX", "LIMIT", 0, limit)])
    contacts = [name.decode() for name in names]
    found = await cluster.read_all(("HGETALL", f"{shard.prefix}enrolments:{contact}") for contact in contacts)
    records = [replace(read_value(of[name]), version=0) for of in found for name in sorted(of)]
    return records, contacts[-1] if len(contacts) == limit else None


class RedisEnrolments:
    """`storage.enrolments.Enrolments`."""

    _cluster: Cluster
    _meta: Shards

    async def known_enrolments(self, bot: str, keys: Sequence[tuple[str, str]]) -> Sequence[Enrolment | None]:
        shards = await self._meta.of_bot(bot)
        values = await self._cluster.read_all(
            ("HGET", f"{shard_of_contact(contact, shards).prefix}enrolments:{contact}", sequence)
            for sequence, contact in keys
        )
        return [None if value is None else read_value(value) for value in values]

    async def enrolments(self, bot: str, sequence: str, *, after: str = "", limit: int = 1000) -> Sequence[Enrolment]:
        shards = await self._meta.of_bot(bot)
        start = f"({after}" if after else "-"
        pages = await self._cluster.read_all(
            ("ZRANGE", f"{shard.prefix}enrolled:{sequence}", start, "+", "BYLEX", "LIMIT", 0, limit) for shard in shards
        )
        contacts = sorted(name.decode() for name in chain.from_iterable(pages))[:limit]
        found = await self.known_enrolments(bot, [(sequence, contact) for contact in contacts])
        return [each for each in found if each is not None]

    async def enrolments_of(self, bot: str, contact: str) -> Sequence[Enrolment]:
        shard = shard_of_contact(contact, await self._meta.of_bot(bot))
        found = await self._cluster.ask.hgetall(f"{shard.prefix}enrolments:{contact}")
        return sorted(map(read_value, found.values()), key=lambda each: each.sequence)

    async def enrolment_counts(self, bot: str) -> Mapping[tuple[str, EnrolmentState], int]:
        shards = await self._meta.of_bot(bot)
        counts: defaultdict[tuple[str, EnrolmentState], int] = defaultdict(int)
        for shard in shards:
            for name, count in (await self._cluster.ask.hgetall(f"{shard.prefix}enrolment-counts")).items():
                sequence, _, state = name.decode().partition(" ")
                counts[sequence, EnrolmentState(state)] += int(count)
        return {key: count for key, count in counts.items() if count}

    async def save_enrolments(self, bot: str, enrolments: Sequence[Enrolment]) -> Sequence[bool]:
        return await save_in_shards(self._cluster, await self._meta.of_bot(bot), enrolments)

    async def take_enrolments(self, now: datetime, leased_until: datetime, *, limit: int = 100) -> Sequence[Enrolment]:
        found: list[Enrolment] = []
        for shard in await self._meta.all():
            if len(found) < limit:
                words = (to_ms(now), to_ms(leased_until), limit - len(found))
                found += map(read_value, await self._cluster.call(TAKE_ENROLMENTS, shard.prefix, *words))
        return sorted(found, key=lambda each: each.comes_up or now)

    async def next_enrolment(self) -> datetime | None:
        shards = await self._meta.all()
        first = await self._cluster.read_all(
            ("ZRANGE", f"{shard.prefix}enrolments-due", 0, 0, "WITHSCORES") for shard in shards
        )
        times = [int(float(found[0][1] if isinstance(found[0], list) else found[1])) for found in first if found]
        return from_ms(min(times)) if times else None

    async def paused_sequences(self, bot: str) -> frozenset[str]:
        found = await self._cluster.ask.smembers(f"{(await self._meta.of_bot(bot))[0].prefix}paused-sequences")
        return frozenset(name.decode() for name in found)

    async def pause_sequence(self, bot: str, sequence: str, *, paused: bool) -> bool:
        change = self._cluster.ask.sadd if paused else self._cluster.ask.srem
        return bool(await change(f"{(await self._meta.of_bot(bot))[0].prefix}paused-sequences", sequence))

    async def enrolment_feed(self, bot: str) -> EnrolmentFeed:
        record = await self._cluster.ask.hget(f"{(await self._meta.of_bot(bot))[0].prefix}meta", "enrolments")
        return EnrolmentFeed() if record is None else read_feed(record)

    async def set_enrolment_feed(self, bot: str, feed: EnrolmentFeed) -> None:
        await self._cluster.ask.hset(f"{(await self._meta.of_bot(bot))[0].prefix}meta", "enrolments", encode(feed))

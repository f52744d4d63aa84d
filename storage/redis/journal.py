"""The journal in the order in which each shard wrote it, and chained per conversation, as `lua/_talks.lua` links it."""

import hashlib
import heapq
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from heapq import merge
from operator import itemgetter

from messages.codec import RecordDecoder, from_ms, to_ms, to_ms_or_none
from storage.erase import ERASED, entry_or_none, state_or_bare
from storage.records import JournalEntry, JournalPage, RecordedTurn
from storage.redis.cluster import Cluster
from storage.redis.shards import Shard, Shards
from storage.redis.turn_log import (
    JournalPruning,
    Places,
    TurnLine,
    later,
    pruned_up_to,
    read_lines,
    read_places,
    write_places,
)
from storage.transfer import JournalRecord, Page
from storage.turns import ChainedTurn, ConversationChain, Stray

_PAGE = 500
_FIELDS = ("state", "contact", "version", "turns", "link", "pruned", "number")


class RedisJournalChain:
    """`storage.turns.JournalChain`."""

    _cluster: Cluster
    _meta: Shards

    async def chains(self, bot: str, *, after: str = "", limit: int = 100) -> Sequence[ConversationChain]:
        keys: set[str] = set()
        start = f"({after}" if after else "-"
        for shard in await self._meta.of_bot(bot):
            found = await self._cluster.ask.zrangebylex(f"{shard.prefix}conversations", start, "+", start=0, num=limit)
            keys.update(key.decode() for key in found)
        return [chain for key in sorted(keys)[:limit] for chain in await self.chains_of(bot, key)]

    async def chains_of(self, bot: str, conversation: str) -> Sequence[ConversationChain]:
        found = [await self._chain(shard, conversation) for shard in await self._meta.of_bot(bot)]
        return [chain for chain in found if chain is not None]

    async def _chain(self, shard: Shard, key: str) -> ConversationChain | None:
        return await read_chain(self._cluster, shard, key)

    async def chained_turns(self, bot: str, chain: ConversationChain) -> AsyncIterator[ChainedTurn]:
        shard = (await self._meta.of_bot(bot))[chain.shard]
        journal = f"{shard.prefix}journal:{chain.conversation}"
        conversation = f"{shard.prefix}conversation:{chain.conversation}"
        number = await self._cluster.ask.hget(conversation, "number")
        links = f"{shard.prefix}links:{(number or b'').decode()}"
        places = sorted(map(int, await self._cluster.ask.hkeys(journal)))
        for start in range(0, len(places), _PAGE):
            some = places[start : start + _PAGE]
            records, words = await self._cluster.read_all([("HMGET", journal, *some), ("HMGET", links, *some)])
            for place, record, word in zip(some, records, words, strict=True):
                if record is not None:
                    link, _, digest = (word or b"").decode().partition(" ")
                    where = f"turn {place} of the conversation"
                    yield ChainedTurn(place, where, place, None, None, record, link.strip("-"), digest)

    def link(self, previous: str, ordinal: int, content: str) -> str:
        """Return SHA-1 in hex, as `lua/_talks.lua` computes it: Redis has no other; `content` is SHA-256."""
        words = f"{previous or '0' * 40} {ordinal} {content}"
        return hashlib.sha1(words.encode(), usedforsecurity=False).hexdigest()

    async def strays(self, bot: str) -> Sequence[Stray]:
        return [stray for shard in await self._meta.of_bot(bot) for stray in await self._strays(shard)]

    async def _strays(self, shard: Shard) -> list[Stray]:
        """Compare the log of turns, in which nothing can be changed, with the journal; look for journals of nobody."""
        found: list[Stray] = []
        place = await pruned_up_to(self._cluster, shard)
        while lines := await read_lines(self._cluster, shard, place, _PAGE):
            records = await self._cluster.read_all(
                ("HGET", f"{shard.prefix}journal:{line.conversation}", line.turn) for line in lines
            )
            for line, record in zip(lines, records, strict=True):
                found += _differs(line, record)
            place = lines[-1].place.decode()
        prefix = f"{shard.prefix}journal:"
        async for keys in self._cluster.keys(shard.prefix, f"{prefix}*"):
            names = [key.decode().removeprefix(prefix) for key in keys]
            known = await self._cluster.read_all(("EXISTS", f"{shard.prefix}conversation:{name}") for name in names)
            found += [
                Stray(name, "the journal has turns of a conversation that is not there")
                for name, there in zip(names, known, strict=True)
                if not there
            ]
        return found


def _differs(line: TurnLine, record: bytes | None) -> list[Stray]:
    if record is None:
        when = f"{from_ms(line.at):%Y-%m-%d %H:%M:%S}"
        return [Stray(line.conversation, f"turn {line.turn} of the conversation, logged at {when}, has no record")]
    entry = entry_or_none(record)
    if entry is not None and to_ms(entry.at) != line.at:
        return [Stray(line.conversation, f"turn {entry.turn} has another time than the log of turns")]
    return []


async def read_chain(cluster: Cluster, shard: Shard, key: str) -> ConversationChain | None:
    """Return what a shard keeps of a conversation's journal; None if it has no such conversation."""
    state, contact, version, turns, link, pruned, number = await cluster.ask.hmget(
        f"{shard.prefix}conversation:{key}", *_FIELDS
    )
    if state is None:
        return None
    last, _, head = (link or b"").decode().partition(" ")
    count = int(turns or 0)
    forgotten, at, forgotten_link = 0, None, ""
    if pruned is not None:
        words = pruned.decode().split(" ")
        forgotten, at, forgotten_link = int(words[0]), int(words[1]), words[2]
    is_erased = key.startswith(f"{ERASED}:")
    chain = ConversationChain(
        conversation=key,
        shard=shard.number,
        contact=(contact or b"").decode(),
        state=state,
        version=int(version or 0),
        turns=count,
        link=head if last == str(count) else "",
        pruned=forgotten,
        pruned_link=forgotten_link,
        pruned_at=at,
        head_is_kept=link is not None or not is_erased,
    )
    return await _pruned_before(cluster, shard, chain, number or b"")


async def _pruned_before(cluster: Cluster, shard: Shard, chain: ConversationChain, number: bytes) -> ConversationChain:
    """Return a chain as it is where a version before forgot turns, which kept no link: what the log of turns lacks."""
    kept = await cluster.ask.hkeys(f"{shard.prefix}journal:{chain.conversation}")
    first = min((place for place in map(int, kept) if place > 0), default=chain.turns + 1)
    place = await pruned_up_to(cluster, shard)
    if first <= chain.pruned + 1 or not place:
        return chain
    logged = await _first_logged(cluster, shard, place, number)
    if logged is not None and logged <= chain.pruned + 1:
        return chain
    last = min(first, logged or first) - 1
    links = f"{shard.prefix}links:{number.decode()}"
    link = ((await cluster.ask.hget(links, str(last))) or b"").decode().partition(" ")[0].strip("-")
    at = await _before(cluster, shard, chain, last)
    return chain._replace(pruned=last, pruned_link=link, pruned_at=max(at, chain.pruned_at or at))


async def _first_logged(cluster: Cluster, shard: Shard, place: str, number: bytes) -> int | None:
    while lines := await read_lines(cluster, shard, place, _PAGE):
        for line in lines:
            if line.talk == number:
                return line.turn
        place = lines[-1].place.decode()
    return None


async def _before(cluster: Cluster, shard: Shard, chain: ConversationChain, last: int) -> int:
    """Return a time that no turn up to the last forgotten one can be after: that of the next one, or of the state."""
    journal = f"{shard.prefix}journal:{chain.conversation}"
    record = await cluster.ask.hget(journal, str(last + 1))
    entry = None if record is None else entry_or_none(record)
    if entry is not None:
        return to_ms(entry.at)
    return to_ms_or_none(state_or_bare(chain.state, 0, "").last_event_at) or 0


_DISORDER = 60_000
"""Milliseconds by which a turn may have been taken before one that was written earlier."""


class RedisJournal:
    """`storage.port.Journal`. A position names the last line read in each shard: `0=1763-0,1=1764-2`."""

    _cluster: Cluster
    _meta: Shards

    async def journal_end(self, bot: str) -> str:
        places: Places = {}
        for shard in await self._meta.of_bot(bot):
            last = await self._cluster.ask.xrevrange(_log(shard), count=1)
            if last:
                places[shard.number] = last[0][0].decode()
        return write_places(places)

    async def journal_since(self, bot: str, at: datetime) -> str:
        cut = to_ms(at) - _DISORDER
        return write_places({shard.number: await self._before(shard, cut) for shard in await self._meta.of_bot(bot)})

    async def _before(self, shard: Shard, cut: int) -> str:
        """Return a place before the first line whose turn was at `cut` or later, as if lines were in order of time.

        Ids of lines begin with the server's time, which may be far from that of the turns.
        """
        last = await self._cluster.ask.xrevrange(_log(shard), count=1)
        low, high = 0, _time(last[0][0]) + 1 if last else 1
        while low + 1 < high:
            middle = (low + high) // 2
            found = await self._cluster.ask.xrange(_log(shard), min=f"{middle}-0", count=1)
            if found and int(found[0][1][b"at"]) < cut:
                low = _time(found[0][0])
            else:
                high = middle
        return f"{low}-0"

    async def journal_page(self, bot: str, position: str = "", *, limit: int = 1000) -> JournalPage:
        places = read_places(position)
        turns: list[RecordedTurn] = []
        for shard in await self._meta.of_bot(bot):
            place = later(places.get(shard.number, ""), await pruned_up_to(self._cluster, shard))
            while len(turns) < limit and (lines := await read_lines(self._cluster, shard, place, limit - len(turns))):
                turns += await self._kept(shard, lines)
                places[shard.number] = place = lines[-1].place.decode()
        return JournalPage(turns, write_places(places))

    async def _kept(self, shard: Shard, lines: Sequence[TurnLine]) -> Sequence[RecordedTurn]:
        records = await self._cluster.read_all(
            ("HGET", f"{shard.prefix}journal:{line.conversation}", line.turn) for line in lines
        )
        return [
            RecordedTurn(line.conversation, _place(line.turn), line.at, record)
            for line, record in zip(lines, records, strict=True)
            if record is not None
        ]

    async def journal_of(
        self, bot: str, conversation: str, *, after: int = 0, latest: bool = False, limit: int = 1000
    ) -> Sequence[RecordedTurn]:
        places = await turns_of(self._cluster, await self._meta.of_bot(bot), conversation)
        start = max(len(places) - limit, 0) if latest else after
        wanted = places[start : start + limit]
        records = await records_of(self._cluster, conversation, wanted)
        return [
            RecordedTurn(conversation, _place(number), 0, record)
            for (_, number), record in zip(wanted, records, strict=True)
            if record is not None
        ]

    async def conversations_of(self, bot: str, contact: str) -> Sequence[str]:
        keys: set[bytes] = set()
        for shard in await self._meta.of_bot(bot):
            keys |= await self._cluster.ask.smembers(f"{shard.prefix}conversations-of:{contact}")
        return sorted(key.decode() for key in keys)

    async def prune_journal(self, *, before: datetime | None = None, keep_bytes: int | None = None) -> int:
        pruning = JournalPruning(self._cluster, await self._meta.all())
        gone = 0
        if before is not None:
            gone += await pruning.forget_before(to_ms(before))
        if keep_bytes is not None:
            gone += await pruning.forget_down_to(keep_bytes)
        return gone


async def turns_of(cluster: Cluster, shards: Sequence[Shard], conversation: str) -> Sequence[tuple[Shard, int]]:
    """Return the turns of a conversation that are kept, each with its shard, the oldest first: where people of several
    shards speak, each shard has those of its own.
    """
    ways: list[list[tuple[Shard, int]]] = []
    for shard in shards:
        numbers = await cluster.ask.hkeys(f"{shard.prefix}journal:{conversation}")
        if numbers:
            ways.append([(shard, number) for number in sorted(map(int, numbers))])
    if len(ways) < 2:
        return ways[0] if ways else []
    timed: list[list[tuple[int, tuple[Shard, int]]]] = []
    for way in ways:
        at = 0
        timed.append([])
        for place, record in zip(way, await records_of(cluster, conversation, way), strict=True):
            entry = None if record is None else entry_or_none(record)
            at = at if entry is None else to_ms(entry.at)  # one that can't be read stays behind the one before
            timed[-1].append((at, place))
    return [place for _, place in merge(*timed, key=itemgetter(0))]


async def records_of(cluster: Cluster, conversation: str, turns: Sequence[tuple[Shard, int]]) -> Sequence[bytes | None]:
    """Return the records of turns of a conversation; None for one that is gone."""
    found: dict[tuple[Shard, int], bytes | None] = {}
    for shard in dict.fromkeys(shard for shard, _ in turns):
        numbers = [number for of, number in turns if of == shard]
        records = await cluster.ask.hmget(f"{shard.prefix}journal:{conversation}", numbers)
        found.update(zip(((shard, number) for number in numbers), records, strict=True))
    return [found[turn] for turn in turns]


def _log(shard: Shard) -> str:
    return f"{shard.prefix}turns"


def _time(place: bytes) -> int:
    return int(place.partition(b"-")[0])


def _place(turn: int) -> str:
    return f"turn {turn} of the conversation"


_decode_entry = RecordDecoder[JournalEntry](JournalEntry)


async def export_journal(cluster: Cluster, shards: Sequence[Shard], after: str, limit: int) -> Page:
    """Return about `limit` records after a position. Those of each shard keep their order."""
    places = read_places(after)
    step = -(-limit // len(shards))
    ways: list[list[tuple[Shard, TurnLine]]] = []
    for shard in shards:
        lines = await read_lines(cluster, shard, places.get(shard.number, ""), step)
        ways.append([(shard, line) for line in lines])
    unread = [way[-1] for way in ways if len(way) == step]
    taken: list[tuple[Shard, TurnLine]] = []
    for shard, line in heapq.merge(*ways, key=lambda each: each[1].at):
        taken.append((shard, line))
        places[shard.number] = line.place.decode()
        if (shard, line) in unread:
            break  # the next line of this shard, not read yet, may be older than those of the others
    return Page(await _records(cluster, taken), write_places(places) if unread else "")


async def _records(cluster: Cluster, turns: Sequence[tuple[Shard, TurnLine]]) -> Sequence[JournalRecord]:
    kept: dict[tuple[Shard, TurnLine], bytes | None] = {}
    proofs: dict[tuple[Shard, TurnLine], tuple[bool, str]] = {}
    for shard in {shard for shard, _ in turns}:
        own = [turn for turn in turns if turn[0] == shard]
        found = await cluster.read_all(
            ("HGET", f"{shard.prefix}journal:{line.conversation}", line.turn) for _, line in own
        )
        kept.update(zip(own, found, strict=True))
        words = await cluster.read_all(
            ("HGET", f"{shard.prefix}links:{line.talk.decode()}", line.turn) for _, line in own
        )
        proofs.update(zip(own, map(_proof, words), strict=True))
    return [
        JournalRecord(turn[1].conversation, _decode_entry(record).turn, turn[1].at, record, turn[1].turn, *proofs[turn])
        for turn in turns
        if (record := kept[turn]) is not None
    ]


def _proof(word: bytes | None) -> tuple[bool, str]:
    """Return whether a turn is chained, and the digest of a record that was replaced."""
    link, _, digest = (word or b"-").decode().partition(" ")
    return link != "-", digest

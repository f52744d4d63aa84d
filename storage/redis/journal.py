"""The journal in the order in which each shard wrote it, read through the shard's log of turns."""

from collections.abc import Sequence
from datetime import datetime
from heapq import merge
from operator import itemgetter

from storage.records import JournalPage, RecordedTurn
from storage.redis.journal_prune import JournalPruning, pruned_up_to
from storage.redis.keys import Shard
from storage.redis.meta import Meta
from storage.redis.nodes import Nodes
from storage.redis.places import Places, read_places, write_places
from storage.redis.turn_log import TurnLine, later, read_lines
from storage.times import to_ms
from storage.tombstone import entry_or_none

_DISORDER = 60_000
"""Milliseconds by which a turn may have been taken before one that was written earlier."""


class RedisJournal:
    """`storage.port.Journal`. A position names the last line read in each shard: `0=1763-0,1=1764-2`."""

    _nodes: Nodes
    _meta: Meta

    async def journal_end(self, bot: str) -> str:
        places: Places = {}
        for shard in await self._meta.of_bot(bot):
            last = await self._nodes.read(self._nodes.client.xrevrange(_log(shard), count=1))
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
        last = await self._nodes.read(self._nodes.client.xrevrange(_log(shard), count=1))
        low, high = 0, _time(last[0][0]) + 1 if last else 1
        while low + 1 < high:
            middle = (low + high) // 2
            found = await self._nodes.read(self._nodes.client.xrange(_log(shard), min=f"{middle}-0", count=1))
            if found and int(found[0][1][b"at"]) < cut:
                low = _time(found[0][0])
            else:
                high = middle
        return f"{low}-0"

    async def journal_page(self, bot: str, position: str = "", *, limit: int = 1000) -> JournalPage:
        places = read_places(position)
        turns: list[RecordedTurn] = []
        for shard in await self._meta.of_bot(bot):
            place = later(places.get(shard.number, ""), await pruned_up_to(self._nodes, shard))
            while len(turns) < limit and (lines := await read_lines(self._nodes, shard, place, limit - len(turns))):
                turns += await self._kept(shard, lines)
                places[shard.number] = place = lines[-1].place.decode()
        return JournalPage(turns, write_places(places))

    async def _kept(self, shard: Shard, lines: Sequence[TurnLine]) -> Sequence[RecordedTurn]:
        records = await self._nodes.read_all(
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
        places = await turns_of(self._nodes, await self._meta.of_bot(bot), conversation)
        start = max(len(places) - limit, 0) if latest else after
        wanted = places[start : start + limit]
        records = await records_of(self._nodes, conversation, wanted)
        return [
            RecordedTurn(conversation, _place(number), 0, record)
            for (_, number), record in zip(wanted, records, strict=True)
            if record is not None
        ]

    async def conversations_of(self, bot: str, contact: str) -> Sequence[str]:
        keys: set[bytes] = set()
        for shard in await self._meta.of_bot(bot):
            keys |= await self._nodes.read(self._nodes.client.smembers(f"{shard.prefix}conversations-of:{contact}"))
        return sorted(key.decode() for key in keys)

    async def prune_journal(self, *, before: datetime | None = None, keep_bytes: int | None = None) -> int:
        pruning = JournalPruning(self._nodes, await self._meta.all())
        gone = 0
        if before is not None:
            gone += await pruning.forget_before(to_ms(before))
        if keep_bytes is not None:
            gone += await pruning.forget_down_to(keep_bytes)
        return gone


async def turns_of(nodes: Nodes, shards: Sequence[Shard], conversation: str) -> Sequence[tuple[Shard, int]]:
    """Return the turns of a conversation that are kept, each with its shard, the oldest first: where people of several
    shards speak, each shard has those of its own.
    """
    ways: list[list[tuple[Shard, int]]] = []
    for shard in shards:
        numbers = await nodes.read(nodes.client.hkeys(f"{shard.prefix}journal:{conversation}"))
        if numbers:
            ways.append([(shard, number) for number in sorted(map(int, numbers))])
    if len(ways) < 2:
        return ways[0] if ways else []
    timed: list[list[tuple[int, tuple[Shard, int]]]] = []
    for way in ways:
        at = 0
        timed.append([])
        for place, record in zip(way, await records_of(nodes, conversation, way), strict=True):
            entry = None if record is None else entry_or_none(record)
            at = at if entry is None else to_ms(entry.at)  # one that can't be read stays behind the one before
            timed[-1].append((at, place))
    return [place for _, place in merge(*timed, key=itemgetter(0))]


async def records_of(nodes: Nodes, conversation: str, turns: Sequence[tuple[Shard, int]]) -> Sequence[bytes | None]:
    """Return the records of turns of a conversation; None for one that is gone."""
    found: dict[tuple[Shard, int], bytes | None] = {}
    for shard in dict.fromkeys(shard for shard, _ in turns):
        numbers = [number for of, number in turns if of == shard]
        records = await nodes.read(nodes.client.hmget(f"{shard.prefix}journal:{conversation}", numbers))
        found.update(zip(((shard, number) for number in numbers), records, strict=True))
    return [found[turn] for turn in turns]


def _log(shard: Shard) -> str:
    return f"{shard.prefix}turns"


def _time(place: bytes) -> int:
    return int(place.partition(b"-")[0])


def _place(turn: int) -> str:
    return f"turn {turn} of the conversation"

"""The journal in the order in which each shard wrote it, read through the shard's log of turns."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from storage.records import JournalPage, RecordedTurn
from storage.redis.journal_prune import JournalPruning, pruned_up_to
from storage.redis.keys import Shard
from storage.redis.meta import Meta
from storage.redis.nodes import Nodes
from storage.redis.places import Places, read_places, write_places
from storage.redis.turn_log import TurnLine, later, read_lines
from storage.times import to_ms

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
        name = f"journal:{conversation}"
        numbers: list[tuple[Shard, int]] = []
        for shard in await self._meta.of_bot(bot):
            found = await self._nodes.read(self._nodes.client.hkeys(f"{shard.prefix}{name}"))
            numbers += [(shard, number) for number in sorted(map(int, found))]
        start = max(len(numbers) - limit, 0) if latest else after
        turns: list[RecordedTurn] = []
        for shard, wanted in groupby(numbers[start : start + limit], key=itemgetter(0)):
            own = [number for _, number in wanted]
            records = await self._nodes.read(self._nodes.client.hmget(f"{shard.prefix}{name}", own))
            turns += [
                RecordedTurn(conversation, _place(number), 0, record)
                for number, record in zip(own, records, strict=True)
                if record is not None
            ]
        return turns

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


def _log(shard: Shard) -> str:
    return f"{shard.prefix}turns"


def _time(place: bytes) -> int:
    return int(place.partition(b"-")[0])


def _place(turn: int) -> str:
    return f"turn {turn} of the conversation"

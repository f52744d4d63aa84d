"""Forgetting the journal, some turns at a time, in the order of each shard's log of turns."""

import heapq
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from functools import partial
from itertools import takewhile
from typing import NamedTuple

from storage.redis.keys import Shard
from storage.redis.nodes import Nodes
from storage.redis.scripts import PRUNE_JOURNAL
from storage.redis.turn_log import TurnLine, later, read_lines

STEP = 500
"""Turns looked at at once."""


async def pruned_up_to(nodes: Nodes, shard: Shard) -> str:
    """Return the place of the last line whose journal entry was forgotten; '' when none was."""
    found = await nodes.read(nodes.client.hget(f"{shard.prefix}meta", "journal-pruned"))
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

    def __init__(self, nodes: Nodes, shards: Sequence[Shard]) -> None:
        self._nodes = nodes
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
        place = await pruned_up_to(self._nodes, shard)
        while lines := await read_lines(self._nodes, shard, place, STEP):
            sizes = await self._nodes.read_all(
                ("HSTRLEN", f"{shard.prefix}journal:{line.conversation}", line.turn) for line in lines
            )
            for line, size in zip(lines, sizes, strict=True):
                yield _Sized(line.at, shard.partition, line.place.decode(), size)
            place = lines[-1].place.decode()

    async def _forget(self, shard: Shard, old: Callable[[TurnLine], bool]) -> int:
        """Forget the oldest turns up to the first that is not `old`."""
        gone = 0
        place = await pruned_up_to(self._nodes, shard)
        while lines := await read_lines(self._nodes, shard, place, STEP):
            going = list(takewhile(old, lines))
            if not going:
                break
            place = going[-1].place.decode()
            words = [word for line in going for word in (line.talk, line.turn, line.at)]
            gone += await self._nodes.call(PRUNE_JOURNAL, shard.prefix, place, *words)
        return gone

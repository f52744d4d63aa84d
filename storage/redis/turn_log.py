"""A shard's log of turns, a line each in order of time, by which the journal is read and forgotten.

Conversations and events stand beside it, by number.
"""

import heapq
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import takewhile
from typing import NamedTuple

from storage.redis.cluster import Cluster
from storage.redis.pipeline import PRUNE_JOURNAL
from storage.redis.shards import Shard

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

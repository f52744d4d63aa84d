"""A shard's log of turns: a line each in order of time. Conversations and events stand beside it, by number."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from storage.redis.keys import Shard
from storage.redis.nodes import Nodes


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


async def read_lines(nodes: Nodes, shard: Shard, after: str, limit: int) -> Sequence[TurnLine]:
    """Return the lines after a place; '' is the beginning."""
    start = f"({after}" if after else "-"
    entries = await nodes.read(nodes.client.xrange(f"{shard.prefix}turns", min=start, count=limit))
    keys = await conversation_keys(nodes, shard, (fields[b"conversation"] for _, fields in entries))
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


async def conversation_keys(nodes: Nodes, shard: Shard, numbers: Iterable[bytes]) -> Mapping[bytes, str]:
    """Return the keys of conversations by their numbers."""
    wanted = list(dict.fromkeys(numbers))
    if not wanted:
        return {}
    found = await nodes.read(nodes.client.hmget(f"{shard.prefix}conversation-keys", wanted))
    return {number: key.decode() for number, key in zip(wanted, found, strict=True)}


async def events_of(nodes: Nodes, shard: Shard, lines: Sequence[TurnLine]) -> Sequence[bytes | None]:
    """Return the names of the lines' events; None for one that was forgotten."""
    if not lines:
        return []
    found: Sequence[bytes | None] = await nodes.read(
        nodes.client.hmget(f"{shard.prefix}turn-events", [line.event_field for line in lines])
    )
    return found


def later(place: str, other: str) -> str:
    """Return the later of two places in the log; '' is the beginning."""
    return max(place, other, key=_numbers)


def _numbers(place: str) -> tuple[int, ...]:
    return tuple(int(part) for part in place.split("-") if part)

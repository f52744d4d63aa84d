"""Reading the journal of all shards as one, the oldest turn first.

Who finds a moment in a journal, or forgets what is old, takes its order for that of time. A store with fewer shards, or
none, would have one shard's last turn before the next one's first if it got them one shard after another.
"""

import heapq
from collections.abc import Sequence

from messages.codec import RecordDecoder
from storage.records import JournalEntry
from storage.redis.cluster import Cluster
from storage.redis.keys import Shard
from storage.redis.turn_log import TurnLine, read_lines, read_places, write_places
from storage.transfer import JournalRecord, Page

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

"""Forgetting what is old, some turns at a time, in the order of the shard's log of turns."""

from collections.abc import Sequence
from datetime import datetime

from storage.records import DeliveryStatus, Pruned
from storage.redis.keys import Shard
from storage.redis.lanes import read_row
from storage.redis.nodes import Nodes
from storage.redis.scripts import PRUNE
from storage.times import to_ms

STEP = 500
"""Turns looked at at once."""


async def prune(nodes: Nodes, shards: Sequence[Shard], before: datetime) -> Pruned:
    """Forget ids of events and delivered replies of turns before `before`.

    A reply that failed stays, and so does one that still waits, which the outbox' own patience ends long before.
    """
    events = deliveries = 0
    for shard in shards:
        while True:
            step = await _step(nodes, shard, to_ms(before))
            if step is None:
                break
            events += step.seen_events
            deliveries += step.deliveries
    return Pruned(events, deliveries)


async def _step(nodes: Nodes, shard: Shard, cut: int) -> Pruned | None:
    """Look at the next turns; None once they are not old enough."""
    pruned = await nodes.read(nodes.client.hget(f"{shard.prefix}meta", "pruned"))
    start = b"(" + pruned if pruned else b"-"
    turns = await nodes.read(nodes.client.xrange(f"{shard.prefix}turns", min=start, count=STEP))
    old: list[tuple[bytes, dict[bytes, bytes]]] = []
    for entry, fields in turns:
        if int(fields[b"at"]) >= cut:
            break
        old.append((entry, fields))
    if not old:
        return None
    replies = [
        (fields[b"conversation"], number)
        for _, fields in old
        for number in range(int(fields[b"reply"]), int(fields[b"reply"]) + int(fields[b"replies"]))
    ]
    records = await nodes.read_all(
        ("HGET", f"{shard.prefix}replies:{conversation.decode()}", number) for conversation, number in replies
    )
    done: list[bytes | int] = []
    for (conversation, number), record in zip(replies, records, strict=True):
        if record is not None and read_row(record, shard, number).status is DeliveryStatus.DELIVERED:
            done += [conversation, number]
    gone = await nodes.call(
        PRUNE,
        shard.prefix,
        pruned or b"",
        old[-1][0],
        len(old),
        *(fields[b"event"] for _, fields in old),
        len(done) // 2,
        *done,
    )
    return Pruned(*gone)

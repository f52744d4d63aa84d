"""Forgetting what is old, some turns at a time, in the order of the shard's log of turns."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby, takewhile
from operator import attrgetter

from messages.errors import UnreadableRecord
from storage.records import DeliveryStatus, Pruned
from storage.redis.access import prune_answers
from storage.redis.ended_replies import forget_ended
from storage.redis.keys import LOOSE_EVENTS, Shard
from storage.redis.lanes import read_row
from storage.redis.nodes import Nodes
from storage.redis.scripts import PRUNE
from storage.redis.turn_log import events_of, read_lines
from storage.redis.uploads import prune_uploads
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
    for _, of_bot in groupby(shards, key=attrgetter("bot")):
        events += await _forget_loose(nodes, list(of_bot), to_ms(before))
    await prune_answers(nodes, to_ms(before))
    await prune_uploads(nodes, shards, to_ms(before))
    deliveries += await forget_ended(nodes, shards, DeliveryStatus.DELIVERED, to_ms(before))
    return Pruned(events, deliveries)


async def _forget_loose(nodes: Nodes, shards: Sequence[Shard], cut: int) -> int:
    """Forget a bot's events that no turn in the log is of. Every shard knows them."""
    loose = f"{shards[0].prefix}{LOOSE_EVENTS}"
    gone = 0
    while names := await nodes.read(nodes.client.zrangebyscore(loose, "-inf", f"({cut}", 0, STEP)):
        for shard in shards:
            await nodes.read(nodes.client.hdel(f"{shard.prefix}seen", *names))
            await nodes.read(nodes.client.hdel(f"{shard.prefix}fingerprints", *names))
        gone += await nodes.read(nodes.client.zrem(loose, *names))
    return gone


async def _step(nodes: Nodes, shard: Shard, cut: int) -> Pruned | None:
    """Look at the next turns; None once they are not old enough."""
    pruned = await nodes.read(nodes.client.hget(f"{shard.prefix}meta", "pruned"))
    lines = await read_lines(nodes, shard, pruned.decode() if pruned else "", STEP)
    old = list(takewhile(lambda line: line.at < cut, lines))
    if not old:
        return None
    events: list[bytes] = []
    for line, name in zip(old, await events_of(nodes, shard, old), strict=True):
        if name is not None:
            events += [name, line.event_field]
    replies = [
        (line.conversation, number)
        for line in old
        for number in range(line.first_reply, line.first_reply + line.replies)
    ]
    records = await nodes.read_all(
        ("HGET", f"{shard.prefix}replies:{conversation}", number) for conversation, number in replies
    )
    done: list[str | int] = []
    for (conversation, number), record in zip(replies, records, strict=True):
        if record is not None and _is_delivered(record, shard, number):
            done += [conversation, number]
    gone = await nodes.call(
        PRUNE,
        shard.prefix,
        pruned or b"",
        old[-1].place,
        len(events) // 2,
        *events,
        len(done) // 2,
        *done,
    )
    return Pruned(*gone)


def _is_delivered(record: bytes, shard: Shard, number: int) -> bool:
    """Tell whether a reply was; one that this version can't read stays."""
    try:
        return read_row(record, shard, number).status is DeliveryStatus.DELIVERED
    except UnreadableRecord:
        return False

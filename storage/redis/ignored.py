"""Messages that nothing matched: a Stream of when and where, and their words beside it."""

from collections.abc import Sequence
from typing import Any

from storage.records import IgnoredMessage
from storage.redis.keys import Shard
from storage.redis.nodes import Nodes
from storage.redis.turn_log import conversation_keys
from storage.times import from_ms


async def read_ignored(
    nodes: Nodes, shard: Shard, entries: Sequence[tuple[bytes, dict[bytes, Any]]]
) -> Sequence[IgnoredMessage]:
    """Return the messages of a part of the Stream."""
    if not entries:
        return []
    keys = await conversation_keys(nodes, shard, (fields[b"conversation"] for _, fields in entries))
    places = [place for place, _ in entries]
    texts = await nodes.read(nodes.client.hmget(f"{shard.prefix}ignored-texts", places))
    return [
        IgnoredMessage(shard.bot, keys[fields[b"conversation"]], from_ms(int(fields[b"at"])), text.decode())
        for (_, fields), text in zip(entries, texts, strict=True)
        if text is not None
    ]

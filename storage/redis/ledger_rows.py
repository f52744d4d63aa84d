"""What of ledger rows stands beside them, because erasing the person takes it away."""

from collections.abc import Sequence
from typing import Any

from storage.redis.keys import Shard
from storage.redis.ledger_position import number_of
from storage.redis.nodes import Nodes


async def personal_of_rows(
    nodes: Nodes, shard: Shard, entries: Sequence[tuple[bytes, dict[bytes, Any]]]
) -> Sequence[bytes | None]:
    """Return the personal part of each of these rows of the Stream; None once the person was erased."""
    if not entries:
        return []
    numbers = [number_of(entry) for entry, _ in entries]
    found: Sequence[bytes | None] = await nodes.read(nodes.client.hmget(f"{shard.prefix}ledger-personal", numbers))
    return found

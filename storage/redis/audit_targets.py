"""Rows of the audit about somebody who was erased: they stay, and what they are about has another name."""

from collections.abc import Mapping

import msgspec

from messages.codec import RecordDecoder, encode
from storage.records import AuditRow
from storage.redis.keys import Shard
from storage.redis.nodes import Nodes

_decode = RecordDecoder[AuditRow](AuditRow)


async def rename_in_audit(nodes: Nodes, shard: Shard, names: Mapping[str, str]) -> None:
    """Give targets other names, in the rows of a bot's first shard. Done again after it broke off, it goes on."""
    for target, name in names.items():
        numbers = await nodes.read(nodes.client.zrange(f"{shard.prefix}audit-of:{target}", 0, -1))
        for number in numbers:
            row = _decode(await nodes.read(nodes.client.hget(f"{shard.prefix}audit", number)))
            await nodes.read_all(
                [
                    ("HSET", f"{shard.prefix}audit", number, encode(msgspec.structs.replace(row, target=name))),
                    ("ZADD", f"{shard.prefix}audit-of:{name}", number, number),
                    ("ZREM", f"{shard.prefix}audit-of:{target}", number),
                ]
            )

"""Rows of the ledger that were acknowledged and are not there any more, as the shards keep that (`lua/_memory.lua`)."""

import json
from collections.abc import Mapping, Sequence

from storage.ledger_loss import LedgerLoss
from storage.redis.keys import Shard
from storage.redis.ledger_position import ledger_sequence
from storage.redis.nodes import Nodes
from storage.times import from_ms, from_ms_or_none


def losses_from(shard: Shard, words: Sequence[bytes], shards: int) -> Sequence[LedgerLoss]:
    """Return the losses of a shard, whose names and records alternate in `words`."""
    return [
        _loss(shard, name.decode(), json.loads(record), shards)
        for name, record in zip(words[::2], words[1::2], strict=True)
    ]


async def read_losses(nodes: Nodes, shards: Sequence[Shard]) -> Sequence[LedgerLoss]:
    """Return the losses of a bot, in order."""
    found = [
        _loss(shard, name.decode(), json.loads(record), len(shards))
        for shard in shards
        for name, record in (await nodes.read(nodes.client.hgetall(f"{shard.prefix}losses"))).items()
    ]
    return sorted(found, key=lambda loss: (loss.first, loss.shard))


def _loss(shard: Shard, name: str, record: Mapping[str, object], shards: int) -> LedgerLoss:
    def sequence(key: str) -> int:
        return ledger_sequence(_whole(record[key]), shard, shards)

    accepted = record.get("accepted_at")
    return LedgerLoss(
        id=f"{shard.number}/{name}",
        bot=shard.bot,
        shard=shard.number,
        first=sequence("first"),
        last=sequence("last"),
        reserved=sequence("reserved"),
        hash=str(record["hash"]),
        found_at=from_ms(_whole(record["found_at"])),
        accepted_at=from_ms_or_none(None if accepted is None else _whole(accepted)),
        accepted_by=str(record.get("accepted_by", "")),
    )


def _whole(value: object) -> int:
    """Return a number that Redis' JSON may hold as 1.7e12."""
    return int(float(str(value)))

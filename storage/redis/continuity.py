"""Whether Redis still has what it acknowledged: `storage.continuity.Continuity`."""

import asyncio
import json
import math
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from storage.continuity import CopiedFrom, StoreIdentity, decode_copied_from, encode_copied_from
from storage.ledger_loss import LedgerLoss, LedgerMark
from storage.records import Weakness
from storage.redis.address import Durability
from storage.redis.durability import broken_promises
from storage.redis.keys import ROOT
from storage.redis.ledger_memory import LedgerMemory, mark_of, number_in
from storage.redis.ledger_position import number_of
from storage.redis.losses import losses_from, read_losses
from storage.redis.meta import Meta
from storage.redis.nodes import Nodes
from storage.redis.scripts import ACCEPT_LOSS, BEAT, LEDGER_ENDS, NOTE_LOSS
from storage.times import to_ms

_EVERYSEC = 2.0
"""Seconds that `appendfsync everysec` may lose."""


class RedisContinuity:
    """`storage.continuity.Continuity`."""

    _nodes: Nodes
    _meta: Meta
    _memory: LedgerMemory

    async def identity(self) -> StoreIdentity:
        """Return the store's id, which is made if there is none: a store that was emptied gets another."""
        client, read = self._nodes.client, self._nodes.read
        await read(client.hsetnx(f"{ROOT}meta", "store", secrets.token_hex(16)))
        name, copied_from = await read(client.hmget(f"{ROOT}meta", ["store", "copied-from"]))
        return StoreIdentity(name.decode(), decode_copied_from(copied_from or b"[]"))

    async def become_copy_of(self, sources: Sequence[CopiedFrom]) -> None:
        await self._nodes.read(self._nodes.client.hset(f"{ROOT}meta", "copied-from", encode_copied_from(sources)))

    @property
    def declared_loss(self) -> float:
        address = self._nodes.address
        if address.durability is Durability.NONE:
            return math.inf
        return address.lag + (_EVERYSEC if address.durability is Durability.EVERYSEC else 0.0)

    @property
    def interruptions(self) -> int:
        return self._memory.interruptions

    def remembered(self) -> Mapping[tuple[str, int], LedgerMark]:
        return self._memory.all()

    def noted(self) -> Sequence[LedgerMark]:
        return self._memory.noted_since()

    def remember(self, marks: Iterable[LedgerMark]) -> None:
        self._memory.take(marks)

    def forget(self, bot: str, shard: int) -> None:
        self._memory.forget(bot, shard)

    def hold(self, reason: str) -> None:
        self._memory.hold(reason)

    async def heads(self, bot: str) -> Sequence[LedgerMark]:
        found: list[LedgerMark] = []
        shards = await self._meta.of_bot(bot)
        for shard in shards:
            last = await self._nodes.read(self._nodes.client.xrevrange(f"{shard.prefix}ledger", count=1))
            if last:
                entry, fields = last[0]
                found.append(mark_of(shard, number_of(entry), fields[b"hash"], len(shards)))
                if self._nodes.address.replicas:
                    await self._nodes.call(BEAT, shard.prefix)  # what was written before this is confirmed with it
        return found

    async def all_heads(self) -> Sequence[LedgerMark]:
        found: list[LedgerMark] = []
        count = self._nodes.address.shards
        shards = await self._meta.all()
        for shard, (entry, digest, *_) in zip(shards, await self._nodes.call_all(LEDGER_ENDS, shards), strict=True):
            if entry:
                found.append(mark_of(shard, number_of(entry), digest, count))
        if self._nodes.address.replicas:
            with_rows = {(mark.bot, mark.shard) for mark in found}
            beats = [shard for shard in shards if (shard.bot, shard.number) in with_rows]
            # What was written before this is confirmed with it.
            await asyncio.gather(*(self._nodes.call(BEAT, shard.prefix) for shard in beats))
        return found

    async def row_hash(self, bot: str, sequence: int) -> str | None:
        shards = await self._meta.of_bot(bot)
        shard = shards[(sequence - 1) % len(shards)]
        number = number_in(shard, sequence, len(shards))
        found = await self._nodes.read(
            self._nodes.client.xrange(f"{shard.prefix}ledger", min=f"{number}-0", max=f"{number}-0")
        )
        return found[0][1][b"hash"].decode() if found else None

    async def is_there(self, mark: LedgerMark) -> bool:
        return await self.row_hash(mark.bot, mark.sequence) == mark.hash

    async def record_loss(self, mark: LedgerMark) -> LedgerLoss | None:
        await self._meta.write_again()
        shards = await self._meta.of_bot(mark.bot)
        shard = shards[(mark.sequence - 1) % len(shards)]
        number = number_in(shard, mark.sequence, len(shards))
        record = await self._nodes.call(NOTE_LOSS, shard.prefix, number, mark.hash)
        if not record:
            return None
        return next(loss for loss in await self.losses(mark.bot) if loss.shard == shard.number and loss.is_open)

    async def losses(self, bot: str) -> Sequence[LedgerLoss]:
        return await read_losses(self._nodes, await self._meta.of_bot(bot))

    async def all_losses(self) -> Sequence[LedgerLoss]:
        count = self._nodes.address.shards
        shards = await self._meta.all()
        found = [
            loss
            for shard, (_, _, *words) in zip(shards, await self._nodes.call_all(LEDGER_ENDS, shards), strict=True)
            for loss in losses_from(shard, words, count)
        ]
        return sorted(found, key=lambda loss: (loss.bot, loss.first, loss.shard))

    async def accept_loss(self, loss: LedgerLoss, at: datetime, by: str) -> None:
        shards = await self._meta.of_bot(loss.bot)
        shard = shards[loss.shard]
        record = {
            "first": number_in(shard, loss.first, len(shards)),
            "last": number_in(shard, loss.last, len(shards)),
            "reserved": number_in(shard, loss.reserved, len(shards)),
            "hash": loss.hash,
            "found_at": to_ms(loss.found_at),
            "accepted_at": to_ms(at),
            "accepted_by": by,
        }
        await self._nodes.call(ACCEPT_LOSS, shard.prefix, loss.id.partition("/")[2], json.dumps(record))

    async def look(self) -> None:
        """Connections tell by themselves."""

    async def broken_promises(self) -> Sequence[Weakness]:
        return await broken_promises(self._nodes)

"""Whether Redis still has what it acknowledged, the rows that it is known to lack, and what it may lose as set up."""

import asyncio
import json
import math
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from redis.exceptions import ResponseError

from messages.codec import from_ms, from_ms_or_none, to_ms
from messages.errors import StoreError
from storage.continuity import (
    CopiedFrom,
    LedgerMemory,
    Remembering,
    StoreIdentity,
    decode_copied_from,
    encode_copied_from,
    lacks_rows,
)
from storage.records import DurabilityWarning, LedgerLoss, LedgerMark
from storage.redis.address import Durability
from storage.redis.cluster import Cluster
from storage.redis.pipeline import ACCEPT_LOSS, BEAT, LEDGER_ENDS, NOTE_LOSS, Word
from storage.redis.shards import ROOT, Shard, Shards, ledger_sequence, number_of, rows_up_to


async def weaknesses(cluster: Cluster) -> Sequence[DurabilityWarning]:
    """Look at the settings of every primary. Raises StoreError."""
    found: dict[DurabilityWarning, None] = {}
    for settings, replication in await _settings_and_replication(cluster):
        found.update((weakness, None) for weakness in _of(cluster, settings, replication))
    return tuple(found)


async def refuse_less(cluster: Cluster) -> None:
    """Raise StoreError when Redis keeps less than the store's URL promises."""
    broken = [weakness for weakness in await weaknesses(cluster) if weakness.breaks]
    if broken:
        raise StoreError("; ".join(f"{weakness.problem}. {weakness.remedy}" for weakness in broken))


async def broken_promises(cluster: Cluster) -> Sequence[DurabilityWarning]:
    """Return what each primary keeps less than the URL promises. Replicas are left to the commit, which asks them."""
    found: dict[DurabilityWarning, None] = {}
    for settings, _ in await _settings_and_replication(cluster):
        of_settings = _of_settings(settings, cluster.address.durability) if settings is not None else ()
        found.update((weakness, None) for weakness in of_settings if weakness.breaks)
    return tuple(found)


def _of(cluster: Cluster, settings: dict[str, str] | None, replication: dict[str, Any]) -> Sequence[DurabilityWarning]:
    durability = cluster.address.durability
    found: list[DurabilityWarning] = []
    if settings is None:
        found.append(
            DurabilityWarning(
                "Redis does not let its settings be read (CONFIG GET), so what it keeps is not known",
                "Allow CONFIG GET, or look up at its operator's that it has appendonly yes and appendfsync always",
                breaks=False,
            )
        )
    else:
        found += _of_settings(settings, durability)
    replicas = int(replication.get("connected_slaves", 0))
    if replicas < cluster.address.replicas:
        found.append(
            DurabilityWarning(
                f"the store's URL says replicas={cluster.address.replicas}, and {replicas} are connected: no turn "
                "could be confirmed",
                "Start the replicas, or write a lower number",
                breaks=True,
            )
        )
    return found


def _of_settings(settings: dict[str, str], durability: Durability) -> Sequence[DurabilityWarning]:
    found: list[DurabilityWarning] = []
    promises = durability is not Durability.NONE
    if settings.get("appendonly") != "yes":
        found.append(
            DurabilityWarning(
                "Redis has no append-only file (appendonly no): a restart loses the opt-outs since its last snapshot"
                if settings.get("save")
                else "Redis keeps nothing on disk (appendonly no, no snapshots): a restart loses every opt-out",
                "Set appendonly yes and appendfsync always, or write durability=none into the store's URL",
                breaks=promises,
            )
        )
    elif settings.get("appendfsync") == "no" or (
        settings.get("appendfsync") != "always" and durability is Durability.ALWAYS
    ):
        found.append(
            DurabilityWarning(
                f"Redis has appendfsync {settings.get('appendfsync')}: opt-outs that people saw confirmed may be lost "
                "when its machine fails",
                "Set appendfsync always, or write durability=everysec into the store's URL and accept to lose a second",
                breaks=promises,
            )
        )
    elif settings.get("appendfsync") != "always":
        found.append(
            DurabilityWarning(
                "Redis has appendfsync everysec: what was confirmed within the last second or two may be lost when its "
                "machine fails",
                "Set appendfsync always",
                breaks=False,
            )
        )
    policy = settings.get("maxmemory-policy", "noeviction")
    if policy != "noeviction" and settings.get("maxmemory", "0") != "0":
        found.append(
            DurabilityWarning(
                f"Redis throws keys away when its memory is full (maxmemory-policy {policy}): opt-outs among them",
                "Set maxmemory-policy noeviction",
                breaks=promises,
            )
        )
    return found


async def _settings_and_replication(cluster: Cluster) -> Sequence[tuple[dict[str, str] | None, dict[str, Any]]]:
    """Return settings, None where they may not be read, and the state of replication of every primary."""
    found_of_each: list[tuple[dict[str, str] | None, dict[str, Any]]] = []
    for client in await cluster.primaries():
        replication = await cluster.read(client.execute_command("INFO", "replication"))
        settings = await cluster.read(_settings_of(client))
        found_of_each.append((settings, replication))
    return found_of_each


async def _settings_of(client: Any) -> dict[str, str] | None:  # noqa: ANN401  # see `Nodes.client`
    try:
        return dict(await client.config_get("appendonly", "appendfsync", "save", "maxmemory*"))
    except ResponseError:
        return None


class ShardMemory(LedgerMemory):
    """What is remembered, as scripts that append take and answer it. `shards`: how many a bot has."""

    def __init__(self, shards: int) -> None:
        super().__init__()
        self._shards = shards
        self._guarded = False

    def words(self, shard: Shard, *, raising: bool) -> tuple[Word, Word, Word]:
        """Return what a script that appends to the ledger takes last. Raises RaisingRefused."""
        if raising:
            self.refuse_raising()
        mark = self.row(shard.bot, shard.number)
        if mark is None:
            return 0, "", int(raising)
        return number_in(shard, mark.sequence, self._shards), mark.hash, int(raising)

    def heard(self, shard: Shard, answer: Sequence[object]) -> None:
        """Remember the row that a script's answer ends with. Raises RaisingRefused if it wrote nothing, for rows are
        missing.
        """
        if answer[0] == b"lost":
            raise lacks_rows(shard.bot)
        if answer[0] == b"ok":
            *_, number, head = answer
            assert isinstance(number, int)  # noqa: S101  # scripts say so
            assert isinstance(head, bytes)  # noqa: S101  # scripts say so
            known = self.row(shard.bot, shard.number)
            mark = mark_of(shard, number, head, self._shards)
            if number and (known is None or mark.sequence > known.sequence):
                self.note(mark)

    def interrupted(self) -> None:
        """A connection ended: what comes next may be another server, or one that lost something."""
        self.interruptions += 1
        if self._guarded:
            self.reason = self.reason or "the store was away, and is being compared with what is remembered of it"

    def hold(self, reason: str) -> None:
        """Refuse what raises consent; '' ends that. Whoever calls this looks after each interruption."""
        self._guarded = True
        super().hold(reason)


def mark_of(shard: Shard, number: int, head: bytes, shards: int) -> LedgerMark:
    """Return row `number` of a shard as a mark."""
    return LedgerMark(shard.bot, shard.number, ledger_sequence(number, shard, shards), head.decode())


def number_in(shard: Shard, sequence: int, shards: int) -> int:
    """Return the number, in its shard, of the row with a sequence."""
    return rows_up_to(sequence, shard, shards)


def losses_from(shard: Shard, words: Sequence[bytes], shards: int) -> Sequence[LedgerLoss]:
    """Return the losses of a shard, whose names and records alternate in `words`."""
    return [
        _loss(shard, name.decode(), json.loads(record), shards)
        for name, record in zip(words[::2], words[1::2], strict=True)
    ]


async def read_losses(cluster: Cluster, shards: Sequence[Shard]) -> Sequence[LedgerLoss]:
    """Return the losses of a bot, in order."""
    found = [
        _loss(shard, name.decode(), json.loads(record), len(shards))
        for shard in shards
        for name, record in (await cluster.ask.hgetall(f"{shard.prefix}losses")).items()
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


_EVERYSEC = 2.0
"""Seconds that `appendfsync everysec` may lose."""


class RedisContinuity(Remembering):
    """`storage.continuity.Continuity`."""

    _cluster: Cluster
    _meta: Shards
    _memory: ShardMemory

    async def identity(self) -> StoreIdentity:
        """Return the store's id, which is made if there is none: a store that was emptied gets another."""
        await self._cluster.ask.hsetnx(f"{ROOT}meta", "store", secrets.token_hex(16))
        names = ["store", "copied-from", "mark"]
        name, copied_from, mark = await self._cluster.ask.hmget(f"{ROOT}meta", names)
        return StoreIdentity(name.decode(), decode_copied_from(copied_from or b"[]"), int(mark or 0))

    async def raise_mark(self, beyond: int) -> int:
        mark = int(await self._cluster.ask.hincrby(f"{ROOT}meta", "mark", 1))
        if mark <= beyond:  # several may do so at once: it rises by more than is needed
            mark = int(await self._cluster.ask.hincrby(f"{ROOT}meta", "mark", beyond + 1 - mark))
        return mark

    async def become_copy_of(self, sources: Sequence[CopiedFrom]) -> None:
        await self._cluster.ask.hset(f"{ROOT}meta", "copied-from", encode_copied_from(sources))

    @property
    def declared_loss(self) -> float:
        address = self._cluster.address
        if address.durability is Durability.NONE:
            return math.inf
        return address.lag + (_EVERYSEC if address.durability is Durability.EVERYSEC else 0.0)

    async def heads(self, bot: str) -> Sequence[LedgerMark]:
        found: list[LedgerMark] = []
        shards = await self._meta.of_bot(bot)
        for shard in shards:
            last = await self._cluster.ask.xrevrange(f"{shard.prefix}ledger", count=1)
            if last:
                entry, fields = last[0]
                found.append(mark_of(shard, number_of(entry), fields[b"hash"], len(shards)))
                if self._cluster.address.replicas:
                    await self._cluster.call(BEAT, shard.prefix)  # what was written before this is confirmed with it
        return found

    async def all_heads(self) -> Sequence[LedgerMark]:
        found: list[LedgerMark] = []
        count = self._cluster.address.shards
        shards = await self._meta.all()
        for shard, (entry, digest, *_) in zip(shards, await self._cluster.call_all(LEDGER_ENDS, shards), strict=True):
            if entry:
                found.append(mark_of(shard, number_of(entry), digest, count))
        if self._cluster.address.replicas:
            with_rows = {(mark.bot, mark.shard) for mark in found}
            beats = [shard for shard in shards if (shard.bot, shard.number) in with_rows]
            # What was written before this is confirmed with it.
            await asyncio.gather(*(self._cluster.call(BEAT, shard.prefix) for shard in beats))
        return found

    async def row_hash(self, bot: str, sequence: int) -> str | None:
        shards = await self._meta.of_bot(bot)
        shard = shards[(sequence - 1) % len(shards)]
        number = number_in(shard, sequence, len(shards))
        found = await self._cluster.ask.xrange(f"{shard.prefix}ledger", min=f"{number}-0", max=f"{number}-0")
        return found[0][1][b"hash"].decode() if found else None

    async def is_there(self, mark: LedgerMark) -> bool:
        return await self.row_hash(mark.bot, mark.sequence) == mark.hash

    async def record_loss(self, mark: LedgerMark) -> LedgerLoss | None:
        await self._meta.write_again()
        shards = await self._meta.of_bot(mark.bot)
        shard = shards[(mark.sequence - 1) % len(shards)]
        number = number_in(shard, mark.sequence, len(shards))
        record = await self._cluster.call(NOTE_LOSS, shard.prefix, number, mark.hash)
        if not record:
            return None
        return next(loss for loss in await self.losses(mark.bot) if loss.shard == shard.number and loss.is_open)

    async def losses(self, bot: str) -> Sequence[LedgerLoss]:
        return await read_losses(self._cluster, await self._meta.of_bot(bot))

    async def all_losses(self) -> Sequence[LedgerLoss]:
        count = self._cluster.address.shards
        shards = await self._meta.all()
        found = [
            loss
            for shard, (_, _, *words) in zip(shards, await self._cluster.call_all(LEDGER_ENDS, shards), strict=True)
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
        await self._cluster.call(ACCEPT_LOSS, shard.prefix, loss.id.partition("/")[2], json.dumps(record))

    async def look(self) -> None:
        """Connections tell by themselves."""

    async def broken_promises(self) -> Sequence[DurabilityWarning]:
        return await broken_promises(self._cluster)

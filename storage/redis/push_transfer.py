"""Broadcasts, runs and pushes of a copy: reading all of them, and writing those of another store."""

from collections import defaultdict
from collections.abc import Sequence
from typing import cast

from messages.codec import encode, from_ms, to_ms
from messages.pushes import PushState
from storage.push_records import BroadcastRecord, PushRow
from storage.push_rows import decode_broadcast, decode_run, kind_of, step_as_run
from storage.push_transfer import COPIED_PUSHES, CopiedPush, CopiedRun, PushSource
from storage.redis.cluster import Cluster
from storage.redis.pipeline import RESTORE_PUSH, Word
from storage.redis.pushes import encode_kind
from storage.redis.shards import Shard, Shards
from storage.redis.transfer import RedisTransfer
from storage.transfer import Kind, Page, Record


class RedisPushTransfer(RedisTransfer):
    """`storage.push_transfer.PushSource`, and the transfer of what it returns beside all else."""

    _cluster: Cluster
    _meta: Shards

    async def export(self, bot: str, kind: Kind, after: str, limit: int) -> Page:
        read = COPIED_PUSHES.get(kind.value)
        if read is None:
            return await super().export(bot, kind, after, limit)
        return Page(*await read(cast("PushSource", self), bot, after, limit))

    async def restore(self, bot: str, kind: Kind, first: int, records: Sequence[Record], place: str) -> None:
        if kind.value in COPIED_PUSHES:
            await _write(self._cluster, await self._meta.of_bot(bot), records)
            records = ()
        await super().restore(bot, kind, first, records, place)

    async def all_broadcasts(self, bot: str) -> Sequence[BroadcastRecord]:
        prefix = (await self._meta.of_bot(bot))[0].prefix
        found = (await self._cluster.ask.hgetall(f"{prefix}broadcasts")).values()
        return sorted(map(decode_broadcast, found), key=lambda one: one.id)

    async def all_runs(self, bot: str) -> Sequence[CopiedRun]:
        shards, ask = await self._meta.of_bot(bot), self._cluster.ask
        runs = [name.decode() for name in await ask.zrange(f"{shards[0].prefix}run-order", 0, -1)]
        pushed = {name.decode() for shard in shards for name in await ask.zrange(f"{shard.prefix}push-runs", 0, -1)}
        return [await self._copied(bot, shards, name) for name in (*runs, *sorted(pushed.difference(runs)))]

    async def _copied(self, bot: str, shards: Sequence[Shard], name: str) -> CopiedRun:
        counts: defaultdict[tuple[PushState, str], int] = defaultdict(int)
        main: dict[bytes, bytes] = {}
        for shard in shards:
            fields = await self._cluster.ask.hgetall(f"{shard.prefix}run:{name}")
            main = fields if shard == shards[0] else main
            for field, value in fields.items():
                if field.startswith(b"n "):
                    state, _, kind = field[2:].decode().partition(" ")
                    counts[PushState(state), kind] += int(value)
        record = await self._cluster.ask.hget(f"{shards[0].prefix}runs", name)
        at = main.get(b"at")
        return CopiedRun(
            run=decode_run(record or step_as_run(bot, name, None)),
            state=main.get(b"state", b"").decode(),
            epoch=int(main.get(b"epoch", 0)),
            reason=main.get(b"reason", b"").decode(),
            changed_at=None if at is None else from_ms(int(at)),
            changed_by=main.get(b"by", b"").decode(),
            counts=tuple((*key, number) for key, number in sorted(counts.items()) if number),
        )


async def _write(cluster: Cluster, shards: Sequence[Shard], records: Sequence[Record]) -> None:
    """Write records; what was written before, as it was."""
    for record in records:
        match record:
            case BroadcastRecord():
                await cluster.ask.hset(f"{shards[0].prefix}broadcasts", record.id, encode(record))
            case CopiedRun():
                await _write_run(cluster, shards, record)
            case CopiedPush(row):
                await _write_push(cluster, shards, row)


async def _write_run(cluster: Cluster, shards: Sequence[Shard], copied: CopiedRun) -> None:
    run, prefix, ask = copied.run, shards[0].prefix, cluster.ask
    counts = {f"n {state.value} {kind}": number for state, kind, number in copied.counts}
    for shard in shards:
        await ask.sadd(f"{shard.prefix}family:{run.family}", run.id)
        if copied.state:
            about = {"state": copied.state, "epoch": copied.epoch, "family": run.family}
            await ask.hset(f"{shard.prefix}run:{run.id}", mapping=about)
    if counts:
        await ask.hset(f"{prefix}run:{run.id}", mapping=counts)
    if not copied.state:
        return
    at = 0 if copied.changed_at is None else to_ms(copied.changed_at)
    about = {"planned": run.planned, "reason": copied.reason, "at": at, "by": copied.changed_by}
    await ask.hset(f"{prefix}run:{run.id}", mapping=about)
    await ask.hset(f"{prefix}runs", run.id, encode(run))
    await ask.hset(f"{prefix}run-occurrences", f"{run.broadcast} {run.occurrence}", run.id)
    if await ask.zscore(f"{prefix}run-order", run.id) is None:
        await ask.zadd(f"{prefix}run-order", {run.id: await ask.hincrby(f"{prefix}meta", "runs", 1)})


async def _write_push(cluster: Cluster, shards: Sequence[Shard], row: PushRow) -> None:
    """Write a push into the shard that has its contact."""
    times = row.due, row.until, row.claimed_at, row.sent_at, row.delivered_at, row.read_at
    # Rows of the ledger have other numbers where there are other shards.
    rows = (row.subject_row, row.everything_row) if len(shards) == 1 else (0, 0)
    words: list[Word] = [row.run, row.contact, row.state.value, row.reason, row.attempts, row.claims]
    words += [0 if at is None else to_ms(at) for at in times]
    words += [row.conversation, *rows, " ".join(row.channel_message_ids), encode_kind(row.subject, kind_of(row))]
    for shard in shards:
        await cluster.call(RESTORE_PUSH, shard.prefix, *words)

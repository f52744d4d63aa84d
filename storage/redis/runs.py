"""Broadcasts and their runs in the bot's first shard, and the slices in which workers take the people of a run.

Each shard keeps how a run stands beside its own counters, so that a claim compares it in one script.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

import msgspec
from pyroaring import BitMap

from messages.codec import encode, from_ms, from_ms_or_none, to_ms
from messages.errors import StaleVersion
from messages.pushes import OVER, PushState, RunState
from storage.push_records import DEFERRED, SLICE, BroadcastRecord, RunRecord, RunStatus, Slice
from storage.push_rows import (
    STEP,
    Counts,
    counts_from_the_start,
    decode_broadcast,
    decode_run,
    header,
    is_done,
    people_of,
    status,
    with_people,
    without_people,
)
from storage.redis.cluster import Cluster
from storage.redis.pipeline import (
    ADD_RUN,
    CHANGE_RUN,
    COPY_RUN,
    KEEP_DEFERRED,
    KEEP_SLICE,
    NEXT_PUSH,
    SWAP,
    TAKE_DEFERRED,
    TAKE_SLICE,
    Word,
)
from storage.redis.shards import Shard, Shards, ledger_sequence

_KEYS_BATCH = 500
PUSHES_IN_HASH = 32
"""As `lua/_push.lua` has it."""


@lru_cache(maxsize=32)
def _bitmap(run: str, bucket: int, people: bytes) -> BitMap:
    del run, bucket
    return BitMap.deserialize(people)


def push_key(shard: Shard, run: str, number: int) -> str:
    """Return the key of the hash that has the push of a contact, by its number in the shard."""
    return f"{shard.prefix}pushes:{number // PUSHES_IN_HASH}:{run}"


def by_shard(numbers: Iterable[int], shards: Sequence[Shard]) -> dict[Shard, list[int]]:
    """Return numbers of contacts within their shards."""
    found: defaultdict[Shard, list[int]] = defaultdict(list)
    for number in numbers:
        place, shard = divmod(number - 1, len(shards))
        found[shards[shard]].append(place + 1)
    return found


async def forget_pushes(cluster: Cluster, shards: Sequence[Shard], cut: int) -> int:
    """Forget the pushes of runs that were over before `cut`, in ms since 1970, and whom they were for, and those of
    steps whose last push is older; return how many pushes went.
    """
    gone, ask = 0, cluster.ask
    for first in [shard for shard in shards if shard.number == 0]:
        of_bot = [shard for shard in shards if shard.bot == first.bot]
        for name in [name.decode() for name in await ask.hkeys(f"{first.prefix}runs")]:
            state, at = await ask.hmget(f"{first.prefix}run:{name}", "state", "at")
            held = [await ask.hexists(f"{first.prefix}run-audiences", name)]
            held += [await ask.zscore(f"{shard.prefix}push-runs", name) is not None for shard in of_bot]
            if state.decode() in OVER and int(at) < cut and any(held):
                gone += sum([await _forget_pushes(cluster, shard, name) for shard in of_bot])
                await ask.hdel(f"{first.prefix}run-audiences", name)
                for key in ("run-people", "run-buckets", "run-leases"):
                    await ask.delete(f"{first.prefix}{key}:{name}")
    for shard in shards:
        for step in await ask.zrangebyscore(f"{shard.prefix}push-runs", "-inf", f"({cut}"):
            if STEP in step.decode():
                gone += await _forget_pushes(cluster, shard, step.decode())
    return gone


async def _forget_pushes(cluster: Cluster, shard: Shard, run: str) -> int:
    people = int(await cluster.ask.hget(f"{shard.prefix}meta", "people") or 0)
    keys = [push_key(shard, run, number) for number in range(0, people + 1, PUSHES_IN_HASH)]
    gone = 0
    for start in range(0, len(keys), _KEYS_BATCH):
        some = keys[start : start + _KEYS_BATCH]
        gone += sum(await cluster.read_all([("HLEN", key) for key in some]))
        await cluster.read_all([("DEL", key) for key in some])
    await cluster.ask.delete(f"{shard.prefix}deferred:{run}")
    await cluster.ask.zrem(f"{shard.prefix}push-runs", run)
    return gone


class RedisRuns:
    """`storage.push_port.Broadcasts` and `Runs`."""

    _cluster: Cluster
    _meta: Shards

    async def save_broadcast(self, broadcast: BroadcastRecord) -> BroadcastRecord:
        saved = msgspec.structs.replace(broadcast, version=broadcast.version + 1)
        prefix = (await self._meta.of_bot(saved.bot))[0].prefix
        current: bytes = await self._cluster.ask.hget(f"{prefix}broadcasts", saved.id) or b""
        is_current = (decode_broadcast(current).version if current else 0) == broadcast.version
        words = ("broadcasts", saved.id, current, "", "", "broadcasts", saved.id, encode(saved))
        if not is_current or not await self._cluster.call(SWAP, prefix, *words):
            raise StaleVersion(f"broadcast {saved.id}")
        return saved

    async def broadcast(self, bot: str, broadcast: str) -> BroadcastRecord | None:
        prefix = (await self._meta.of_bot(bot))[0].prefix
        record = await self._cluster.ask.hget(f"{prefix}broadcasts", broadcast)
        return None if record is None else decode_broadcast(record)

    async def broadcasts(self, bot: str) -> Sequence[BroadcastRecord]:
        prefix = (await self._meta.of_bot(bot))[0].prefix
        found = map(decode_broadcast, (await self._cluster.ask.hgetall(f"{prefix}broadcasts")).values())
        return sorted((record for record in found if not record.archived), key=lambda record: record.id)

    async def add_run(self, run: RunRecord, state: RunState, *, reason: str = "") -> RunRecord:
        shards = await self._meta.of_bot(run.bot)
        for shard in shards[1:]:
            await self._cluster.call(COPY_RUN, shard.prefix, run.id, state.value, 1, run.family)
        counts = counts_from_the_start(run)
        words: list[Word] = [
            run.id,
            f"{run.broadcast} {run.occurrence}",
            encode(header(run)),
            state.value,
            run.family,
            run.planned,
            reason,
            to_ms(run.created_at),
            run.created_by,
            encode(without_people(run)),
            len(run.buckets),
        ]
        for bucket in run.buckets:
            words += to_ms(bucket.due), len(people_of(bucket)), bucket.people
        words.append(len(counts))
        for (state_of_push, kind), number in counts.items():
            words += f"{state_of_push.value} {kind}", number
        kept = (await self._cluster.call(ADD_RUN, shards[0].prefix, *words)).decode()
        if kept == run.id:
            return run
        for shard in shards[1:]:
            await self._cluster.ask.delete(f"{shard.prefix}run:{run.id}")
            await self._cluster.ask.srem(f"{shard.prefix}family:{run.family}", run.id)
        found = await self.run(run.bot, kept)
        if found is None:
            raise StaleVersion(f"run {kept}")
        return found[0]

    async def run(self, bot: str, run: str) -> tuple[RunRecord, RunStatus] | None:
        shards = await self._meta.of_bot(bot)
        prefix, ask = shards[0].prefix, self._cluster.ask
        record = await ask.hget(f"{prefix}runs", run)
        if record is None:
            return None
        current, _, _ = await self._status(shards, run)
        kept = await ask.hget(f"{prefix}run-audiences", run)
        if kept is None:  # only its counters are kept any more
            return decode_run(record), current
        people = await ask.hgetall(f"{prefix}run-people:{run}")
        return with_people(decode_run(kept), [people[name] for name in sorted(people, key=int)]), current

    async def runs(
        self, bot: str, *, broadcast: str = "", states: Sequence[RunState] = (), before: str = "", limit: int = 100
    ) -> Sequence[tuple[RunRecord, RunStatus]]:
        shards = await self._meta.of_bot(bot)
        prefix, ask = shards[0].prefix, self._cluster.ask
        order = f"{prefix}run-order"
        last = f"({await ask.zscore(order, before):.0f}" if before else "+inf"
        found: list[tuple[RunRecord, RunStatus]] = []
        for name in await ask.zrevrangebyscore(order, last, "-inf"):
            record = decode_run(await ask.hget(f"{prefix}runs", name))
            if broadcast and record.broadcast != broadcast:
                continue
            current, _, _ = await self._status(shards, record.id)
            if not states or current.state in states:
                found.append((record, current))
            if len(found) == limit:
                break
        return found

    async def _status(self, shards: Sequence[Shard], run: str) -> tuple[RunStatus, int, Counts]:
        """Return where a run stands, for how many it was planned, and its counters as they were written."""
        counts: defaultdict[tuple[PushState, str], int] = defaultdict(int)
        main: dict[bytes, bytes] = {}
        for shard in shards:
            fields = await self._cluster.ask.hgetall(f"{shard.prefix}run:{run}")
            main = main or fields
            for name, value in fields.items():
                if name.startswith(b"n "):
                    state, _, kind = name[2:].decode().partition(" ")
                    counts[PushState(state), kind] += int(value)
        planned = int(main[b"planned"])
        current = status(
            RunState(main[b"state"].decode()),
            int(main[b"epoch"]),
            planned,
            counts,
            reason=main[b"reason"].decode(),
            changed_at=from_ms(int(main[b"at"])),
            changed_by=main[b"by"].decode(),
        )
        return current, planned, counts

    async def change_run(
        self,
        bot: str,
        run: str,
        state: RunState,
        *,
        among: Sequence[RunState],
        at: datetime,
        by: str,
        reason: str = "",
    ) -> RunStatus:
        shards = await self._meta.of_bot(bot)
        await self._finish_changes(shards)
        if not await self._cluster.ask.hexists(f"{shards[0].prefix}runs", run):
            raise StaleVersion(f"run {run}")
        epoch = ""
        if state is RunState.FINISHED:
            current, planned, counts = await self._status(shards, run)
            if not is_done(planned, counts):
                raise StaleVersion(f"run {run}")
            epoch = str(current.epoch)
        words = (run, state.value, reason, to_ms(at), by, epoch, *(one.value for one in among))
        answer = await self._cluster.call(CHANGE_RUN, shards[0].prefix, *words)
        if answer[0] != b"ok":
            raise StaleVersion(f"run {run}")
        await self._finish_changes(shards)
        return (await self._status(shards, run))[0]

    async def _finish_changes(self, shards: Sequence[Shard]) -> None:
        """Tell the other shards how runs stand that were changed: whoever changed them may not have come to it."""
        first = shards[0].prefix
        for name in await self._cluster.ask.smembers(f"{first}runs-changing"):
            state, epoch, family = await self._cluster.ask.hmget(
                f"{first}run:{name.decode()}", "state", "epoch", "family"
            )
            for shard in shards[1:]:
                await self._cluster.call(COPY_RUN, shard.prefix, name, state, epoch, family)
            if await self._cluster.ask.hget(f"{first}run:{name.decode()}", "epoch") == epoch:
                await self._cluster.ask.srem(f"{first}runs-changing", name)

    async def take_slice(self, worker: str, now: datetime, leased_until: datetime) -> Slice | None:
        earliest = await self.next_push()
        if earliest is None or earliest > now:
            return None
        for bot in await self._meta.bots():
            shards = await self._meta.of_bot(bot)
            await self._finish_changes(shards)
            for shard in shards:
                words = (to_ms(now), to_ms(leased_until), SLICE)
                answer = await self._cluster.call(TAKE_DEFERRED, shard.prefix, *words)
                if answer:
                    return self._deferred(shard, len(shards), answer)
            while answer := await self._cluster.call(
                TAKE_SLICE, shards[0].prefix, worker, to_ms(now), to_ms(leased_until), SLICE
            ):
                run, epoch, bucket, place, due = answer[0].decode(), int(answer[1]), *map(int, answer[2:])
                people = await self._cluster.ask.hget(f"{shards[0].prefix}run-people:{run}", str(bucket))
                numbers = _bitmap(run, bucket, people)[place * SLICE : (place + 1) * SLICE]
                left = await self._without_push(shards, run, numbers)
                if left:
                    return Slice(bot, run, epoch, from_ms(due), left, bucket, place)
                await self._cluster.call(KEEP_SLICE, shards[0].prefix, worker, run, epoch, f"{bucket} {place}", "")
        return None

    @staticmethod
    def _deferred(shard: Shard, shards: int, answer: Sequence[bytes]) -> Slice:
        run, epoch, *rest = answer
        rows = sorted(
            (ledger_sequence(int(rest[at]), shard, shards), int(rest[at + 1]), int(rest[at + 2]))
            for at in range(0, len(rest), 3)
        )
        due = min(due for _, _, due in rows)
        attempts = {number: taken for number, taken, _ in rows if taken}
        numbers = tuple(number for number, _, _ in rows)
        return Slice(shard.bot, run.decode(), int(epoch), from_ms(due), numbers, DEFERRED, 0, attempts)

    async def _without_push(self, shards: Sequence[Shard], run: str, numbers: Iterable[int]) -> tuple[int, ...]:
        """Return those that have no push of a run yet, in order."""
        left: list[int] = []
        for shard, places in by_shard(numbers, shards).items():
            commands = [("HEXISTS", push_key(shard, run, place), place) for place in places]
            for place, has_one in zip(places, await self._cluster.read_all(commands), strict=True):
                if not has_one:
                    left.append(ledger_sequence(place, shard, len(shards)))
        return tuple(sorted(left))

    async def renew_slice(self, worker: str, piece: Slice, leased_until: datetime) -> bool:
        shards, until = await self._meta.of_bot(piece.bot), to_ms(leased_until)
        if piece.bucket == DEFERRED:
            answers = [
                await self._cluster.call(KEEP_DEFERRED, shard.prefix, piece.run, piece.epoch, until, *places)
                for shard, places in by_shard(piece.numbers, shards).items()
            ]
            return all(answers)
        words = (worker, piece.run, piece.epoch, f"{piece.bucket} {piece.place}", until)
        return bool(await self._cluster.call(KEEP_SLICE, shards[0].prefix, *words))

    async def end_slice(self, worker: str, piece: Slice) -> None:
        if piece.bucket == DEFERRED:
            return
        shards = await self._meta.of_bot(piece.bot)
        left = await self._without_push(shards, piece.run, piece.numbers)
        words = (worker, piece.run, piece.epoch, f"{piece.bucket} {piece.place}", 0 if left else "")
        await self._cluster.call(KEEP_SLICE, shards[0].prefix, *words)

    async def next_push(self) -> datetime | None:
        shards = await self._meta.all()
        answers = [at for at in await self._cluster.call_all(NEXT_PUSH, shards) if at is not None]
        return from_ms_or_none(min(map(int, answers), default=None))

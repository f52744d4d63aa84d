"""Waits: when they end, and whose they are."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from messages.codec import from_ms, in_calendar, to_ms
from messages.errors import UnreadableRecord
from storage.codec import UnreadableRecords, read_state
from storage.records import DueTimer
from storage.redis.cluster import Cluster
from storage.redis.outbox import Lease
from storage.redis.pipeline import DUE_TIMERS, NEXT_TIMER
from storage.redis.shards import Shard, Shards


class RedisTimers:
    """`storage.port.Timers`. A timer that is due is taken by one worker, unless that one goes."""

    _cluster: Cluster
    _meta: Shards
    _worker: str
    _lease: Lease
    unreadable: UnreadableRecords

    async def due_timers(
        self, now: datetime, limit: int = 1000, *, after: DueTimer | None = None
    ) -> Sequence[DueTimer]:
        found: list[DueTimer] = []
        if after is None:
            self.unreadable.begin("timer")
        shards = await self._meta.all()
        for shard, first in zip(shards, await self._next(shards, "-inf"), strict=True):
            if first is None or int(first) > to_ms(now):
                continue
            found += await self._due_in(shard, to_ms(now), limit, _place(shard.bot, after))
        return sorted(found, key=lambda timer: (timer.due, timer.bot, timer.timer))[:limit]

    async def _due_in(self, shard: Shard, now: int, limit: int, place: tuple[str, str]) -> list[DueTimer]:
        """Return the next timers of a shard that can be read, as many as there are up to `limit`."""
        found: list[DueTimer] = []
        while True:
            due = await self._cluster.call(
                DUE_TIMERS, shard.prefix, self._as_worker(), now, limit, self._lease.milliseconds, *place
            )
            for timer, at, *conversation in due:
                name = timer.decode()
                read = self.unreadable.read(
                    "timer", shard.bot, name, partial(_read_due, shard.bot, name, int(at), *conversation)
                )
                if read is not None:
                    found.append(read)
                place = (str(int(at)), name)
            if len(found) >= limit or len(due) < limit:
                return found[:limit]

    async def next_timer(self, *, after: datetime | None = None) -> datetime | None:
        last = "-inf" if after is None else f"({to_ms(after)}"
        found = await self._next(await self._meta.all(), last)
        return min(filter(None, (in_calendar(int(due)) for due in found if due is not None)), default=None)

    async def _next(self, shards: Sequence[Shard], after: str) -> list[bytes | None]:
        """Return when the next timer of each shard is due."""
        return await self._cluster.call_all(NEXT_TIMER, shards, self._as_worker(), after)

    def _as_worker(self) -> str:
        return self._worker if self._lease.serving else ""


def _place(bot: str, after: DueTimer | None) -> tuple[str, str]:
    """Return the time and the id after which a shard of a bot is read; an empty id: from that time on."""
    if after is None:
        return "-inf", ""
    at = to_ms(after.due)
    if bot == after.bot:
        return str(at), after.timer
    return str(at if bot > after.bot else at + 1), ""


def _read_due(
    bot: str, timer: str, at: int, conversation: bytes | None, version: bytes | None, state: bytes | None
) -> DueTimer:
    if conversation is None or version is None or state is None:
        raise UnreadableRecord("it has no conversation")
    return DueTimer(bot, timer, conversation.decode(), read_state(state, int(version)).reference, from_ms(at))

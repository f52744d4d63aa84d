"""Waits: when they end, and whose they are."""

from collections.abc import Sequence
from datetime import datetime

from storage.records import DueTimer
from storage.redis.lease import Lease
from storage.redis.meta import Meta
from storage.redis.nodes import Nodes
from storage.redis.scripts import DUE_TIMERS, NEXT_TIMER
from storage.rows import read_state
from storage.times import from_ms, to_ms


class RedisTimers:
    """`storage.port.Timers`. A timer that is due is taken by one worker, unless that one goes."""

    _nodes: Nodes
    _meta: Meta
    _worker: str
    _lease: Lease

    async def due_timers(self, now: datetime, limit: int = 1000) -> Sequence[DueTimer]:
        found: list[DueTimer] = []
        for shard in await self._meta.all():
            due = await self._nodes.call(
                DUE_TIMERS, shard.prefix, self._as_worker(), to_ms(now), limit, self._lease.milliseconds
            )
            found += [
                DueTimer(
                    bot=shard.bot,
                    timer=timer.decode(),
                    conversation=conversation.decode(),
                    reference=read_state(state, int(version)).reference,
                    due=from_ms(int(at)),
                )
                for timer, at, conversation, version, state in due
            ]
        return sorted(found, key=lambda timer: timer.due)[:limit]

    async def next_timer(self) -> datetime | None:
        found = [
            await self._nodes.call(NEXT_TIMER, shard.prefix, self._as_worker()) for shard in await self._meta.all()
        ]
        return min((from_ms(int(due)) for due in found if due is not None), default=None)

    def _as_worker(self) -> str:
        return self._worker if self._lease.serving else ""

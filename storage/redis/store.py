"""The store in Redis, and what of it changed since the last look."""

import os
import socket
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from storage.change_feed import FLOWS, ChangeFeed, HearsChanges
from storage.codec import UnreadableRecords
from storage.records import DurabilityWarning, Pruned, Retained
from storage.redis.address import parse_address
from storage.redis.addresses import RedisAddresses
from storage.redis.cluster import Cluster
from storage.redis.continuity import RedisContinuity, ShardMemory, refuse_less, weaknesses
from storage.redis.conversations import RedisConversations, RedisTimers
from storage.redis.enrolments import RedisEnrolments
from storage.redis.erase import RedisErasure
from storage.redis.imports import RedisImports
from storage.redis.journal import RedisJournal, RedisJournalChain
from storage.redis.ledger import RedisLedger
from storage.redis.outbox import Lease, OwnedReplies, RedisOutbox
from storage.redis.pace import RedisPacing
from storage.redis.pipeline import CHANGES
from storage.redis.push_transfer import RedisPushTransfer
from storage.redis.pushes import RedisPushes
from storage.redis.restore import Restore
from storage.redis.revisions import RedisRevisions
from storage.redis.runs import RedisRuns
from storage.redis.segments import RedisSegments, RedisStaffChanges
from storage.redis.shards import ROOT, Shard, Shards
from storage.redis.staff import RedisAccess, RedisAudit, RedisStaffRecords
from storage.redis.transfer import Export
from storage.redis.turn_log import forget, prune
from storage.redis.turns import RedisTurns, StoredEvidence
from storage.redis.work import RedisWork
from storage.transfer import refuse_half_a_copy


class ShardChanges:
    """Tells what changed. Numbers that the shards keep anyway say it, so no writer has to: one of an older version is
    heard too.
    """

    def __init__(self, cluster: Cluster, meta: Shards) -> None:
        self._cluster = cluster
        self._meta = meta
        self._answers: list[list[bytes]] = []
        self._seen: Mapping[Shard, list[bytes]] = {}
        self._was_away = True

    def forget(self) -> None:
        """Take everything for changed: the server was away."""
        self._was_away = True

    async def look(self) -> Collection[str] | None:
        """Return the subjects that changed since the last look; None: any may have. Raises StoreError."""
        shards = await self._meta.all()
        answers = await self._cluster.call_all(CHANGES, shards)
        if answers == self._answers and not self._was_away:
            return ()  # shards only become more, in the order in which they became known
        before, now = self._seen, dict(zip(shards, answers, strict=True))
        self._answers, self._seen = answers, now
        if self._was_away:
            self._was_away = False
            return None
        found: set[str] = set()
        for shard, (people, flows) in now.items():
            people_before, flows_before = before.get(shard, [b"", b""])
            if people != people_before:
                found.add(shard.bot)
            if flows != flows_before:
                found.add(FLOWS)
        return found


class RedisStore(
    RedisTurns,
    RedisOutbox,
    RedisAddresses,
    RedisTimers,
    RedisRevisions,
    RedisLedger,
    RedisConversations,
    RedisJournal,
    RedisJournalChain,
    RedisAudit,
    RedisImports,
    RedisStaffChanges,
    RedisSegments,
    RedisAccess,
    RedisStaffRecords,
    RedisErasure,
    RedisPushTransfer,
    RedisContinuity,
    RedisRuns,
    RedisEnrolments,
    RedisWork,
    RedisPacing,
    RedisPushes,
    HearsChanges,
):
    """`storage.port.Store` in one Redis server or a Cluster, for any number of servers of ours.

    Belongs to the event loop that opens it. The URL is as `parse_address` reads it.
    """

    _memory: ShardMemory

    def __init__(self, url: str) -> None:
        address = parse_address(url)
        self._memory = ShardMemory(address.shards)
        self._cluster = Cluster(
            address,
            connected=self._forget_what_is_stored,
            interrupted=self._memory.interrupted,
            changed=self._has_changed,
        )
        self._meta = Shards(self._cluster)
        self._changes = ShardChanges(self._cluster, self._meta)
        self._feed = ChangeFeed(self._changes.look)
        self._evidence = StoredEvidence(self._cluster)
        self._announced = {}
        self._export = Export(self._cluster, self._meta)
        self._restore = Restore(self._cluster, self._meta)
        self._listed = set()
        self._homes = {}
        self._owned = OwnedReplies()
        self.unreadable = UnreadableRecords()
        self._worker = ""
        self._lease = Lease(self._cluster, self._meta, self._owned)

    async def open(self) -> None:
        await self._cluster.open()
        await self._meta.open()
        number = await self._cluster.ask.hincrby(f"{ROOT}meta", "workers", 1)
        self._worker = f"{number}-{socket.gethostname()}-{os.getpid()}"

    def _forget_what_is_stored(self) -> None:
        """A server that was away may have lost what it did not promise to keep."""
        self._evidence.forget()
        self._listed.clear()
        self._changes.forget()

    def _has_changed(self, prefix: str) -> None:
        bot = self._meta.bot_with(prefix)
        if bot is not None:
            self._feed.committed(bot)

    async def close(self) -> None:
        await self._feed.close()
        await self._lease.leave()
        await self._cluster.close()

    async def check(self) -> None:
        """Read and write. Raises StoreError when either can't be done."""
        await self._cluster.check()

    async def try_turn(self) -> None:
        """Write: whether Redis takes one write says whether it takes others."""
        await self._cluster.check()

    @property
    def forms(self) -> int:
        return self._lease.forms

    async def weaknesses(self) -> Sequence[DurabilityWarning]:
        return await weaknesses(self._cluster)

    async def prune(self, now: datetime, keep: timedelta) -> Pruned:
        return await prune(self._cluster, await self._meta.all(), now - keep)

    async def prune_kept(self, what: Retained, before: datetime) -> int:
        return await forget(self._cluster, await self._meta.all(), what, before)

    async def acquire_server_lease(self) -> None:
        """Serve beside whoever serves already. Raises StoreError when Redis may lose what it is said to keep."""
        refuse_half_a_copy(await self.copying())
        await refuse_less(self._cluster)
        await self._lease.acquire(self._worker)

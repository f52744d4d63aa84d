"""The store in Redis."""

import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta

from storage.change_feed import ChangeFeed
from storage.records import Pruned, Weakness
from storage.redis.access import RedisAccess
from storage.redis.address import parse_address
from storage.redis.audit import RedisAudit
from storage.redis.changes import RedisChanges, ShardChanges
from storage.redis.continuity import RedisContinuity
from storage.redis.conversations import RedisConversations
from storage.redis.durability import refuse_less, weaknesses
from storage.redis.erase import RedisErasure
from storage.redis.export import Export
from storage.redis.forget import forget
from storage.redis.imports import RedisImports
from storage.redis.journal import RedisJournal
from storage.redis.journal_chain import RedisJournalChain
from storage.redis.keys import ROOT
from storage.redis.lanes import Lanes
from storage.redis.lease import Lease
from storage.redis.ledger import RedisLedger
from storage.redis.ledger_memory import LedgerMemory
from storage.redis.meta import Meta
from storage.redis.nodes import Nodes
from storage.redis.outbox import RedisOutbox
from storage.redis.people import RedisPeople
from storage.redis.prune import prune
from storage.redis.restore import Restore
from storage.redis.revisions import RedisRevisions
from storage.redis.segments import RedisSegments
from storage.redis.shown import Shown
from storage.redis.staff_changes import RedisStaffChanges
from storage.redis.timers import RedisTimers
from storage.redis.transfer import RedisTransfer
from storage.redis.turns import RedisTurns
from storage.retained import Retained
from storage.transfer import refuse_half_a_copy
from storage.unreadable import UnreadableRecords


class RedisStore(
    RedisTurns,
    RedisOutbox,
    RedisTimers,
    RedisRevisions,
    RedisLedger,
    RedisConversations,
    RedisJournal,
    RedisJournalChain,
    RedisAudit,
    RedisPeople,
    RedisStaffChanges,
    RedisSegments,
    RedisImports,
    RedisAccess,
    RedisErasure,
    RedisTransfer,
    RedisContinuity,
    RedisChanges,
):
    """`storage.port.Store` in one Redis server or a Cluster, for any number of servers of ours.

    Belongs to the event loop that opens it. The URL is as `parse_address` reads it.
    """

    def __init__(self, url: str) -> None:
        address = parse_address(url)
        self._memory = LedgerMemory(address.shards)
        self._nodes = Nodes(
            address,
            connected=self._forget_what_is_stored,
            interrupted=self._memory.interrupted,
            changed=self._has_changed,
        )
        self._meta = Meta(self._nodes)
        self._changes = ShardChanges(self._nodes, self._meta)
        self._feed = ChangeFeed(self._changes.look)
        self._shown = Shown(self._nodes)
        self._told_live = {}
        self._export = Export(self._nodes, self._meta)
        self._restore = Restore(self._nodes, self._meta)
        self._listed = set()
        self._homes = {}
        self._lanes = Lanes()
        self.unreadable = UnreadableRecords()
        self._worker = ""
        self._lease = Lease(self._nodes, self._meta, self._lanes)

    async def open(self) -> None:
        await self._nodes.open()
        await self._meta.open()
        number = await self._nodes.read(self._nodes.client.hincrby(f"{ROOT}meta", "workers", 1))
        self._worker = f"{number}-{socket.gethostname()}-{os.getpid()}"

    def _forget_what_is_stored(self) -> None:
        """A server that was away may have lost what it did not promise to keep."""
        self._shown.forget()
        self._listed.clear()
        self._changes.forget()

    def _has_changed(self, prefix: str) -> None:
        bot = self._meta.bot_with(prefix)
        if bot is not None:
            self._feed.committed(bot)

    async def close(self) -> None:
        await self._feed.close()
        await self._lease.leave()
        await self._nodes.close()

    async def check(self) -> None:
        """Read and write. Raises StoreError when either can't be done."""
        await self._nodes.check()

    async def try_turn(self) -> None:
        """Write: whether Redis takes one write says whether it takes others."""
        await self._nodes.check()

    @property
    def forms(self) -> int:
        return self._lease.forms

    async def weaknesses(self) -> Sequence[Weakness]:
        return await weaknesses(self._nodes)

    async def prune(self, now: datetime, keep: timedelta) -> Pruned:
        return await prune(self._nodes, await self._meta.all(), now - keep)

    async def prune_kept(self, what: Retained, before: datetime) -> int:
        return await forget(self._nodes, await self._meta.all(), what, before)

    async def acquire_server_lease(self) -> None:
        """Serve beside whoever serves already. Raises StoreError when Redis may lose what it is said to keep."""
        refuse_half_a_copy(await self.copying())
        await refuse_less(self._nodes)
        await self._lease.acquire(self._worker)

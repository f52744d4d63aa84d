"""A worker's lease: while it holds, no other worker takes its replies over."""

import asyncio
from collections.abc import Sequence

import structlog

from messages.errors import StoreError
from storage.forms import FIRST, FORMS
from storage.redis.keys import Shard
from storage.redis.lanes import Lanes
from storage.redis.meta import Meta
from storage.redis.nodes import Nodes
from storage.redis.scripts import LEAVE, MINE, TAKE_OVER

log = structlog.get_logger("assent.lease")

_MARGIN = 0.2
"""Part of a lease that is given away, for clocks that run at different speeds."""
_MOST = 1000
"""Replies taken over at once."""
_LANES_AT_ONCE = 10_000


class Lease:
    """Of one worker. A handle that never serves has none, and may do everything."""

    def __init__(self, nodes: Nodes, meta: Meta, lanes: Lanes) -> None:
        self._nodes = nodes
        self._meta = meta
        self._lanes = lanes
        self._worker = ""
        self._length = nodes.address.lease
        self._held_until = 0.0
        self._steady_since = 0.0
        self._trouble = False
        self._known: set[Shard] = set()
        self._erasures: dict[Shard, int] = {}
        """How many people were erased from each shard, when that was last looked at."""
        self._seen_forms = self._read_by_all = FIRST
        self._changed = asyncio.Event()
        self.serving = False

    async def acquire(self, worker: str) -> None:
        """Be alive for the others from now on, by this name. Raises StoreError."""
        self._worker = worker
        self.serving = True
        self._known.clear()
        self._trouble = True  # the first look at what waits is still to come
        self._steady_since = asyncio.get_running_loop().time()
        await self._renewed(take=False)
        self._set_forms(self._seen_forms)

    @property
    def milliseconds(self) -> int:
        """How long a lease lasts; -1 for a handle that has none."""
        return int(self._length * 1000) if self.serving else -1

    @property
    def forms(self) -> int:
        """The newest forms that every worker alive reads; all of ours for a handle that never serves."""
        return self._read_by_all if self.serving else FORMS

    @property
    def held(self) -> bool:
        """Whether this worker may send now."""
        return not self.serving or asyncio.get_running_loop().time() < self._held_until

    async def wait(self) -> None:
        """Return once the lease is held again."""
        while not self.held:
            self._changed.clear()
            await self._changed.wait()

    async def renew(self) -> bool:
        """Give a sign of life; tell whether there may be replies that the worker was not told of. Raises StoreError."""
        if not self.serving:
            return False
        steady_for = asyncio.get_running_loop().time() - self._steady_since
        try:
            taken = await self._renewed(take=steady_for > self._length)
        except StoreError:
            self._trouble = True
            self._steady_since = asyncio.get_running_loop().time()
            raise
        trouble, self._trouble = self._trouble, False
        return trouble or taken > 0

    def began(self, shard: Shard) -> None:
        """The lease holds in a shard that is new."""
        self._known.add(shard)

    def trouble(self) -> None:
        """There may be replies that are this worker's and that it was not told of."""
        self._trouble = True

    async def _renewed(self, *, take: bool) -> int:
        """Renew in each shard, and take over what workers left that are gone; return how many replies that is.

        Replies of a worker that left are taken at once. Those of one whose lease ran out only by a worker that kept its
        own for as long, and only if `take`: when Redis itself was away, everybody's ran out.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        taken = 0
        lost: list[Shard] = []
        erasures: dict[Shard, int] = {}
        forms = FORMS
        shards = await self._meta.all()
        answers = await self._nodes.call_all(
            TAKE_OVER, shards, self._worker, self.milliseconds, _MOST, int(take), FORMS
        )
        for shard, (steady, found, erasures[shard], of_shard) in zip(shards, answers, strict=True):
            forms = min(forms, of_shard)
            if not steady and shard in self._known:
                lost.append(shard)
            self._known.add(shard)
            taken += found
        # A sign of life whose answer was lost makes this one look steady. The own clock knows better.
        if lost or not self.held:
            self._steady_since = began
            self._trouble = True
        erased = any(number > self._erasures.get(shard, number) for shard, number in erasures.items())
        if erased or lost or not self.held:
            await self._look_what_is_held(shards)
        # Of a Redis that lost its workers, those that were there come back within a lease.
        self._seen_forms = FIRST if lost else forms
        if take or self._seen_forms < self._read_by_all:
            self._set_forms(self._seen_forms)
        self._erasures = erasures
        self._held_until = began + self._length * (1 - _MARGIN)
        self._changed.set()
        if taken:
            log.info("replies taken over from a worker that is gone", replies=taken)
        return taken

    def _set_forms(self, forms: int) -> None:
        if forms != self._read_by_all:
            log.info("newest forms that every server reads", forms=forms)
        self._read_by_all = forms

    async def _look_what_is_held(self, shards: Sequence[Shard]) -> None:
        """Forget conversations that another worker took over and replies that it sent, or whose person was erased."""
        self._lanes.look()
        held: dict[tuple[Shard, str], int] = {}
        for shard in shards:
            after = 0
            while page := await self._nodes.call(MINE, shard.prefix, self._worker, after, _LANES_AT_ONCE):
                for number, conversation, *_ in page:
                    held.setdefault((shard, conversation.decode()), number)
                after = page[-1][0]
        self._lanes.keep_only(held)

    async def leave(self) -> None:
        """Give the lease back, so that what is left may be taken over at once."""
        if not self.serving:
            return
        self.serving = False
        try:
            await self._nodes.call_all(LEAVE, await self._meta.all(), self._worker)
        except StoreError as error:
            log.warning("the lease runs out by itself", reason=str(error))

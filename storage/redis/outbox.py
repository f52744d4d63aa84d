"""Replies on their way, shared out among the workers by conversation: each holds a lease, and sends its own."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

import msgspec
import structlog

from messages.codec import RecordDecoder, encode, to_ms
from messages.errors import OwnershipLost, StoreError, UnreadableRecord
from storage.codec import UnreadableRecords
from storage.port import FIRST, FORMS
from storage.records import OutboxRow
from storage.redis.cluster import Cluster
from storage.redis.pipeline import DEPTH, LEAVE, MINE, RECORD_DELIVERY, STILL_WAITS, TAKE_OVER
from storage.redis.shards import Shard, Shards, reply_number

_decode = RecordDecoder[OutboxRow](OutboxRow)


def encode_row(row: OutboxRow) -> bytes:
    """Return a row as a record. Its sequence stands beside it in Redis."""
    return encode(row if row.sequence == 0 else msgspec.structs.replace(row, sequence=0))


def read_row(record: bytes, shard: Shard, number: int, *, in_doubt: bool = False) -> OutboxRow:
    """Return the row of a record. `in_doubt`: a worker that is gone may have sent it."""
    row = _decode(record)
    return msgspec.structs.replace(
        row, sequence=shard.reply_sequence(number), ambiguous=row.ambiguous or (in_doubt and row.status == "pending")
    )


class OwnedReplies:
    """The replies that this worker knows, of each conversation that it sends."""

    def __init__(self) -> None:
        self._known: dict[tuple[Shard, str], tuple[int, int]] = {}
        self._meanwhile: set[tuple[Shard, str]] | None = None
        """Conversations of which the worker heard while it looks what it holds."""

    def begin(self, shard: Shard, conversation: str, first: int, last: int) -> None:
        """Nothing waited there before the reply `first`: what the worker may still have of earlier ones has ended."""
        self._set((shard, conversation), first, last)

    def add(self, shard: Shard, conversation: str, first: int, last: int) -> None:
        """The worker knows these replies too."""
        known_first, known_last = self._known.get((shard, conversation), (first, last))
        self._set((shard, conversation), min(known_first, first), max(known_last, last))

    def _set(self, key: tuple[Shard, str], first: int, last: int) -> None:
        self._known[key] = first, last
        if self._meanwhile is not None:
            self._meanwhile.add(key)

    def known_up_to(self, shard: Shard, conversation: str) -> int:
        return self._known.get((shard, conversation), (0, 0))[1]

    def end(self, shard: Shard, conversation: str, up_to: int) -> None:
        """None of the replies up to that number waits any more, or all of them are another worker's.

        The worker may know later ones already: by an answer that overtook this one.
        """
        first, last = self._known.pop((shard, conversation), (0, 0))
        if last > up_to:
            self._set((shard, conversation), max(first, up_to + 1), last)

    def has(self, shard: Shard, conversation: str, number: int) -> bool:
        """Tell whether this worker sends the conversation's replies, and `number` is one of them."""
        known = self._known.get((shard, conversation))
        return known is not None and number >= known[0]

    def look(self) -> None:
        """Begin to look what is held; `keep_only` follows."""
        self._meanwhile = set()

    def keep_only(self, held: Mapping[tuple[Shard, str], int]) -> None:
        """Forget conversations other than these, and of these what came before the first reply that waits.

        What the worker heard since `look` stays: it may be newer.
        """
        meanwhile, self._meanwhile = self._meanwhile or set(), None
        self._known = {
            key: (max(first, held.get(key, 0)), last)
            for key, (first, last) in self._known.items()
            if key in held or key in meanwhile
        }


log = structlog.get_logger("assent.lease")

_MARGIN = 0.2
"""Part of a lease that is given away, for clocks that run at different speeds."""
_MAX_TAKEN = 1000
"""Replies taken over at once."""
_REPLIES_BATCH = 10_000


class Lease:
    """Of one worker. A handle that never serves has none, and may do everything."""

    def __init__(self, cluster: Cluster, meta: Shards, owned: OwnedReplies) -> None:
        self._cluster = cluster
        self._meta = meta
        self._owned = owned
        self._worker = ""
        self._length = cluster.address.lease
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
        answers = await self._cluster.call_all(
            TAKE_OVER, shards, self._worker, self.milliseconds, _MAX_TAKEN, int(take), FORMS
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
        self._owned.look()
        held: dict[tuple[Shard, str], int] = {}
        for shard in shards:
            after = 0
            while page := await self._cluster.call(MINE, shard.prefix, self._worker, after, _REPLIES_BATCH):
                for number, conversation, *_ in page:
                    held.setdefault((shard, conversation.decode()), number)
                after = page[-1][0]
        self._owned.keep_only(held)

    async def leave(self) -> None:
        """Give the lease back, so that what is left may be taken over at once."""
        if not self.serving:
            return
        self.serving = False
        try:
            await self._cluster.call_all(LEAVE, await self._meta.all(), self._worker)
        except StoreError as error:
            log.warning("the lease runs out by itself", reason=str(error))


ROWS_BATCH = 100
"""Replies of one conversation that are returned at once."""


class RedisOutbox:
    """`storage.port.Outbox`."""

    _cluster: Cluster
    _meta: Shards
    _worker: str
    _owned: OwnedReplies
    _lease: Lease
    unreadable: UnreadableRecords

    async def pending(self, *, after: int = 0, limit: int = 1000) -> Sequence[OutboxRow]:
        found = [row for shard in await self._meta.all() for row in await self._waiting(shard, "", after, limit)]
        return sorted(found, key=lambda row: row.sequence)[:limit]

    async def mine(self, *, after: int = 0, limit: int = 1000) -> Sequence[OutboxRow]:
        found: list[OutboxRow] = []
        for shard in await self._meta.all():
            found += await self._waiting(shard, self._worker, after, limit)
        rows = sorted(found, key=lambda row: row.sequence)[:limit]
        for row in rows:
            number, partition = reply_number(row.sequence)
            self._owned.add(await self._meta.of_reply(partition), row.conversation, number, number)
        # A row may stand behind one whose commit ran on another connection, and was not answered yet.
        await self._cluster.settled()
        return rows

    async def _waiting(self, shard: Shard, worker: str, after: int, limit: int) -> list[OutboxRow]:
        last = max(shard.replies_up_to(after), 0)
        found: list[OutboxRow] = []
        while True:
            waiting = await self._cluster.call(MINE, shard.prefix, worker, last, limit)
            for number, _, record, in_doubt in waiting:
                row = self._readable_reply(record, shard, number, in_doubt=bool(in_doubt))
                if row is not None:
                    found.append(row)
                last = number
            if len(found) >= limit or len(waiting) < limit:
                return found[:limit]

    def _readable_reply(
        self, record: bytes | None, shard: Shard, number: int, *, in_doubt: bool = False
    ) -> OutboxRow | None:
        decode = partial(read_row, record or b"", shard, number, in_doubt=in_doubt)
        return self.unreadable.read("reply", shard.bot, str(shard.reply_sequence(number)), decode)

    @property
    def poll_interval(self) -> float:
        """Often enough that a lease is renewed although an answer of Redis is late."""
        return min(1.0, self._cluster.address.lease / 4)

    async def take_over(self) -> bool:
        return await self._lease.renew()

    async def may_send(self, row: OutboxRow) -> None:
        if not self._lease.held:
            await self._lease.wait()
        if not self._lease.serving:
            return
        number, partition = reply_number(row.sequence)
        shard = await self._meta.of_reply(partition)
        if not self._owned.has(shard, row.conversation, number):
            raise OwnershipLost(row.conversation)
        if (row.ambiguous or row.attempts) and not await self._still_waits(shard, row.conversation, number):
            self._lease.trouble()  # others may have put replies behind it, which its record would have told of
            raise OwnershipLost(row.conversation)

    async def _still_waits(self, shard: Shard, conversation: str, number: int) -> bool:
        """Look again at a reply that another worker may have sent, or whose person may have been erased meanwhile."""
        found = await self._cluster.call(
            STILL_WAITS, shard.prefix, self._worker, conversation, number, about=conversation
        )
        return bool(found)

    async def record_delivery(self, row: OutboxRow) -> Sequence[OutboxRow]:
        number, partition = reply_number(row.sequence)
        shard = await self._meta.of_reply(partition)
        answer = await self._cluster.call(
            RECORD_DELIVERY,
            shard.prefix,
            self._worker,
            row.conversation,
            number,
            row.status.value,
            encode_row(row),
            self._owned.known_up_to(shard, row.conversation),
            ROWS_BATCH,
            int(row.ambiguous),
            to_ms(row.queued_at),
            about=row.conversation,
        )
        if answer[0] != b"ok":
            self._owned.end(shard, row.conversation, int(answer[1]))
            raise OwnershipLost(row.conversation)
        if answer[1] == 0:
            self._owned.end(shard, row.conversation, number)
            return ()
        if len(answer) > 2:
            self._owned.add(shard, row.conversation, int(answer[2]), int(answer[-2]))
        more = (self._readable_reply(answer[at + 1], shard, int(answer[at])) for at in range(2, len(answer), 2))
        return list(filter(None, more))

    async def outbox_depth(self) -> tuple[int, datetime | None]:
        depth, oldest = 0, None
        shards = await self._meta.all()
        for shard, (count, *records) in zip(shards, await self._cluster.call_all(DEPTH, shards), strict=True):
            depth += count
            for record in records:
                with contextlib.suppress(UnreadableRecord):
                    at = read_row(record, shard, 0).queued_at
                    oldest = at if oldest is None else min(oldest, at)
        return depth, oldest

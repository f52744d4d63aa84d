"""Replies on their way, shared out among the workers conversation by conversation."""

import contextlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial

import msgspec

from messages.codec import encode
from messages.errors import TakenOver, UnreadableRecord
from storage.records import DeliveryStatus, OutboxRow
from storage.redis.keys import Shard, reply_number
from storage.redis.lanes import Lanes, encode_row, read_row
from storage.redis.lease import Lease
from storage.redis.link import Word
from storage.redis.meta import Meta
from storage.redis.nodes import Nodes
from storage.redis.scripts import DEPTH, MINE, RECORD_DELIVERY, STILL_WAITS, UNREACHABLE
from storage.rows import read_state
from storage.times import to_ms
from storage.unreadable import UnreadableRecords

MOST_AT_ONCE = 100
"""Replies of one conversation that are returned at once."""


class RedisOutbox:
    """`storage.port.Outbox`."""

    _nodes: Nodes
    _meta: Meta
    _worker: str
    _lanes: Lanes
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
            self._lanes.told(await self._meta.of_reply(partition), row.conversation, number, number)
        # A row may stand behind one whose commit ran on another connection, and was not answered yet.
        await self._nodes.settled()
        return rows

    async def _waiting(self, shard: Shard, worker: str, after: int, limit: int) -> list[OutboxRow]:
        last = max(shard.replies_up_to(after), 0)
        found: list[OutboxRow] = []
        while True:
            waiting = await self._nodes.call(MINE, shard.prefix, worker, last, limit)
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
    def look_every(self) -> float:
        """Often enough that a lease is renewed although an answer of Redis is late."""
        return min(1.0, self._nodes.address.lease / 4)

    async def take_over(self) -> bool:
        return await self._lease.renew()

    async def may_send(self, row: OutboxRow) -> None:
        if not self._lease.held:
            await self._lease.wait()
        if not self._lease.serving:
            return
        number, partition = reply_number(row.sequence)
        shard = await self._meta.of_reply(partition)
        if not self._lanes.has(shard, row.conversation, number):
            raise TakenOver(row.conversation)
        if (row.ambiguous or row.attempts) and not await self._still_waits(shard, row.conversation, number):
            self._lease.trouble()  # others may have put replies behind it, which its record would have told of
            raise TakenOver(row.conversation)

    async def _still_waits(self, shard: Shard, conversation: str, number: int) -> bool:
        """Look again at a reply that another worker may have sent, or whose person may have been erased meanwhile."""
        found = await self._nodes.call(
            STILL_WAITS, shard.prefix, self._worker, conversation, number, about=conversation
        )
        return bool(found)

    async def record_delivery(self, row: OutboxRow) -> Sequence[OutboxRow]:
        number, partition = reply_number(row.sequence)
        shard = await self._meta.of_reply(partition)
        answer = await self._nodes.call(
            RECORD_DELIVERY,
            shard.prefix,
            self._worker,
            row.conversation,
            number,
            row.status.value,
            encode_row(row),
            self._lanes.told_up_to(shard, row.conversation),
            MOST_AT_ONCE,
            int(row.ambiguous),
            to_ms(row.queued_at),
            about=row.conversation,
        )
        if answer[0] != b"ok":
            self._lanes.ended(shard, row.conversation, int(answer[1]))
            raise TakenOver(row.conversation)
        if answer[1] == 0:
            self._lanes.ended(shard, row.conversation, number)
            return ()
        if len(answer) > 2:
            self._lanes.told(shard, row.conversation, int(answer[2]), int(answer[-2]))
        more = (self._readable_reply(answer[at + 1], shard, int(answer[at])) for at in range(2, len(answer), 2))
        return list(filter(None, more))

    async def outbox_depth(self) -> tuple[int, datetime | None]:
        depth, oldest = 0, None
        shards = await self._meta.all()
        for shard, (count, *records) in zip(shards, await self._nodes.call_all(DEPTH, shards), strict=True):
            depth += count
            for record in records:
                with contextlib.suppress(UnreadableRecord):
                    at = read_row(record, shard, 0).queued_at
                    oldest = at if oldest is None else min(oldest, at)
        return depth, oldest

    async def mark_unreachable(self, bot: str, conversation: str, reason: str, at: datetime) -> None:
        for shard in await self._meta.of_bot(bot):
            while not await self._marked(shard, conversation, reason, at):
                pass

    async def _marked(self, shard: Shard, conversation: str, reason: str, at: datetime) -> bool:
        """Mark, unless the conversation changed meanwhile."""
        client, read = self._nodes.client, self._nodes.read
        version, record, waiting = await read(
            client.hmget(f"{shard.prefix}conversation:{conversation}", "version", "state", "waiting")
        )
        if record is None:
            return True
        state = read_state(record, int(version))
        if state.last_event_at is not None and state.last_event_at > at:
            return True
        waiting = waiting or b""
        numbers = waiting.split()
        records = await read(client.hmget(f"{shard.prefix}replies:{conversation}", numbers)) if numbers else []
        failed: list[Word] = []
        for number, reply in zip(numbers, records, strict=True):
            row = self._readable_reply(reply, shard, int(number))
            if row is None:
                continue
            row = msgspec.structs.replace(row, status=DeliveryStatus.FAILED, reason=reason, next_attempt_at=None)
            failed += [number, encode_row(row), to_ms(row.queued_at)]
        state = msgspec.structs.replace(state, unreachable=reason)
        done = await self._nodes.call(UNREACHABLE, shard.prefix, conversation, version, waiting, encode(state), *failed)
        return bool(done)

"""Sends committed replies: in order within a conversation, many conversations at once, by each channel's rules."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
import structlog

from adapters.port import Channel, WirePayload
from messages.errors import (
    Ambiguous,
    ContactUnreachable,
    DeliveryError,
    RateLimited,
    TemporarilyFailed,
)
from messages.reference import ConversationReference
from runtime.backoff import RetryPolicy
from runtime.clock import Clock
from runtime.metrics import Metrics
from storage.port import Outbox as OutboxStore
from storage.records import DeliveryStatus, OutboxRow

log = structlog.get_logger("assent.outbox")

RETRIED = (RateLimited, TemporarilyFailed, Ambiguous)
"""Failures after which the same message is sent again."""

_Lane = tuple[str, str]
"""Bot and conversation."""


class OutboxSender:
    """Delivers outbox rows at least once.

    Rows are handed over right after their commit (`add`) and read from the store at the start (`start`). When more than
    `most` wait in memory, further ones are left in the store and read later.

    A send whose outcome is unknown is repeated, and noted as ambiguous: a confirmation seen twice does less harm than
    one never seen.
    """

    def __init__(
        self,
        store: OutboxStore,
        channels: Mapping[tuple[str, str], Channel],
        *,
        clock: Clock,
        metrics: Metrics,
        chance: Callable[[], float],
        policy: RetryPolicy | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        at_once: int = 200,
        most: int = 20_000,
    ) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self._metrics = metrics
        self._chance = chance
        self._policy = policy or RetryPolicy()
        self._sleep = sleep
        self._slots = asyncio.Semaphore(at_once)
        self._most = most
        self._lanes: dict[_Lane, deque[OutboxRow]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._gone: dict[_Lane, datetime] = {}
        self._held = 0
        self._left_from: int | None = None
        self._done_meanwhile: set[int] = set()
        self._refilling: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False

    async def start(self) -> None:
        """Go on with what a former process left."""
        self._left_from = 0
        await self._refill()

    def add(self, rows: Sequence[OutboxRow]) -> None:
        """Take rows that were just committed."""
        for row in rows:
            if self._closing:
                return
            if self._left_from is not None or self._held >= self._most:
                self._left_from = row.sequence if self._left_from is None else min(self._left_from, row.sequence)
            else:
                self._enqueue(row)

    async def idle(self) -> None:
        """Return once nothing that was taken waits to be sent."""
        await self._idle.wait()

    async def close(self, grace: float) -> None:
        """Send what waits for at most `grace` seconds; the rest stays pending in the store."""
        if grace > 0 and self._lanes:
            try:
                async with asyncio.timeout(grace):
                    await self._idle.wait()
            except TimeoutError:
                log.info("replies left for the next start", lanes=len(self._lanes))
        self._closing = True
        tasks = [*self._tasks, *([self._refilling] if self._refilling else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _enqueue(self, row: OutboxRow) -> None:
        lane: _Lane = (row.bot, row.conversation)
        self._held += 1
        waiting = self._lanes.get(lane)
        if waiting is not None:
            waiting.append(row)
            return
        self._lanes[lane] = deque((row,))
        self._idle.clear()
        task = asyncio.create_task(self._drain(lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _refill(self) -> None:
        """Read rows that were left in the store, until none are left or memory is full again."""
        while self._left_from is not None and self._held < self._most:
            start, self._left_from = self._left_from, None
            held = {row.sequence for lane in self._lanes.values() for row in lane} | self._done_meanwhile
            after = max(start - 1, 0)
            while page := await self._store.pending(after=after, limit=1000):
                after = page[-1].sequence
                for row in page:
                    if row.sequence not in held:
                        self._enqueue(row)
                if self._held >= self._most:
                    self._left_from = after + 1
                    return
        if self._left_from is None:
            self._done_meanwhile.clear()

    async def _drain(self, lane: _Lane) -> None:
        waiting = self._lanes[lane]
        reference: ConversationReference | None = None
        try:
            while waiting:
                row = waiting[0]
                if reference is not None and not row.reference.conversation:
                    row = msgspec.structs.replace(row, reference=reference)
                done = await self._deliver(row)
                reference = done.reference
                waiting.popleft()
                self._finished(done)
                if done.status is DeliveryStatus.FAILED and (gone := self._gone.pop(lane, None)):
                    self._drop(waiting, gone)
        finally:
            del self._lanes[lane]
            if not self._lanes:
                self._idle.set()
        if (
            self._left_from is not None
            and self._held < self._most // 2
            and (self._refilling is None or self._refilling.done())
        ):
            self._refilling = asyncio.create_task(self._refill())

    def _drop(self, waiting: deque[OutboxRow], gone: datetime) -> None:
        """Forget rows that were queued before the person turned out to be gone: the store has failed them."""
        while waiting and waiting[0].queued_at <= gone:
            self._finished(msgspec.structs.replace(waiting.popleft(), status=DeliveryStatus.FAILED))

    def _finished(self, row: OutboxRow) -> None:
        self._held -= 1
        if self._left_from is not None:
            self._done_meanwhile.add(row.sequence)
        channel = row.reference.channel
        self._metrics.deliveries.labels(channel, row.status.value).inc()

    async def _deliver(self, row: OutboxRow) -> OutboxRow:
        """Send a row until it is delivered or given up; return it as it ended."""
        channel = self._channels.get((row.bot, row.reference.channel))
        if channel is None:
            return await self._ended(row, DeliveryStatus.FAILED, f"channel {row.reference.channel} is not set up")
        payloads = channel.render(row.message, row.reference)
        while True:
            await self._until_due(row)
            async with self._slots:
                row, error = await self._send(channel, payloads, row)
            if error is None:
                return await self._ended(row, DeliveryStatus.DELIVERED, "")
            if isinstance(error, ContactUnreachable):
                return await self._unreachable(row, error.reason)
            if not isinstance(error, RETRIED) or (reason := self._too_much(row, error)):
                return await self._ended(
                    row, DeliveryStatus.FAILED, error.reason if not isinstance(error, RETRIED) else reason
                )
            await self._store.record_delivery(row)

    async def _send(
        self, channel: Channel, payloads: Sequence[WirePayload], row: OutboxRow
    ) -> tuple[OutboxRow, DeliveryError | None]:
        """Send what has not been sent of a row; return how it stands, and what stopped it."""
        ids = row.channel_message_ids
        reference = row.reference
        for position in range(row.sent, len(payloads)):
            try:
                delivered = await channel.deliver(payloads[position], reference)
            except DeliveryError as error:
                self._metrics.attempts.labels(reference.channel, type(error).__name__).inc()
                return self._postponed(row, error), error
            self._metrics.attempts.labels(reference.channel, "accepted").inc()
            ids = (*ids, delivered.channel_message_id) if delivered.channel_message_id else ids
            reference = delivered.reference or reference
            row = msgspec.structs.replace(row, sent=position + 1, channel_message_ids=ids, reference=reference)
            if position + 1 < len(payloads):
                await self._store.record_delivery(row)
        return msgspec.structs.replace(row, attempts=row.attempts + 1), None

    def _postponed(self, row: OutboxRow, error: DeliveryError) -> OutboxRow:
        asked = error.retry_after if isinstance(error, RateLimited) else None
        attempts = row.attempts + 1
        wait = timedelta(seconds=self._policy.delay(attempts, self._chance(), asked))
        return msgspec.structs.replace(
            row,
            attempts=attempts,
            reason=error.reason,
            ambiguous=row.ambiguous or isinstance(error, Ambiguous),
            next_attempt_at=self._clock() + wait,
        )

    def _too_much(self, row: OutboxRow, error: DeliveryError) -> str:
        """Return why no further attempt is made, or nothing."""
        policy = self._policy
        if row.attempts >= policy.most_attempts:
            return f"given up after {row.attempts} attempts: {error.reason}"
        if (self._clock() - row.queued_at).total_seconds() >= policy.most_age:
            return f"given up after {policy.most_age / 3600:.0f} hours: {error.reason}"
        if isinstance(error, Ambiguous) and row.attempts >= policy.most_ambiguous:
            return f"may have been delivered; not repeated again: {error.reason}"
        return ""

    async def _until_due(self, row: OutboxRow) -> None:
        if row.next_attempt_at is None:
            return
        wait = (row.next_attempt_at - self._clock()).total_seconds()
        if wait > 0:
            await self._sleep(wait)

    async def _unreachable(self, row: OutboxRow, reason: str) -> OutboxRow:
        log.info("contact unreachable", bot=row.bot, conversation=row.conversation, reason=reason)
        at = self._gone[row.bot, row.conversation] = self._clock()
        await self._store.mark_unreachable(row.bot, row.conversation, reason, at)
        return await self._ended(row, DeliveryStatus.FAILED, reason, unreachable=True)

    async def _ended(
        self, row: OutboxRow, status: DeliveryStatus, reason: str, *, unreachable: bool = False
    ) -> OutboxRow:
        delivered_at = self._clock() if status is DeliveryStatus.DELIVERED else None
        row = msgspec.structs.replace(
            row, status=status, reason=reason, delivered_at=delivered_at, next_attempt_at=None
        )
        await self._store.record_delivery(row)
        if status is DeliveryStatus.FAILED and not unreachable:
            log.warning(
                "reply not delivered", bot=row.bot, conversation=row.conversation, sequence=row.sequence, reason=reason
            )
        return row

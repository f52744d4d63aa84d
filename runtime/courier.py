"""Takes one reply to its end: delivered, or given up for a reason that ops can read."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import structlog

from adapters.port import Channel, WirePayload
from messages.errors import (
    Ambiguous,
    ContactUnreachable,
    DeliveryError,
    RateLimited,
    StoreError,
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

Route = tuple[str, str]
"""Bot and channel: the account that a reply leaves from."""

Sleep = Callable[[float], Awaitable[None]]

_REMEMBERED = 10_000
"""One-to-one conversations that were created and are remembered."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a row ended. `unreachable_since`: the person is gone, so what was queued up to then won't be sent."""

    row: OutboxRow
    unreachable_since: datetime | None = None


class Courier:
    """Sends rows by the channels' rules.

    Of each route at most `at_once` sends are under way, so that a channel that hangs holds up itself alone. A limit
    that holds for the whole route pauses the whole route.
    """

    def __init__(
        self,
        store: OutboxStore,
        channels: Mapping[Route, Channel],
        *,
        clock: Clock,
        metrics: Metrics,
        chance: Callable[[], float],
        policy: RetryPolicy,
        sleep: Sleep,
        at_once: int,
    ) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self._metrics = metrics
        self._chance = chance
        self._policy = policy
        self._sleep = sleep
        self._at_once = at_once
        self._slots: dict[Route, asyncio.Semaphore] = {}
        self._paused_until: dict[Route, datetime] = {}
        self._created: OrderedDict[tuple[str, str, str, str], ConversationReference] = OrderedDict()
        self.resting: dict[int, datetime] = {}
        """Until when rows rest before their next attempt, by sequence."""

    async def deliver(self, row: OutboxRow) -> Ended:
        """Send a row until it is delivered or given up."""
        route = (row.bot, row.reference.channel)
        channel = self._channels.get(route)
        if channel is None:
            return await self._failed(row, f"channel {row.reference.channel} is not set up")
        row = self._with_conversation(row)
        payloads = self._rendered(channel, row)
        if payloads is None:
            return await self._failed(row, "a fault of Assent's kept it from being rendered; see the log")
        unsure = int(row.ambiguous)
        slots = self._slots.get(route)
        if slots is None:
            slots = self._slots[route] = asyncio.Semaphore(self._at_once)
        while True:
            await self._rest(row, route)
            async with slots:
                if self._pause_of(route) > 0:
                    continue
                before = row.sent
                row, error = await self._send(channel, payloads, row)
            if error is None:
                return await self._delivered(row)
            if isinstance(error, ContactUnreachable):
                return await self._unreachable(row, error.reason)
            if not isinstance(error, RETRIED):
                return await self._failed(row, error.reason)
            if isinstance(error, Ambiguous):
                unsure = 1 if row.sent > before else unsure + 1
            if reason := self._too_much(row, error, unsure):
                return await self._failed(row, reason)
            if isinstance(error, RateLimited) and error.everywhere:
                self._pause(route, row.next_attempt_at)
            await self._record(row)

    def _rendered(self, channel: Channel, row: OutboxRow) -> Sequence[WirePayload] | None:
        """Return the payloads; None for a message that the channel's code fails on, which must not stop the others."""
        try:
            return channel.render(row.message, row.reference)
        except Exception:  # the outermost boundary of rendering
            log.exception(
                "a reply can't be rendered", bot=row.bot, conversation=row.conversation, sequence=row.sequence
            )
            return None

    async def _send(
        self, channel: Channel, payloads: Sequence[WirePayload], row: OutboxRow
    ) -> tuple[OutboxRow, DeliveryError | None]:
        """Send what has not been sent of a row; return how it stands, and what stopped it."""
        attempts = self._metrics.attempts
        while row.sent < len(payloads):
            try:
                delivered = await channel.deliver(payloads[row.sent], row.reference)
            except DeliveryError as error:
                attempts.labels(channel.name, type(error).__name__).inc()
                return self._postponed(row, error), error
            except Exception:  # the outermost boundary of a send
                log.exception("a send failed", bot=row.bot, conversation=row.conversation, sequence=row.sequence)
                attempts.labels(channel.name, "fault").inc()
                unknown = Ambiguous("a fault of Assent's while sending; see the log")
                return self._postponed(row, unknown), unknown
            attempts.labels(channel.name, "accepted").inc()
            if delivered.reference is not None:
                self._remember(row, delivered.reference)
            row = msgspec.structs.replace(
                row,
                sent=row.sent + 1,
                channel_message_ids=(*row.channel_message_ids, delivered.channel_message_id)
                if delivered.channel_message_id
                else row.channel_message_ids,
                reference=delivered.reference or row.reference,
            )
            if row.sent < len(payloads):
                await self._record(row)
        return row, None

    # -- when

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

    def _too_much(self, row: OutboxRow, error: DeliveryError, unsure: int) -> str:
        """Return why no further attempt is made, or nothing."""
        policy = self._policy
        if row.attempts >= policy.most_attempts:
            return f"given up after {row.attempts} attempts: {error.reason}"
        if (self._clock() - row.queued_at).total_seconds() >= policy.most_age:
            return f"given up after {policy.most_age / 3600:.0f} hours: {error.reason}"
        if isinstance(error, Ambiguous) and unsure >= policy.most_ambiguous:
            return f"may have been delivered; not repeated again: {error.reason}"
        return ""

    async def _rest(self, row: OutboxRow, route: Route) -> None:
        """Return once the row may be tried."""
        if row.next_attempt_at is None and route not in self._paused_until:
            return
        try:
            while (wait := max(self._wait_of(row), self._pause_of(route))) > 0:
                self.resting[row.sequence] = self._clock() + timedelta(seconds=wait)
                await self._sleep(wait)
        finally:
            self.resting.pop(row.sequence, None)

    def _wait_of(self, row: OutboxRow) -> float:
        return 0.0 if row.next_attempt_at is None else (row.next_attempt_at - self._clock()).total_seconds()

    def _pause(self, route: Route, until: datetime | None) -> None:
        before = self._paused_until.get(route)
        if until is not None and (before is None or until > before):
            self._paused_until[route] = until
            log.warning("channel paused", bot=route[0], channel=route[1], until=until.isoformat())

    def _pause_of(self, route: Route) -> float:
        """How long the route rests still. Those that it held up don't all begin in the same moment."""
        until = self._paused_until.get(route)
        if until is None:
            return 0.0
        left = (until - self._clock()).total_seconds()
        if left <= 0:
            self._paused_until.pop(route, None)
            return 0.0
        return left + self._chance() * min(left, 1.0)

    # -- where

    def _remember(self, row: OutboxRow, created: ConversationReference) -> None:
        if row.reference.conversation:
            return
        self._created[self._person(row)] = created
        if len(self._created) > _REMEMBERED:
            self._created.popitem(last=False)

    def _with_conversation(self, row: OutboxRow) -> OutboxRow:
        """Fill in the one-to-one conversation of the person, if it was created for an earlier reply."""
        if row.reference.conversation:
            return row
        created = self._created.get(self._person(row))
        return row if created is None else msgspec.structs.replace(row, reference=created)

    @staticmethod
    def _person(row: OutboxRow) -> tuple[str, str, str, str]:
        return row.bot, row.reference.channel, row.reference.bot, row.reference.user

    # -- the end

    async def _delivered(self, row: OutboxRow) -> Ended:
        return await self._ended(
            msgspec.structs.replace(
                row,
                status=DeliveryStatus.DELIVERED,
                attempts=row.attempts + 1,
                reason="",
                next_attempt_at=None,
                delivered_at=self._clock(),
            )
        )

    async def _failed(self, row: OutboxRow, reason: str) -> Ended:
        log.warning(
            "reply not delivered", bot=row.bot, conversation=row.conversation, sequence=row.sequence, reason=reason
        )
        return await self._ended(self.failed(row, reason))

    async def _unreachable(self, row: OutboxRow, reason: str) -> Ended:
        log.info("contact unreachable", bot=row.bot, conversation=row.conversation, reason=reason)
        at = self._clock()
        self._created.pop(self._person(row), None)
        ended = await self._ended(self.failed(row, reason))
        try:
            await self._store.mark_unreachable(row.bot, row.conversation, reason, at)
        except StoreError as error:
            log.warning("not marked as unreachable", bot=row.bot, conversation=row.conversation, reason=str(error))
            return ended
        return Ended(ended.row, unreachable_since=at)

    async def give_up(self, row: OutboxRow, reason: str) -> Ended:
        """End a row that is not to be sent any more."""
        return await self._ended(self.failed(row, reason))

    @staticmethod
    def failed(row: OutboxRow, reason: str) -> OutboxRow:
        """Return the row as one that was given up."""
        return msgspec.structs.replace(row, status=DeliveryStatus.FAILED, reason=reason, next_attempt_at=None)

    async def _ended(self, row: OutboxRow) -> Ended:
        await self._record(row)
        self._metrics.deliveries.labels(row.reference.channel, row.status.value).inc()
        return Ended(row)

    async def _record(self, row: OutboxRow) -> None:
        """Record how a row stands; a store that fails is asked until it can."""
        while True:
            try:
                await self._store.record_delivery(row)
            except StoreError as error:
                log.warning("a delivery can't be recorded", bot=row.bot, sequence=row.sequence, reason=str(error))
                await self._sleep(1.0)
            else:
                return

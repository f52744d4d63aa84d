"""Takes one reply to its end: delivered, tried again, or given up for a reason that ops can read."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import msgspec
import structlog

from adapters.port import Channel, Delivered, WirePayload
from consent.membership import why_not
from messages.contact import Identity
from messages.errors import (
    Ambiguous,
    Cause,
    ContactUnreachable,
    DeliveryError,
    RateLimited,
    StoreError,
    TemporarilyFailed,
    UnreadableRecord,
)
from messages.inbound import ConversationReference
from runtime.clock import Clock
from runtime.metrics import Metrics
from storage.addresses import Addresses
from storage.port import Outbox, Turns
from storage.records import DeliveryStatus, OutboxRow


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential backoff with full jitter, as the channels ask for; all times in seconds.

    `max_attempts` and `max_age` end it. `max_ambiguous` bounds how often a message may be repeated that the channel
    may have shown already: Teams' send call has no idempotency key, so each such repeat may be seen twice.
    """

    first: float = 0.5
    longest: float = 300.0
    max_attempts: int = 50
    max_age: float = 86_400.0
    max_ambiguous: int = 2

    def delay(self, attempts: int, chance: float, asked: float | None = None) -> float:
        """Return how long to wait after the n-th failed attempt. `asked` is the channel's Retry-After: the least."""
        grown = min(self.longest, self.first * 2.0 ** min(attempts, 30)) * chance
        if asked is None:
            return grown
        return asked + min(grown, 1.0)


log = structlog.get_logger("assent.outbox")

Route = tuple[str, str]
"""Bot and channel: the account that a reply leaves from."""

Sleep = Callable[[float], Awaitable[None]]


class RetrySchedule:
    """Rows wait until their next attempt is due; a limit that holds for a whole route lets the whole route wait."""

    def __init__(self, policy: RetryPolicy, *, clock: Clock, chance: Callable[[], float], sleep: Sleep) -> None:
        self._policy = policy
        self._clock = clock
        self._chance = chance
        self._sleep = sleep
        self._paused_until: dict[Route, datetime] = {}
        self.waiting: dict[int, datetime] = {}
        """Until when rows wait, by sequence."""

    async def wait_until_due(self, row: OutboxRow, route: Route) -> None:
        """Return once the row is due."""
        if row.next_attempt_at is None and route not in self._paused_until:
            return
        try:
            while (wait := max(self._wait_of(row), self.pause_of(route))) > 0:
                self.waiting[row.sequence] = self._clock() + timedelta(seconds=wait)
                await self._sleep(wait)
        finally:
            self.waiting.pop(row.sequence, None)

    def postponed(self, row: OutboxRow, error: DeliveryError) -> OutboxRow:
        """Return the row after an attempt that failed, with the time of the next."""
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

    def why_give_up(self, row: OutboxRow, error: DeliveryError, unsure: int) -> str:
        """Return why no further attempt is made, or nothing. `unsure`: sends of this payload that may have arrived."""
        policy = self._policy
        if row.attempts >= policy.max_attempts:
            return f"given up after {row.attempts} attempts: {error.reason}"
        if (self._clock() - row.queued_at).total_seconds() >= policy.max_age:
            return f"given up after {policy.max_age / 3600:.0f} hours: {error.reason}"
        if isinstance(error, Ambiguous) and unsure >= policy.max_ambiguous:
            return f"may have been delivered; not repeated again: {error.reason}"
        return ""

    def pause(self, route: Route, until: datetime | None) -> None:
        """Let the whole route wait."""
        before = self._paused_until.get(route)
        if until is not None and (before is None or until > before):
            self._paused_until[route] = until
            log.warning("channel paused", bot=route[0], channel=route[1], until=until.isoformat())

    def pause_of(self, route: Route) -> float:
        """How long the route waits still. Those that it held up don't all begin in the same moment."""
        until = self._paused_until.get(route)
        if until is None:
            return 0.0
        left = (until - self._clock()).total_seconds()
        if left <= 0:
            self._paused_until.pop(route, None)
            return 0.0
        return left + self._chance() * min(left, 1.0)

    def _wait_of(self, row: OutboxRow) -> float:
        return 0.0 if row.next_attempt_at is None else (row.next_attempt_at - self._clock()).total_seconds()


RETRIED = (RateLimited, TemporarilyFailed, Ambiguous)
"""Failures after which the same message is sent again."""

T = TypeVar("T")

_AFTER_TROUBLE = 1.0
_REMEMBERED = 10_000
"""One-to-one conversations that were created and are remembered."""


class OutboxStore(Outbox, Addresses, Turns, Protocol):
    """Replies, and how the person's consent is just before one is sent."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a row ended. `unreachable_since`: the person is gone, so what was queued up to then won't be sent."""

    row: OutboxRow
    unreachable_since: datetime | None = None


_Person = tuple[str, Identity, str]
"""A bot, an account, and the bot's own."""


class Deliverer:
    """Sends rows by the channels' rules.

    Of each route at most `concurrency` sends are under way, so that a channel that hangs holds up itself alone. `more`
    gets replies that another server committed behind one that is sent here; `left` hears from where something left.
    Raises OwnershipLost when another server sends them.
    """

    def __init__(
        self,
        store: OutboxStore,
        channels: Mapping[Route, Channel],
        schedule: RetrySchedule,
        *,
        clock: Clock,
        metrics: Metrics,
        sleep: Sleep,
        concurrency: int,
        more: Callable[[Sequence[OutboxRow]], None],
        left: Callable[[ConversationReference], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._more = more
        self._left = left
        self._channels = channels
        self._schedule = schedule
        self._clock = clock
        self._metrics = metrics
        self._sleep = sleep
        self._slots: defaultdict[Route, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(concurrency))
        self._created: OrderedDict[_Person, ConversationReference] = OrderedDict()

    async def deliver(self, row: OutboxRow) -> Outcome:
        """Send a row until it is delivered or given up."""
        channel = self._channels.get((row.bot, row.reference.channel))
        if channel is None:
            return await self._failed(row, f"channel {row.reference.channel} is not set up")
        was = row.reference
        row = self._with_conversation(row)
        known = row.reference
        payloads = self._rendered(channel, row)
        if payloads is None:
            return await self._failed(row, "a fault of Assent's kept it from being rendered; see the log")
        row, error = await self._tried(channel, payloads, row)
        if row.reference != known:
            await self._keep(row, self._store.keep_reference, row.reference, instead_of=was.conversation)
        if error is None:
            return await self._delivered(row)
        if isinstance(error, ContactUnreachable):
            return await self._unreachable(row, error)
        if error.cause is Cause.OUTSIDE_WINDOW:
            await self._keep(row, self._store.mark_outside_window, self._clock())
        elif error.cause is Cause.NO_CONVERSATION:
            self._created.pop(_person(row), None)
            nowhere = row.reference.private()
            await self._keep(row, self._store.keep_reference, nowhere, instead_of=row.reference.conversation)
        return await self._failed(row, error.reason)

    async def give_up(self, row: OutboxRow, reason: str) -> Outcome:
        """End a row that is not to be sent any more."""
        ended = msgspec.structs.replace(row, status=DeliveryStatus.FAILED, reason=reason, next_attempt_at=None)
        return await self._ended(ended)

    def _rendered(self, channel: Channel, row: OutboxRow) -> Sequence[WirePayload] | None:
        """Return the payloads; None for a message that the channel's code fails on, which must not stop the others."""
        try:
            return channel.render(row.message, row.reference)
        except Exception:  # the outermost boundary of rendering
            log.exception(
                "a reply can't be rendered", bot=row.bot, conversation=row.conversation, sequence=row.sequence
            )
            return None

    async def _tried(
        self, channel: Channel, payloads: Sequence[WirePayload], row: OutboxRow
    ) -> tuple[OutboxRow, DeliveryError | None]:
        """Send until it is taken, or until an error after which it is not tried again."""
        route = (row.bot, row.reference.channel)
        schedule = self._schedule
        unsure = int(row.ambiguous)
        while True:
            await schedule.wait_until_due(row, route)
            async with self._slots[route]:
                if schedule.pause_of(route) > 0:
                    continue
                sent = row.sent
                row, error = await self._send(channel, payloads, row)
            if not isinstance(error, RETRIED):
                return row, error
            if isinstance(error, Ambiguous):
                unsure = unsure + 1 if row.sent == sent else 1
            if reason := schedule.why_give_up(row, error, unsure):
                return row, DeliveryError(reason)
            if row.attempts == 1:
                log.info("reply waits", bot=row.bot, conversation=row.conversation, reason=row.reason)
            if isinstance(error, RateLimited) and error.everywhere:
                schedule.pause(route, row.next_attempt_at)
            await self._record(row)

    async def _send(
        self, channel: Channel, payloads: Sequence[WirePayload], row: OutboxRow
    ) -> tuple[OutboxRow, DeliveryError | None]:
        """Send what has not been sent of a row; return how it stands, and what stopped it."""
        attempts = self._metrics.attempts
        while row.sent < len(payloads):
            await self._may_send(row)
            if reason := await self._refused(row):
                return row, DeliveryError(reason)
            try:
                delivered = await self._sent(channel, payloads[row.sent], row)
            except DeliveryError as error:
                attempts.inc(channel.name, type(error).__name__)
                return self._schedule.postponed(row, error), error
            attempts.inc(channel.name, "accepted")
            self._left(row.reference)
            ids = row.channel_message_ids
            if delivered.channel_message_id:
                ids = (*ids, delivered.channel_message_id)
            if delivered.reference is not None:
                self._remember(row, delivered.reference)
            row = msgspec.structs.replace(
                row, sent=row.sent + 1, channel_message_ids=ids, reference=delivered.reference or row.reference
            )
            if row.sent < len(payloads):
                await self._record(row)
        return row, None

    async def _may_send(self, row: OutboxRow) -> None:
        """Return once this server may send the row."""
        await self._asked(row, "a reply waits for the store", lambda: self._store.may_send(row))

    async def _refused(self, row: OutboxRow) -> str:
        """Return why the person's consent now forbids a reply that a wait brought; empty when it does not."""
        terms = row.message.consent
        if terms is None:
            return ""
        try:
            now = await self._asked(
                row, "a reply waits for the store", lambda: self._store.load(row.bot, row.reference, "")
            )
        except UnreadableRecord as fault:
            return f"not sent: the person's consent can't be read: {fault}"
        reason = why_not(terms, now.memberships, now.lowered, self._clock())
        return f"not sent: {reason}" if reason else ""

    async def _asked(self, row: OutboxRow, waits: str, ask: Callable[[], Awaitable[T]]) -> T:
        """Return what the store says; one that fails is asked until it can tell, which is logged as `waits`, once."""
        well = True
        while True:
            try:
                return await ask()
            except UnreadableRecord:
                raise
            except StoreError as error:
                if well:
                    log.warning(waits, bot=row.bot, sequence=row.sequence, reason=str(error))
                well = False
                await self._sleep(_AFTER_TROUBLE)

    async def _sent(self, channel: Channel, payload: WirePayload, row: OutboxRow) -> Delivered:
        """Send one payload. What the channel's code fails on has an unknown outcome."""
        try:
            return await channel.deliver(payload, row.reference)
        except DeliveryError:
            raise
        except Exception:  # the outermost boundary of a send
            log.exception("a send failed", bot=row.bot, conversation=row.conversation, sequence=row.sequence)
            raise Ambiguous("a fault of Assent's while sending; see the log") from None

    # -- where

    def _remember(self, row: OutboxRow, created: ConversationReference) -> None:
        if row.reference.conversation:
            return
        self._created[_person(row)] = created
        if len(self._created) > _REMEMBERED:
            self._created.popitem(last=False)

    def _with_conversation(self, row: OutboxRow) -> OutboxRow:
        """Fill in the one-to-one conversation of the person, if it was created for an earlier reply."""
        if row.reference.conversation:
            return row
        created = self._created.get(_person(row))
        return row if created is None else msgspec.structs.replace(row, reference=created)

    # -- the end

    async def _delivered(self, row: OutboxRow) -> Outcome:
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

    async def _failed(self, row: OutboxRow, reason: str) -> Outcome:
        log.warning(
            "reply not delivered", bot=row.bot, conversation=row.conversation, sequence=row.sequence, reason=reason
        )
        return await self.give_up(row, reason)

    async def _unreachable(self, row: OutboxRow, error: ContactUnreachable) -> Outcome:
        log.info("contact unreachable", bot=row.bot, conversation=row.conversation, reason=error.reason)
        at = self._clock()
        self._created.pop(_person(row), None)
        ended = await self.give_up(row, error.reason)
        mark, drop = self._store.mark_unreachable, error.cause is Cause.NO_CONVERSATION
        if not await self._keep(row, mark, error.reason, at, code=error.code, drop=drop):
            return ended
        return Outcome(ended.row, unreachable_since=at)

    async def _keep(self, row: OutboxRow, keep: Callable[..., Awaitable[None]], *what: object, **how: object) -> bool:
        """Keep what a delivery told of where the person is; tell whether that could be kept."""
        try:
            await keep(row.bot, row.conversation, *what, **how)
        except StoreError as error:
            log.warning("an address is not kept", bot=row.bot, conversation=row.conversation, reason=str(error))
            return False
        return True

    async def _ended(self, row: OutboxRow) -> Outcome:
        await self._record(row)
        self._metrics.deliveries.inc(row.reference.channel, row.status.value)
        return Outcome(row)

    async def _record(self, row: OutboxRow) -> None:
        """Record how a row stands."""
        more = await self._asked(row, "a delivery can't be recorded", lambda: self._store.record_delivery(row))
        if more:
            self._more(more)


def _person(row: OutboxRow) -> _Person:
    return row.bot, row.reference.account, row.reference.bot

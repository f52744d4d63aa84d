"""Sends one push, at most once: what of a run's messages was claimed leaves at once, and is never repeated.

An answer after which it may be in the chat makes a push unknown, not tried again: the channels have no key that would
tell two sends of one message apart. What was surely not delivered is deferred, and claimed anew with new consent.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple, Protocol

import msgspec
import structlog

from adapters.port import Channel, WirePayload, asking
from consent.membership import whole_milliseconds
from consent.pushes import PushedTo, may_push, retry_after
from messages.effects import DeferPush, SkipPush
from messages.errors import (
    Ambiguous,
    Cause,
    ContactUnreachable,
    DeliveryError,
    RateLimited,
    StaleVersion,
    StoreError,
    TemporarilyFailed,
    Withheld,
)
from messages.inbound import ConversationReference, InboundEvent, PushDue
from messages.pushes import Deferral, PushState, RunState, SkipReason, reason_kind, reason_text
from runtime.clock import Clock
from runtime.delivery import Route, Sleep
from storage.addresses import Addresses
from storage.enrolments import Enrolments, EnrolmentState
from storage.port import Audit, Turns
from storage.push_port import Broadcasts, Pushes, Runs
from storage.push_records import PushRow
from storage.records import AuditRow, OutboxRow

log = structlog.get_logger("assent.pushes")

STALE: Final = timedelta(seconds=1)
"""How old a claim's consent may be when the request is written; an older one is asked again."""

MAX_ATTEMPTS: Final = 8
"""Turns of a push after which one that fails for the moment is given up."""

_FIRST_WAIT, _LAST_WAIT = timedelta(seconds=2), timedelta(minutes=15)
_AFTER_TROUBLE = 1.0

_DOUBT: Final = timedelta(seconds=30)
"""How long after the store is back a claim is looked for whose answer was lost: the store may still carry it out."""

PushKey = tuple[str, str, str]
"""Bot, run and contact."""


class SendingStore(Broadcasts, Runs, Enrolments, Audit, Protocol):
    """Where all is kept that is sent by itself."""


class PushDeliveryStore(Pushes, Runs, Addresses, Turns, Protocol):
    """What sending a push asks of the store."""


async def hold_sending(store: SendingStore, bots: Sequence[str], at: datetime, reason: str) -> None:
    """Send nothing more by itself until staff say so: runs and schedules are held, sequences with people are paused."""
    among = [RunState.RUNNING, RunState.PLANNED]
    for bot in bots:
        held: list[str] = []
        for record, _ in await store.runs(bot, states=among):
            with contextlib.suppress(StaleVersion):  # it was stopped just now
                await store.change_run(bot, record.id, RunState.HELD, among=among, at=at, by="server", reason=reason)
                held.append(f"run {record.id}")
        for broadcast in await store.broadcasts(bot):
            if broadcast.schedule is not None and not broadcast.held:
                with contextlib.suppress(StaleVersion):  # somebody changes it just now: the next look sees what is left
                    await store.save_broadcast(msgspec.structs.replace(broadcast, held=reason))
                    held.append(f"broadcast {broadcast.id}")
        active = {sequence for sequence, state in await store.enrolment_counts(bot) if state is EnrolmentState.ACTIVE}
        held += [f"sequence {name}" for name in sorted(active) if await store.pause_sequence(bot, name, paused=True)]
        for target in held:
            log.error("sending held", bot=bot, target=target, reason=reason)
            await store.add_audit(AuditRow(0, bot, at, "server", "hold_sending", target, reason))


class PushEnd(NamedTuple):
    """What became of a push that was claimed."""

    state: PushState
    reason: str = ""
    ids: tuple[str, ...] = ()
    """The channel's, of what it took."""
    wait: timedelta | None = None
    """Until it is tried again, where it is deferred."""
    pause: bool = False
    """The channel asked for a pause, of `asked` seconds where it says how long."""
    asked: float | None = None
    hold: str = ""
    """Why its run is held at once."""
    error: DeliveryError | None = None


def end_of(error: DeliveryError, *, retry_gateway: bool = False) -> PushEnd:  # noqa: PLR0911  # a row each
    """Return what an answer of the channel makes of a push of which nothing was taken."""
    gateway = error.cause is Cause.GATEWAY and not retry_gateway
    if isinstance(error, RateLimited):
        return PushEnd(PushState.DEFERRED, Deferral.RATE, pause=True, asked=error.retry_after, error=error)
    if error.cause is Cause.OPERATOR:
        return PushEnd(PushState.DEFERRED, Deferral.PASSING_FAULT, hold=error.reason, error=error)
    if isinstance(error, Ambiguous) or gateway:
        return PushEnd(PushState.UNKNOWN, error.code or ("gateway" if gateway else "no answer"), error=error)
    if isinstance(error, TemporarilyFailed):
        return PushEnd(PushState.DEFERRED, Deferral.PASSING_FAULT, error=error)
    if isinstance(error, ContactUnreachable):
        return PushEnd(PushState.FAILED, reason_text(SkipReason.UNREACHABLE, error.code), error=error)
    if error.cause is Cause.OUTSIDE_WINDOW:
        return PushEnd(PushState.SKIPPED, SkipReason.OUTSIDE_WINDOW, error=error)
    if error.cause is Cause.NO_CONVERSATION:
        return PushEnd(PushState.FAILED, "gone", error=error)
    return PushEnd(PushState.FAILED, f"refused: {error.code}" if error.code else "refused", error=error)


class RunHealth:
    """Tells when a run goes wrong: it is then held, so that a bad hour does not use its audience up."""

    IN_A_ROW, LATEST, SHARE, DISABLED = 20, 1000, 0.01, 5

    def __init__(self) -> None:
        self._latest: deque[PushState] = deque(maxlen=self.LATEST)
        self._in_a_row: dict[PushState, int] = {}
        self._disabled = 0

    def ended(self, end: PushEnd) -> str:
        """Take in how one ended; return why the run is to be held, or nothing."""
        if end.hold or end.state is PushState.DEFERRED:
            return end.hold
        unreachable = end.state is PushState.FAILED and reason_kind(end.reason) in (SkipReason.UNREACHABLE, "gone")
        state = PushState.SKIPPED if unreachable else end.state
        if end.error is not None and end.error.code == "BotDisabledByAdmin":
            self._disabled += 1
            if self._disabled > self.DISABLED:
                return "an administrator has disabled the bot: BotDisabledByAdmin"
        self._latest.append(state)
        for bad in (PushState.UNKNOWN, PushState.FAILED):
            self._in_a_row[bad] = self._in_a_row.get(bad, 0) + 1 if state is bad else 0
        for bad, words in ((PushState.UNKNOWN, "with an unknown outcome"), (PushState.FAILED, "refused")):
            count = self._latest.count(bad) if state is bad else 0
            too_many = len(self._latest) == self.LATEST and count > self.SHARE * self.LATEST
            if self._in_a_row[bad] > self.IN_A_ROW:
                return f"{self._in_a_row[bad]} pushes in a row {words}: {end.reason}"
            if too_many:
                return f"{count} of the last {self.LATEST} pushes {words}: {end.reason}"
        return ""


@dataclass(frozen=True, slots=True)
class ClaimedPush:
    """A push that was committed as sending, and the message that says it."""

    bot: str
    event: InboundEvent
    push: PushDue
    row: OutboxRow
    at: datetime
    """When its consent was asked."""


_NOT_IN_TIME: Final = PushEnd(PushState.DEFERRED, Deferral.PASSING_FAULT, wait=_FIRST_WAIT)


@dataclass(slots=True)
class _Asked:
    """When the consent of a push was asked last, and what came of it."""

    at: datetime
    age: timedelta = timedelta()
    """Of the consent, when its last request was written."""
    begun: bool = False
    """A part of it is in the chat."""
    refused: PushEnd = _NOT_IN_TIME
    """What becomes of it, where it was withheld."""


class PushSender:
    """Sends claimed pushes. `replies` gets rows of the same conversation that may leave now."""

    def __init__(
        self,
        store: PushDeliveryStore,
        channels: Mapping[Route, Channel],
        *,
        clock: Clock,
        chance: Callable[[], float],
        sleep: Sleep = asyncio.sleep,
        retry_gateway: bool = False,
        replies: Callable[[Sequence[OutboxRow]], None] = lambda _: None,
        consent_age: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self._chance = chance
        self._sleep = sleep
        self._retry_gateway = retry_gateway
        self._replies = replies
        self._consent_age = consent_age
        self._held: set[PushKey] = set()
        self._lost: dict[PushKey, datetime | None] = {}
        """Claims whose answer was lost, and until when they are looked for; None: the store is not back yet."""

    @contextlib.contextmanager
    def holding(self, key: PushKey) -> Iterator[None]:
        """While it is entered, what a claim of this push decides is in these hands; after an error nobody knows."""
        self._held.add(key)
        try:
            yield
        except BaseException:
            self._lost[key] = None
            raise
        finally:
            self._held.discard(key)

    async def settle_lost(self) -> None:
        """Make unknown what was claimed without that being heard of: nothing else would end it. Raises StoreError."""
        for key, until in list(self._lost.items()):
            now = self._clock()
            if until is not None and until <= now:
                del self._lost[key]
            elif key not in self._held:
                bot, run, contact = key
                replies = await self._store.end_push(bot, PushRow(run, contact, PushState.UNKNOWN), own=True)
                self._lost[key] = until or now + _DOUBT
                if replies:
                    self._replies(replies)

    async def send(self, claimed: ClaimedPush) -> PushEnd:
        """Send a push and store what became of it. Once it has begun it is not given up: cancelling it makes it
        unknown at the next start, as a crash does.
        """
        channel = self._channels.get((claimed.bot, claimed.row.reference.channel))
        if channel is None:
            end = PushEnd(PushState.FAILED, f"channel {claimed.row.reference.channel} is not set up")
        else:
            end = await self._sent(channel, claimed)
        await self._keep(claimed, end)
        return end

    async def _sent(self, channel: Channel, claimed: ClaimedPush) -> PushEnd:
        try:
            payloads = channel.render(claimed.row.message, claimed.row.reference)
        except Exception:  # the outermost boundary of rendering
            log.exception("a push can't be rendered", bot=claimed.bot, run=claimed.push.push.run)
            return PushEnd(PushState.FAILED, "a fault of Assent kept it from being rendered; see the log")
        return await self._tried(channel, payloads, claimed, claimed.row.reference)

    async def _tried(
        self, channel: Channel, payloads: Sequence[WirePayload], claimed: ClaimedPush, reference: ConversationReference
    ) -> PushEnd:
        ids: list[str] = []
        asked = _Asked(claimed.at)
        for number, payload in enumerate(payloads):
            asked.begun = number > 0
            try:
                with asking(partial(self._ask, claimed, asked)):
                    await self._ask(claimed, asked)
                    delivered = await channel.deliver(payload, reference)
            except Withheld as error:
                return asked.refused if not number else self._after(error, claimed, tuple(ids), taken=number)
            except DeliveryError as error:
                return self._after(error, claimed, tuple(ids), taken=number)
            except Exception:  # the outermost boundary of a send
                log.exception("a push failed", bot=claimed.bot, run=claimed.push.push.run)
                return PushEnd(PushState.UNKNOWN, "a fault of Assent while sending; see the log", tuple(ids))
            finally:
                self._consent_age(asked.age.total_seconds())
            if delivered.channel_message_id:
                ids.append(delivered.channel_message_id)
            if delivered.reference is not None:
                await self._keep_reference(claimed, delivered.reference)
                reference = delivered.reference
        return PushEnd(PushState.SENT, ids=tuple(ids))

    async def _ask(self, claimed: ClaimedPush, asked: "_Asked") -> None:
        """Ask the questions of the claim again if they were asked too long ago. Raises Withheld where the answer is
        another one, or none comes in time.
        """
        now = self._clock()
        if now - asked.at > STALE:
            try:
                refused = await self._refused_now(claimed, now, begun=asked.begun)
            except StoreError as error:
                log.warning("consent can't be asked again", bot=claimed.bot, reason=str(error))
                refused = _NOT_IN_TIME
            if refused is not None or self._clock() - now > STALE:
                asked.refused = refused or _NOT_IN_TIME
                raise Withheld(asked.refused.reason)
            asked.at = now
        asked.age = self._clock() - asked.at

    def _after(self, error: DeliveryError, claimed: ClaimedPush, ids: tuple[str, ...], *, taken: int) -> PushEnd:
        end = end_of(error, retry_gateway=self._retry_gateway)
        if taken:  # a part of it is in the chat, so it is not begun anew
            return end._replace(state=PushState.UNKNOWN, reason="a part of it was sent", ids=ids, hold="")
        if end.state is not PushState.DEFERRED:
            return end
        attempt = claimed.push.push.attempt
        if attempt >= MAX_ATTEMPTS and not (end.hold or end.pause):
            return PushEnd(PushState.FAILED, f"given up after {attempt} attempts", error=error)
        wait = retry_after(attempt, _FIRST_WAIT, _LAST_WAIT) * self._chance()
        return end._replace(wait=max(wait, timedelta(seconds=end.asked or 0.5)))

    async def _refused_now(self, claimed: ClaimedPush, now: datetime, *, begun: bool) -> PushEnd | None:
        """Return what the questions of the claim make of it now. One that was begun is put off by nothing."""
        bot, push = claimed.bot, claimed.push
        loaded = await self._store.load(bot, claimed.event.reference, "")
        if not begun and not await self.runs(bot, push):
            return PushEnd(PushState.DEFERRED, Deferral.BUSY, wait=timedelta())
        used_at = loaded.lowered.get(push.subject)
        if used_at == whole_milliseconds(claimed.at):  # by the claim itself
            push = msgspec.structs.replace(push, facts=msgspec.structs.replace(push.facts, used=True))
        state = loaded.state
        person = PushedTo(
            loaded.memberships,
            known=loaded.contact is not None,
            unreachable=state.unreachable if state is not None else "",
            handed_over=state.handed_over if state is not None else False,
        )
        match may_push(push, person, now):
            case SkipPush(reason):
                return PushEnd(PushState.SKIPPED, reason)
            case DeferPush(until, why) if not begun:
                return PushEnd(PushState.DEFERRED, why, wait=until - now)
            case _:
                return None

    async def runs(self, bot: str, push: PushDue) -> bool:
        """Tell whether the run of a push runs as it did; a step has none."""
        if "/" in push.push.run:
            return True
        running = await self._store.runs(bot, states=[RunState.RUNNING], limit=1000)
        return any((run.id, status.epoch) == (push.push.run, push.epoch) for run, status in running)

    async def _keep(self, claimed: ClaimedPush, end: PushEnd) -> None:
        """Store what became of a push; where the store is away, until it can."""
        now = self._clock()
        row = PushRow(
            run=claimed.push.push.run,
            contact=claimed.row.contact,
            state=end.state,
            reason=end.reason,
            until=now + end.wait if end.wait is not None else None,
            sent_at=now if end.state in (PushState.SENT, PushState.UNKNOWN) else None,
            channel_message_ids=end.ids,
            subject=claimed.push.subject,
        )
        well = True
        while True:
            try:
                replies = await self._store.end_push(claimed.bot, row)
                await self._tell_address(claimed, end, now)
            except StoreError as error:
                if well:
                    log.warning("the end of a push can't be stored", bot=claimed.bot, run=row.run, reason=str(error))
                well = False
                await self._sleep(_AFTER_TROUBLE)
            else:
                if replies:
                    self._replies(replies)
                return

    async def _tell_address(self, claimed: ClaimedPush, end: PushEnd, at: datetime) -> None:
        error, conversation = end.error, claimed.row.conversation
        if isinstance(error, ContactUnreachable) or end.reason == "gone":
            drop = end.reason == "gone" or (error is not None and error.code == "ConversationBlockedByUser")
            reason, code = (error.reason, error.code) if error is not None else ("", "")
            await self._store.mark_unreachable(
                claimed.bot, conversation, reason, at, code=code or reason_kind(end.reason), drop=drop
            )
        elif end.state is PushState.SKIPPED and end.reason == SkipReason.OUTSIDE_WINDOW:
            await self._store.mark_outside_window(claimed.bot, conversation, at)

    async def _keep_reference(self, claimed: ClaimedPush, reference: ConversationReference) -> None:
        try:
            known = claimed.row.reference.conversation
            await self._store.keep_reference(claimed.bot, claimed.row.conversation, reference, instead_of=known)
        except StoreError as error:
            log.warning("a new conversation is not kept", bot=claimed.bot, reason=str(error))

"""Webhooks: other systems are told of consent changes and of what flows do, at least once, in order for each person.

What flows do is a row of work of the turn's commit. Consent changes come from the ledger itself, whoever wrote them: a
feed follows it, and the audit for who was erased, and adds a row for each hook that asks.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec
import structlog

from adapters.port import TurnAnswer
from audiences.hooks import rows_of
from flows.model.bot import CONSENT_EVENT
from messages.consent import LedgerRow
from messages.contact import FieldValue
from messages.effects import Notify, NotifyConsent
from messages.errors import StoreError
from messages.inbound import InboundEvent
from messages.settings import Hook
from runtime.clock import Clock, jitter, now
from runtime.delivery import Sleep
from runtime.metrics import Metrics
from runtime.outgoing import Outgoing, OutgoingError
from runtime.revisions import RevisionCache, usable_live
from runtime.tasks.effects import DoesWork, EffectWorker, GiveUp, TryAgain
from storage.port import Store
from storage.work import Work, WorkFeed, lane_of

log = structlog.get_logger("assent.hooks")

ERASE: Final = "erase"
"""The action of the audit row of somebody who was erased."""
_REFUSED: Final = frozenset({400, 410, 413, 422})
"""Statuses that no later attempt changes."""
_PAGE: Final = 1000
_LOOK_EVERY: Final = 1.0
_encode = msgspec.json.Encoder(order="deterministic").encode


def signature(secret: str, at: int, body: bytes) -> str:
    """Return the header `Assent-Signature`: HMAC-SHA256 over `<seconds since 1970>.<body>`."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class HookFeed:
    """Adds a row of work for each change of consent and each hook that asks for them."""

    def __init__(
        self,
        store: Store,
        revisions: RevisionCache,
        clock: Clock,
        *,
        bots: Callable[[], Iterable[str]],
        added: Callable[[], None] = lambda: None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._store = store
        self._revisions = revisions
        self._clock = clock
        self._bots = bots
        self._added = added
        self._sleep = sleep
        self._well = True

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            try:
                for bot in list(self._bots()):
                    while await self.follow(bot):
                        pass
                self._well = True
            except StoreError as error:
                if self._well:
                    log.warning("hooks wait for the store", reason=str(error))
                self._well = False
            await self._sleep(_LOOK_EVERY)

    async def follow(self, bot: str) -> bool:
        """Take in some of what is new; tell whether there may be more. A hook hears of what comes after it is live."""
        live = await usable_live(self._store, self._revisions, bot)
        hooks = (
            [name for name, hook in live.bot.hooks.items() if CONSENT_EVENT in hook.events] if live is not None else []
        )
        feed = await self._store.work_feed(bot)
        if not hooks:
            if feed.begun:
                await self._store.set_work_feed(bot, WorkFeed())
            return False
        page = await self._store.follow_memberships(bot, feed.position, limit=_PAGE)
        audit = await self._store.audit(bot, after=feed.audit, limit=_PAGE)
        more = page.more or len(audit) == _PAGE
        work: list[Work] = []
        if feed.begun:
            rows = await rows_of(self._store, bot, [row.sequence for row in page.rows])
            for hook in hooks:
                work += [self._row(bot, hook, row.change.contact, row.sequence) for row in rows]
                erased = [row for row in audit if row.action == ERASE]
                work += [self._row(bot, hook, row.target, 0, f"erased:{row.sequence}") for row in erased]
        if work:
            await self._store.add_work(bot, work)
            self._added()
        position = WorkFeed(page.position, audit[-1].sequence if audit else feed.audit, begun=feed.begun or not more)
        if position != feed:
            await self._store.set_work_feed(bot, position)
        return more

    def _row(self, bot: str, hook: str, contact: str, sequence: int, name: str = "") -> Work:
        effect = NotifyConsent(f"{bot}:{name or sequence}:{hook}", hook, sequence)
        now = self._clock()
        return Work(bot, effect, now, now, contact=contact, lane=lane_of(effect, contact))


class Hooks:
    """`runtime.tasks.effects.DoesWork` of what hooks are told."""

    has_outcome = False
    """Nothing waits: what is given up is for staff to see."""

    def __init__(self, store: Store, hooks: Mapping[str, Hook], outgoing: Outgoing, clock: Clock) -> None:
        self._store = store
        self._hooks = hooks
        self._outgoing = outgoing
        self._clock = clock

    def is_over(self, work: Work, now: datetime) -> bool:
        """Tell whether it is older than the hook's `max_age`."""
        hook = self._hooks.get(work.effect.hook) if isinstance(work.effect, Notify | NotifyConsent) else None
        return now - work.created_at > timedelta(seconds=(hook or Hook()).max_age)

    async def do(self, work: Work) -> Mapping[str, FieldValue] | None:
        """Post it. Raises TryAgain, and GiveUp for an answer that no later attempt changes."""
        assert isinstance(work.effect, Notify | NotifyConsent)  # noqa: S101  # the table says so
        hook = self._hooks.get(work.effect.hook, Hook())
        if not hook.url or not hook.secret:
            raise TryAgain(f"hooks.{work.effect.hook} has no url, or no secret, in the settings")
        body = _encode(
            {"id": work.id, "bot": work.bot, "hook": work.effect.hook, **await self._told(work, work.effect)}
        )
        headers = {
            "Idempotency-Key": work.id,
            "Assent-Signature": signature(hook.secret.reveal(), int(self._clock().timestamp()), body),
        }
        try:
            reply = await self._outgoing.post(
                hook.url, body, headers, seconds=hook.timeout, private=hook.private == "on"
            )
        except OutgoingError as error:
            raise TryAgain(str(error)) from error
        if 200 <= reply.status < 300:
            return None
        if reply.status in _REFUSED:
            raise GiveUp(f"answered {reply.status}")
        moved = ": redirects are not followed" if 300 <= reply.status < 400 else ""
        raise TryAgain(f"answered {reply.status}{moved}", after=reply.retry_after)

    async def _told(self, work: Work, effect: Notify | NotifyConsent) -> dict[str, object]:
        """Return what is said, with the memberships as they stand now: an older row never speaks for a newer one."""
        if isinstance(effect, Notify):
            facts: dict[str, object] = {"event": effect.event, "at": work.created_at, "data": effect.data}
        elif effect.sequence:
            facts = await self._change(work, effect.sequence)
        else:
            facts = {"event": "erased", "at": work.created_at}
        memberships = await self._store.memberships(work.bot, work.contact)
        newest = 0 if not work.contact else await self._newest(work)
        return {"contact": work.contact, **facts, "memberships": dict(sorted(memberships.items())), "as_of": newest}

    async def _change(self, work: Work, sequence: int) -> dict[str, object]:
        rows = await self._store.ledger(work.bot, after=sequence - 1, limit=1)
        if not rows or rows[0].sequence != sequence:
            raise GiveUp(f"the ledger has no row {sequence}")
        change = rows[0].change
        return {
            "event": CONSENT_EVENT, "at": change.at, "sequence": sequence, "subject": change.subject,
            "before": change.before, "after": change.after, "source": change.source,
        }  # fmt: skip

    async def _newest(self, work: Work) -> int:
        """Return the sequence of the person's last row: what `memberships` is as of."""
        last: LedgerRow | None = None
        after = 0
        while rows := await self._store.ledger(work.bot, contact=work.contact, after=after, limit=_PAGE):
            last, after = rows[-1], rows[-1].sequence
        return last.sequence if last is not None else 0


class Effects:
    """What does effects in a server: the worker, what each kind needs, and the feed of the hooks."""

    def __init__(
        self,
        store: Store,
        revisions: RevisionCache,
        handle: Callable[[str, InboundEvent], Awaitable[TurnAnswer]],
        hooks: Mapping[str, Hook],
        metrics: Metrics,
        bots: Callable[[], Iterable[str]],
    ) -> None:
        self._outgoing = Outgoing()
        told = Hooks(store, hooks, self._outgoing, now)
        kinds: Mapping[type, DoesWork] = {Notify: told, NotifyConsent: told}
        self.worker = EffectWorker(store, handle, kinds, clock=now, chance=jitter, metrics=metrics)
        self.feed = HookFeed(store, revisions, now, bots=bots, added=self.worker.wake)

    async def close(self) -> None:
        """Close the connections."""
        await self._outgoing.close()

"""Places of the accounts that pushes leave from: when it is a push's turn, at the pace that the store keeps."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Final

from messages.channels import KINDS
from messages.inbound import ConversationReference
from runtime.delivery import Sleep
from runtime.metrics import Metrics
from storage.pace import Limits, Pacing

SHARE: Final = 0.8
"""How much of what a channel takes is for pushes, where the settings don't say; the rest is left to replies."""

_RESERVED: Final = 10
"""Places that are reserved at once."""


class Places:
    """Places of accounts, reserved ahead; those that come too late are given up, and others reserved."""

    def __init__(
        self,
        store: Pacing,
        *,
        monotonic: Callable[[], float],
        sleep: Sleep,
        chance: Callable[[], float],
        metrics: Metrics,
    ) -> None:
        self._store = store
        self._monotonic = monotonic
        self._sleep = sleep
        self._chance = chance
        self._metrics = metrics
        self._reserved: defaultdict[str, deque[float]] = defaultdict(deque)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._debts: dict[str, int] = {}

    async def wait(self, reference: ConversationReference, limits: Limits) -> None:
        """Return when it is this push's turn; they go in the order in which they ask. Raises StoreError."""
        account = account_of(reference)
        self._debts.setdefault(account, 0)
        waiting = self._metrics.pace_waiting.labels(reference.channel, account)
        waiting.inc()
        try:
            async with self._locks[account]:
                while not await self._reached(account, limits):
                    await self._reserve(account, reference.channel, limits)
        finally:
            waiting.dec()

    async def _reached(self, account: str, limits: Limits) -> bool:
        """Wait for the next place that is reserved; False when there is none that is not too late."""
        reserved = self._reserved[account]
        while reserved:
            at = reserved[0]
            if (early := at - self._monotonic()) > 0:
                await self._sleep(early)
            if not reserved or reserved[0] != at:
                continue  # a pause took it back
            reserved.popleft()
            if self._monotonic() - at <= limits.lateness:
                return True
        return False

    async def _reserve(self, account: str, channel: str, limits: Limits) -> None:
        debts, self._debts[account] = self._debts[account], 0
        places = await self._store.reserve_places(account, limits, _RESERVED, debts)
        now = self._monotonic()
        self._reserved[account].extend(now + at for at in places.at)
        self._metrics.pace_rate.labels(channel, account).set(places.rate)
        if not places.at:
            await self._sleep(max(min(places.wait, 5.0), 0.01))

    async def pause(self, reference: ConversationReference, asked: float | None) -> None:
        """The channel asked for a pause."""
        account = account_of(reference)
        self._reserved[account].clear()
        await self._store.pause_account(account, asked, self._chance())

    def debit(self, reference: ConversationReference) -> None:
        """A reply left: it waits for no place, and takes one of those to come."""
        account = account_of(reference)
        if account in self._debts:
            self._debts[account] += 1


def account_of(reference: ConversationReference) -> str:
    """Return the account that a message leaves from: its pace is kept by that, whatever bots and servers use it."""
    return ":".join(filter(None, (reference.channel, reference.bot, reference.tenant)))


def limits_of(channel: str, rate: float, first_rate: float) -> Limits:
    """Return the pace of pushes over a channel; `rate` 0: what the channel takes, but for the share of replies."""
    own = next(kind.shows.rate for kind in KINDS if kind.name == channel)
    return Limits(min(rate or own * SHARE, 10_000.0), first_rate)

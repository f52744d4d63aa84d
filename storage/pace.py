"""How fast pushes leave through one channel account: the decision, apart from clocks and stores.

Places are given ahead, evenly spaced (GCRA: one time of arrival is kept, and nothing else grows). What of a second's
rate plus burst is not the rate is room for places that are used late: one that is later than `lateness` is given up, so
that no second ever has more than rate plus burst. The rate begins low, grows while the channel takes all, and is halved
when it asks for a pause. `storage/redis/lua/pace.lua` decides the same for many servers, on Redis' clock.
"""

import time
from typing import Final, NamedTuple, Protocol

MAX_AHEAD: Final = 1.0
"""Seconds: no place is given further ahead."""

MAX_LATE: Final = 0.25
"""Seconds: no place is used that much later than its time."""

BEGIN: Final = 20.0
"""Places a second at the beginning."""

GROWS_EVERY: Final = 10.0
GROWTH: Final = 1.1
"""After so many seconds without being asked to wait, the rate is multiplied by so much."""

FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 300.0
"""Seconds of a pause where the channel does not say how long: doubled with each in a row."""

SLOWEST: Final = 0.2


class Limits(NamedTuple):
    """What an account may send."""

    rate: float
    """Messages a second, at most, that are pushed."""
    begin: float = BEGIN
    """The rate of an account that is not known yet."""

    @property
    def burst(self) -> float:
        """How many more than the rate a single second may have."""
        return max(7.0, self.rate / 4)

    @property
    def lateness(self) -> float:
        """How late a place may be used, in seconds."""
        return min(MAX_LATE, (self.burst - 1) / self.rate)


class Pace(NamedTuple):
    """How an account stands; times in seconds of one clock. One that was never used is `Pace()`."""

    next_at: float = 0.0
    """When the next place is."""
    rate: float = 0.0
    """Places a second; 0: never used."""
    grown_at: float = 0.0
    closed_until: float = 0.0
    pauses: int = 0
    """How often in a row the channel asked for one."""


class Places(NamedTuple):
    """What was given: when each place is, in seconds from now. None: ask again in `wait` seconds."""

    at: tuple[float, ...]
    wait: float
    rate: float


def reserve(pace: Pace, now: float, limits: Limits, wanted: int, debts: int = 0) -> tuple[Pace, Places]:
    """Give up to `wanted` places. `debts`: replies that left without one since the last time."""
    pace = _grown(pace, now, limits)
    gap = 1 / pace.rate
    next_at = max(pace.next_at, now)
    next_at = min(next_at + debts * gap, max(next_at, now + MAX_AHEAD)) if debts else next_at
    if pace.closed_until > now:
        return pace._replace(next_at=next_at), Places((), pace.closed_until - now, pace.rate)
    given: list[float] = []
    while len(given) < wanted and next_at - now <= MAX_AHEAD:
        given.append(next_at - now)
        next_at += gap
    wait = 0.0 if given else next_at - now - MAX_AHEAD
    return pace._replace(next_at=next_at), Places(tuple(given), wait, pace.rate)


def _grown(pace: Pace, now: float, limits: Limits) -> Pace:
    rate, grown_at, pauses = min(pace.rate or limits.begin, limits.rate), pace.grown_at or now, pace.pauses
    if now - grown_at >= GROWS_EVERY and pace.closed_until <= now:
        rate, grown_at, pauses = min(limits.rate, rate * GROWTH), now, 0
    return pace._replace(rate=rate, grown_at=grown_at, pauses=pauses)


def pause(pace: Pace, now: float, asked: float | None, chance: float) -> Pace:
    """The channel asked for a pause of `asked` seconds; None: it did not say. Answers to what was on the way when it
    began only make it longer.
    """
    if pace.closed_until > now:
        return pace._replace(closed_until=max(pace.closed_until, now + (asked or 0.0)), grown_at=now)
    wait = asked if asked is not None else min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(pace.pauses, 10)) * (1 + chance)
    until = now + max(wait, 0.1)
    return Pace(max(pace.next_at, until), max(SLOWEST, (pace.rate or BEGIN) / 2), until, until, pace.pauses + 1)


class Pacing(Protocol):
    """One pace for an account, whatever number of servers push through it."""

    async def reserve_places(self, account: str, limits: Limits, wanted: int, debts: int = 0) -> Places:
        """Reserve places (`reserve`). Raises StoreError."""
        ...

    async def pause_account(self, account: str, asked: float | None, chance: float) -> None:
        """The channel asked an account for a pause (`pause`). Raises StoreError."""
        ...


class ProcessPacing:
    """`Pacing` where one server has the store."""

    _paces: dict[str, Pace]

    async def reserve_places(self, account: str, limits: Limits, wanted: int, debts: int = 0) -> Places:
        self._paces[account], places = reserve(
            self._paces.get(account, Pace()), time.monotonic(), limits, wanted, debts
        )
        return places

    async def pause_account(self, account: str, asked: float | None, chance: float) -> None:
        self._paces[account] = pause(self._paces.get(account, Pace()), time.monotonic(), asked, chance)

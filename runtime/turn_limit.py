"""The gate that turns pass: so many of a bot at once, in order within a conversation, none waited for without end."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Hashable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import structlog

from adapters.port import TurnAnswer
from messages.errors import AssentError
from messages.inbound import InboundEvent

log = structlog.get_logger("assent.turn")

Handle = Callable[[str, InboundEvent], Coroutine[Any, Any, TurnAnswer]]

_LAST_MOMENT = 0.2
"""Seconds for turns that were cancelled to notice."""


class Unavailable(AssentError):
    """The turn can't be taken now; the channel should send the event again after `retry_after` seconds."""

    def __init__(self, reason: str, retry_after: int = 5) -> None:
        self.retry_after = retry_after
        super().__init__(reason)


class Busy(Unavailable):
    """So many turns or requests of the bot are under way that no further one is taken."""


class TurnLimit:
    """Takes turns that channels ask for.

    Raises Unavailable when `max_turns` of one bot run, so that no bot's flood keeps another from being heard, and
    when a turn takes longer than `timeout` seconds. Such a turn goes on all the same, and counts until it
    ends: what it commits is whole, and its replies are sent. The channel repeats the event, which waits behind it and
    is known then, or is taken again if the turn failed.
    """

    def __init__(self, handle: Handle, *, max_turns: int, timeout: float) -> None:
        self._handle = handle
        self._max = max_turns
        self._timeout = timeout
        self._turns: set[asyncio.Task[TurnAnswer]] = set()
        self._of_bot: Counter[str] = Counter()
        self._requests: Counter[str] = Counter()
        self._awaited: dict[asyncio.Future[TurnAnswer], float] = {}
        """Until when each is waited for, the first first."""
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._turns)

    def check(self, bot: str) -> None:
        """Raise Busy when no further turn of this bot is taken."""
        if self._of_bot[bot] >= self._max:
            raise Busy("busy", retry_after=2)

    @contextmanager
    def request(self, bot: str) -> Iterator[None]:
        """Count a request of a bot from its body on until it is answered. Raises Busy when there are too many."""
        if self._requests[bot] >= self._max:
            raise Busy("busy", retry_after=2)
        self._requests[bot] += 1
        try:
            yield
        finally:
            self._requests[bot] -= 1

    async def take(self, bot: str, event: InboundEvent) -> TurnAnswer:
        """Take one event through a turn; return once it is durable. Raises what the turn raises, and Unavailable."""
        self.check(bot)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[TurnAnswer] = loop.create_future()
        turn = loop.create_task(self._handle(bot, event))
        self._turns.add(turn)
        self._of_bot[bot] += 1
        turn.add_done_callback(lambda turn: self._ended(bot, turn, answer))
        until = self._awaited[answer] = loop.time() + self._timeout
        if self._timer is None:
            self._timer = loop.call_at(until, self._give_up)
        try:
            return await answer
        finally:
            del self._awaited[answer]

    async def finish(self, within: float) -> None:
        """Let concurrent turns end; those that have not within so many seconds are cancelled."""
        if self._turns:
            await asyncio.wait(self._turns, timeout=within)
        if left := list(self._turns):
            log.warning("turns cancelled", turns=len(left))
            for turn in left:
                turn.cancel()
            await asyncio.wait(left, timeout=_LAST_MOMENT)

    def _ended(self, bot: str, turn: asyncio.Task[TurnAnswer], answer: asyncio.Future[TurnAnswer]) -> None:
        self._turns.discard(turn)
        self._of_bot[bot] -= 1
        error = None if turn.cancelled() else turn.exception()
        if answer.done():
            if not turn.cancelled():
                log.info("turn finished after its request timed out", reason=_reason(error))
        elif turn.cancelled():
            answer.cancel()
        elif error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(turn.result())

    def _give_up(self) -> None:
        """Wait no longer for turns that take too long."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._timer = None
        for answer, until in self._awaited.items():
            if until > now:
                self._timer = loop.call_at(until, self._give_up)
                return
            if not answer.done():
                answer.set_exception(Unavailable(f"the turn takes longer than {self._timeout:g} seconds"))


def _reason(error: BaseException | None) -> str:
    if error is None:
        return ""
    return str(error) if isinstance(error, AssentError) else repr(error)


_Tails = dict[Hashable, "asyncio.Future[None]"]


class Place:
    """A place in the queue of its key: entered once those before have left."""

    __slots__ = ("_before", "_key", "_mine", "_tails")

    def __init__(self, tails: _Tails, key: Hashable) -> None:
        self._tails = tails
        self._key = key
        self._before = tails.get(key)
        self._mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        tails[key] = self._mine

    async def __aenter__(self) -> None:
        if self._before is None:
            return
        try:
            await asyncio.shield(self._before)
        except asyncio.CancelledError:
            self._leave()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        mine = self._mine
        if self._before is not None and not self._before.done():
            self._before.add_done_callback(lambda _: mine.set_result(None))  # gave up waiting; the order stays
        else:
            mine.set_result(None)
        if self._tails.get(self._key) is mine:
            del self._tails[self._key]


class TurnQueue:
    """A queue for each key. A key that nobody waits for leaves nothing behind."""

    def __init__(self) -> None:
        self._tails: _Tails = {}

    def place(self, key: Hashable) -> Place:
        """Take the next place."""
        return Place(self._tails, key)

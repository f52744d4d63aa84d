"""A conversation with a flow in a store of its own: the real engine, worker and outbox, nothing kept."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Self

from adapters.terminal.channel import TerminalChannel, event, reference
from flows.engine.turn import conversation_key
from messages.effects import OutgoingMessage
from messages.inbound import Action
from runtime.clock import jitter, now
from runtime.metrics import Metrics
from runtime.outbox import OutboxSender
from runtime.publishing import Checked, push
from runtime.revisions import RevisionCache
from runtime.tasks.timers import TimerRunner
from runtime.turns import TurnWorker
from storage.records import Committed, JournalEntry
from storage.sqlite.store import SqliteStore

_YOU = "you"
_KEY = b"a key for one test chat"


class Scratch:
    """One person's conversation with one flow. `show` is called with each message that the bot sends.

    Its time is the clock's, and can be moved on to where a `wait` of the flow is over.
    """

    def __init__(self, flow: Checked, language: str, show: Callable[[OutgoingMessage], None]) -> None:
        self._flow = flow
        self._bot = flow.source.bot.bot
        self._language = language
        self._events = 0
        self._told = ""
        self._ahead = timedelta()
        metrics = Metrics()
        self._store = SqliteStore.in_memory()
        self._outbox = OutboxSender(
            self._store,
            {(self._bot, "terminal"): TerminalChannel(show)},
            clock=self._clock,
            metrics=metrics,
            chance=jitter,
        )
        self._worker = TurnWorker(
            self._store,
            RevisionCache(self._store),
            keys=[_KEY],
            clock=self._clock,
            metrics=metrics,
            committed=self._committed,
        )
        self._timers = TimerRunner(self._store, self._worker.handle, self._clock)

    def _clock(self) -> datetime:
        return now() + self._ahead

    def _committed(self, done: Committed) -> None:
        self._outbox.add(done.outbox)

    async def open(self) -> Self:
        """Make the flow live in the store of its own."""
        await self._store.open()
        await push(self._store, self._flow, author=_YOU, at=now(), note="test chat", expected_live=0)
        return self

    async def close(self) -> None:
        """Throw everything away."""
        await self._outbox.close(grace=0)
        await self._store.close()

    async def act(self, action: Action) -> Sequence[JournalEntry]:
        """Do something as the person; return the turns that came of it, once their messages were shown."""
        self._events += 1
        await self._worker.handle(self._bot, event(action, self._events, _YOU, self._language, self._clock()))
        return await self._new_turns()

    async def wait_left(self) -> timedelta | None:
        """Return how long the flow's next `wait` still takes; None when it waits for nothing but the person."""
        due = await self._store.next_timer()
        return None if due is None else max(due - self._clock(), timedelta())

    async def go_on(self) -> Sequence[JournalEntry]:
        """End the next `wait`, moving the time on if it is not over; return the turns that came of it."""
        self._ahead += await self.wait_left() or timedelta()
        await self._timers.fire_due()
        return await self._new_turns()

    async def asks(self) -> bool:
        """Tell whether a question of the flow is open."""
        found = await self._store.conversation(self._bot, conversation_key(reference(_YOU)))
        return found is not None and found.state.run is not None and found.state.run.asked

    async def _new_turns(self) -> Sequence[JournalEntry]:
        await self._outbox.idle()
        entries = await self._store.journal(self._bot, conversation_key(reference(_YOU)), after=self._told)
        if entries:
            self._told = entries[-1].turn
        return entries

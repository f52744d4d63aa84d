"""A worker on a real store, without HTTP and channels."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from flows.engine.turn import conversation_key
from messages.effects import OutgoingText
from messages.inbound import Action, ButtonPressed, ConversationReference, InboundEvent, Sender, TextReceived
from runtime.metrics import Metrics
from runtime.revisions import RevisionCache
from runtime.tasks.timers import TimerRunner
from runtime.turns import TurnWorker
from storage.records import JournalEntry, OutboxRow
from storage.sqlite.store import SqliteStore
from tests.runtime.harness import FLOW, KEY
from tests.runtime.outbox_house import Timeline


class Scene:
    """People talk to `demo`; what it says is kept in `said`."""

    def __init__(self, store: SqliteStore, revisions: RevisionCache | None = None) -> None:
        self.store = store
        self.clock = Timeline()
        self.metrics = Metrics()
        self.revisions = revisions or RevisionCache(store)
        self.said: list[str] = []
        self.spoke = asyncio.Event()
        """Set whenever something was said."""
        self.took: Callable[[JournalEntry], None] = lambda _: None
        """Hears of each turn."""
        self.worker = TurnWorker(
            store,
            self.revisions,
            keys=[KEY.encode()],
            clock=self.clock,
            metrics=self.metrics,
            replies=self._replied,
            timer_started=self._timer_started,
            took=self._heard,
        )
        self.timers = TimerRunner(store, self.worker.handle, self.clock)
        self._events = 0

    def _replied(self, rows: Sequence[OutboxRow]) -> None:
        parts = [part for row in rows for part in row.message.parts]
        self.spoke.set()
        self.said += [part.text for part in parts if isinstance(part, OutgoingText)]

    def _heard(self, entry: JournalEntry) -> None:
        self.took(entry)

    def _timer_started(self) -> None:
        self.timers.wake()

    async def push(self, source: str = FLOW, at: datetime | None = None) -> int:
        live = await self.store.live("demo")
        number = live.number if live else 0
        info = await self.store.push("demo", source, author="ana", at=at or self.clock(), expected_live=number)
        return info.number

    def event(self, action: Action, user: str = "ana", event_id: str = "") -> InboundEvent:
        self._events += 1
        reference = ConversationReference(channel="teams", conversation=f"a:{user}", user=user)
        return InboundEvent(event_id or f"e{self._events}", reference, Sender(user), action, sent_at=self.clock())

    async def says(self, text: str, user: str = "ana", event_id: str = "") -> None:
        await self.worker.handle("demo", self.event(TextReceived(text), user, event_id))

    async def presses(self, pressed: str, user: str = "ana") -> None:
        await self.worker.handle("demo", self.event(ButtonPressed(pressed), user))

    async def journal(self, user: str = "ana") -> Sequence[JournalEntry]:
        reference = ConversationReference(channel="teams", conversation=f"a:{user}", user=user)
        return await self.store.journal("demo", conversation_key(reference))

    def counted(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

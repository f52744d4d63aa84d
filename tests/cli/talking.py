"""Conversations in a store file, as a server leaves them: the real worker, replies marked as a channel would."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Self

import msgspec

from messages.inbound import Action, ConversationReference, InboundEvent, Sender
from publishing.flows import checked
from runtime.clock import now
from runtime.metrics import Metrics
from runtime.revisions import RevisionCache
from runtime.turns import TurnWorker
from storage.records import DeliveryStatus, OutboxRow
from storage.sqlite.store import SqliteStore
from tests.cli.running import SMALL

KEY = b"a key for the tests alone"


class Talk:
    """A store in `folder/assent.db` with a flow live, by default the small one; use it as a context manager."""

    def __init__(self, folder: Path, flow: str = SMALL) -> None:
        self.flow_text = flow
        self.store = SqliteStore(folder / "assent.db")
        self._events = 0
        self._rows: list[OutboxRow] = []

    async def __aenter__(self) -> Self:
        await self.store.open()
        flow = checked(self.flow_text.replace("LABEL", "Yes please"), "small.yaml")
        if await self.store.live("small") is None:
            await self.store.push("small", flow.source.text, author="ana", at=now(), expected_live=0)
        self._worker = TurnWorker(
            self.store,
            RevisionCache(self.store),
            keys=[KEY],
            clock=now,
            metrics=Metrics(),
            replies=self._replied,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.store.close()

    def _replied(self, rows: Sequence[OutboxRow]) -> None:
        self._rows += rows

    async def act(
        self,
        action: Action,
        *,
        user: str = "ana",
        status: DeliveryStatus = DeliveryStatus.DELIVERED,
        reason: str = "",
        sent_at: datetime | None = None,
    ) -> Sequence[OutboxRow]:
        """Do something as `user`, at a time if one is given; the replies end as `status`."""
        self._events += 1
        self._rows.clear()
        event = InboundEvent(
            event_id=f"e{self._events} {now()}",
            reference=ConversationReference(channel="teams", conversation=f"a:{user}", user=f"29:{user}"),
            sender=Sender(user=f"29:{user}", name=user.title(), locale="en"),
            action=action,
            sent_at=sent_at,
        )
        await self._worker.handle("small", event)
        for row in self._rows:
            at = now() if status is DeliveryStatus.DELIVERED else None
            marked = {"status": status, "reason": reason, "attempts": 1, "delivered_at": at}
            await self.store.record_delivery(_with(row, marked))
        return tuple(self._rows)


def _with(row: OutboxRow, changes: dict[str, object]) -> OutboxRow:
    return msgspec.structs.replace(row, **changes)

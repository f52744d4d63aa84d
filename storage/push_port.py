"""The store, as what sends pushes knows it: broadcasts, runs, and one push to one person.

The claim of a push is the commit of its turn (`storage.port.Turns.commit` of an event `PushDue`). It compares, in the
same transaction as everything else it writes: that the run is running under the event's epoch (else RunStopped); that
the push waits, or is deferred and comes up, and this is its next attempt, and that nobody has it of its family already
(else AlreadySeen); that all memberships are those that were decided on (else StaleVersion); and, where it sends, that
nothing waits in the conversation (else ConversationBusy). It writes the push with its counters: sending beside the row
of the outbox (`OutgoingMessage.push`), or skipped, or deferred.

A push that was claimed is sent at most once. One that was sending when its server went becomes unknown, and its row
leaves the outbox: when the next server takes the lease of a file, or takes over what the other one left in Redis.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from messages.pushes import PushState, RunState
from storage.push_records import BroadcastRecord, PushedLately, PushRow, RunRecord, RunStatus, Slice
from storage.records import OutboxRow

PUSHES: Final = 4
"""From these forms on (`storage.port.FORMS`) a server knows the push of another one that is gone: one of a version
before would send it again, as a reply.
"""


class Broadcasts(Protocol):
    """What is to be sent."""

    async def save_broadcast(self, broadcast: BroadcastRecord) -> BroadcastRecord:
        """Keep a new one, or replace the one whose version is `broadcast.version`. Raises StaleVersion otherwise."""
        ...

    async def broadcast(self, bot: str, broadcast: str) -> BroadcastRecord | None: ...

    async def broadcasts(self, bot: str) -> Sequence[BroadcastRecord]:
        """All that are not archived, by id."""
        ...


class Runs(Protocol):
    """Sendings of broadcasts."""

    async def add_run(self, run: RunRecord, state: RunState, *, reason: str = "") -> RunRecord:
        """Keep a run. If the broadcast has one of that occurrence, that one is returned and nothing is kept.

        The buckets and those skipped from the start make up the audience, and have nobody in common.
        """
        ...

    async def run(self, bot: str, run: str) -> tuple[RunRecord, RunStatus] | None: ...

    async def runs(
        self, bot: str, *, broadcast: str = "", states: Sequence[RunState] = (), before: str = "", limit: int = 100
    ) -> Sequence[tuple[RunRecord, RunStatus]]:
        """The newest first, without audiences and buckets; `before` is a run id, `states`: in one of these."""
        ...

    async def change_run(
        self,
        bot: str,
        run: str,
        state: RunState,
        *,
        among: Sequence[RunState],
        at: datetime,
        by: str,
        reason: str = "",
    ) -> RunStatus:
        """Bring a run that is in one of the states `among` into another one, under the next epoch.

        Once it has returned, no claim of an earlier epoch is committed by any worker. Cancelled or expired: whoever
        waits or is deferred is skipped for that reason, without a row if they had none. Raises StaleVersion when it is
        in none of `among`, and when it is to be finished while somebody waits, is deferred or sending.
        """
        ...

    async def take_slice(self, worker: str, now: datetime, leased_until: datetime) -> Slice | None:
        """Take people of a running run who are due: of the run that was looked at longest ago first.

        Those who are deferred and come up go first. None: there is nothing to do now. A slice that is neither ended nor
        renewed is another worker's after its lease.
        """
        ...

    async def renew_slice(self, worker: str, piece: Slice, leased_until: datetime) -> bool:
        """Keep a slice for longer; False when it is another worker's, or its run was stopped."""
        ...

    async def end_slice(self, worker: str, piece: Slice) -> None:
        """Let go of a slice. Those of its people who have no push yet are taken by whoever comes next."""
        ...

    async def next_push(self) -> datetime | None:
        """When the next people of any running run are due, a deferred push comes up, or the lease of a slice ends."""
        ...


class Pushes(Protocol):
    """Messages of runs, and of steps, to people."""

    async def record_push(self, bot: str, row: PushRow) -> bool:
        """Skip or defer a push without a turn: there is no conversation to take it in, or it is busy.

        `row.attempts` stays what is stored. False, and nothing is written, when it neither waits nor is deferred, or
        its run is over.
        """
        ...

    async def end_push(self, bot: str, row: PushRow, *, own: bool = False) -> Sequence[OutboxRow]:
        """Store what became of a push that was sending, with its counters, and take its message out of the outbox:
        sent, failed, unknown, skipped, or deferred: to be claimed again. One that is unknown may
        still become sent, as by an echo that names it.

        A push that is neither stays as it is. Where the run was cancelled or expired meanwhile, deferred is skipped.
        `own`: nothing is changed unless it is sending, and this server claimed it.
        Returns rows of the same conversation that are this server's to send now (`Outbox.record_delivery`).
        """
        ...

    async def receive_receipt(
        self,
        bot: str,
        conversation: str,
        state: PushState,
        at: datetime,
        *,
        up_to: datetime | None = None,
        ids: Sequence[str] = (),
    ) -> int:
        """Take in that the channel told of pushes in a conversation: delivered or read; return how many that
        changes. Named by the channel's ids, or all that were sent up to a moment. None goes back.
        """
        ...

    async def pushes(
        self,
        bot: str,
        *,
        run: str = "",
        contact: str = "",
        states: Sequence[PushState] = (),
        reason: str = "",
        after: int = 0,
        limit: int = 1000,
    ) -> Sequence[PushRow]:
        """Rows of a run by number of the contact (`after` is one), or of a contact and of those it took over, the
        latest first. `reason`: of that kind. Whoever waits, or was skipped from the start or without a row, is not
        among them.
        """
        ...

    async def pushed(
        self, bot: str, numbers: Sequence[int], family: str, since: datetime
    ) -> Mapping[int, PushedLately]:
        """Return for people what bears on another push to them; those whom nothing bears on are left out."""
        ...

    async def send_again(self, bot: str, run: str, states: Sequence[PushState], *, at: datetime) -> int:
        """Let pushes of a run that failed, or are unknown, be sent again from `at` on; return how many.

        They are deferred (`Deferral.AGAIN`). The run goes on if it runs; bring it back with `change_run` if it is over.
        """
        ...


class PushStore(Broadcasts, Runs, Pushes, Protocol):
    """All that sending adds to the port."""

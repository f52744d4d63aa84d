"""The store, as what sends pushes knows it: broadcasts, runs, and one push to one person.

The claim of a push is the commit of its turn (`storage.port.Turns.commit` of an event `PushDue`). It compares, in the
same transaction as everything else it writes: that the run is running under the event's epoch; that the push waits, or
is deferred and comes up, and has no attempt of that number; that the memberships of its subject and of everything are
those that were decided on; and that no reply waits in the conversation. It writes the push with its counters: sending
beside the row of the outbox, or skipped, or deferred.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from messages.pushes import PushState, RunState
from storage.push_records import BroadcastRecord, PushedLately, PushRow, RunRecord, RunStatus, Slice


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
        """Keep a run. If the broadcast has one of that occurrence, that one is returned and nothing is kept."""
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
        waits or is deferred is skipped for that reason. Raises StaleVersion when it is in none of them.
        """
        ...

    async def take_slice(self, worker: str, now: datetime, leased_until: datetime) -> Slice | None:
        """Take people of a running run who are due: of the run that was looked at longest ago first.

        None: there is nothing to do now. A slice that is neither ended nor renewed is another worker's after its lease.
        """
        ...

    async def end_slice(self, worker: str, piece: Slice) -> None:
        """All people of a slice have a push now."""
        ...

    async def come_up(self, bot: str, run: str, now: datetime, *, limit: int = 1000) -> Sequence[PushRow]:
        """Deferred pushes whose time has come, the earliest first."""
        ...

    async def next_push(self, now: datetime) -> datetime | None:
        """When the next people of any running run are due, or a deferred push comes up."""
        ...


class Pushes(Protocol):
    """Messages of runs, and of steps, to people."""

    async def defer_push(self, bot: str, row: PushRow) -> None:
        """Put a push off that was not taken through its turn; one that neither waits nor is deferred stays as it is."""
        ...

    async def end_push(self, bot: str, row: PushRow) -> None:
        """Store what became of a push that was sending, with its counters, and take its row out of the outbox: sent,
        failed, unknown, or deferred again. By a receipt: delivered or read, of one that is sent or unknown. Never back.
        """
        ...

    async def settle_pushes(self, bot: str, now: datetime) -> int:
        """Make unknown what was sending by a worker that is gone; return how many."""
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
        """Rows of a run by number of the contact (`after` is one), or of a contact, the latest first."""
        ...

    async def pushed(
        self, bot: str, numbers: Sequence[int], family: str, since: datetime
    ) -> Mapping[int, PushedLately]:
        """Return for people what bears on another push to them; those whom nothing bears on are left out."""
        ...

    async def send_again(self, bot: str, run: str, states: Sequence[PushState], *, at: datetime) -> int:
        """Let pushes of a run that failed, or are unknown, wait again; return how many."""
        ...


class PushStore(Broadcasts, Runs, Pushes, Protocol):
    """All that sending adds to the port."""

"""Broadcasts, runs that are over and pushes, as a copy of a store takes them along."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from messages.errors import BadInput
from messages.pushes import OVER, PushState, RunState
from storage.push_port import PushStore
from storage.push_records import BroadcastRecord, PushRow, RunRecord


class CopiedRun(msgspec.Struct, frozen=True):
    """A run that is over, or a step of a sequence, without those it was for: their numbers are the source's own."""

    run: RunRecord
    state: str
    """'' for a step."""
    epoch: int
    reason: str
    changed_at: datetime | None
    changed_by: str
    counts: tuple[tuple[PushState, str, int], ...]


class CopiedPush(msgspec.Struct, frozen=True):
    """A push without the number of its contact, which is the source's own."""

    row: PushRow


class PushSource(PushStore, Protocol):
    """A store that is copied."""

    async def all_broadcasts(self, bot: str) -> Sequence[BroadcastRecord]:
        """Archived ones too, by id."""
        ...

    async def all_runs(self, bot: str) -> Sequence[CopiedRun]:
        """Runs in the order in which they were added, then steps by name."""
        ...


async def _broadcasts(source: PushSource, bot: str, after: str, limit: int) -> tuple[Sequence[Any], str]:
    found = [one for one in await source.all_broadcasts(bot) if one.id > after][:limit]
    return found, found[-1].id if len(found) == limit else ""


async def _runs(source: PushSource, bot: str, after: str, limit: int) -> tuple[Sequence[Any], str]:
    start = int(after or 0)
    found = list(await source.all_runs(bot))[start : start + limit]
    for one in found:
        if one.state and RunState(one.state) not in OVER:
            raise BadInput(
                f"run {one.run.id} of bot {bot} is {one.state}",
                place="from",
                remedy="Wait until it is over, or cancel it (assent broadcast cancel); then copy",
            )
        if any(state is PushState.SENDING for state, _, _ in one.counts):
            raise BadInput(
                f"pushes of {one.run.id} of bot {bot} were on their way when the last server ended",
                place="from",
                remedy="Start a server there once, which makes them unknown; then copy",
            )
    return found, str(start + limit) if len(found) == limit else ""


async def _pushes(source: PushSource, bot: str, after: str, limit: int) -> tuple[Sequence[Any], str]:
    at, _, last = after.partition(" ")
    found: list[CopiedPush] = []
    for place, one in list(enumerate(await source.all_runs(bot)))[int(at or 0) :]:
        number = int(last) if last and place == int(at) else 0
        rows = await source.pushes(bot, run=one.run.id, after=number, limit=limit - len(found))
        found += [CopiedPush(msgspec.structs.replace(row, number=0)) for row in rows]
        if len(found) == limit:
            return found, f"{place} {rows[-1].number if rows else number}"
    return found, ""


COPIED_PUSHES: Mapping[str, Callable[[PushSource, str, str, int], Awaitable[tuple[Sequence[Any], str]]]] = {
    "broadcasts": _broadcasts,
    "runs": _runs,
    "pushes": _pushes,
}
"""By kind (`storage.transfer.Kind`): records from a place on, and where the next page begins. Raises BadInput."""

"""Running recordings of a store again, with progress: what `assent replay` and `assent flow push --preview` share."""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime

from cli.preview_feed import people_of
from cli.progress import progress
from cli.replay_feed import candidate_of
from cli.replay_report import Tally
from flows.compile import compiled
from flows.finding import FlowInvalid
from messages.errors import BadInput
from replay.preview_pool import Material, PersonPreviewed, check_chunk, over_all, over_people
from replay.recorded import sources_of
from replay.rerun import Checked
from replay.summary import Totals
from runtime.clock import now
from storage.audience_records import SegmentKind
from storage.port import Store
from storage.records import RecordedTurn

_FEW, _FEW_TURNS = 200, 2_000
"""Conversations and turns for which starting processes would take longer than running them."""


def cores() -> int:
    """Return how many processes a replay uses when nothing else is said."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


async def check(
    chunks: AsyncIterator[Sequence[RecordedTurn]], material: Material, jobs: int, found: Callable[[Checked], None]
) -> Tally:
    """Run turns again; `found` hears of the first of each conversation that is not the same."""
    tally = Tally()
    with progress("replaying") as advance:
        async for result in over_all(check_chunk, chunks, material, jobs):
            tally.turns += result.turns
            advance(result.turns)
            for each in result.found:
                if tally.first(each):
                    found(each)
    return tally


async def preview_material(
    store: Store, bot: str, against: str, since: datetime | None, *, masked: bool = True
) -> Material:
    """Return what a preview on the draft, or on an older revision, is made with. Raises BadInput."""
    sources = await sources_of(store, bot)
    candidate = await candidate_of(store, bot, against, sources)
    try:
        compiled(bot, candidate)
    except FlowInvalid as invalid:
        raise BadInput(
            f"{against} has errors", place="--against", remedy="See them with assent flow check FILE"
        ) from invalid
    filters = {each.id: each.filter for each in await store.segments(bot) if each.kind is SegmentKind.FILTER}
    return Material(bot, sources, candidate, now(), since, filters=filters, masked=masked)


async def preview(
    store: Store, bot: str, against: str, since: datetime | None, jobs: int, *, masked: bool = True
) -> Totals:
    """Live the recorded conversations again on the draft, or on an older revision. Raises BadInput."""
    material = await preview_material(store, bot, against, since, masked=masked)
    totals = Totals()
    with progress(f"previewing {against}") as advance:

        def found(person: PersonPreviewed) -> None:
            advance(person.turns)
            totals.add(person)

        jobs = 1 if await _is_small(store, bot) else jobs
        await over_people(people_of(store, bot, since), material, jobs, found)
    return totals


async def _is_small(store: Store, bot: str) -> bool:
    """Tell whether all conversations of a bot have so few turns that processes would not begin before the end."""
    summaries = await store.conversations(bot, limit=_FEW)
    return len(summaries) < _FEW and sum(summary.turns for summary in summaries) < _FEW_TURNS

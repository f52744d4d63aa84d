"""Running recordings of a store again, with progress: what `assent replay` and `assent flow push --preview` share."""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime

from cli.progress import progress
from cli.replay_feed import candidate_of, people_of, sources_of
from cli.replay_report import Tally
from flows.finding import FlowInvalid
from messages.errors import BadInput
from replay.pool import Material, check_chunk, over_all, preview_people
from replay.preview import Totals
from replay.reading import Unreadable
from replay.rerun import Checked
from replay.revisions import compiled
from runtime.clock import now
from storage.audience_records import SegmentKind
from storage.port import Store
from storage.records import RecordedTurn

_FEW = 2_000
"""Turns for which starting processes would take longer than running them."""


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


async def preview(
    store: Store, bot: str, against: str, since: datetime | None, jobs: int
) -> tuple[Totals, Sequence[Unreadable]]:
    """Live the recorded conversations again on the draft, or on an older revision. Raises BadInput."""
    sources = await sources_of(store, bot)
    candidate = await candidate_of(store, bot, against, sources)
    try:
        compiled(bot, candidate)
    except FlowInvalid as invalid:
        raise BadInput(
            f"{against} has errors", place="--against", remedy="See them with assent flow check FILE"
        ) from invalid
    totals, unreadable = Totals(), list[Unreadable]()
    filters = {each.id: each.filter for each in await store.segments(bot) if each.kind is SegmentKind.FILTER}
    material = Material(bot, sources, candidate, now(), since, filters=filters)
    with progress(f"previewing {against}") as advance:
        async for people in over_all(preview_people, people_of(store, bot, since), material, jobs):
            for person in people:
                unreadable += person.unreadable
                if person.previewed is not None:
                    totals.add(person.previewed)
                    advance(person.previewed.turns)
    return totals, unreadable

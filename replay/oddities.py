"""What is odd about a recorded turn that can be read."""

from collections.abc import Container
from datetime import datetime

from flows.engine.take_turn import why_not_known
from storage.records import JournalEntry


def oddities(entry: JournalEntry, before: datetime | None, revisions: Container[int] | None) -> list[str]:
    """Say what is odd about a turn. `before`: when the turn before it was; `revisions`: those there are, if known."""
    found: list[str] = []
    if before is not None and entry.at < before:
        found.append(f"the clock went backwards here: the turn before was at {before:%Y-%m-%d %H:%M:%S}")
    if entry.erased:
        return found
    if entry.erased_in_part:
        found.append("erased in part: somebody whose words it had was erased")
    if problem := why_not_known(entry.outcome.rules):
        found.append(problem)
    if revisions is not None and entry.outcome.revision not in revisions:
        found.append(f"revision {entry.outcome.revision}, which this turn was taken on, is missing")
    return found

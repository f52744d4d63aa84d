"""What the rows of an import come to, the same in every store, and its file in parts of one size."""

from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

import msgspec

from consent.membership import Refusal
from messages.addresses import Handle
from messages.import_rows import Outcome, Reason
from storage.audience_records import Changed, FailedRow, ImportJob, ImportRow, ImportState, ImportStep, StaffOutcome
from storage.erase import handles_in, names_one_of

CHUNK = 1 << 18
"""Bytes."""


async def in_chunks(file: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yield a file in parts of `CHUNK` bytes; the last may be shorter."""
    gathered = bytearray()
    async for part in file:
        gathered += part
        while len(gathered) >= CHUNK:
            yield bytes(gathered[:CHUNK])
            del gathered[:CHUNK]
    if gathered:
        yield bytes(gathered)


_REASONS: Mapping[StaffOutcome, tuple[Reason, str]] = {
    Refusal.OPTED_OUT: (Reason.OPTED_OUT, ""),
    Refusal.SUPPRESSED: (Reason.OPTED_OUT, "of everything"),
    Refusal.SINCE: (Reason.SINCE, ""),
    Changed.UNKNOWN: (Reason.UNKNOWN, ""),
    Changed.ERASED: (Reason.ERASED, ""),
}


class Settled(NamedTuple):
    """What the rows of a step come to."""

    failed: Sequence[FailedRow]
    waiting: Sequence[ImportRow]
    added: int
    unchanged: int
    changed: int = 0


_WHO, _WHICH = itemgetter(2), itemgetter(0)
"""Person and line of an `ImportRow`."""


def people_of(rows: Sequence[ImportRow]) -> dict[int, int]:
    """Return the people whom rows name, each with the first line that does, in order of their numbers."""
    plain = [row for row in rows if row.person and row.reason is None and not row.waits]
    lines = dict(zip(map(_WHO, reversed(plain)), map(_WHICH, reversed(plain)), strict=True))
    return dict(sorted(lines.items()))


def settled(rows: Sequence[ImportRow], lines: Mapping[int, int], outcomes: Mapping[int, StaffOutcome]) -> Settled:
    """Return what rows come to. `lines` is what `people_of` says; `outcomes` are by the number of the person.

    A dry run has rows whose outcome is known before: of people who would be made, who have no number, and of those whom
    a row before these would have added.
    """
    failed = [FailedRow(row.line, row.value, row.reason, row.detail) for row in rows if row.reason is not None]
    waiting = [row for row in rows if row.waits]
    counts = Counter(outcomes.values())
    refused = counts.keys() & _REASONS.keys()
    if refused or len(lines) + len(failed) + len(waiting) < len(rows):
        for row in rows:
            if row.person and row.reason is None and not row.waits:
                failed += _why(row, lines[row.person], outcomes[row.person])
    added = counts[Changed.CHANGED] + sum(row.outcome is Outcome.ADDED for row in rows)
    added -= sum(row.outcome is Outcome.UNCHANGED and outcomes.get(row.person) is Changed.CHANGED for row in rows)
    return Settled(failed, waiting, added, len(rows) - len(failed) - len(waiting) - added)


def settled_contacts(rows: Sequence[ImportRow]) -> Settled:
    """Return what rows of a file of contacts come to, whose contacts were kept."""
    failed = [FailedRow(row.line, row.value, row.reason, row.detail) for row in rows if row.reason is not None]
    counts = Counter(row.outcome for row in rows if row.reason is None)
    return Settled(failed, (), counts[Outcome.ADDED], counts[Outcome.UNCHANGED], counts[Outcome.CHANGED])


def named(result: Settled) -> Iterator[Handle]:
    """Yield the handles by which rows that are kept name people."""
    for failed in result.failed:
        yield from handles_in(failed.value)
    for waiting in result.waiting:
        yield from handles_in(waiting.value)


def without_erased(result: Settled, erased: Collection[Handle]) -> Settled:
    """Return the result with nothing in it that names somebody who was erased: such a row fails, without its value."""
    if not erased:
        return result
    failed = [
        FailedRow(row.line, "", Reason.ERASED) if names_one_of(row.value, erased) else row for row in result.failed
    ]
    theirs = [row for row in result.waiting if names_one_of(row.value, erased)]
    failed += [FailedRow(row.line, "", Reason.ERASED) for row in theirs]
    return result._replace(failed=failed, waiting=[row for row in result.waiting if row not in theirs])


def _why(row: ImportRow, first: int, outcome: StaffOutcome) -> Iterator[FailedRow]:
    """Yield why a row that names somebody failed, if it did."""
    if first != row.line:
        yield FailedRow(row.line, row.value, Reason.DUPLICATE, f"of line {first}")
    elif outcome in _REASONS:
        reason, detail = _REASONS[outcome]
        yield FailedRow(row.line, row.value, reason, detail)


def counted(job: ImportJob, step: ImportStep, result: Settled, *, done: int) -> ImportJob:
    """Return the job with the rows of a step counted in; `done` of them are new, the others waited."""
    return msgspec.structs.replace(
        job,
        done=job.done + done,
        added=job.added + result.added,
        changed=job.changed + result.changed,
        unchanged=job.unchanged + result.unchanged,
        failed=job.failed + len(result.failed),
        looking_up=job.looking_up + len(result.waiting),
        leased_until=step.leased_until,
    )


def ended(job: ImportJob, at: datetime, *, failed: str = "", cancelled: bool = False) -> ImportJob:
    """Return the job as it is once it ended: failed for a reason, cancelled, or completed."""
    if failed:
        state = ImportState.FAILED
    elif cancelled:
        state = ImportState.CANCELLED
    else:
        state = ImportState.COMPLETED_WITH_ERRORS if job.failed else ImportState.COMPLETED
    return msgspec.structs.replace(
        job, state=state, ended_at=at, reason=failed, worker="", leased_until=None, looking_up=0
    )


def progressed(job: ImportJob, leased_until: datetime, *, total: int | None, done: int | None) -> ImportJob:
    """Return the job with its lease renewed, and how many rows there are and are done, as far as that is said."""
    return msgspec.structs.replace(
        job,
        leased_until=leased_until,
        total=job.total if total is None else total,
        done=job.done if done is None else done,
    )


def nobody_has(job: ImportJob, at: datetime) -> bool:
    """Tell whether a job that has not ended is nobody's: queued, or left by its worker."""
    is_left = job.state is ImportState.RUNNING and job.leased_until is not None and job.leased_until < at
    return job.state is ImportState.QUEUED or is_left

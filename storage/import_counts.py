"""What the rows of an import come to: the same in every store."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from messages.import_rows import Reason
from segments.membership import Refusal
from storage.audience_records import Changed, ImportJob, ImportRow, ImportState, ImportStep, StaffOutcome

_REASONS: Mapping[StaffOutcome, tuple[Reason, str]] = {
    Refusal.OPTED_OUT: (Reason.OPTED_OUT, ""),
    Refusal.SUPPRESSED: (Reason.OPTED_OUT, "of everything"),
    Changed.UNKNOWN: (Reason.UNKNOWN, ""),
    Changed.ERASED: (Reason.ERASED, ""),
}


class TakenRow(NamedTuple):
    """A row, and why it failed, if it did."""

    row: ImportRow
    reason: Reason | None
    detail: str
    is_new: bool
    """It added somebody."""


def people_of(rows: Sequence[ImportRow]) -> dict[int, int]:
    """Return the people whom rows name, each with the first line that does, in order of their numbers."""
    lines: dict[int, int] = {}
    for row in rows:
        if row.person and row.reason is None and not row.waits:
            lines.setdefault(row.person, row.line)
    return dict(sorted(lines.items()))


def taken(
    rows: Sequence[ImportRow], lines: Mapping[int, int], outcomes: Mapping[int, StaffOutcome]
) -> Iterator[TakenRow]:
    """Yield what became of each row. `lines` is what `people_of` says, `outcomes` are by the number of the person."""
    for row in rows:
        if row.waits or row.reason is not None:
            yield TakenRow(row, row.reason, row.detail, is_new=False)
        elif lines[row.person] != row.line:
            yield TakenRow(row, Reason.DUPLICATE, f"of line {lines[row.person]}", is_new=False)
        else:
            outcome = outcomes[row.person]
            reason, detail = _REASONS.get(outcome, (None, ""))
            yield TakenRow(row, reason, detail, is_new=outcome is Changed.CHANGED)


def counted(job: ImportJob, step: ImportStep, rows: Sequence[TakenRow], *, done: int) -> ImportJob:
    """Return the job with the rows of a step counted in; `done` of them are new, the others waited."""
    failed = sum(row.reason is not None for row in rows)
    waiting = sum(row.row.waits for row in rows)
    added = sum(row.is_new for row in rows)
    return msgspec.structs.replace(
        job,
        done=job.done + done,
        added=job.added + added,
        already_there=job.already_there + len(rows) - failed - waiting - added,
        failed=job.failed + failed,
        looking_up=job.looking_up + waiting,
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

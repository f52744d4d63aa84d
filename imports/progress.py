"""How far an import is, and how long it will take."""

from datetime import datetime
from typing import NamedTuple

from storage.audience_records import ENDED, ImportJob


class Pace(NamedTuple):
    """Rows a second, and seconds left; None where nothing can be said yet."""

    rate: float | None
    seconds_left: float | None


def pace_of(job: ImportJob, now: datetime) -> Pace:
    """Return how fast a job goes, counted from when it was first taken."""
    if job.started_at is None or not job.done:
        return Pace(None, None)
    seconds = ((job.ended_at or now) - job.started_at).total_seconds()
    rate = job.done / seconds if seconds > 0 else None
    if rate is None or job.state in ENDED:
        return Pace(rate, None)
    return Pace(rate, (job.total - job.done) / rate)

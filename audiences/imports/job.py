"""A new job: the file, where it goes, and by whom; and how far it is."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import IO, NamedTuple

from messages.consent import SourceKind
from storage.audience_port import Imports
from storage.audience_records import ENDED, ImportJob

_READ = 1 << 18
"""Bytes."""


async def start_import(
    store: Imports,
    bot: str,
    segment: str,
    file: IO[bytes],
    *,
    id: str,  # noqa: A002  # what it is called everywhere
    file_name: str,
    actor: str,
    at: datetime,
    address: str = "",
    has_header: bool | None = None,
) -> ImportJob:
    """Keep a file and its job, which is queued. The segment is one that people can be added to."""

    async def chunks() -> AsyncIterator[bytes]:
        while chunk := file.read(_READ):
            yield chunk

    job = ImportJob(
        id=id,
        bot=bot,
        segment=segment,
        file_name=file_name,
        size=0,
        digest="",
        actor=actor,
        source=SourceKind.CSV,
        created_at=at,
        address=address,
        has_header=has_header,
    )
    return await store.add_import(job, chunks())


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

"""Jobs: imports and exports that are queued, watched, cancelled, and gone on with after a crash. One list of them."""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple, Protocol

import msgspec

from audiences.imports.run import LEASE
from audiences.imports.table import TYPES
from flows.own_lines import MASKED
from messages.consent import SourceKind
from messages.errors import BadInput
from staff.acting import Staff
from storage.audience_port import Imports
from storage.audience_records import ENDED, ImportJob, ImportState, JobKind
from storage.port import Store

STOPPING: Final = "stopping"
"""The state of a job that somebody asked to stop, and whose worker has not done so yet."""


class NewImport(NamedTuple):
    """What an import is to do. `segment` is one that people can be added to."""

    kind: JobKind
    segment: str = ""
    file_name: str = ""
    """What staff know the file by."""
    has_header: bool | None = None
    """Whether the first row of a list is a title; None leaves it to the file."""
    types: Mapping[str, str] = {}
    """Types of fields that neither the flow nor the titles of the file say."""
    dry_run: bool = False
    """Say what would be done, and do nothing."""


class NewExport(NamedTuple):
    """What an export is to write."""

    kind: JobKind
    file_name: str
    """Where it is written, on the machine of whoever asks for it."""
    segment: str = ""
    filter: str = ""
    contact: str = ""
    columns: tuple[str, ...] = ()


async def start_import(
    store: Store,
    bot: str,
    wanted: NewImport,
    file: AsyncIterable[bytes],
    staff: Staff,
    *,
    id: str,  # noqa: A002  # what it is called everywhere
    at: datetime,
) -> ImportJob:
    """Keep a file and its job, which is queued. Raises BadInput for a type of field that there is not."""
    for field, kind in wanted.types.items():
        if kind not in TYPES:
            raise BadInput(f"{kind!r} is no type", place=f"field {field}", remedy=f"Choose of {', '.join(TYPES)}")
    job = ImportJob(
        id=id,
        bot=bot,
        kind=wanted.kind,
        segment=wanted.segment,
        file_name=wanted.file_name,
        actor=staff.name,
        source=SourceKind.CSV,
        created_at=at,
        address=staff.address,
        has_header=wanted.has_header,
        types=wanted.types,
        dry_run=wanted.dry_run,
    )
    queued = await store.add_import(job, file)
    about = f"into segment {job.segment}" if job.segment else "of contacts"
    await staff.record(store, bot, "import", f"job {id}", at, f"{about}, dry run" if job.dry_run else about)
    return queued


async def start_export(
    store: Imports,
    bot: str,
    wanted: NewExport,
    staff: Staff,
    *,
    id: str,  # noqa: A002  # what it is called everywhere
    at: datetime,
) -> ImportJob:
    """Keep the job of an export, which is queued for whoever writes its file."""
    job = ImportJob(
        id=id, bot=bot, actor=staff.name, source=staff.source, created_at=at, address=staff.address, **wanted._asdict()
    )

    return await store.add_import(job, _nothing())


async def _nothing() -> AsyncIterator[bytes]:
    """The file of a job that has none to be kept."""
    for part in tuple[bytes, ...]():
        yield part


class ExportFile(Protocol):
    """A file that is not there before it is whole."""

    def write(self, part: bytes) -> None:
        """Write the next part. Raises OSError."""
        ...

    def keep(self) -> None:
        """Say that it is whole. Raises OSError."""
        ...

    def discard(self) -> None:
        """Drop it, unless it was kept."""
        ...


async def run_export(
    store: Imports,
    job: ImportJob,
    parts: AsyncIterable[tuple[bytes, int]],
    file: ExportFile,
    *,
    total: int,
    clock: Callable[[], datetime],
    on_progress: Callable[[ImportJob], None] = lambda _: None,
) -> ImportJob:
    """Write the file of a job that is this worker's; return the job as it ended. `parts` come with how many rows each
    holds, `total` in all. Raises JobLost, StoreError; then there is no file.
    """

    async def progress(**more: int) -> ImportJob:
        changed = await store.set_job_progress(job.bot, job.id, job.worker, clock() + LEASE, **more)
        on_progress(changed)
        return changed

    done, is_kept, failed = 0, False, ""
    try:
        try:
            await progress(total=total, done=0)
            async for part, rows in parts:
                file.write(part)
                done += rows
                if (await progress(done=done)).cancelling:
                    break
            else:
                file.keep()
                is_kept = True
        except OSError as error:
            failed = f"the file can't be written: {error.strerror or type(error).__name__}"
        is_cancelled = not is_kept and not failed
        return await store.end_import(job.bot, job.id, job.worker, at=clock(), failed=failed, cancelled=is_cancelled)
    finally:
        file.discard()  # at last: who goes on after a kill knows a file that was kept by its second name


async def cancel_job(store: Store, bot: str, job: str, staff: Staff, at: datetime) -> ImportJob:
    """Ask for a stop: rows that were taken stay taken. Raises BadInput for a job that there is not."""
    await find_job(store, bot, job)
    found = await store.cancel_import(bot, job, at)
    await staff.record(store, bot, "cancel_job", f"job {job}", at)
    return found


async def find_job(store: Imports, bot: str, job: str) -> ImportJob:
    """Return a job. Raises BadInput when there is none of that id."""
    found = await store.import_job(bot, job)
    if found is None:
        raise BadInput(f"{bot} has no job {job!r}", remedy="`assent job list` shows the ids")
    return found


def refuse_cancelled(job: ImportJob) -> None:
    """Raise BadInput for a job that can't be gone on with, because it was cancelled."""
    if job.state is ImportState.CANCELLED or job.cancelling:
        raise BadInput(
            f"job {job.id} was cancelled",
            remedy="Start it again: rows that were taken are unchanged then",
        )


class JobView(msgspec.Struct, frozen=True):
    """A job and how far it is, as the command and the API show it."""

    id: str
    kind: JobKind
    segment: str
    """Of an import or export of members."""
    file_name: str
    size: int
    """Bytes of the file that was uploaded."""
    state: str
    """`queued`, `running`, `stopping`, `completed`, `completed_with_errors`, `cancelled` or `failed`."""
    actor: str
    dry_run: bool
    """Says what would be done; nothing was."""
    total: int
    """Rows; 0 until they were counted."""
    done: int
    added: int
    """Members added, or contacts made."""
    changed: int
    """Contacts changed."""
    unchanged: int
    failed: int
    looking_up: int
    """Rows that wait for the directory."""
    reason: str
    """Why it failed."""
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    rows_per_second: float | None
    seconds_left: float | None


def view(job: ImportJob, now: datetime, mask: Callable[[str], str] | None = None) -> JobView:
    """Return a job as it is shown. `mask` hides what tells who somebody is, as the name of a file may."""
    pace = pace_of(job, now)
    return JobView(
        id=job.id,
        kind=job.kind,
        segment=job.segment,
        file_name=MASKED if mask and job.file_name else job.file_name,
        size=job.size,
        state=STOPPING if job.cancelling and job.state not in ENDED else job.state.value,
        actor=job.actor,
        dry_run=job.dry_run,
        total=job.total,
        done=job.done,
        added=job.added,
        changed=job.changed,
        unchanged=job.unchanged,
        failed=job.failed,
        looking_up=job.looking_up,
        reason=mask(job.reason) if mask else job.reason,
        created_at=job.created_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        rows_per_second=pace.rate,
        seconds_left=pace.seconds_left,
    )


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

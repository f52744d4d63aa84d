"""What runs a job until it is killed: it stops wherever it says how far it is, until it is let go on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from audiences import exports
from audiences.imports.run import LEASE, Importer
from audiences.jobs import run_export
from cli.common import WholeFile
from storage.audience_records import IMPORTS, ImportJob, JobKind
from storage.stores import open_store

STEP = 10
"""Rows that are taken, or written, at once."""
WINDOW = 4 * STEP
At = Callable[[int | str], None]


def clock() -> datetime:
    """Long ago, so that its lease has ended for whoever comes next."""
    return datetime(2026, 11, 23, 12, tzinfo=UTC)


def work(address: str, pipe: Connection) -> None:
    """Run the job that is queued; tell each place where it is, and wait there."""

    def at(place: int | str) -> None:
        pipe.send(place)
        pipe.recv()

    asyncio.run(_run(address, at))


async def _run(address: str, at: At) -> None:
    def tell(job: ImportJob) -> None:
        at(job.done)

    store = open_store(address)
    await store.open()
    importer = Importer(store, "killed", clock=clock, new_id=str, on_progress=tell, window=WINDOW, step=STEP)
    job = await importer.claim()
    if job is not None:
        await importer.run(job)
        return
    exports.PAGE = STEP
    job = await store.claim_import("killed", clock(), clock() + LEASE, kinds=set(JobKind) - set(IMPORTS))
    assert job is not None
    numbers = [person.number for person in await store.people(job.bot)]
    pages = exports.export_people(store, job.bot, numbers, ("email", "name"))
    file = _File(Path(job.file_name), at)
    await run_export(store, job, _counted(pages), file, total=len(numbers), clock=clock, on_progress=tell)


class _File(WholeFile):
    """Waits once the file is whole and in its place."""

    def __init__(self, path: Path, at: At) -> None:
        super().__init__(path)
        self._at = at

    def keep(self) -> None:
        super().keep()
        self._at("kept")


async def _counted(pages: AsyncIterator[bytes]) -> AsyncIterator[tuple[bytes, int]]:
    rows = 0  # the titles come first
    async for page in pages:
        yield page, rows
        rows = STEP

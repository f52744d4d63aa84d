"""Taking one import from its file to its end."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import IO, Final

from pyroaring import BitMap

from adapters.port import Directory
from audiences.imports.look_up import LookUp
from audiences.imports.plan import WINDOW, make_plan, pack, people_in, unpack
from audiences.imports.rows import Row, Rows
from messages.errors import BadInput, StaleVersion
from storage.audience_records import ImportJob, ImportRow, ImportStep
from storage.port import Store

LEASE: Final = timedelta(seconds=30)
"""How long a job stays a worker's that gives no sign of life."""
STEP: Final = 250
"""Rows that are taken at once."""
_READ: Final = 1 << 18
"""Bytes."""
_ASKED_AT_ONCE: Final = 4
"""People that are looked up side by side."""
_PAGE: Final = 100

Told = Callable[[ImportJob], None]


class Importer:
    """Runs jobs that are this worker's. `directory` looks unknown people up; None: they stay unknown."""

    def __init__(
        self,
        store: Store,
        worker: str,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        directory: Directory | None = None,
        told: Told = lambda _: None,
        window: int = WINDOW,
        step: int = STEP,
    ) -> None:
        self._store = store
        self._worker = worker
        self._clock = clock
        self._new_id = new_id
        self._directory = directory
        self._told = told
        self._window = window
        self._step = step

    async def claim(self, *, bot: str = "", job: str = "") -> ImportJob | None:
        """Take the next job that nobody has; that one, if it is named."""
        now = self._clock()
        return await self._store.claim_import(self._worker, now, now + LEASE, bot=bot, job=job)

    async def run(self, job: ImportJob) -> ImportJob:
        """Take a job to its end, from wherever somebody left it; return it as it ended.

        A file that is no list ends it before anything is done. Raises JobTaken when it is another worker's by now, and
        StoreError.
        """
        with tempfile.TemporaryFile() as file:
            async for chunk in self._store.import_file(job.bot, job.id):
                file.write(chunk)
            if not job.total:
                try:
                    total = await asyncio.to_thread(_count, file, job.has_header)
                except BadInput as problem:
                    return await self._end(job, failed=str(problem))
                until = self._clock() + LEASE
                job = await self._store.set_import_total(job.bot, job.id, self._worker, total, until)
                self._told(job)
            alive = asyncio.create_task(self._stay_alive(job))
            try:
                job = await self._take(job, file)
            finally:
                alive.cancel()
                await asyncio.gather(alive, return_exceptions=True)
        return await self._end(job, cancelled=job.cancelling)

    async def _stay_alive(self, job: ImportJob) -> None:
        """Renew the lease, also while a look-up takes long."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            until = self._clock() + LEASE
            await self._store.set_import_total(job.bot, job.id, self._worker, job.total, until)

    async def _end(self, job: ImportJob, *, failed: str = "", cancelled: bool = False) -> ImportJob:
        ended = await self._store.end_import(
            job.bot, job.id, self._worker, at=self._clock(), failed=failed, cancelled=cancelled
        )
        self._told(ended)
        return ended

    async def _take(self, job: ImportJob, file: IO[bytes]) -> ImportJob:
        """Take all rows; those that wait are looked up beside."""
        more_to_come = asyncio.Event()
        if self._directory is None:
            return await self._take_windows(job, file)
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(self._look_up(job, self._directory, more_to_come))
            job = await self._take_windows(job, file)
            more_to_come.set()
            last = await looking
        return last or job

    async def _take_windows(self, job: ImportJob, file: IO[bytes]) -> ImportJob:
        windows = _windows(file, job.has_header, self._window)
        seen = BitMap()
        first = 0
        while not job.cancelling and (rows := await asyncio.to_thread(next, windows, None)):
            name = f"import:{job.id}:{first}"
            if first + len(rows) <= job.done:
                plan = await make_plan(self._store, job.bot, rows, seen, looks_up=self._directory is not None)
            else:
                plan = await self._plan(job, name, rows, seen)
                job = await self._take_plan(job, plan, first)
                if not job.cancelling:
                    await self._store.drop_frozen(job.bot, name)
            seen |= await asyncio.to_thread(people_in, plan)
            first += len(rows)
        if job.cancelling:
            await self._store.drop_frozen(job.bot, f"import:{job.id}:{first - len(rows) if rows else first}")
        return job

    async def _plan(self, job: ImportJob, name: str, rows: list[Row], seen: BitMap) -> list[ImportRow]:
        """Return the plan of a window: the one that was begun on, if one was."""
        kept = await self._store.frozen(job.bot, name)
        if kept is None:
            plan = await make_plan(self._store, job.bot, rows, seen, looks_up=self._directory is not None)
            packed = await asyncio.to_thread(pack, plan)
            await self._store.keep_frozen(job.bot, name, packed, self._clock())
            return plan
        return await asyncio.to_thread(unpack, kept, rows)

    async def _take_plan(self, job: ImportJob, plan: list[ImportRow], first: int) -> ImportJob:
        while (place := job.done - first) < len(plan) and not job.cancelling:
            job = await self._store.apply_import(job.bot, self._a_step(job, job.done, plan[place : place + self._step]))
            self._told(job)
            await asyncio.sleep(0)
        return job

    def _a_step(self, job: ImportJob, first: int, rows: list[ImportRow]) -> ImportStep:
        now = self._clock()
        return ImportStep(job.id, self._worker, first, rows, now, now + LEASE)

    async def _look_up(self, job: ImportJob, directory: Directory, ended: asyncio.Event) -> ImportJob | None:
        """Settle rows that wait, until there will be no more; return the job after the last."""
        finder = LookUp(self._store, directory, clock=self._clock, new_id=self._new_id)
        last: ImportJob | None = None
        while True:
            no_more = ended.is_set()
            waiting = await self._store.waiting_rows(job.bot, job.id, limit=_PAGE)
            if last is not None and last.cancelling:
                return last
            if not waiting:
                if no_more:
                    return last and await self._store.import_job(job.bot, job.id)
                await _either(ended)
                continue
            for start in range(0, len(waiting), _ASKED_AT_ONCE):
                some = waiting[start : start + _ASKED_AT_ONCE]
                rows = list(await asyncio.gather(*(finder.row(job, row) for row in some)))
                last = await self._settled(job, rows)
                self._told(last)
                if last.cancelling:
                    break

    async def _settled(self, job: ImportJob, rows: list[ImportRow]) -> ImportJob:
        while True:
            try:
                return await self._store.settle_import(job.bot, self._a_step(job, 0, rows))
            except StaleVersion:  # the other pass was faster
                await asyncio.sleep(0)


async def _either(ended: asyncio.Event) -> None:
    """Return once the event is set, or after a moment."""
    try:
        async with asyncio.timeout(0.1):
            await ended.wait()
    except TimeoutError:
        return


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(_READ):
        yield chunk


def _count(file: IO[bytes], has_header: bool | None) -> int:
    """Return how many rows a file has. Raises BadInput for one that is no list."""
    rows = sum(len(batch) for batch in Rows(_chunks(file), has_header=has_header).batches())
    if not rows:
        raise BadInput("the file has no rows", remedy="Give one address or id a line")
    return rows


def _windows(file: IO[bytes], has_header: bool | None, size: int) -> Iterator[list[Row]]:
    """Yield the rows of a file, `size` at a time."""
    rows = (row for batch in Rows(_chunks(file), has_header=has_header).batches() for row in batch)
    while window := list(islice(rows, size)):
        yield window

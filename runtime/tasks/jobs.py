"""The imports of a server: it takes jobs that nobody has, also those that a dead worker left."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import structlog

from adapters.port import Directory
from audiences.imports.run import LEASE, Importer
from messages.errors import JobLost, StoreError
from storage.audience_records import ImportJob
from storage.change_feed import Listener
from storage.port import Store

log = structlog.get_logger("assent.imports")

BATCH: Final = 2
"""Jobs that are run side by side."""
_LOOK_EVERY: Final = 2.0
"""Seconds between looks for jobs of other processes; of those that its own process queues the worker hears at once."""
_AFTER_TROUBLE: Final = 2.0
_REMEMBERED: Final = 4 * LEASE
"""A job that fails is tried again once its lease has run out; one that was cancelled is not."""


class ImportWorker:
    """Runs jobs until it is cancelled. One that was under way is another worker's once its lease has run out.

    `directory_of` tells where the people of a bot are looked up; None: nowhere. `failed` hears of the bot of a job that
    failed and will be tried again.
    """

    def __init__(
        self,
        store: Store,
        worker: str,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        directory_of: Callable[[str], Directory | None],
        failed: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._worker = worker
        self._clock = clock
        self._new_id = new_id
        self._directory_of = directory_of
        self._failed = failed
        self._faults: dict[str, tuple[datetime, str]] = {}
        """By name of an import that fails: until when it counts as such, and the kind of error."""
        self._looking = asyncio.Lock()
        """Whoever is free looks, one at a time."""

    @property
    def faults(self) -> Mapping[str, str]:
        """Imports that fail and are tried again: `import <id> of <bot>`, and the kind of error."""
        now = self._clock()
        return {name: fault for name, (until, fault) in self._faults.items() if now < until}

    async def run(self) -> None:
        """Look for jobs, and run them, until cancelled."""
        with self._store.changes_of_jobs() as queued:
            async with asyncio.TaskGroup() as group:
                for number in range(BATCH):
                    group.create_task(self._run(f"{self._worker}/{number}", queued))

    async def _run(self, worker: str, queued: Listener) -> None:
        claims = Importer(self._store, worker, clock=self._clock, new_id=self._new_id)
        well = True
        while True:
            try:
                async with self._looking:
                    job = await claims.claim()
                    well = True
                    if job is None:
                        await queued.wait(_LOOK_EVERY)
                if job is not None:
                    await self._take(worker, job)
            except StoreError as error:
                if well:
                    log.warning("imports wait for the store", reason=str(error))
                well = False
                await asyncio.sleep(_AFTER_TROUBLE)

    async def _take(self, worker: str, job: ImportJob) -> None:
        log.info("import begins", bot=job.bot, job=job.id, segment=job.segment, done=job.done)
        importer = Importer(
            self._store, worker, clock=self._clock, new_id=self._new_id, directory=self._directory_of(job.bot)
        )
        try:
            ended = await importer.run(job)
        except* JobLost:
            log.warning("import was taken over", bot=job.bot, job=job.id)
        except* Exception as faults:  # noqa: BLE001  # a fault in one job must not end the others
            first = faults.exceptions[0]  # the text of an error may hold what the file does
            self._note_failure(job, str(first) if isinstance(first, StoreError) else type(first).__name__)
            await asyncio.sleep(_AFTER_TROUBLE)
        else:
            self._faults.pop(f"import {job.id} of {job.bot}", None)
            log.info(
                "import ended",
                bot=job.bot,
                job=job.id,
                state=ended.state.value,
                added=ended.added,
                unchanged=ended.unchanged,
                failed=ended.failed,
            )

    def _note_failure(self, job: ImportJob, fault: str) -> None:
        """Count a failure; log it unless the job failed in that way before."""
        name = f"import {job.id} of {job.bot}"
        self._failed(job.bot)
        if self.faults.get(name) != fault:
            log.error("import failed and is tried again", bot=job.bot, job=job.id, fault=fault)
        self._faults = {each: known for each, known in self._faults.items() if each in self.faults}
        self._faults[name] = self._clock() + _REMEMBERED, fault

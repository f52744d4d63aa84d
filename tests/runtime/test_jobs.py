"""A server's worker takes imports that nobody has, several side by side."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from runtime.tasks.jobs import ImportWorker
from storage.audience_records import ENDED, ImportState
from storage.stores import open_store
from tests.audiences.imports.queued import list_queued
from tests.storage.contract.audiences.people import BOT, known

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def test_jobs_that_wait_are_run_and_the_worker_stops_when_told(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'assent.db'}")
    await store.open()
    try:
        await known(store, "ana", "ben")
        jobs = ["i_1", "i_2", "i_3"]
        for job in jobs:
            await list_queued(store, "ana@example.org\nben@example.org\n", job, f"s{job}")
        worker = ImportWorker(store, "w", clock=lambda: NOW, new_id=str, directory_of=lambda _: None)
        running = asyncio.create_task(worker.run())
        async with asyncio.timeout(30):
            while any(job.state not in ENDED for job in await store.imports(BOT)):
                pass
        assert not running.done()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert running.cancelled()
        assert [(job.state, job.added) for job in await store.imports(BOT)] == [(ImportState.COMPLETED, 2)] * 3
    finally:
        await store.close()

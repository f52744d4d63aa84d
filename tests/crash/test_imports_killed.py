"""An import in a process of its own, killed with SIGKILL in the middle, and gone on with: each person once."""

import asyncio
import os
import signal
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audiences.imports.run import LEASE, Importer
from messages.consent import Membership
from storage.audience_records import ImportState
from storage.port import Store
from storage.stores import open_store
from tests.audiences.imports.queued import list_queued
from tests.runtime.harness import ROOT
from tests.storage.contract.audiences.people import BOT, known

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PEOPLE = 1_000
WORKER = """\
import asyncio, sys
from datetime import UTC, datetime
from audiences.imports.run import Importer
from storage.stores import open_store

async def main():
    store = open_store(sys.argv[1])
    await store.open()
    importer = Importer(
        store, "killed", clock=lambda: datetime(2026, 11, 23, 12, tzinfo=UTC), new_id=str,
        told=lambda job: print(job.done, flush=True), window=100, step=10,
    )
    await importer.run(await importer.claim())

asyncio.run(main())
"""


async def prepared(store: Store) -> None:
    names = [f"p{number}" for number in range(PEOPLE)]
    await known(store, *names)
    lines = [*(f"{name}@example.org" for name in names), "x@@y", "P0@example.org"]
    await list_queued(store, "\n".join(lines))


async def kill_after(address: str, rows: int) -> None:
    """Start a worker; kill it once it told that so many rows are done."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, address, cwd=ROOT, env=dict(os.environ), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while line := await process.stdout.readline():
            if int(line) >= rows:
                break
        process.kill()
        assert await process.wait() == -signal.SIGKILL


@pytest.mark.parametrize("rows", [10, 470])
async def test_after_a_kill_each_person_is_added_once(tmp_path: Path, rows: int) -> None:
    address = f"sqlite:///{tmp_path / 'assent.db'}"
    store = open_store(address)
    await store.open()
    try:
        await prepared(store)
        await kill_after(address, rows)
        left = await store.import_job(BOT, "i_1")
        assert left is not None
        assert left.state is ImportState.RUNNING
        assert rows <= left.done < PEOPLE
        later = NOW + LEASE + timedelta(seconds=1)
        importer = Importer(store, "next", clock=lambda: later, new_id=str, window=100, step=10)
        claimed = await importer.claim()
        assert claimed is not None
        job = await importer.run(claimed)
        assert (job.total, job.done, job.added, job.failed) == (PEOPLE + 2, PEOPLE + 2, PEOPLE, 2)
        assert [row.line for row in await store.failed_rows(BOT, "i_1")] == [PEOPLE + 1, PEOPLE + 2]
        added = Counter(row.change.contact for row in await store.ledger(BOT, limit=2 * PEOPLE))
        assert added == Counter(f"c-p{number}" for number in range(PEOPLE))
        assert all(row.change.after is Membership.ADDED for row in await store.ledger(BOT, limit=2 * PEOPLE))
    finally:
        await store.close()

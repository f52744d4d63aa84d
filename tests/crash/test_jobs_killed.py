"""Imports and exports in a process of their own, killed with SIGKILL, and gone on with: nothing lost, nothing twice.

The process stops wherever it says how far it is, until it is let go on: it is killed at a known place.
"""

import csv
import io
import multiprocessing
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from audiences.imports.run import LEASE, Importer
from audiences.jobs import NewExport, start_export
from messages.consent import Membership
from messages.import_rows import Reason
from storage.audience_records import ImportJob, ImportState, JobKind
from storage.port import Store
from storage.stores import open_store
from tests.audiences.imports.queued import ANN, contacts_queued, list_queued
from tests.cli.running import MAY_UNMASK, SMALL
from tests.cli.spawner import Spawner
from tests.crash.job_worker import STEP, WINDOW, clock, work
from tests.storage.contract.audiences.people import BOT, known
from tests.storage.contract.subjects import SUBJECTS

NOW = clock()
LATER = NOW + LEASE + timedelta(seconds=1)
PEOPLE = 120
NAMES = [f"p{number}" for number in range(PEOPLE)]
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.crash.job_worker", "storage.redis.store", "storage.sqlite.store"])


@pytest.fixture(params=SUBJECTS[:2])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Makes an empty store, and returns its address; the name is its own."""

    def make(name: str) -> str:
        folder = tmp_path / name
        folder.mkdir()
        made: str = request.param(folder)
        return made

    return make


@pytest.fixture
def address(empty: Callable[[str], str]) -> str:
    return empty("store")


@pytest.fixture
async def store(address: str) -> AsyncIterator[Store]:
    store = open_store(address)
    await store.open()
    yield store
    await store.close()


Resume = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture
def resume(spawner: Spawner, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Resume:
    """The command that goes on with the job, on the store of an address."""

    def run(address: str) -> subprocess.CompletedProcess[str]:
        return spawner.run(
            ["job", "resume", "i_1", "--unmask"],
            folder=tmp_path,
            variables={**MAY_UNMASK, "ASSENT_AUTHOR": "ana", "ASSENT_STORE": address},
            streams=tmp_path_factory.mktemp("streams"),
            typed="",
        )

    return run


def kill_at(address: str, place: str | int) -> None:
    """Start a worker; kill it where it says that it has come to this place, or to so many rows or more."""
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=work, args=(address, theirs))
    process.start()
    theirs.close()
    while True:
        assert ours.poll(60), "it hangs"
        said: str | int = ours.recv()
        if said == place or (isinstance(place, int) and isinstance(said, int) and said >= place):
            break
        ours.send("go on")
    process.kill()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


async def gone_on(store: Store) -> ImportJob:
    """Go on with an import once the lease of the killed worker has ended."""
    importer = Importer(store, "next", clock=lambda: LATER, new_id=str, window=WINDOW, step=STEP)
    claimed = await importer.claim()
    assert claimed is not None
    return await importer.run(claimed)


async def left_at(store: Store, rows: int) -> None:
    left = await store.import_job(BOT, "i_1")
    assert left is not None
    assert left.state is ImportState.RUNNING
    assert rows <= left.done < PEOPLE + STEP


@pytest.mark.parametrize("rows", [STEP, 50])
async def test_after_a_kill_each_person_is_added_once(address: str, store: Store, rows: int) -> None:
    await known(store, *NAMES)
    await list_queued(store, "\n".join([*(f"{name}@example.org" for name in NAMES), "x@@y", "P0@example.org"]))
    kill_at(address, rows)
    await left_at(store, rows)
    job = await gone_on(store)
    assert (job.total, job.done, job.added, job.failed) == (PEOPLE + 2, PEOPLE + 2, PEOPLE, 2)
    assert [row.line for row in await store.failed_rows(BOT, "i_1")] == [PEOPLE + 1, PEOPLE + 2]
    ledger = await store.ledger(BOT, limit=2 * PEOPLE)
    assert Counter(row.change.contact for row in ledger) == Counter(f"c-{name}" for name in NAMES)
    assert all(row.change.after is Membership.ADDED for row in ledger)


def file_of_contacts() -> str:
    """Half of the people are new, and the others change; two rows fail."""
    rows = [f"{name}@example.org,{name.upper()},vip,+49 1512 {number:07}" for number, name in enumerate(NAMES)]
    return "\n".join(["email,name,tags,phone", *rows, "P0@example.org,twice,,", "y@example.org,Y,,call me"])


async def check_contacts(store: Store, job: ImportJob) -> None:
    """Each row came to what it says, once, and the report says so."""
    half = PEOPLE // 2
    assert (job.state, job.total, job.done) == (ImportState.COMPLETED_WITH_ERRORS, PEOPLE + 2, PEOPLE + 2)
    assert (job.added, job.changed, job.unchanged, job.failed) == (half, PEOPLE - half, 0, 2)
    failed = [(row.line, row.reason) for row in await store.failed_rows(BOT, "i_1")]
    assert failed == [(PEOPLE + 2, Reason.DUPLICATE), (PEOPLE + 3, Reason.INVALID)]
    people = [person.contact for person in await store.people(BOT, limit=3 * PEOPLE)]
    assert Counter(person.email for person in people) == Counter(f"{name}@example.org" for name in NAMES)
    assert {(person.email, person.name) for person in people} == {
        (f"{name}@example.org", name.upper()) for name in NAMES
    }
    assert all(person.tags == {"vip"} for person in people)
    assert {person.version for person in people} == {1, 2}  # made once, or changed once
    assert not await store.ledger(BOT)


@pytest.mark.parametrize("rows", [0, STEP, 50, PEOPLE])
async def test_after_a_kill_each_contact_is_made_or_changed_once(address: str, store: Store, rows: int) -> None:
    await known(store, *NAMES[: PEOPLE // 2])
    await contacts_queued(store, file_of_contacts())
    kill_at(address, rows)
    await left_at(store, rows)
    await check_contacts(store, await gone_on(store))


async def test_an_import_of_contacts_that_is_killed_again_and_again_ends_as_if_it_never_was(
    address: str, store: Store
) -> None:
    await known(store, *NAMES[: PEOPLE // 2])
    await contacts_queued(store, file_of_contacts())
    for rows in (0, STEP, 2 * STEP, 70):
        kill_at(address, rows)
        await free(store)
    await check_contacts(store, await gone_on(store))


async def free(store: Store) -> None:
    """Let the lease of the killed worker end, as time does."""
    left = await store.import_job(BOT, "i_1")
    assert left is not None
    await store.set_job_progress(BOT, "i_1", left.worker, NOW - timedelta(seconds=1))


async def bot_with_people(store: Store) -> None:
    await store.push(BOT, SMALL.replace("bot: small", f"bot: {BOT}"), author="ann", at=NOW, expected_live=0)
    await known(store, *NAMES)


@pytest.mark.parametrize("place", [0, STEP, 50, PEOPLE, "kept"])
async def test_after_a_kill_an_export_is_whole_and_there_once(
    address: str, store: Store, place: str | int, resume: Resume, tmp_path: Path
) -> None:
    """It begins again; killed once its file was whole, it only ends."""
    await bot_with_people(store)
    file = tmp_path / "people.csv"
    wanted = NewExport(JobKind.EXPORT_CONTACTS, str(file), columns=("email", "name"))
    await start_export(store, BOT, wanted, ANN, id="i_1", at=NOW)
    kill_at(address, place)
    assert file.exists() is (place == "kept")
    left = await store.import_job(BOT, "i_1")
    assert left is not None
    assert left.state is ImportState.RUNNING
    done = resume(address)
    assert done.returncode == 0, done.stderr
    assert f"completed; {PEOPLE} of {PEOPLE} rows" in done.stdout
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    assert Counter(row["email"] for row in rows) == Counter(f"{name}@example.org" for name in NAMES)
    assert names_of(tmp_path) == ["people.csv"]
    job = await store.import_job(BOT, "i_1")
    assert job is not None
    assert (job.state, job.done, job.total) == (ImportState.COMPLETED, PEOPLE, PEOPLE)


def names_of(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if "people" in path.name]


async def test_a_file_that_somebody_else_made_meanwhile_is_not_taken_for_the_export(
    address: str, store: Store, resume: Resume, tmp_path: Path
) -> None:
    await bot_with_people(store)
    file = tmp_path / "people.csv"
    await start_export(store, BOT, NewExport(JobKind.EXPORT_CONTACTS, str(file)), ANN, id="i_1", at=NOW)
    kill_at(address, PEOPLE)
    file.write_text("mine\n")
    done = resume(address)
    assert (done.returncode, "the file exists" in done.stderr) == (1, True)
    assert file.read_text() == "mine\n"


@pytest.mark.crash
async def test_contacts_killed_at_random_again_and_again(
    empty: Callable[[str], str], kills: int, chance: Random
) -> None:
    for number in range(max(1, kills // 5)):
        address = empty(str(number))
        store = open_store(address)
        await store.open()
        try:
            await known(store, *NAMES[: PEOPLE // 2])
            await contacts_queued(store, file_of_contacts())
            for rows in sorted(chance.sample(range(0, PEOPLE, STEP), 3)):
                kill_at(address, rows)
                await free(store)
            await check_contacts(store, await gone_on(store))
        finally:
            await store.close()

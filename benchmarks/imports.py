"""Imports of lists and of contacts: rows a second beside what reading and hashing the bytes takes, and turns while one
runs.
"""

import asyncio
import csv
import hashlib
import io
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final

from audiences.imports.report import report_of
from audiences.imports.rows import Rows
from audiences.imports.run import Importer
from audiences.jobs import NewImport, start_import
from messages.addresses import handle_of
from messages.consent import SourceKind
from messages.contact import Contact
from runtime.clock import settle_memory
from staff.acting import Staff
from storage.audience_records import JobKind
from storage.port import Store
from storage.stores import open_store
from storage.transfer import Kind
from tests.storage.talk import Talk

Row = dict[str, str | int | float]

_BOT: Final = "wellbeing"
_SMALL: Final = 2_000
"""Rows of the file that is to be usable at once."""
_PAGE: Final = 1_000
_CONTACTS: Final = 100_000
"""Rows of the file of contacts, at most."""


def measure(contacts: int, address: str = "") -> Sequence[Row]:
    """Return rows a second for a file that names every contact, and p99 of turns meanwhile and before.

    `address` is an empty store; without it a SQLite file that is gone at the end.
    """
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(address or f"sqlite:///{folder}/assent.db", Path(folder), contacts))


async def _measure(address: str, folder: Path, contacts: int) -> Sequence[Row]:
    settle_memory()  # as a server does
    store = open_store(address)
    await store.open()
    try:
        await _fill(store, contacts)
        data = "".join(f"person{number}@example.org\n" for number in range(contacts)).encode()
        rows = _floors(data, contacts)
        quiet = await _turns_until(store, "quiet", asyncio.sleep(2.0))
        rows.append(await _import(store, folder, "2,000 rows, from upload to usable", data, min(_SMALL, contacts)))
        rows.append(await _import(store, folder, "all rows, report included", data, contacts))
        rows += await _contacts(store, folder, data, min(_CONTACTS, contacts))
        busy = await _turns_until(store, "busy", _import(store, folder, "again, with turns beside", data, contacts))
        for what, milliseconds in (("p99 of turns without an import", quiet), ("p99 of turns during one", busy)):
            rows.append({"what": what, "rows": contacts, "ms": milliseconds, "rows/s": ""})
    finally:
        await store.close()
    return rows


async def _fill(store: Store, contacts: int) -> None:
    """Keep people whom staff knows."""
    at = datetime(2026, 11, 23, tzinfo=UTC)
    await store.begin_copy("a benchmark")
    for start in range(0, contacts, _PAGE):
        people = [
            Contact(id=f"c-{number}", identities=(), email=f"person{number}@example.org", created_at=at, version=1)
            for number in range(start, min(start + _PAGE, contacts))
        ]
        await store.restore(_BOT, Kind.CONTACTS, start, people, "")
    await store.end_copy()


def _floors(data: bytes, rows: int) -> list[Row]:
    def read_values() -> None:
        for batch in Rows([data]).batches():
            for row in batch:
                handle_of(row.normalised)

    parts: dict[str, Callable[[], object]] = {
        "floor: hashing the bytes": lambda: hashlib.sha256(data).digest(),
        "floor: Python's csv reader": lambda: sum(1 for _ in csv.reader(io.StringIO(data.decode()))),
        "reading rows and addresses": read_values,
    }
    return [_row(name, rows, _seconds(work)) for name, work in parts.items()]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _row(what: str, rows: int, seconds: float) -> Row:
    return {"what": what, "rows": rows, "ms": seconds * 1e3, "rows/s": rows / seconds}


async def _import(
    store: Store,
    folder: Path,
    what: str,
    data: bytes,
    rows: int,
    kind: JobKind = JobKind.IMPORT_MEMBERS,
) -> Row:
    """Take the last rows of the data into a segment of their own, or the contacts of a whole file; write the report."""
    path = folder / "list.csv"
    lines = data.splitlines(keepends=True)
    path.write_bytes(b"".join(lines[-rows:] if kind is JobKind.IMPORT_MEMBERS else lines))
    ids = count()
    started = time.perf_counter()
    job_id = f"i_{time.monotonic_ns()}"
    at = datetime.now(UTC)
    wanted = NewImport(kind, job_id if kind is JobKind.IMPORT_MEMBERS else "", path.name)
    await start_import(store, _BOT, wanted, _parts(path), Staff("bench", SourceKind.CLI), id=job_id, at=at)
    importer = Importer(store, "bench", clock=lambda: datetime.now(UTC), new_id=lambda: f"c_{next(ids)}")
    job = await importer.claim(bot=_BOT, job=job_id)
    if job is None:
        raise RuntimeError(f"{what}: the job is not there")
    ended = await importer.run(job)
    if rows not in (ended.added, ended.changed):
        raise RuntimeError(f"{what}: not every row was taken")
    async for _ in report_of(store, _BOT, job_id):
        pass
    return _row(what, rows, time.perf_counter() - started)


async def _contacts(store: Store, folder: Path, data: bytes, rows: int) -> list[Row]:
    """Take a list, then files of contacts with ten columns: nearly all are new, then all are changed."""
    found = [await _import(store, folder, "a list, as long as the contacts", data, rows)]
    for what, name in (("contacts that are new", "Ana"), ("contacts that change", "Anna")):
        file = _file_of_contacts(rows, name)
        found.append(await _import(store, folder, what, file, rows, JobKind.IMPORT_CONTACTS))
        factor = float(found[-1]["ms"]) / float(found[0]["ms"])
        found.append({"what": f"{what}: times as long as a list", "rows": rows, "ms": "", "rows/s": factor})
    return found


def _file_of_contacts(rows: int, name: str) -> bytes:
    languages, teams = ("de", "en", "fr", "pt-BR"), ("blue", "green", "red")
    text = io.StringIO()
    write = csv.writer(text).writerow
    write(["email", "external_id", "first_name", "last_name", "phone", "language", "country", "tags", "field.team"])
    for number in range(rows):
        phone = f"+49 1512 {number:07}"
        language, team = languages[number % 4], teams[number % 3]
        who = (f"new{number}@example.org", f"E{number}", f"{name} {number % 500}", f"Example {number % 5000}")
        write([*who, phone, language, "DE", "vip, staff" if number % 2 else "", team])
    return text.getvalue().encode()


async def _parts(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(1 << 18):
            yield part


async def _turns_until(store: Store, name: str, other: Coroutine[None, None, object]) -> float:
    """Return the p99 in ms of turns that somebody takes, one after another, until the other work is done."""
    task = asyncio.create_task(other)
    times: list[float] = []
    for number in count():
        started = time.perf_counter()
        await Talk(name).take(store, f"{name}{number}")
        times.append((time.perf_counter() - started) * 1e3)
        if task.done():
            break
        await asyncio.sleep(0.002)
    await task
    return statistics.quantiles(times, n=100)[-1] if len(times) > 1 else times[0]

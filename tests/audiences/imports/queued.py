"""Imports that were asked for, from texts."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from audiences.jobs import NewImport, start_import
from messages.consent import SourceKind
from staff.acting import Staff
from storage.audience_records import ImportJob, JobKind
from storage.port import Store
from tests.storage.contract.audiences.people import BOT

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANN = Staff("ann", SourceKind.CLI, "10.0.0.7")


async def parts_of(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 1 << 18):
        yield data[start : start + (1 << 18)]


async def list_queued(
    store: Store, text: str | bytes, job: str = "i_1", segment: str = "tips", *, bot: str = BOT, dry_run: bool = False
) -> ImportJob:
    """A list of people on its way into a segment."""
    data = text.encode() if isinstance(text, str) else text
    wanted = NewImport(JobKind.IMPORT_MEMBERS, segment, "list.csv", dry_run=dry_run)
    return await start_import(store, bot, wanted, parts_of(data), ANN, id=job, at=NOW)


async def contacts_queued(store: Store, text: str | bytes, job: str = "i_1", **more: object) -> ImportJob:
    """A file of contacts."""
    data = text.encode() if isinstance(text, str) else text
    wanted = NewImport(JobKind.IMPORT_CONTACTS, file_name="contacts.csv", **more)  # type: ignore[arg-type]
    return await start_import(store, BOT, wanted, parts_of(data), ANN, id=job, at=NOW)

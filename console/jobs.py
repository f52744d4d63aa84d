"""Imports: files of people on their way into segments."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from audiences.imports.report import Entry, write_report
from audiences.segments import manual_segment
from console.access import seen_by
from console.operations import Answer, Call, Operation, PageQuery, after, page
from console.problems import Problem, invalid
from console.requests import Upload
from flows.own_lines import MASKED
from messages.consent import SourceKind
from messages.import_rows import Outcome
from privacy.masking import Mask
from storage.audience_records import ImportJob, Role

PATH = "/bots/{bot}/imports"
_PAGE = 1000


class NewImport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a file goes, and what it is called."""

    segment: Annotated[str, msgspec.Meta(min_length=1, max_length=64, description="A manual segment.")]
    file_name: Annotated[str, msgspec.Meta(max_length=200, description="What staff know the file by.")] = ""
    header: Annotated[Literal["yes", "no", "auto"], msgspec.Meta(description="Whether the first row is a title.")] = (
        "auto"
    )


class ImportView(msgspec.Struct, frozen=True):
    """A job and how far it is."""

    id: str
    segment: str
    file_name: str
    size: int
    """Bytes."""
    state: str
    actor: str
    total: int
    """Rows of the file; 0 until it was read through once."""
    done: int
    added: int
    already_there: int
    failed: int
    looking_up: int
    """Rows that wait for the directory."""
    cancelling: bool
    reason: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class ImportPage(msgspec.Struct, frozen=True):
    """A page of jobs, the newest first."""

    imports: tuple[ImportView, ...]
    next: str | None = None


async def create(call: Call) -> Answer:
    """Take a file; a server reads it from then on."""
    query: NewImport = call.query
    upload: Upload = call.body
    segment = await manual_segment(call.store, call.bot, await call.flow(), query.segment)
    if not upload.file.tell():
        raise invalid("the file is empty", place="body", remedy="Send a file with one address or id a line")
    job = ImportJob(
        id=f"i_{call.house.new_id()}",
        bot=call.bot,
        segment=segment.id,
        file_name=query.file_name or upload.name[:200],
        size=0,
        digest="",
        actor=call.token.name,
        source=SourceKind.CSV,
        created_at=call.house.clock(),
        address=call.address,
        has_header=None if query.header == "auto" else query.header == "yes",
    )
    queued = await call.store.add_import(job, upload.parts())
    await call.record("import", f"import {job.id}", f"segment {job.segment}")
    headers = {"Location": f"/api/v1/bots/{call.bot}/imports/{job.id}"}
    return Answer(_view(queued, masked=True), 202, headers)


async def list_imports(call: Call) -> Answer:
    """List imports."""
    limit, of = call.query.limit, f"imports {call.bot}"
    jobs = await call.store.imports(call.bot, before=after(call.query, str, of), limit=limit)
    shown = tuple(_view(job, masked=call.masked) for job in jobs)
    return page(ImportPage(shown), call.request, of, jobs[-1].id if len(jobs) == limit else None)


async def show(call: Call) -> Answer:
    """Show one import."""
    return Answer(_view(await _known(call), masked=call.masked))


async def cancel(call: Call) -> Answer:
    """Ask for a stop. Rows that were processed stay so."""
    job = await _known(call)
    asked = await call.store.cancel_import(call.bot, job.id, call.house.clock())
    await call.record("cancel_import", f"import {job.id}")
    return Answer(_view(asked, masked=True), 202)


async def report(call: Call) -> Answer:
    """Return the rows that failed, each with its line, its value, the reason and what to do."""
    job = await _known(call)
    await seen_by(call)
    return Answer(_report(call, job.id), content_type="text/csv")


async def _report(call: Call, job: str) -> AsyncIterator[bytes]:
    line, first = 0, True
    while True:
        rows = await call.store.failed_rows(call.bot, job, after=line, limit=_PAGE)
        entries = (
            Entry(
                row.line,
                MASKED if call.masked else row.value,
                Outcome.FAILED,
                row.reason,
                Mask().text(row.detail) if call.masked else row.detail,
            )
            for row in rows
        )
        parts = list(write_report(entries))
        for part in parts if first else parts[1:]:
            yield part
        if len(rows) < _PAGE:
            return
        line, first = rows[-1].line, False


async def _known(call: Call) -> ImportJob:
    job = await call.store.import_job(call.bot, call.path["import"])
    if job is None:
        raise Problem(404, "there is no such import")
    return job


def _view(job: ImportJob, *, masked: bool) -> ImportView:
    """`masked`: the name of the file may name a person."""
    return ImportView(
        id=job.id,
        segment=job.segment,
        file_name=MASKED if masked and job.file_name else job.file_name,
        size=job.size,
        state=job.state.value,
        actor=job.actor,
        total=job.total,
        done=job.done,
        added=job.added,
        already_there=job.already_there,
        failed=job.failed,
        looking_up=job.looking_up,
        cancelling=job.cancelling,
        reason=Mask().text(job.reason) if masked else job.reason,
        created_at=job.created_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
    )


OPERATIONS = (
    Operation("createImport", "POST", PATH, "Import a file of people into a manual segment.", Role.OPS, create,
              ImportView, 202, query=NewImport, uploads=True, may_be=(409,)),
    Operation("listImports", "GET", PATH, "List imports.", Role.VIEWER, list_imports, ImportPage, query=PageQuery),
    Operation("showImport", "GET", PATH + "/{import}", "Show one import.", Role.VIEWER, show, ImportView),
    Operation("cancelImport", "POST", PATH + "/{import}/cancel", "Stop an import.", Role.OPS, cancel, ImportView, 202),
    Operation("importReport", "GET", PATH + "/{import}/report.csv", "Rows of an import that failed.", Role.VIEWER,
              report, content_type="text/csv"),
)  # fmt: skip

"""Imports and exports: files on their way in, and one list of all jobs."""

from typing import Annotated, Literal

import msgspec

from audiences.imports.report import report_of
from audiences.jobs import JobView, NewImport, cancel_job, refuse_cancelled, start_import, view
from audiences.segments import manual_segment
from console.access import seen_by
from console.operations import Answer, Call, Operation, PageQuery, after, page
from console.problems import Problem, invalid
from console.requests import Upload
from privacy.masking import Mask
from storage.audience_records import ENDED, IMPORTS, ImportJob, JobKind, Role

PATH = "/bots/{bot}/jobs"

_DryRun = Annotated[Literal["yes", "no"], msgspec.Meta(description="Whether it only says what would be done.")]
_FileName = Annotated[str, msgspec.Meta(max_length=200, description="What staff know the file by.")]


class NewMembersImport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a list of people is called, and how it is read."""

    file_name: _FileName = ""
    header: Annotated[Literal["yes", "no", "auto"], msgspec.Meta(description="Whether the first row is a title.")] = (
        "auto"
    )
    dry_run: _DryRun = "no"


class NewContactsImport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file of contacts is called, and what is done with it."""

    file_name: _FileName = ""
    dry_run: _DryRun = "no"


class JobPage(msgspec.Struct, frozen=True):
    """A page of jobs, the newest first."""

    jobs: tuple[JobView, ...]
    next: str | None = None


async def import_members(call: Call) -> Answer:
    """Take a list of people; a server adds them from then on."""
    query: NewMembersImport = call.query
    info = await manual_segment(call.store, call.bot, await call.flow(), call.path["segment"])
    has_header = None if query.header == "auto" else query.header == "yes"
    is_dry = query.dry_run == "yes"
    return await _queued(call, NewImport(JobKind.IMPORT_MEMBERS, info.id, query.file_name, has_header, dry_run=is_dry))


async def import_contacts(call: Call) -> Answer:
    """Take a file of contacts; a server makes and changes them from then on."""
    query: NewContactsImport = call.query
    wanted = NewImport(JobKind.IMPORT_CONTACTS, file_name=query.file_name, dry_run=query.dry_run == "yes")
    return await _queued(call, wanted)


async def _queued(call: Call, wanted: NewImport) -> Answer:
    upload: Upload = call.body
    if not upload.file.tell():
        raise invalid("the file is empty", place="body", remedy="Send a file with one person a line")
    wanted = wanted._replace(file_name=wanted.file_name or upload.name[:200])
    job = await start_import(
        call.store,
        call.bot,
        wanted,
        upload.parts(),
        call.staff,
        id=f"i_{call.house.new_id()}",
        at=call.house.clock(),
    )
    headers = {"Location": f"/api/v1/bots/{call.bot}/jobs/{job.id}"}
    return Answer(_view(call, job, masked=True), 202, headers)


async def list_jobs(call: Call) -> Answer:
    """List jobs."""
    limit, of = call.query.limit, f"jobs {call.bot}"
    jobs = await call.store.imports(call.bot, before=after(call.query, str, of), limit=limit)
    shown = tuple(_view(call, job, masked=call.masked) for job in jobs)
    return page(JobPage(shown), call.request, of, jobs[-1].id if len(jobs) == limit else None)


async def show(call: Call) -> Answer:
    """Show one job."""
    return Answer(_view(call, await _known(call), masked=call.masked))


async def cancel(call: Call) -> Answer:
    """Ask for a stop. Rows that were processed stay so."""
    job = await _known(call)
    asked = await cancel_job(call.store, call.bot, job.id, call.staff, call.house.clock())
    return Answer(_view(call, asked, masked=True), 202)


async def resume(call: Call) -> Answer:
    """Say that a job goes on: a server takes one that was interrupted as soon as its lease has run out."""
    job = await _known(call)
    refuse_cancelled(job)
    if job.kind not in IMPORTS and job.state not in ENDED:
        raise Problem(409, "an export goes on where its file is written: assent job resume")
    return Answer(_view(call, job, masked=True), 202)


async def report(call: Call) -> Answer:
    """Return the rows that failed, each with its line, its value, the reason and what to do."""
    job = await _known(call)
    await seen_by(call, f"import {job.id}")
    mask = Mask().text if call.masked else None
    return Answer(report_of(call.store, call.bot, job.id, mask), content_type="text/csv")


async def _known(call: Call) -> ImportJob:
    job = await call.store.import_job(call.bot, call.path["job"])
    if job is None:
        raise Problem(404, "there is no such job")
    return job


def _view(call: Call, job: ImportJob, *, masked: bool) -> JobView:
    return view(job, call.house.clock(), Mask().text if masked else None)


OPERATIONS = (
    Operation("importMembers", "POST", "/bots/{bot}/segments/{segment}/imports",
              "Import a file of people into a manual segment.", Role.OPS, import_members,
              JobView, 202, query=NewMembersImport, uploads=True, may_be=(409,)),
    Operation("importContacts", "POST", "/bots/{bot}/contacts/imports", "Import a file of contacts.", Role.OPS,
              import_contacts, JobView, 202, query=NewContactsImport, uploads=True),
    Operation("listJobs", "GET", PATH, "List imports and exports.", Role.VIEWER, list_jobs, JobPage, query=PageQuery),
    Operation("showJob", "GET", PATH + "/{job}", "Show one job.", Role.VIEWER, show, JobView),
    Operation("cancelJob", "POST", PATH + "/{job}/cancel", "Stop a job.", Role.OPS, cancel, JobView, 202),
    Operation("resumeJob", "POST", PATH + "/{job}/resume", "Go on with a job that was interrupted.", Role.OPS, resume,
              JobView, 202, may_be=(409,)),
    Operation("jobReport", "GET", PATH + "/{job}/report.csv", "Rows of an import that failed.", Role.VIEWER,
              report, content_type="text/csv"),
)  # fmt: skip

"""Imports and exports as commands run them: started, with progress, to their end, and what came of them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import IO, Final, NamedTuple

import click

from audiences import segments
from audiences.contacts import export as export_contact
from audiences.exports import DEFAULT, PAGE, all_columns, check_columns, export_people
from audiences.filter_segments import read_filter
from audiences.imports.report import report_of
from audiences.imports.run import LEASE, Importer
from audiences.jobs import STOPPING, JobView, NewExport, NewImport, run_export, start_export, start_import, view
from audiences.members import asked_filter
from audiences.who import find_contact
from cli.common import (
    WholeFile,
    bot_option,
    chosen_bot,
    context_of,
    create_private,
    forget_beside,
    may_unmask,
    named,
    narrowing_option,
    progress,
    record_unmasking,
    run_with_store,
    staff,
    unmask_option,
    warn,
    was_kept,
)
from cli.output import json_option, print_json
from messages.errors import BadInput
from privacy.masking import Mask
from publishing.flows import live_bot
from runtime.clock import TurnIds, machine_user, now, settle_memory
from staff.acting import segment_target
from storage.audience_records import ENDED, FailedRow, ImportJob, ImportState, JobKind
from storage.port import Store

_ids = TurnIds()
_POLL_INTERVAL: Final = 0.2
"""Seconds between looks at a job that a server runs."""
_SHOWN: Final = 20
"""Failed rows that are shown; all are in the report."""
_READ: Final = 1 << 18
"""Bytes."""

report_option = click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the rows that failed here."
)
_dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
_queue_option = click.option("--queue", is_flag=True, help="Leave it to a server that serves from this store.")
_output_option = click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file to write."
)


class Ended(NamedTuple):
    """A job as it is shown, and the first rows that failed."""

    job: JobView
    failed: Sequence[FailedRow] = ()


@click.command("import")
@click.argument("segment")
@click.argument("file", type=click.File("rb"))
@click.option("--header/--no-header", default=None, help="Whether the first line is a title; found out otherwise.")
@_dry_run_option
@_queue_option
@report_option
@unmask_option
@bot_option
@json_option
@click.pass_context
def import_members(
    ctx: click.Context,
    segment: str,
    file: IO[bytes],
    header: bool | None,
    dry_run: bool,
    queue: bool,
    report: Path | None,
    unmask: bool,
    bot: str | None,
    as_json: bool,
) -> None:
    """Add the people of FILE to SEGMENT: one e-mail address or external id a line; - is standard input.

    Rows count as soon as they are taken. If it is interrupted, `assent job resume` goes on with it.
    """

    async def wanted(store: Store, name: str) -> NewImport:
        info = await segments.manual_segment(store, name, await live_bot(store, name), segment)
        return NewImport(JobKind.IMPORT_MEMBERS, info.id, _name_of(file), header, dry_run=dry_run)

    _import(ctx, wanted, file, queue=queue, report=report, unmask=unmask, bot=bot, as_json=as_json)


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--type", "types", multiple=True, metavar="NAME=TYPE", help="A field's type that the flow does not say.")
@_dry_run_option
@_queue_option
@report_option
@unmask_option
@bot_option
@json_option
@click.pass_context
def import_contacts(
    ctx: click.Context,
    file: IO[bytes],
    types: tuple[str, ...],
    dry_run: bool,
    queue: bool,
    report: Path | None,
    unmask: bool,
    bot: str | None,
    as_json: bool,
) -> None:
    """Make and change contacts from a CSV FILE with titles: email or external_id, other details, tags, field.NAME; - is
    standard input. It adds nobody to a segment.

    If it is interrupted, `assent job resume` goes on with it.
    """
    given = dict(_type(each) for each in types)

    async def wanted(_store: Store, _name: str) -> NewImport:
        return NewImport(JobKind.IMPORT_CONTACTS, file_name=_name_of(file), types=given, dry_run=dry_run)

    _import(ctx, wanted, file, queue=queue, report=report, unmask=unmask, bot=bot, as_json=as_json)


def _name_of(file: IO[bytes]) -> str:
    return Path(file.name).name if isinstance(file.name, str) else ""


def _type(given: str) -> tuple[str, str]:
    name, equals, kind = given.partition("=")
    if not equals:
        raise BadInput(f"{given!r} has no =", place="--type", remedy="Write it as NAME=TYPE")
    return name.strip(), kind.strip()


def _import(
    ctx: click.Context,
    wanted: Callable[[Store, str], Awaitable[NewImport]],
    file: IO[bytes],
    *,
    queue: bool,
    report: Path | None,
    unmask: bool,
    bot: str | None,
    as_json: bool,
) -> None:
    may_report(ctx, report, unmask=unmask)

    async def chunks() -> AsyncIterator[bytes]:
        while chunk := file.read(_READ):
            yield chunk

    async def work(store: Store) -> Ended:
        name = await chosen_bot(store, bot)
        new = await wanted(store, name)
        job = await start_import(store, name, new, chunks(), staff(), id=f"i_{_ids.new()}", at=now())
        if queue:
            return Ended(view(job, now()))
        click.echo(f"job {job.id}", err=True)
        return await run_import_here(store, job, report, unmask=unmask)

    show_ended(ctx, run_with_store(ctx, work), as_json=as_json)


async def run_import_here(store: Store, job: ImportJob, report: Path | None, *, unmask: bool) -> Ended:
    """Run a job here, or watch the server that has it, to its end; write the report."""
    settle_memory()
    with progress("Import", "rows", job.total or None) as advance:
        tell = _advancing(advance)
        importer = Importer(store, _worker(), clock=now, new_id=lambda: f"c_{_ids.new()}_1", on_progress=tell)
        while job.state not in ENDED:
            claimed = await importer.claim(bot=job.bot, job=job.id)
            if claimed is not None:
                job = await importer.run(claimed)
                break
            await asyncio.sleep(_POLL_INTERVAL)
            job = await store.import_job(job.bot, job.id) or job
            tell(job)
    if report is not None:
        await write_report(store, job, report)
    failed = await store.failed_rows(job.bot, job.id, limit=_SHOWN)
    if not unmask:
        failed = [row._replace(value="", detail=Mask().text(row.detail)) for row in failed]
    return Ended(view(job, now(), None if unmask else Mask().text), failed)


def _advancing(advance: Callable[[int], None]) -> Callable[[ImportJob], None]:
    done = 0

    def tell(current: ImportJob) -> None:
        nonlocal done
        advance(current.done - done)
        done = current.done

    return tell


def _worker() -> str:
    return f"cli-{socket.gethostname()}-{_ids.new()}"


@click.command("export")
@click.argument("segment")
@_output_option
@click.option("--columns", default=",".join(DEFAULT), show_default=True, help="Which, with commas; also field.NAME.")
@unmask_option
@bot_option
@click.pass_context
def export_members(ctx: click.Context, segment: str, output: Path, columns: str, unmask: bool, bot: str | None) -> None:
    """Write the members of SEGMENT to a CSV file. It tells who people are, so it takes --unmask."""
    chosen, path = _columns(columns), str(output.resolve())
    refuse_masked(ctx, "the file would tell who people are", unmask=unmask, output=output)

    async def wanted(_store: Store, _name: str) -> NewExport:
        return NewExport(JobKind.EXPORT_MEMBERS, path, segment=segment, columns=chosen)

    job = _export(ctx, wanted, bot)
    click.echo(f"{job.done} members are in {output}")


@click.command("export")
@click.argument("who", default="", callback=named)
@_output_option
@narrowing_option("--filter", "filter_", help="Only contacts that meet this, without WHO.")
@click.option("--columns", default="", help="Which, with commas; also field.NAME. All that an import takes otherwise.")
@unmask_option
@bot_option
@click.pass_context
def export_contacts(
    ctx: click.Context, who: str, output: Path, filter_: str, columns: str, unmask: bool, bot: str | None
) -> None:
    """Write contacts to a CSV file that `assent contact import` takes; with WHO, all that is held about one person to a
    zip: JSON, and a page to read. It tells who people are, so it takes --unmask.
    """
    if who and (filter_ or columns):
        raise BadInput("WHO stands alone", place="contact export", remedy="Leave out --filter and --columns")
    chosen, path = _columns(columns), str(output.resolve())
    if filter_:
        read_filter(filter_)
    problem = "the file would tell who the person is" if who else "the file would tell who people are"
    refuse_masked(ctx, problem, unmask=unmask, output=output)

    async def wanted(store: Store, name: str) -> NewExport:
        if not who:
            return NewExport(JobKind.EXPORT_CONTACTS, path, filter=filter_, columns=chosen)
        person = await find_contact(store, name, who)
        return NewExport(JobKind.EXPORT_PERSON, path, contact=person.contact.id)

    job = _export(ctx, wanted, bot)
    click.echo(f"all that is held is in {output}" if who else f"{job.done} contacts are in {output}")


def _columns(columns: str) -> tuple[str, ...]:
    chosen = tuple(column.strip() for column in columns.split(",") if column.strip())
    check_columns(chosen)
    return chosen


def refuse_masked(ctx: click.Context, problem: str, *, unmask: bool, output: Path | None = None) -> None:
    """Raise BadInput unless whoever runs the command may take along who people are, to a file that is not there yet."""
    if not unmask:
        raise BadInput(problem, place="--unmask", remedy="Say --unmask, if you may")
    may_unmask(ctx, unmask=unmask)
    if output is not None and output.exists():
        raise BadInput("the file exists", place=str(output), remedy="Name another one")


def _export(ctx: click.Context, wanted: Callable[[Store, str], Awaitable[NewExport]], bot: str | None) -> JobView:
    async def work(store: Store) -> Ended:
        name = await chosen_bot(store, bot)
        job = await start_export(store, name, await wanted(store, name), staff(), id=f"i_{_ids.new()}", at=now())
        return await run_export_here(ctx, store, job)

    ended = run_with_store(ctx, work)
    if ended.job.state != ImportState.COMPLETED.value:
        show_ended(ctx, ended, as_json=False)
        ctx.exit(1)
    return ended.job


async def run_export_here(ctx: click.Context, store: Store, job: ImportJob) -> Ended:
    """Write the file of an export, or say why there is none."""
    at = now()
    claimed = await store.claim_import(_worker(), at, at + LEASE, bot=job.bot, job=job.id, kinds=(job.kind,))
    if claimed is None:
        raise BadInput(f"job {job.id} is running, or it has ended", remedy=f"See `assent job show {job.id}`")
    if was_kept(path := Path(claimed.file_name)):
        ended = await store.end_import(job.bot, job.id, claimed.worker, at=now())
        forget_beside(path)
        return Ended(view(ended, now()))
    try:
        parts, total = await _parts(ctx, store, claimed)
        file = WholeFile(path)
    except (BadInput, OSError) as problem:
        await store.end_import(job.bot, job.id, claimed.worker, at=now(), failed=str(problem))
        raise
    with progress("Export", "people", total) as advance:
        ended = await run_export(store, claimed, parts, file, total=total, clock=now, on_progress=_advancing(advance))
    return Ended(view(ended, now()))


async def _parts(ctx: click.Context, store: Store, job: ImportJob) -> tuple[AsyncIterator[tuple[bytes, int]], int]:
    """Return the parts of the file, each with how many people it has, and how many there are in all. That somebody
    looks is written down before.
    """
    if job.kind is JobKind.EXPORT_PERSON:
        context = await context_of(ctx, store, job.bot)

        async def packed() -> AsyncIterator[tuple[bytes, int]]:
            yield (await export_contact(context, job.contact, f"as {machine_user()}"))[1], 1

        return packed(), 1
    context = await context_of(ctx, store, job.bot)
    if job.kind is JobKind.EXPORT_MEMBERS:
        segment = (await segments.show_segment(context, job.segment)).id
        numbers = list((await context.index()).members(segment, context.at))
        await record_unmasking(store, job.bot, segment_target(segment), action="export")
    else:
        if job.filter:
            index, condition, warnings = await asked_filter(context, job.filter)
            warn(warnings)
            numbers = list(index.select(condition, context.at))
        else:
            numbers = list((await context.index()).everybody)
        await record_unmasking(store, job.bot, "contacts", action="export")
    columns = job.columns or tuple(await all_columns(store, job.bot, numbers))

    async def parts() -> AsyncIterator[tuple[bytes, int]]:
        written = -PAGE  # the titles come first
        async for part in export_people(store, job.bot, numbers, columns):
            yield part, max(0, min(PAGE, len(numbers) - written)) if written >= 0 else 0
            written += PAGE

    return parts(), len(numbers)


def may_report(ctx: click.Context, report: Path | None, *, unmask: bool) -> None:
    """Raise BadInput unless whoever runs the command may write a report, to a file that is not there yet."""
    if report is not None:
        output = None if str(report) == "-" else report
        refuse_masked(ctx, "the report would tell who people are", unmask=unmask, output=output)
    elif unmask:
        may_unmask(ctx, unmask=unmask)


async def write_report(store: Store, job: ImportJob, report: Path) -> None:
    """Write the rows that failed to a new file."""
    await record_unmasking(store, job.bot, f"job {job.id}", action="export")
    with create_private(report) as file:  # nothing else runs in a command
        async for part in report_of(store, job.bot, job.id):
            file.write(part)


def show_ended(ctx: click.Context, ended: Ended, *, as_json: bool) -> None:
    """Print what came of a job; exit with 1 if it failed or rows of it did."""
    job = ended.job
    if as_json:
        print_json(job)
    else:
        click.echo(summary(job))
        for row in ended.failed:
            who = f" ({row.value})" if row.value else ""
            click.echo(f"line {row.line}{who}: {': '.join(filter(None, (row.reason.value, row.detail)))}", err=True)
        if job.failed > len(ended.failed):
            click.echo(f"{job.failed - len(ended.failed)} more: assent job report {job.id} --unmask", err=True)
    if job.state in (ImportState.FAILED.value, ImportState.COMPLETED_WITH_ERRORS.value):
        ctx.exit(1)


def summary(job: JobView) -> str:
    """Return how far a job is, in a line or two."""
    what = f"{job.kind.value} {job.segment}" if job.segment else job.kind.value
    line = f"{job.id}, {what}{', dry run' if job.dry_run else ''}: {job.state}; {job.done} of {job.total} rows"
    if job.kind in (JobKind.IMPORT_MEMBERS, JobKind.IMPORT_CONTACTS):
        changed = f", changed {job.changed}" if job.kind is JobKind.IMPORT_CONTACTS else ""
        line += f": added {job.added}{changed}, unchanged {job.unchanged}, failed {job.failed}"
    if job.looking_up and job.state != STOPPING:
        line += f", looking up {job.looking_up}"
    if job.rows_per_second is not None:
        line += f"; {job.rows_per_second:,.0f} rows/s"
    if job.seconds_left is not None:
        line += f", {job.seconds_left:,.0f} s left"
    return line + (f"\n{job.reason}" if job.reason else "")

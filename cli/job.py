"""`assent job`: imports and exports, listed, shown, cancelled, and gone on with."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from audiences.imports.report import report_of
from audiences.jobs import JobView, cancel_job, find_job, refuse_cancelled, view
from cli.common import bot_option, chosen_bot, may_unmask, record_unmasking, run_with_store, staff, unmask_option
from cli.job_run import (
    Ended,
    may_report,
    refuse_masked,
    report_option,
    run_export_here,
    run_import_here,
    show_ended,
    summary,
    write_report,
)
from cli.output import json_option, limit_option, print_json, print_table, say_if_more, when
from privacy.masking import Mask
from runtime.clock import now
from storage.audience_records import ENDED, IMPORTS, ImportJob
from storage.port import Store


@click.group("job")
def command() -> None:
    """List, show, cancel and resume imports and exports."""


@command.command("list")
@bot_option
@click.option("--before", default="", help="Only those before this job.")
@limit_option
@unmask_option
@json_option
@click.pass_context
def list_jobs(ctx: click.Context, bot: str | None, before: str, limit: int, unmask: bool, as_json: bool) -> None:
    """List imports and exports, the newest first. Names of files are masked."""
    may_unmask(ctx, unmask=unmask)

    async def work(store: Store) -> Sequence[JobView]:
        name = await chosen_bot(store, bot)
        if unmask:
            await record_unmasking(store, name, "jobs")
        jobs = await store.imports(name, before=before, limit=limit)
        return [_view(job, unmask=unmask) for job in jobs]

    jobs = run_with_store(ctx, work)
    if as_json:
        print_json(jobs)
        return
    print_table(
        ["job", "kind", "segment", "file", "state", "rows", "added", "changed", "unchanged", "failed", "by", "created"],
        [
            [
                job.id,
                job.kind.value,
                job.segment,
                job.file_name,
                job.state,
                f"{job.done} of {job.total}",
                *map(str, (job.added, job.changed, job.unchanged, job.failed)),
                job.actor,
                when(job.created_at),
            ]
            for job in jobs
        ],
        empty="there are no jobs",
        prose=("file", "by"),
    )
    if jobs:
        say_if_more(len(jobs), limit, jobs[-1].id, option="--before")


def _view(job: ImportJob, *, unmask: bool) -> JobView:
    return view(job, now(), None if unmask else Mask().text)


@command.command()
@click.argument("job")
@bot_option
@unmask_option
@json_option
@click.pass_context
def show(ctx: click.Context, job: str, bot: str | None, unmask: bool, as_json: bool) -> None:
    """Show how far JOB is."""
    may_unmask(ctx, unmask=unmask)

    async def work(store: Store) -> JobView:
        name = await chosen_bot(store, bot)
        found = await find_job(store, name, job)
        if unmask:
            await record_unmasking(store, name, f"job {found.id}")
        return _view(found, unmask=unmask)

    found = run_with_store(ctx, work)
    if as_json:
        print_json(found)
    else:
        click.echo(summary(found))


@command.command()
@click.argument("job")
@bot_option
@json_option
@click.pass_context
def cancel(ctx: click.Context, job: str, bot: str | None, as_json: bool) -> None:
    """Cancel JOB. Rows that were taken stay taken; an export leaves no file."""

    async def work(store: Store) -> JobView:
        name = await chosen_bot(store, bot)
        return _view(await cancel_job(store, name, job, staff(), now()), unmask=False)

    found = run_with_store(ctx, work)
    if as_json:
        print_json(found)
    else:
        click.echo(summary(found))


@command.command()
@click.argument("job")
@report_option
@unmask_option
@bot_option
@json_option
@click.pass_context
def resume(ctx: click.Context, job: str, report: Path | None, unmask: bool, bot: str | None, as_json: bool) -> None:
    """Go on with JOB, which was interrupted, or wait for whoever has it. No row is taken twice; an export begins again,
    and takes --unmask.
    """
    may_report(ctx, report, unmask=unmask)

    async def work(store: Store) -> Ended:
        name = await chosen_bot(store, bot)
        found = await find_job(store, name, job)
        refuse_cancelled(found)
        if found.kind in IMPORTS or found.state in ENDED:
            return await run_import_here(store, found, report, unmask=unmask)
        refuse_masked(ctx, "the file would tell who people are", unmask=unmask)
        return await run_export_here(ctx, store, found)

    show_ended(ctx, run_with_store(ctx, work), as_json=as_json)


@command.command()
@click.argument("job")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="A file; else standard output.")
@unmask_option
@bot_option
@click.pass_context
def report(ctx: click.Context, job: str, output: Path | None, unmask: bool, bot: str | None) -> None:
    """Write the rows of JOB that failed as CSV, each with the reason and what to do. It takes --unmask."""
    may_report(ctx, output or Path("-"), unmask=unmask)

    async def work(store: Store) -> None:
        found = await find_job(store, await chosen_bot(store, bot), job)
        if output is not None:
            await write_report(store, found, output)
            return
        await record_unmasking(store, found.bot, f"job {found.id}", action="export")
        async for part in report_of(store, found.bot, found.id):
            sys.stdout.buffer.write(part)

    run_with_store(ctx, work)

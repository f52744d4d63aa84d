"""`assent import`: files of people on their way into segments."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import click

from audiences.imports.job import pace_of, start_import
from audiences.imports.report import report_of
from audiences.imports.run import Importer
from audiences.segments import manual_segment
from cli.common import (
    bot_option,
    chosen_bot,
    create_private,
    may_unmask,
    progress,
    record_unmasking,
    run_with_store,
    staff,
    unmask_option,
)
from cli.output import json_option, limit_option, print_json, print_table, say_if_more, when
from messages.errors import BadInput
from publishing.flows import live_bot
from runtime.clock import TurnIds, now
from storage.audience_records import ENDED, ImportJob, ImportState
from storage.port import Store

_ids = TurnIds()
_LOOK_EVERY = 0.2
"""Seconds between looks at a job that a server runs."""


@click.group("import")
def command() -> None:
    """List, resume and cancel imports of people into segments."""


@click.command("import")
@click.argument("segment")
@click.argument("file", type=click.File("rb"))
@click.option("--header/--no-header", default=None, help="Whether the first line is a title row; detected otherwise.")
@click.option("--queue", is_flag=True, help="Leave it to a server that uses this store.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the rows that failed here.")
@unmask_option
@bot_option
@json_option
@click.pass_context
def import_people(
    ctx: click.Context,
    segment: str,
    file: IO[bytes],
    header: bool | None,
    queue: bool,
    report: Path | None,
    unmask: bool,
    bot: str | None,
    as_json: bool,
) -> None:
    """Add the people of FILE to SEGMENT: one e-mail address or external id a line; - is standard input.

    Rows count as soon as they are processed. If it is interrupted, `assent import resume` continues it.
    """
    _may_report(ctx, report, unmask=unmask)

    async def work(store: Store) -> ImportJob:
        name = await chosen_bot(store, bot)
        info = await manual_segment(store, name, await live_bot(store, name), segment)
        by, at = staff(), now()
        job = await start_import(
            store,
            name,
            info.id,
            file,
            id=f"i_{_ids.new()}",
            file_name=Path(file.name).name if isinstance(file.name, str) else "",
            actor=by.name,
            at=at,
            has_header=header,
        )
        await by.record(store, name, "import", f"import {job.id}", at, f"into segment {info.id}")
        if queue:
            return job
        click.echo(f"import {job.id}", err=True)
        job = await _to_the_end(store, job)
        await _write_report(store, job, report)
        return job

    _tell(ctx, run_with_store(ctx, work), as_json=as_json)


async def _to_the_end(store: Store, job: ImportJob) -> ImportJob:
    """Run a job here, or watch the server that has it."""
    done = 0
    with progress(f"Import into {job.segment}", "rows") as advance:

        def tell(current: ImportJob) -> None:
            nonlocal done
            advance(current.done - done)
            done = current.done

        importer = Importer(store, f"cli-{_ids.new()}", clock=now, new_id=lambda: f"c_{_ids.new()}_1", told=tell)
        while job.state not in ENDED:
            claimed = await importer.claim(bot=job.bot, job=job.id)
            if claimed is not None:
                return await importer.run(claimed)
            await asyncio.sleep(_LOOK_EVERY)
            job = await _known(store, job.bot, job.id)
            tell(job)
    return job


@command.command()
@click.argument("job")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the rows that failed here.")
@unmask_option
@bot_option
@json_option
@click.pass_context
def resume(ctx: click.Context, job: str, report: Path | None, unmask: bool, bot: str | None, as_json: bool) -> None:
    """Resume JOB after an interruption, or wait for the worker that runs it. No row is processed twice."""
    _may_report(ctx, report, unmask=unmask)

    async def work(store: Store) -> ImportJob:
        found = await _known(store, await chosen_bot(store, bot), job)
        ended = await _to_the_end(store, found)
        await _write_report(store, ended, report)
        return ended

    _tell(ctx, run_with_store(ctx, work), as_json=as_json)


@command.command("list")
@bot_option
@click.option("--before", default="", help="Continue with those before this job.")
@limit_option
@json_option
@click.pass_context
def list_jobs(ctx: click.Context, bot: str | None, before: str, limit: int, as_json: bool) -> None:
    """List imports, the newest first."""

    async def work(store: Store) -> Sequence[ImportJob]:
        return await store.imports(await chosen_bot(store, bot), before=before, limit=limit)

    jobs = run_with_store(ctx, work)
    if as_json:
        print_json(jobs)
        return
    print_table(
        ["import", "segment", "file", "state", "rows", "added", "already there", "failed", "looking up", "by", "began"],
        [
            [
                job.id,
                job.segment,
                job.file_name,
                _state(job),
                f"{job.done} of {job.total}",
                str(job.added),
                str(job.already_there),
                str(job.failed),
                str(job.looking_up),
                job.actor,
                when(job.created_at),
            ]
            for job in jobs
        ],
        empty="there are no imports",
        prose=("file", "by"),
    )
    if jobs:
        say_if_more(len(jobs), limit, jobs[-1].id, option="--before")


@command.command()
@click.argument("job")
@bot_option
@json_option
@click.pass_context
def show(ctx: click.Context, job: str, bot: str | None, as_json: bool) -> None:
    """Show the progress of JOB."""

    async def work(store: Store) -> ImportJob:
        return await _known(store, await chosen_bot(store, bot), job)

    found = run_with_store(ctx, work)
    if as_json:
        print_json(found)
    else:
        click.echo(_told(found))


@command.command()
@click.argument("job")
@bot_option
@click.pass_context
def cancel(ctx: click.Context, job: str, bot: str | None) -> None:
    """Stop JOB. Rows that were processed stay so."""

    async def work(store: Store) -> ImportJob:
        name = await chosen_bot(store, bot)
        found = await store.cancel_import(name, job, now())
        await staff().record(store, name, "cancel_import", f"import {job}", now())
        return found

    click.echo(_told(run_with_store(ctx, work)))


@command.command()
@click.argument("job")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="A file; else standard output.")
@unmask_option
@bot_option
@click.pass_context
def report(ctx: click.Context, job: str, output: Path | None, unmask: bool, bot: str | None) -> None:
    """Write the rows of JOB that failed as CSV, each with the reason and what to do. It needs --unmask."""
    _may_report(ctx, output or Path("-"), unmask=unmask)

    async def work(store: Store) -> None:
        found = await _known(store, await chosen_bot(store, bot), job)
        await _write_report(store, found, output or Path("-"))

    run_with_store(ctx, work)


def _may_report(ctx: click.Context, report: Path | None, *, unmask: bool) -> None:
    if report is None:
        return
    if not unmask:
        raise BadInput("the report identifies people", place="--unmask", remedy="Say --unmask, if you may")
    may_unmask(ctx, unmask=unmask)
    if report.exists():
        raise BadInput("the file exists", place=str(report), remedy="Name another one")


async def _write_report(store: Store, job: ImportJob, report: Path | None) -> None:
    if report is None:
        return
    await record_unmasking(store, job.bot, f"import {job.id}", action="export")
    if str(report) == "-":
        async for part in report_of(store, job.bot, job.id):
            sys.stdout.buffer.write(part)
    else:
        with create_private(report) as file:  # nothing else runs in a command
            async for part in report_of(store, job.bot, job.id):
                file.write(part)


async def _known(store: Store, bot: str, job: str) -> ImportJob:
    found = await store.import_job(bot, job)
    if found is None:
        raise BadInput(f"{bot} has no import {job!r}", remedy="`assent import list` tells the ids")
    return found


def _state(job: ImportJob) -> str:
    return "stopping" if job.cancelling and job.state not in ENDED else job.state.value


def _told(job: ImportJob) -> str:
    counts = f"added {job.added}, already there {job.already_there}, failed {job.failed}"
    line = f"{job.id} into {job.segment}: {_state(job)}; {job.done} of {job.total} rows: {counts}"
    if job.looking_up:
        line += f", looking up {job.looking_up}"
    pace = pace_of(job, now())
    if pace.rate is not None:
        line += f"; {pace.rate:,.0f} rows/s"
    if pace.seconds_left is not None:
        line += f", {pace.seconds_left:,.0f} s left"
    return line + (f"\n{job.reason}" if job.reason else "")


def _tell(ctx: click.Context, job: ImportJob, *, as_json: bool) -> None:
    if as_json:
        print_json(job)
    else:
        click.echo(_told(job))
    if job.state in (ImportState.FAILED, ImportState.COMPLETED_WITH_ERRORS):
        ctx.exit(1)

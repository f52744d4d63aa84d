"""What a start of a broadcast would come to, and what became of a run: shown, written to a file, counted again."""

from datetime import timedelta
from pathlib import Path

import click

from adapters.text import printable
from broadcasts import editing
from broadcasts import preview as previews
from broadcasts import report as reports
from broadcasts.preview import LeftOut, Preview
from broadcasts.report import Verified
from cli import broadcast_run
from cli.broadcast import command
from cli.common import (
    WholeFile,
    bot_option,
    context_of,
    may_unmask,
    record_unmasking,
    run_with_store,
    unmask_option,
    warn,
)
from cli.output import COUNT, json_option, limit_option, print_json, print_table, say_if_more, when
from privacy.masking import Mask
from storage.port import Store
from storage.push_records import RunRecord

__all__ = ["broadcast_run", "command"]


@command.command()
@click.argument("broadcast")
@click.option("--now", is_flag=True, help="A start now, whatever its schedule says.")
@click.option("--reason", help="List those who don't get it for this reason.")
@click.option("--after", type=COUNT, default=None, help="Continue after this number.")
@limit_option
@unmask_option
@bot_option
@json_option
@click.pass_context
def preview(
    ctx: click.Context, broadcast: str, now: bool, reason: str | None, after: int | None, limit: int, unmask: bool,
    bot: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Show what a start would come to: who gets it when, who does not and why, how it looks, how long it takes."""
    may_unmask(ctx, unmask=unmask)

    async def work(store: Store) -> Preview | LeftOut:
        context = await context_of(ctx, store, bot)
        if unmask:
            known = await editing.known_broadcast(context, broadcast)
            await record_unmasking(store, context.bot, editing.broadcast_target(known.id))
        if reason is None:
            return await previews.preview(context, broadcast, now=now, masked=not unmask)
        return await previews.left_out(context, broadcast, reason, now=now, after=after or 0, limit=limit)

    found = run_with_store(ctx, work)
    if isinstance(found, Preview):
        _show_preview(found, as_json=as_json)
    else:
        _show_left_out(found, limit, masked=not unmask, as_json=as_json)


def _show_preview(found: Preview, *, as_json: bool) -> None:
    warn(found.warnings)
    if as_json:
        print_json(found)
        return
    click.echo(f"{found.receivers} people get it, as of ledger row {found.sequence}: --expected {found.receivers}")
    for bucket in found.buckets:
        where = f" in {bucket.zone}{', zone not known' if bucket.fallback else ''}" if bucket.zone else ""
        click.echo(f"  {when(bucket.due)} UTC: {bucket.people} people{where}")
    print_table(
        ["do not get it", "people", ""],
        [[one.reason, str(one.people), "skipped" if one.planned else "no part of it"] for one in found.reasons],
        empty="nobody is left out",
    )
    until = f", until {when(found.ends)} UTC" if found.ends is not None else ""
    click.echo(f"at the channels' pace it takes {timedelta(seconds=found.seconds)}{until}")
    for each in found.cuts:
        click.echo(printable(f"{each.channel}: {each.what}"))
    for one in found.renderings:
        click.echo(printable(f"for {one.contact}:"))
        for line in one.lines or ("(nothing is said to them)",):
            click.echo(printable(f"  {line}"))


def _show_left_out(found: LeftOut, limit: int, *, masked: bool, as_json: bool) -> None:
    shown = [(one.number, Mask(one.contact).masked(one.contact) if masked else one.contact) for one in found.people]
    if as_json:
        print_json([{"number": number, "contact": contact.id} for number, contact in shown])
        return
    print_table(
        ["number", "contact", "name", "email"],
        [[str(number), contact.id, contact.name, contact.email] for number, contact in shown],
        empty="nobody",
        prose=("name",),
    )
    if found.last is not None:
        say_if_more(limit, limit, found.last)


@command.command("report")
@click.argument("run")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file.")
@unmask_option
@bot_option
@click.pass_context
def write_report(ctx: click.Context, run: str, output: Path, unmask: bool, bot: str | None) -> None:
    """Write what became of everybody in RUN to a CSV file that spreadsheets open."""
    may_unmask(ctx, unmask=unmask)

    async def work(store: Store) -> RunRecord:
        context = await context_of(ctx, store, bot)
        found, parts = await reports.report(context, run, masked=not unmask)
        file = WholeFile(output)
        try:
            async for part in parts:
                file.write(part)
            file.keep()
        finally:
            file.discard()
        return found

    done = run_with_store(ctx, work)
    click.echo(f"{output} has the {done.planned} people of {done.id}")


@command.command()
@click.argument("run")
@bot_option
@json_option
@click.pass_context
def verify(ctx: click.Context, run: str, bot: str | None, as_json: bool) -> None:
    """Count RUN again, and ask ledger and journal for each message that was sent. Status 1 if it does not fit."""

    async def work(store: Store) -> Verified:
        return await reports.verify_run(await context_of(ctx, store, bot), run)

    found = run_with_store(ctx, work)
    if as_json:
        print_json(found._asdict())
    else:
        for problem in found.problems:
            click.echo(printable(problem))
        click.echo(
            f"{found.run}: people: {found.people}; consents found: {found.consents}; turns found: {found.turns}; "
            f"problems: {len(found.problems)}"
        )
    if found.problems:
        ctx.exit(1)

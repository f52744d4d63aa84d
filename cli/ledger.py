"""`assent ledger`: the record of consent."""

import sys

import click
import msgspec

from cli.common import (
    bot_option,
    chosen_bot,
    json_option,
    new_console,
    plain,
    print_json,
    print_table,
    run_with_store,
    when,
)
from messages.consent import LedgerRow
from storage.port import Store


@click.group("ledger")
def command() -> None:
    """See and verify the record of consent."""


@command.command()
@bot_option
@click.option("--contact", default="", help="Only rows of this contact.")
@click.option("--segment", default="", help="Only rows about this segment; `*` is everything pushed.")
@click.option("--after", default=0, help="Only rows after this sequence.")
@click.option("--limit", default=100, show_default=True, help="At most so many rows.")
@click.option("--proof", is_flag=True, help="Every field of each row, the words that the person saw included.")
@json_option
@click.pass_context
def show(
    ctx: click.Context,
    bot: str | None,
    contact: str,
    segment: str,
    after: int,
    limit: int,
    proof: bool,
    as_json: bool,
) -> None:
    """List who agreed to what, when and by which act."""

    async def work(store: Store) -> list[LedgerRow]:
        name = await chosen_bot(store, bot)
        return list(await store.ledger(name, contact=contact, subject=segment, after=after, limit=limit))

    rows = run_with_store(ctx, work)
    if as_json:
        print_json(rows)
    elif proof:
        _show_proof(rows)
    else:
        print_table(
            ["#", "when (UTC)", "contact", "segment", "from → to", "by", "revision, message, button"],
            [
                [
                    str(row.sequence),
                    when(row.change.at),
                    row.change.contact,
                    row.change.subject,
                    f"{row.change.before} → {row.change.after}",
                    _by(row),
                    _where(row),
                ]
                for row in rows
            ],
            empty="the ledger is empty",
        )


def _by(row: LedgerRow) -> str:
    change = row.change
    words = change.label if change.source == "button" else change.detail
    return f"{change.source} “{words}”" if words else change.source.value


def _where(row: LedgerRow) -> str:
    change = row.change
    steps = [f"r{change.revision}" if change.revision else "", change.message, change.button]
    return " · ".join(step for step in steps if step)


def _show_proof(rows: list[LedgerRow]) -> None:
    console = new_console()
    for row in rows:
        console.print(f"[bold]row {row.sequence}[/] of {row.bot}")
        facts = {name: getattr(row.change, name) for name in msgspec.structs.asdict(row.change)}
        for name, value in facts.items():
            if value not in ("", 0):
                shown = when(value) + " UTC" if name == "at" else str(value)
                console.print(f"  [dim]{name:>13}[/]  {plain(shown)}")
        console.print()


@command.command()
@bot_option
@json_option
@click.pass_context
def verify(ctx: click.Context, bot: str | None, as_json: bool) -> None:
    """Compute every membership again from the ledger and compare; check that no row was altered, cut out or slipped in.

    Ends with status 1 if anything differs.
    """

    async def work(store: Store) -> bool:
        names = [bot] if bot else await store.bots()
        reports = {name: await store.verify_ledger(name) for name in names}
        if as_json:
            print_json(reports)
        for name, report in reports.items():
            if as_json:
                continue
            for found in report.differences:
                where = f"row {found.sequence}" if found.sequence else "no row"
                click.echo(
                    f"{name}: {found.contact} in {found.subject}: {found.problem} "
                    f"(stored {found.stored}, ledger {found.folded}, {where})",
                    err=True,
                )
            verdict = "is sound" if not report.differences else f"has {len(report.differences)} differences"
            click.echo(f"{name}: the ledger {verdict}: {report.rows} rows, {report.memberships} memberships")
        return all(not report.differences for report in reports.values())

    if not run_with_store(ctx, work):
        sys.exit(1)

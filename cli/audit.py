"""`assent audit`: what staff did that is no consent change."""

from collections.abc import Sequence

import click

from cli.common import bot_option, chosen_bot, run_with_store
from cli.output import NUMBER, json_option, limit_option, print_json, print_table, say_if_more, when
from cli.unmasking import EVERYBODY
from storage.port import Store
from storage.records import AuditRow


@click.group("audit")
def command() -> None:
    """See what staff did, who, and from which address."""


@command.command("list")
@bot_option
@click.option("--target", default="", help="Only what was done to this conversation or contact.")
@click.option("--after", type=NUMBER, default=0, help="Go on after this row.")
@limit_option
@json_option
@click.pass_context
def list_rows(ctx: click.Context, bot: str | None, target: str, after: int, limit: int, as_json: bool) -> None:
    """List rows, the oldest first. Those about everybody (*) concern each conversation and contact too."""

    async def work(store: Store) -> Sequence[AuditRow]:
        name = await chosen_bot(store, bot)
        rows = list(await store.audit(name, target=target, after=after, limit=limit))
        if target not in ("", EVERYBODY):
            rows += await store.audit(name, target=EVERYBODY, after=after, limit=limit)
        return sorted(rows, key=lambda row: row.sequence)[:limit]

    rows = run_with_store(ctx, work)
    if as_json:
        print_json(rows)
        return
    print_table(
        ["row", "when (UTC)", "who", "from", "did", "to", "more"],
        [[str(row.sequence), when(row.at), row.actor, row.address, row.action, row.target, row.detail] for row in rows],
        empty="no row of the audit is about that" if target or after else "nothing was unmasked, exported or erased",
    )
    if rows:
        say_if_more(rows, limit, rows[-1].sequence)

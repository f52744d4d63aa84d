"""`assent audit`: what staff did that is no consent change."""

from collections.abc import Sequence

import click

from cli.common import bot_option, chosen_bot, run_with_store
from cli.output import NUMBER, json_option, limit_option, print_json, print_table, say_if_more, when
from storage.port import Store
from storage.records import AuditRow


@click.group("audit")
def command() -> None:
    """See who unmasked, exported or erased what."""


@command.command("list")
@bot_option
@click.option("--target", default="", help="Only what was done to this conversation or contact.")
@click.option("--after", type=NUMBER, default=0, help="Go on after this row.")
@limit_option
@json_option
@click.pass_context
def list_rows(ctx: click.Context, bot: str | None, target: str, after: int, limit: int, as_json: bool) -> None:
    """List rows, the oldest first."""

    async def work(store: Store) -> Sequence[AuditRow]:
        return await store.audit(await chosen_bot(store, bot), target=target, after=after, limit=limit)

    rows = run_with_store(ctx, work)
    if as_json:
        print_json(rows)
        return
    print_table(
        ["row", "when (UTC)", "who", "did", "to", "more"],
        [[str(row.sequence), when(row.at), row.actor, row.action, row.target, row.detail] for row in rows],
        empty="nothing was unmasked, exported or erased",
    )
    if rows:
        say_if_more(rows, limit, rows[-1].sequence)

"""`assent audit`: what staff did that is no consent change."""

from collections.abc import Callable, Sequence
from operator import attrgetter

import click

from cli.common import bot_option, chosen_bot, run_with_store
from cli.newest import last_number, newest
from cli.output import NUMBER, json_option, limit_option, print_json, print_table, say_if_more, say_if_older, when
from cli.unmasking import EVERYBODY
from storage.port import Store
from storage.records import AuditRow

by_number: Callable[[AuditRow], int] = attrgetter("sequence")


@click.group("audit")
def command() -> None:
    """See what staff did, who, and from which address."""


@command.command("list")
@bot_option
@click.option("--target", default="", help="Only what was done to this conversation or contact.")
@click.option("--after", type=NUMBER, help="Go on after this row, the oldest first.")
@limit_option
@json_option
@click.pass_context
def list_rows(ctx: click.Context, bot: str | None, target: str, after: int | None, limit: int, as_json: bool) -> None:
    """List rows, the newest first; with --json or --after the oldest. Those about everybody (*) concern each
    conversation and contact too.
    """
    newest_first = after is None and not as_json

    async def work(store: Store) -> Sequence[AuditRow]:
        name = await chosen_bot(store, bot)

        async def read(start: int, count: int) -> Sequence[AuditRow]:
            rows = list(await store.audit(name, target=target, after=start, limit=count))
            if target not in ("", EVERYBODY):
                rows += await store.audit(name, target=EVERYBODY, after=start, limit=count)
            return sorted(rows, key=by_number)[:count]

        if not newest_first:
            return await read(after or 0, limit)
        last = await last_number(lambda start, count: store.audit(name, after=start, limit=count))
        return await newest(read, by_number, last, limit)

    rows = run_with_store(ctx, work)
    if as_json:
        print_json(rows)
        return
    print_table(
        ["row", "when (UTC)", "who", "from", "did", "to", "more"],
        [[str(row.sequence), when(row.at), row.actor, row.address, row.action, row.target, row.detail] for row in rows],
        empty="no row of the audit is about that" if target or after else "nothing was unmasked, exported or erased",
        prose=("who", "more"),
    )
    if newest_first:
        say_if_older(len(rows), limit)
    elif rows:
        say_if_more(len(rows), limit, rows[-1].sequence)

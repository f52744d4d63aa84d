"""`assent hook`: what other systems were not told."""

import click

from audiences import hooks
from audiences.hooks import FailedEvents
from cli.common import bot_option, context_of, run_with_store
from cli.output import json_option, limit_option, print_json, print_table, when
from storage.port import Store


@click.group("hook")
def command() -> None:
    """See what hooks were not told, and send it again."""


@command.command("failed")
@limit_option
@bot_option
@json_option
@click.pass_context
def failed(ctx: click.Context, limit: int, bot: str | None, as_json: bool) -> None:
    """List events that could not be delivered."""

    async def work(store: Store) -> FailedEvents:
        return await hooks.failed_events(await context_of(ctx, store, bot), limit)

    found = run_with_store(ctx, work)
    if as_json:
        print_json(found)
        return
    print_table(
        ["id", "hook", "event", "contact", "since", "attempts", "reason"],
        [
            [one.id, one.hook, one.event, one.contact, when(one.at), str(one.attempts), one.reason]
            for one in found.events
        ],
        empty="no event was given up",
    )
    click.echo(f"{found.waiting} waiting")


@command.command("resend")
@click.argument("event")
@bot_option
@click.pass_context
def resend(ctx: click.Context, event: str, bot: str | None) -> None:
    """Send EVENT again, under the same key."""

    async def work(store: Store) -> None:
        await hooks.resend_event(await context_of(ctx, store, bot), event)

    run_with_store(ctx, work)
    click.echo(f"{event} is due again")

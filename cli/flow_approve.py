"""The push that waits for a second person: seen, approved, refused."""

import click

from cli.common import ask, bot_option, chosen_bot, run_with_store, staff
from cli.flow import show_changes
from cli.flow_check import show_findings
from cli.output import NUMBER, json_option, new_console, print_json, when
from messages.errors import NotFound
from publishing.approvals import PushRequest, RequestState, approve, plan_of, refuse, request_of
from runtime.clock import now
from storage.port import Store


async def _asked(store: Store, bot: str) -> PushRequest:
    found = await request_of(store, bot)
    if found is None:
        raise NotFound(
            f"nobody asked yet to push {bot}", remedy="`assent flow push` asks where a second person is needed"
        )
    return found


@click.command("request")
@bot_option
@json_option
@click.pass_context
def request_command(ctx: click.Context, bot: str | None, as_json: bool) -> None:
    """Show the push that waits for a second person, or what became of the last one, and what it would change."""

    async def work(store: Store) -> None:
        name = await chosen_bot(store, bot)
        found = await _asked(store, name)
        if as_json:
            print_json(found)
            return
        decided = f" by {found.decided_by}" if found.decided_by else ""
        words = (
            f"request {found.number} of {found.by}, {when(found.at)}: make {found.what} live over revision {found.live}"
        )
        new_console().print(f"{words}; {found.state}{decided}", soft_wrap=True, markup=False)
        if found.note or found.reason:
            new_console().print(found.reason or found.note, soft_wrap=True, markup=False)
        if found.state is RequestState.WAITING:
            show_changes((await plan_of(store, name, found)).changes)

    run_with_store(ctx, work)


@click.command("approve")
@click.argument("number", type=NUMBER)
@bot_option
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.pass_context
def approve_command(ctx: click.Context, number: int, bot: str | None, yes: bool) -> None:
    """Make live what request NUMBER names. Refused to whoever asked for it, and if draft or live moved meanwhile."""

    async def work(store: Store) -> None:
        name = await chosen_bot(store, bot)
        found = await _asked(store, name)
        if found.number == number and found.state is RequestState.WAITING:
            plan = await plan_of(store, name, found)
            show_findings(plan.flow.warnings, text=plan.flow.source.text)
            show_changes(plan.changes)
            ask(f"Approve request {number} of {found.by}, to make {found.what} live?", yes=yes)
        info = await approve(store, name, number, staff(), now())
        click.echo(f"revision {info.number} of {name} is live")

    run_with_store(ctx, work)


@click.command("refuse")
@click.argument("number", type=NUMBER)
@bot_option
@click.option("--reason", default="", help="Why; whoever asked sees it.")
@click.pass_context
def refuse_command(ctx: click.Context, number: int, bot: str | None, reason: str) -> None:
    """Refuse request NUMBER; whoever asked for it withdraws it so. What is live stays."""

    async def work(store: Store) -> None:
        name = await chosen_bot(store, bot)
        await refuse(store, name, number, staff(), now(), reason=reason)
        click.echo(f"request {number} of {name} is refused; what is live stays")

    run_with_store(ctx, work)

"""`assent segment`: who is in which."""

import click

from cli.common import bot_option, chosen_bot, json_option, print_json, print_table, run_with_store
from flows.model.base import text_for
from flows.source.read import read_flow
from messages.contact import Contact
from messages.errors import BadInput
from storage.port import Store


@click.group("segment")
def command() -> None:
    """See who is in which segment."""


@command.command("list")
@bot_option
@json_option
@click.pass_context
def list_segments(ctx: click.Context, bot: str | None, as_json: bool) -> None:
    """List the live bot's segments."""

    async def work(store: Store) -> list[dict[str, str]]:
        name = await chosen_bot(store, bot)
        live = await store.live(name)
        found = await store.revision(name, live.number) if live else None
        if found is None:
            raise BadInput(f"{name} has no live revision", remedy="Push one first: assent flow push")
        flow = read_flow(found[1], f"revision {found[0].number}").bot
        language = flow.languages[0]
        return [
            {
                "segment": key,
                "name": text_for(segment.name, language, language),
                "purpose": text_for(segment.purpose, language, language) if segment.purpose else "",
            }
            for key, segment in flow.segments.items()
        ]

    rows = run_with_store(ctx, work)
    if as_json:
        print_json(rows)
    else:
        print_table(
            ["segment", "name", "purpose"], [list(row.values()) for row in rows], empty="the bot has no segments"
        )


@command.command()
@click.argument("segment")
@bot_option
@click.option("--after", default="", help="Go on after this contact.")
@click.option("--limit", default=100, show_default=True, help="At most so many members.")
@json_option
@click.pass_context
def show(ctx: click.Context, segment: str, bot: str | None, after: str, limit: int, as_json: bool) -> None:
    """List the members of SEGMENT."""

    async def work(store: Store) -> list[Contact]:
        name = await chosen_bot(store, bot)
        return list(await store.members(name, segment, after=after, limit=limit))

    members = run_with_store(ctx, work)
    if as_json:
        print_json(members)
    else:
        print_table(
            ["contact", "name", "email", "accounts"],
            [
                [member.id, member.name, member.email, ", ".join(f"{i.channel} {i.user}" for i in member.identities)]
                for member in members
            ],
            empty=f"nobody is in {segment}",
        )

"""`assent segment`: who is in which."""

import difflib

import click
import msgspec

from audiences.following import Audience
from cli.common import bot_option, chosen_bot, run_with_store
from cli.flow_texts import live_bot
from cli.output import json_option, limit_option, print_json, print_table, say_if_more
from cli.unmasking import may_unmask, record_unmasking, unmask_option
from flows.model.base import text_for
from flows.model.bot import Bot
from messages.contact import Contact
from messages.errors import BadInput
from replay.masking import Mask
from runtime.clock import now
from segments.people_index.index import Count
from storage.port import Store


class _Row(msgspec.Struct):
    segment: str
    name: str
    purpose: str
    members: int
    reachable: int
    sequence: int


@click.group("segment")
def command() -> None:
    """See who is in which segment."""


@command.command("list")
@bot_option
@json_option
@click.pass_context
def list_segments(ctx: click.Context, bot: str | None, as_json: bool) -> None:
    """List the live bot's segments, with how many people are in each."""

    async def work(store: Store) -> list[_Row]:
        name = await chosen_bot(store, bot)
        flow = await live_bot(store, name)
        index = await Audience(store, name).catch_up()
        return [
            _Row(
                key,
                text_for(segment.name, flow.languages[0], flow.languages[0]),
                text_for(segment.purpose, flow.languages[0], flow.languages[0]) if segment.purpose else "",
                *index.count(key, now()),
            )
            for key, segment in flow.segments.items()
        ]

    rows = run_with_store(ctx, work)
    if as_json:
        print_json(rows)
        return
    print_table(
        ["segment", "name", "members", "may be sent to", "purpose"],
        [[row.segment, row.name, str(row.members), str(row.reachable), row.purpose] for row in rows],
        empty="the live bot has no segments",
    )
    if rows:
        click.echo(f"as of ledger row {rows[0].sequence}")


@command.command()
@click.argument("segment")
@bot_option
@click.option("--after", default="", help="Go on after this contact.")
@limit_option
@unmask_option
@json_option
@click.pass_context
def show(
    ctx: click.Context, segment: str, bot: str | None, after: str, limit: int, unmask: bool, as_json: bool
) -> None:
    """List the members of SEGMENT."""
    may_unmask(ctx, unmask=unmask)

    async def work(store: Store) -> tuple[list[Contact], Count]:
        name = await chosen_bot(store, bot)
        members = list(await store.members(name, segment, after=after, limit=limit))
        if not members and not after:
            refuse_unknown(segment, await live_bot(store, name))
        if unmask:
            await record_unmasking(store, name, f"segment {segment}")
        else:
            members = [Mask(member).masked(member) for member in members]
        return members, (await Audience(store, name).catch_up()).count(segment, now())

    members, count = run_with_store(ctx, work)
    if as_json:
        print_json(members)
        return
    print_table(
        ["contact", "name", "email", "accounts"],
        [
            [member.id, member.name, member.email, ", ".join(f"{i.channel} {i.user}" for i in member.identities)]
            for member in members
        ],
        empty=f"nobody is in {segment}",
    )
    click.echo(f"members: {count.members}; may be sent to: {count.reachable}; as of ledger row {count.sequence}")
    if members:
        say_if_more(members, limit, members[-1].id)


def refuse_unknown(segment: str, flow: Bot) -> None:
    """Raise BadInput for a segment that nobody is in and the flow does not have; a former revision may have had it."""
    if segment in flow.segments:
        return
    near = difflib.get_close_matches(segment, flow.segments, n=1)
    remedy = f"Did you mean `{near[0]}`?" if near else "See `assent segment list`"
    raise BadInput(f"{flow.bot} has no segment {segment!r}, and nobody is in it", remedy=remedy)

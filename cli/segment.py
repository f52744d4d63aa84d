"""`assent segment`: who is in which."""

import difflib

import click
import msgspec

from cli.common import bot_option, chosen_bot, run_with_store
from cli.flow_texts import live_bot
from cli.output import json_option, limit_option, print_json, print_table, say_if_more
from flows.model.base import text_for
from flows.model.bot import Bot
from messages.contact import Contact
from messages.errors import BadInput
from storage.port import Conversations, Store

_PAGE = 1000


class _Row(msgspec.Struct):
    segment: str
    name: str
    purpose: str
    members: int


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
        return [
            _Row(
                key,
                text_for(segment.name, flow.languages[0], flow.languages[0]),
                text_for(segment.purpose, flow.languages[0], flow.languages[0]) if segment.purpose else "",
                await _count(store, name, key),
            )
            for key, segment in flow.segments.items()
        ]

    rows = run_with_store(ctx, work)
    if as_json:
        print_json(rows)
    else:
        print_table(
            ["segment", "name", "members", "purpose"],
            [[row.segment, row.name, str(row.members), row.purpose] for row in rows],
            empty="the live bot has no segments",
        )


async def _count(store: Conversations, bot: str, segment: str) -> int:
    count, after = 0, ""
    while page := await store.members(bot, segment, after=after, limit=_PAGE):
        count, after = count + len(page), page[-1].id
    return count


@command.command()
@click.argument("segment")
@bot_option
@click.option("--after", default="", help="Go on after this contact.")
@limit_option
@json_option
@click.pass_context
def show(ctx: click.Context, segment: str, bot: str | None, after: str, limit: int, as_json: bool) -> None:
    """List the members of SEGMENT."""

    async def work(store: Store) -> list[Contact]:
        name = await chosen_bot(store, bot)
        members = list(await store.members(name, segment, after=after, limit=limit))
        if not members and not after:
            _refuse_unknown(segment, await live_bot(store, name))
        return members

    members = run_with_store(ctx, work)
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
    if members:
        say_if_more(members, limit, members[-1].id)


def _refuse_unknown(segment: str, flow: Bot) -> None:
    """A segment that a former revision had may still have members, so only an empty one is looked at."""
    if segment in flow.segments:
        return
    near = difflib.get_close_matches(segment, flow.segments, n=1)
    remedy = f"Did you mean `{near[0]}`?" if near else "See `assent segment list`"
    raise BadInput(f"{flow.bot} has no segment {segment!r}, and nobody is in it", remedy=remedy)

"""`assent conversation`: what was said, and what did not arrive."""

import sys
from collections import deque
from collections.abc import AsyncIterator

import click

from cli.common import bot_option, chosen_bot, run_with_store
from cli.output import json_option, limit_option, print_json, print_table, say_if_more, when
from cli.transcript import draw, state_of
from messages.errors import BadInput
from storage.port import Conversations, Store
from storage.records import ConversationSummary, JournalEntry, OutboxRow

_PAGE = 1000


@click.group("conversation")
def command() -> None:
    """See conversations, and replies that did not arrive."""


@command.command("list")
@bot_option
@click.option("--after", default="", help="Go on after this conversation.")
@limit_option
@click.option("--failed", is_flag=True, help="Only those with replies that were given up.")
@json_option
@click.pass_context
def list_conversations(
    ctx: click.Context, bot: str | None, after: str, limit: int, failed: bool, as_json: bool
) -> None:
    """List conversations, with replies that wait or were given up."""

    async def work(store: Store) -> list[ConversationSummary]:
        found: list[ConversationSummary] = []
        async for row in _all(store, await chosen_bot(store, bot), after):
            if row.failed or not failed:
                found.append(row)
            if len(found) == limit:
                break
        return found

    rows = run_with_store(ctx, work)
    if as_json:
        print_json(rows)
        return
    print_table(
        ["conversation", "contact", "name", "turns", "last event (UTC)", "waiting", "not delivered", "state"],
        [
            [
                row.state.key,
                row.contact.id,
                row.contact.name,
                str(row.turns),
                when(row.state.last_event_at),
                str(row.pending or ""),
                str(row.failed or ""),
                state_of(row),
            ]
            for row in rows
        ],
        empty="no conversations" + (" with replies that were given up" if failed else ""),
    )
    if rows:
        say_if_more(rows, limit, rows[-1].state.key)


async def _all(store: Conversations, bot: str, after: str) -> AsyncIterator[ConversationSummary]:
    while page := await store.conversations(bot, after=after, limit=_PAGE):
        for row in page:
            yield row
        after = page[-1].state.key


@command.command()
@click.argument("conversation")
@bot_option
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many turns.")
@json_option
@click.pass_context
def show(ctx: click.Context, conversation: str, bot: str | None, limit: int, as_json: bool) -> None:
    """Draw CONVERSATION as the person saw it, its latest turns, with how each reply was delivered."""

    async def work(store: Store) -> tuple[ConversationSummary, list[JournalEntry], list[OutboxRow]]:
        name = await chosen_bot(store, bot)
        summary = await store.conversation(name, conversation)
        if summary is None:
            problem = f"{name} has no conversation {conversation!r}"
            raise BadInput(problem, remedy="See `assent conversation list`")
        turns = await _latest(store, name, conversation, limit)
        return summary, turns, list(await store.deliveries(name, conversation, limit=sys.maxsize))

    summary, turns, deliveries = run_with_store(ctx, work)
    if as_json:
        print_json({"conversation": summary, "turns": turns, "deliveries": deliveries})
    else:
        draw(summary, turns, {row.message.id: row for row in deliveries})


async def _latest(store: Conversations, bot: str, conversation: str, limit: int) -> list[JournalEntry]:
    latest: deque[JournalEntry] = deque(maxlen=limit)
    after = ""
    while page := await store.journal(bot, conversation, after=after, limit=_PAGE):
        latest.extend(page)
        after = page[-1].turn
    return list(latest)

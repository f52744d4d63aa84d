"""`assent conversation`: what was said, and what did not arrive."""

import click
from rich.padding import Padding
from rich.text import Text

from adapters.terminal.render import ButtonNumbers, render
from cli.common import bot_option, chosen_bot, json_option, new_console, print_json, print_table, run_with_store, when
from messages.effects import ChangeConsent
from messages.errors import BadInput
from messages.inbound import Action, ButtonPressed, TextReceived
from storage.port import Store
from storage.records import ConversationSummary, DeliveryStatus, JournalEntry, OutboxRow


@click.group("conversation")
def command() -> None:
    """See conversations, and replies that did not arrive."""


@command.command("list")
@bot_option
@click.option("--after", default="", help="Go on after this conversation.")
@click.option("--limit", default=100, show_default=True, help="At most so many.")
@click.option("--failed", is_flag=True, help="Only those with replies that were given up.")
@json_option
@click.pass_context
def list_conversations(
    ctx: click.Context, bot: str | None, after: str, limit: int, failed: bool, as_json: bool
) -> None:
    """List conversations, with replies that wait or were given up."""

    async def work(store: Store) -> list[ConversationSummary]:
        name = await chosen_bot(store, bot)
        return list(await store.conversations(name, after=after, limit=limit))

    rows = [row for row in run_with_store(ctx, work) if row.failed or not failed]
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
                _state(row),
            ]
            for row in rows
        ],
        empty="no conversations",
    )


def _state(row: ConversationSummary) -> str:
    if row.state.unreachable:
        return f"unreachable: {row.state.unreachable}"
    if row.state.handed_over:
        return "with a person"
    if row.state.run is not None:
        return f"{'asks' if row.state.run.asked else 'waits'} in {row.state.run.message}"
    return ""


@command.command()
@click.argument("conversation")
@bot_option
@click.option("--limit", default=200, show_default=True, help="At most so many turns.")
@json_option
@click.pass_context
def show(ctx: click.Context, conversation: str, bot: str | None, limit: int, as_json: bool) -> None:
    """Draw CONVERSATION as the person saw it, with how each reply was delivered."""

    async def work(store: Store) -> tuple[ConversationSummary, list[JournalEntry], list[OutboxRow]]:
        name = await chosen_bot(store, bot)
        summary = await store.conversation(name, conversation)
        if summary is None:
            problem = f"{name} has no conversation {conversation!r}"
            raise BadInput(problem, remedy="See `assent conversation list`")
        turns = await store.journal(name, conversation, limit=limit)
        return summary, list(turns), list(await store.deliveries(name, conversation))

    summary, turns, deliveries = run_with_store(ctx, work)
    if as_json:
        print_json({"conversation": summary, "turns": turns, "deliveries": deliveries})
        return
    _draw(summary, turns, {row.message.id: row for row in deliveries})


def _draw(summary: ConversationSummary, turns: list[JournalEntry], deliveries: dict[str, OutboxRow]) -> None:
    console = new_console()
    console.print(Text(f"{summary.state.key} · contact {summary.contact.id} {summary.contact.name}", "bold"))
    if state := _state(summary):
        console.print(Text(state, "yellow"))
    for entry in turns:
        console.print()
        console.print(Text(f"{when(entry.at)}  ", "dim").append(_said(entry.event.action), "bold"))
        for effect in entry.outcome.effects:
            if isinstance(effect, ChangeConsent):
                change = effect.change
                console.print(
                    Padding(Text(f"{change.subject}: {change.before} → {change.after}", "magenta"), (0, 0, 0, 4))
                )
        for step in entry.outcome.trace:
            if step.notice:
                console.print(Padding(Text(f"fault in the flow: {step.kind} {step.detail}", "red"), (0, 0, 0, 4)))
        for row in deliveries.values():
            if any(getattr(effect, "message", None) == row.message for effect in entry.outcome.effects):
                console.print(Padding(render(row.message, ButtonNumbers()), (0, 0, 0, 4)))
                console.print(Padding(_delivery(row), (0, 0, 0, 4)))


def _said(action: Action) -> str:
    match action:
        case TextReceived():
            files = f" (+ {len(action.attachments)} files)" if action.attachments else ""
            return f"{action.text}{files}"
        case ButtonPressed():
            refused = f" (refused: {action.fault})" if action.fault else ""
            return f"[{action.label or 'button'}]{refused}"
        case _:
            return type(action).__name__


def _delivery(row: OutboxRow) -> Text:
    tries = f", {row.attempts} attempts" if row.attempts > 1 else ""
    doubt = ", may have been shown twice" if row.ambiguous else ""
    match row.status:
        case DeliveryStatus.DELIVERED:
            return Text(f"delivered {when(row.delivered_at)}{tries}{doubt}", "green")
        case DeliveryStatus.FAILED:
            return Text(f"NOT delivered: {row.reason}{tries}{doubt}", "bold red")
        case _:
            retry = f", next attempt {when(row.next_attempt_at)}: {row.reason}" if row.next_attempt_at else ""
            return Text(f"waiting{tries}{retry}", "yellow")

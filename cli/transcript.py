"""A conversation drawn as the person saw it, for ops."""

from collections.abc import Mapping, Sequence

from rich.padding import Padding
from rich.text import Text

from adapters.terminal.numbers import ButtonNumbers
from adapters.terminal.printable import printable
from adapters.terminal.render import render
from cli.output import new_console, when
from cli.telling import told
from messages.effects import Send
from messages.inbound import (
    Action,
    ButtonPressed,
    ConversationEnded,
    ConversationStarted,
    ReactionChanged,
    TextReceived,
    TimerFired,
    Unhandled,
)
from storage.records import ConversationSummary, DeliveryStatus, JournalEntry, OutboxRow

_INSET = (0, 0, 0, 4)


def state_of(row: ConversationSummary) -> str:
    """Say what a conversation waits for; empty when it waits for nothing."""
    if row.state.unreachable:
        return f"unreachable: {row.state.unreachable}"
    if row.state.handed_over:
        return "with a person"
    if row.state.run is not None:
        return f"{'asks' if row.state.run.asked else 'waits'} in {row.state.run.message}"
    return ""


def draw(summary: ConversationSummary, turns: Sequence[JournalEntry], deliveries: Mapping[str, OutboxRow]) -> None:
    """Draw turns, oldest first: what the person did, what came of it, the replies and how they were delivered."""
    console = new_console()
    console.print(Text(printable(f"{summary.state.key} · contact {summary.contact.id} {summary.contact.name}"), "bold"))
    if state := state_of(summary):
        console.print(Text(printable(state), "yellow"))
    if len(turns) < summary.turns:
        console.print(Text(f"the latest {len(turns)} of {summary.turns} turns", "dim"))
    for entry in turns:
        console.print()
        console.print(Text(f"{when(entry.at)}  ", "dim").append(printable(_did(entry.event.action)), "bold"))
        for line in told(entry, {}, person="the person is"):
            console.print(Padding(line, _INSET))
        for effect in entry.outcome.effects:
            if isinstance(effect, Send):
                console.print(Padding(render(effect.message, ButtonNumbers()), _INSET))
                console.print(Padding(_delivery(deliveries.get(effect.message.id)), _INSET))


def _did(action: Action) -> str:
    match action:
        case TextReceived(text=text, attachments=files):
            return f"{text} (+ {len(files)} files)" if files else text
        case ButtonPressed(label=label, fault=fault):
            return f"[{label or 'button'}] (refused: {fault})" if fault else f"[{label or 'button'}]"
        case ReactionChanged(added=added, removed=removed):
            return " ".join([*(f"+{name}" for name in added), *(f"-{name}" for name in removed)])
        case Unhandled(kind=kind):
            return f"({kind})"
        case _:
            return _EVENTS[type(action)]


_EVENTS: dict[type, str] = {
    ConversationStarted: "(added the bot)",
    ConversationEnded: "(removed the bot)",
    TimerFired: "(a wait was over)",
}


def _delivery(row: OutboxRow | None) -> Text:
    if row is None:
        return Text("delivered; the record of it was pruned", "green")
    tries = f", {row.attempts} attempts" if row.attempts > 1 else ""
    doubt = ", may have been shown twice" if row.ambiguous else ""
    match row.status:
        case DeliveryStatus.DELIVERED:
            return Text(f"delivered {when(row.delivered_at)}{tries}{doubt}", "green")
        case DeliveryStatus.FAILED:
            return Text(printable(f"NOT delivered: {row.reason}{tries}{doubt}"), "bold red")
        case _:
            retry = f", next attempt {when(row.next_attempt_at)}: {row.reason}" if row.next_attempt_at else ""
            return Text(printable(f"waiting{tries}{retry}"), "yellow")

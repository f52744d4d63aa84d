"""Anybody's Bot Framework transcript drawn as the person saw it."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from adapters.terminal.channel import ButtonNumbers
from adapters.terminal.printable import printable
from adapters.terminal.render import render
from cli.output import when
from messages.effects import OutgoingButton, OutgoingCard, OutgoingCarousel, OutgoingMessage, OutgoingText
from replay.transcript_reading import Card, Line, Transcript

_INSET = (0, 0, 0, 4)
_UNSEEN = frozenset({"trace", "typing", "invokeResponse"})
"""Types of activities that show the person nothing that stays."""


def draw_transcript(transcript: Transcript, console: Console, *, traces: bool = False) -> None:
    """Draw each activity: what the person did at the margin, the bot's replies under it. `traces`: the unseen ones too.

    An activity of nobody known is drawn as a reply with its type.
    """
    for line in transcript.lines:
        if line.kind in _UNSEEN and not traces:
            continue
        if line.who == "user":
            console.print()
            console.print(_head(line))
        elif line.kind != "message":
            console.print(Padding(Text(printable(_happened(line)), "dim"), _INSET))
        message = _message(line)
        if message.parts or message.quick_replies:
            console.print(Padding(render(message, ButtonNumbers()), _INSET))


def _head(line: Line) -> Text:
    """When, and what the person said or did."""
    said = line.text if line.kind == "message" else _happened(line)
    at = f"{when(line.when)}  " if line.when is not None else ""
    return Text(at, "dim").append(printable(said or f"({line.kind or 'activity'})"), "bold")


def _happened(line: Line) -> str:
    return f"({': '.join(filter(None, (line.kind or 'activity', line.text)))})"


def _message(line: Line) -> OutgoingMessage:
    """Return what an activity shows as a message of ours, without words that the head has."""
    said = line.text if line.kind == "message" and line.who != "user" else ""
    parts = (
        *((OutgoingText(said),) if said else ()),
        *((OutgoingCarousel(tuple(map(_card, line.cards))),) if line.cards else ()),
    )
    return OutgoingMessage("", parts, _buttons(line.buttons))


def _card(card: Card) -> OutgoingCard:
    words = "\n".join(filter(None, (card.subtitle, card.text)))
    return OutgoingCard(card.title, words, buttons=_buttons(card.buttons))


def _buttons(labels: tuple[str, ...]) -> tuple[OutgoingButton, ...]:
    return tuple(OutgoingButton(label) for label in labels)

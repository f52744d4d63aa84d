"""Outgoing messages drawn with Rich: cards side by side, buttons with the number that presses them."""

from collections.abc import Iterable

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from adapters.terminal.channel import ButtonNumbers
from adapters.terminal.printable import printable
from messages.effects import (
    OutgoingActivity,
    OutgoingButton,
    OutgoingCard,
    OutgoingCarousel,
    OutgoingFile,
    OutgoingImage,
    OutgoingMessage,
    OutgoingText,
)

CARD_WIDTH = 34


def render(message: OutgoingMessage, numbers: ButtonNumbers) -> RenderableType:
    """Return a message as it is drawn; its buttons get their numbers from `numbers`."""
    drawn: list[RenderableType] = []
    for part in message.parts:
        match part:
            case OutgoingText():
                drawn.append(Text(printable(part.text)))
                drawn += _buttons(part.buttons, numbers)
            case OutgoingCarousel():
                drawn.append(Columns([_card(card, numbers) for card in part.cards], padding=(0, 1)))
            case OutgoingImage():
                drawn.append(_address("picture", part.alt, part.url))
            case OutgoingActivity():
                drawn.append(Text(printable(part.text)))
            case OutgoingFile():
                drawn.append(_address("file", part.title, part.url))
    if message.quick_replies:
        drawn.append(Text(""))
        line = Text()
        for button in message.quick_replies:
            line.append(f"({numbers.number(button, quick=True)}) ", "cyan")
            line.append(f"{printable(button.label)}   ", "italic")
        drawn.append(line)
    return Group(*drawn)


def _address(kind: str, words: str, url: str) -> Text:
    return Text.assemble((f"{kind} ", "dim"), printable(words), (f" {printable(url)}", "dim"))


def _buttons(buttons: Iterable[OutgoingButton], numbers: ButtonNumbers) -> list[Text]:
    lines = []
    for button in buttons:
        line = Text(f"[{numbers.number(button)}] ", "cyan").append(printable(button.label), "bold")
        lines.append(line.append(f"  {printable(button.url)}", "dim") if button.url else line)
    return lines


def _card(card: OutgoingCard, numbers: ButtonNumbers) -> Panel:
    inside: list[RenderableType] = []
    if card.image:
        inside.append(Text(printable(card.image), "dim", overflow="fold"))
    if card.subtitle:
        inside.append(Text(printable(card.subtitle)))
    inside += _buttons(card.buttons, numbers)
    return Panel(Group(*inside), title=Text(printable(card.title), "bold"), title_align="left", width=CARD_WIDTH)

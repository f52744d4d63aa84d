"""Deliveries drawn in a terminal."""

from collections.abc import Iterator
from itertools import count

from rich import box
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from standin.deliveries import Delivery
from standin.read_messenger import read_messenger
from standin.read_teams import read_teams
from standin.shown import Shown, ShownButton, ShownCard, clean

_WIDTH = 36


def read(delivery: Delivery) -> Shown:
    """Return what a delivery shows."""
    return read_messenger(delivery.body) if delivery.channel == "workplace" else read_teams(delivery.body)


def draw(delivery: Delivery, shown: Shown) -> RenderableType:
    """Return a message as a box: words, cards side by side, quick replies in a row; what can be pressed is numbered."""
    head = Text(f" {delivery.number} · {delivery.channel} → {clean(delivery.conversation)} ")
    if delivery.kind not in {"activity", "message"}:
        head.append(f"({delivery.kind}) ")
    return Panel(Group(*_pieces(shown)), title=head, title_align="left", box=box.ROUNDED, border_style="cyan")


def _pieces(shown: Shown) -> Iterator[RenderableType]:
    numbers = count(1)
    if shown.text:
        yield Text(shown.text)
    cards = [_card(card, numbers) for card in shown.cards]
    if cards:
        yield Columns(cards)
    if shown.quick_replies:
        yield Text("   ").join(_button(reply, numbers) for reply in shown.quick_replies)


def _card(card: ShownCard, numbers: Iterator[int]) -> Panel:
    lines: list[RenderableType] = []
    for words, style in ((card.title, "bold"), (card.subtitle, "dim"), (card.text, "")):
        if words:
            lines.append(Text(words, style=style))
    if card.image:
        lines.append(Text(f"▣ {card.image}", style="dim", overflow="fold"))
    lines.extend(_button(button, numbers) for button in card.buttons)
    return Panel(Group(*lines), width=_WIDTH, box=box.SQUARE)


def _button(button: ShownButton, numbers: Iterator[int]) -> Text:
    if button.link:
        return Text.assemble(("↗ ", "blue"), (button.label, "blue"), (f" {button.link}", "dim"))
    return Text.assemble((f"[{next(numbers)}] ", "green"), (button.label, "bold green"))

"""The terminal as a channel: what is typed becomes events, what is sent is drawn with Rich at once."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from adapters.port import Delivered, WirePayload
from adapters.text import printable
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
from messages.inbound import Action, ButtonPressed, ConversationReference, InboundEvent, Sender, TextReceived


class TerminalChannel:
    """Hands each message to `show`."""

    name = "terminal"

    def __init__(self, show: Callable[[OutgoingMessage], None]) -> None:
        self._show = show

    def render(self, message: OutgoingMessage, reference: ConversationReference) -> Sequence[WirePayload]:
        """Return the message itself, as plain values: it is drawn whole."""
        del reference
        return [msgspec.to_builtins(message)]

    async def deliver(self, payload: WirePayload, reference: ConversationReference) -> Delivered:
        """Draw one message."""
        del reference
        self._show(msgspec.convert(payload, OutgoingMessage))
        return Delivered()

    async def close(self) -> None:
        """Nothing is held."""


class ButtonNumbers:
    """Numbers the buttons on screen, from 1.

    Buttons stay pressable, as in any chat, until newer ones take their numbers; quick replies vanish with the next
    turn.
    """

    def __init__(self) -> None:
        self._buttons: dict[int, OutgoingButton] = {}
        self._quick: set[int] = set()
        self._old = False

    def __len__(self) -> int:
        return len(self._buttons)

    def number(self, button: OutgoingButton, *, quick: bool = False) -> int:
        """Return the next number, for `button`."""
        if self._old:
            self._buttons.clear()
            self._old = False
        number = max(self._buttons, default=0) + 1
        self._buttons[number] = button
        if quick:
            self._quick.add(number)
        return number

    def pressed(self, number: int) -> OutgoingButton | None:
        """Return the button of a number."""
        return self._buttons.get(number)

    def next_turn(self) -> None:
        """The person acts: quick replies are gone, and the next button shown is number 1."""
        for number in self._quick:
            self._buttons.pop(number, None)
        self._quick.clear()
        self._old = True

    def question_asked(self) -> None:
        """A question is open: a number is an answer to it, unless a button shown with it has that number."""
        if self._old:
            self._buttons.clear()


def reference(name: str) -> ConversationReference:
    """Return the one conversation of a test chat."""
    return ConversationReference(channel="terminal", conversation=name, user=name, bot="assent")


def event(action: Action, number: int, name: str, language: str, at: datetime) -> InboundEvent:
    """Return the n-th event of a test chat."""
    return InboundEvent(
        event_id=f"{name}-{number}",
        reference=reference(name),
        sender=Sender(user=name, locale=language),
        action=action,
        sent_at=at,
        server_clock=True,
    )


def parse(line: str, numbers: ButtonNumbers) -> Action | OutgoingButton | None:
    """Return what a typed line means: a press of the numbered button, or text.

    A link comes back as the button itself, to be shown; a number that no button has as None, unless no button is on
    screen: then it is text like any other. A number in quotes is always text.
    """
    typed = line.strip()
    if not numbers or not typed.isascii() or not typed.isdecimal() or len(typed) > 3:
        return TextReceived(text=line)
    button = numbers.pressed(int(typed))
    if button is None:
        return None
    if button.url:
        return button
    if not button.payload:
        return TextReceived(text=button.label, form="answer")
    return ButtonPressed(payload=button.payload, label=button.label, form="terminal")


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

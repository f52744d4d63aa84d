"""What is typed in the terminal, as events."""

from datetime import datetime

from adapters.terminal.numbers import ButtonNumbers
from messages.inbound import Action, ButtonPressed, InboundEvent, Sender, TextReceived
from messages.outgoing import OutgoingButton
from messages.reference import ConversationReference


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

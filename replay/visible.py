"""What people notice of a turn: what was said, and what it did. Ids, signatures and revisions are left out."""

from collections.abc import Mapping
from typing import NamedTuple

from flows.diff_words import bold, first_words
from flows.engine import trace
from flows.engine.turn import TraceStep, Turn
from flows.revision import Revision
from messages.effects import (
    OutgoingActivity,
    OutgoingButton,
    OutgoingCarousel,
    OutgoingFile,
    OutgoingImage,
    OutgoingMessage,
    OutgoingPart,
    OutgoingText,
)
from messages.inbound import (
    ButtonPressed,
    ConversationEnded,
    ConversationStarted,
    EffectDone,
    HandedBack,
    InboundEvent,
    PushDue,
    ReactionChanged,
    StoppedByChannel,
    TeamSpoke,
    TextReceived,
    TimerFired,
)
from replay.recorded import number_named

Lines = tuple[str, ...]


class Reply(NamedTuple):
    """A message as the person sees it."""

    message: str
    """Id of the flow's message; empty for the runtime's own words."""
    lines: Lines


def lines_of(message: OutgoingMessage) -> Lines:
    """Return a message as it is read, a line for each text and each row of buttons."""
    lines = ["(to the person alone)"] if message.private else []
    for part in message.parts:
        lines += _part(part)
    if message.quick_replies:
        lines.append(" ".join(f"({button.label})" for button in message.quick_replies))
    return tuple(lines)


def _part(part: OutgoingPart) -> list[str]:
    match part:
        case OutgoingText(text, buttons):
            return [text, *_buttons(buttons)]
        case OutgoingCarousel(cards):
            lines: list[str] = []
            for card in cards:
                lines.append(" | ".join(filter(None, [f"# {card.title}", card.subtitle, card.image])))
                lines += _buttons(card.buttons)
            return lines
        case OutgoingImage(url, alt):
            return [f"<picture {url}: {alt}>"]
        case OutgoingFile(url, title):
            return [f"<file {url}: {title}>"]
        case OutgoingActivity(_, text):
            return [text or "<an activity of the team's own bot>"]


def _buttons(buttons: tuple[OutgoingButton, ...]) -> list[str]:
    shown = " ".join(f"[{button.label}]" + (f"({button.url})" if button.url else "") for button in buttons)
    return [f"  {shown}"] if shown else []


def act_of(event: InboundEvent, turn: Turn, revisions: Mapping[int, Revision]) -> str:
    """Say what the person did, in the flow's words: what they typed themselves is never told."""
    steps = {step.kind: step for step in reversed(turn.trace)}
    match event.action:
        case ButtonPressed(button=ref):
            number = number_named(ref, None, revisions) if ref is not None else None
            named = button_words(revisions, number, ref.button) if ref is not None and number is not None else ""
            return f"button {named}" if named else "a press that was refused"
        case TextReceived():
            return _typed(steps, revisions)
        case _:
            return _ACTS.get(type(event.action), "an event")


def button_words(revisions: Mapping[int, Revision], number: int, button: str) -> str:
    """Name a button by the words that the flow has for it; empty when it is not known."""
    revision = revisions.get(number)
    placed = revision.buttons.get(button) if revision is not None else None
    return f"{bold(first_words(placed.button.label))} on {bold(placed.message)}" if placed is not None else ""


def _typed(steps: Mapping[str, TraceStep], revisions: Mapping[int, Revision]) -> str:
    if (reserved := steps.get(trace.RESERVED)) is not None:
        return f"word {bold(reserved.detail.partition(': ')[2])}"
    if (quick := steps.get(trace.QUICK_REPLY)) is not None:
        pressed = steps.get(trace.PRESS, quick)  # its own words may name the person
        return f"quick reply {button_words(revisions, pressed.revision, pressed.detail) or f'on {bold(quick.message)}'}"
    if (keyword := steps.get(trace.KEYWORD)) is not None:
        return f"keyword {bold(keyword.detail)}"
    if (answered := steps.get(trace.ANSWER) or steps.get(trace.UNFIT) or steps.get(trace.GIVEN_UP)) is not None:
        return f"an answer to the question in {bold(answered.message)}"
    return "a text that nothing answers"


_ACTS: dict[type, str] = {
    ConversationStarted: "adding the bot",
    ConversationEnded: "removing the bot",
    ReactionChanged: "a reaction",
    StoppedByChannel: "the channel's own way to stop",
    TimerFired: "a wait that was over",
    EffectDone: "a service that answered",
    HandedBack: "staff giving the conversation back",
    TeamSpoke: "the team's own bot",
    PushDue: "a push that was due",
}

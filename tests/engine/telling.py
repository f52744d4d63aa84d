"""A turn told in a few lines of YAML, for golden conversations."""

from datetime import datetime
from typing import Any

from flows.engine.state import ConversationState
from flows.engine.turn import Turn
from messages.consent import ConsentChange
from messages.contact import Contact
from messages.effects import (
    Answer,
    CancelTimer,
    ChangeConsent,
    Complete,
    Effect,
    Emit,
    HandOver,
    IgnoreMessage,
    Send,
    StartTimer,
)
from messages.outgoing import (
    OutgoingButton,
    OutgoingCarousel,
    OutgoingFile,
    OutgoingImage,
    OutgoingMessage,
    OutgoingPart,
    OutgoingText,
)


def told(turn: Turn, contact_before: Contact, now: datetime) -> dict[str, Any]:
    """Tell what a turn came to, at `now`; what is empty is left out."""
    contact = turn.contact
    told: dict[str, Any] = {
        "answered_by": turn.trace[0].kind if turn.trace else "",
        "replies": [_message(effect.message) for effect in turn.effects if isinstance(effect, Send)],
        "ledger": [_row(effect.change) for effect in turn.effects if isinstance(effect, ChangeConsent)],
        "also": [line for effect in turn.effects if (line := _also(effect, now))],
        "fields": dict(contact.fields) if contact.fields != contact_before.fields else {},
        "tags": sorted(contact.tags) if contact.tags != contact_before.tags else None,
        "state": _state(turn.state),
        "notices": [f"{step.kind}: {step.detail or step.message}" for step in turn.trace if step.notice],
    }
    return {key: value for key, value in told.items() if value not in ("", [], {}, None)}


def _message(message: OutgoingMessage) -> str:
    lines = ["(to the person alone)"] if message.private else []
    for part in message.parts:
        lines.extend(_part(part))
    if message.quick_replies:
        lines.append(" ".join(f"({button.label})" for button in message.quick_replies))
    return "\n".join(lines)


def _part(part: OutgoingPart) -> list[str]:
    match part:
        case OutgoingText(text, buttons):
            return [text, *_buttons(buttons)]
        case OutgoingCarousel(cards):
            lines: list[str] = []
            for card in cards:
                lines.append(" | ".join(filter(None, [f"# {card.title}", card.subtitle, card.image])))
                lines.extend(_buttons(card.buttons))
            return lines
        case OutgoingImage(url, alt):
            return [f"<picture {url}: {alt}>"]
        case OutgoingFile(url, title):
            return [f"<file {url}: {title}>"]


def _buttons(buttons: tuple[OutgoingButton, ...]) -> list[str]:
    shown = " ".join(f"[{button.label}]" + (f"({button.url})" if button.url else "") for button in buttons)
    return [f"  {shown}"] if shown else []


def _row(change: ConsentChange) -> dict[str, Any]:
    row = {
        "change": f"{change.subject}: {change.before} → {change.after}",
        "by": str(change.source),
        "typed": change.detail,
        "revision": change.revision,
        "message": change.message,
        "button": change.button,
        "label": change.label,
        "saw": change.text,
        "purpose": change.purpose,
    }
    return {key: value for key, value in row.items() if value != ""}


def _also(effect: Effect, now: datetime) -> str:
    match effect:
        case StartTimer(_, due):
            return f"a timer for {due - now}"
        case CancelTimer():
            return "the timer is cancelled"
        case IgnoreMessage(text):
            return f"ignored: {text}"
        case HandOver(note):
            return f"handed over: {note}"
        case Emit(event, data):
            return f"event {event}: {dict(data)}"
        case Complete(kind, item):
            return f"completed {kind} {item}"
        case Answer(text):
            return f"answer: {text}"
        case _:
            return ""


def _state(state: ConversationState) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if state.run is not None:
        place = f"{state.run.message} at {'.'.join(map(str, state.run.cursor))}, revision {state.run.revision}"
        told["asks" if state.run.asked else "waits"] = place
        if state.run.attempts:
            told["attempts"] = state.run.attempts
    if state.offered:
        told["offered"] = [offered.label for offered in state.offered]
    if state.handed_over:
        told["handed_over"] = True
    if state.unreachable:
        told["unreachable"] = state.unreachable
    return told

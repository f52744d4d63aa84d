"""A turn told in a few values that people can read and YAML can hold, for golden conversations."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flows.engine import trace
from flows.engine.turn import ConversationState, Turn
from messages.consent import ConsentChange
from messages.contact import Contact
from messages.effects import (
    Answer,
    CancelTimer,
    ChangeConsent,
    Complete,
    Emit,
    HandOver,
    IgnoreMessage,
    Send,
    StartTimer,
)
from replay.visible import lines_of

Numbered = Callable[[int], int]
"""Gives a revision's number."""


def told(turn: Turn, contact_before: Contact, now: datetime, numbered: Numbered = int) -> dict[str, Any]:
    """Tell what a turn came to, at `now`; what is empty is left out. `numbered`: what revisions are called."""
    contact = turn.contact
    told: dict[str, Any] = {
        "answered_by": turn.trace[0].kind if turn.trace else "",
        "replies": ["\n".join(lines_of(effect.message)) for effect in turn.effects if isinstance(effect, Send)],
        "ledger": [_row(effect.change, numbered) for effect in turn.effects if isinstance(effect, ChangeConsent)],
        "also": [_ALSO[type(effect)](effect, now) for effect in turn.effects if type(effect) in _ALSO],
        "fields": dict(contact.fields) if contact.fields != contact_before.fields else {},
        "tags": sorted(contact.tags) if contact.tags != contact_before.tags else None,
        "late": next((step.detail.partition(":")[0] for step in turn.trace if step.kind == trace.LATE), ""),
        "lowered": sorted(turn.lowered),
        "state": _state(turn.state, numbered),
        "notices": [f"{step.kind}: {step.detail or step.message}" for step in turn.trace if step.notice],
    }
    return {key: value for key, value in told.items() if value not in ("", [], {}, None)}


def _row(change: ConsentChange, numbered: Numbered) -> dict[str, Any]:
    row = {
        "change": f"{change.subject}: {change.before} → {change.after}",
        "by": str(change.source),
        "typed": change.detail,
        "revision": numbered(change.revision),
        "message": change.message,
        "button": change.button,
        "label": change.label,
        "saw": change.text,
        "purpose": change.purpose,
    }
    return {key: value for key, value in row.items() if value != ""}


_ALSO: dict[type, Callable[[Any, datetime], str]] = {
    StartTimer: lambda effect, now: f"a timer for {effect.due - now}",
    CancelTimer: lambda _effect, _now: "the timer is cancelled",
    IgnoreMessage: lambda effect, _now: f"ignored: {effect.text}",
    HandOver: lambda effect, _now: f"handed over: {effect.note}",
    Emit: lambda effect, _now: f"event {effect.event}: {dict(effect.data)}",
    Complete: lambda effect, _now: f"completed {effect.kind} {effect.item}",
    Answer: lambda effect, _now: f"answer: {effect.text}",
}


def _state(state: ConversationState, numbered: Numbered) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if state.run is not None:
        place = (
            f"{state.run.message} at {'.'.join(map(str, state.run.cursor))}, revision {numbered(state.run.revision)}"
        )
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

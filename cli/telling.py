"""What a turn did besides talking, in words for a builder or for ops."""

from collections.abc import Iterator, Mapping

from rich.text import Text

from adapters.terminal.printable import printable
from messages.consent import ConsentChange, Membership
from messages.contact import Contact
from messages.effects import ChangeConsent, Complete, Effect, Emit, HandOver, IgnoreMessage
from messages.ids import ALL
from storage.records import JournalEntry


def told(entry: JournalEntry, segments: Mapping[str, str], *, person: str) -> Iterator[Text]:
    """Say what a turn did, a line each: membership changes, events, what was learnt, faults in the flow.

    `segments` names the segments; `person` begins a line about the person: `you are`.
    """
    for effect in entry.outcome.effects:
        if isinstance(effect, ChangeConsent):
            yield _change(effect.change, segments, person)
        elif line := _other(effect):
            yield Text(f"→ {printable(line)}", "magenta")
    for line in _learnt(entry.contact_before, entry.outcome.contact):
        yield Text(f"→ {printable(line)}", "magenta")
    for step in entry.outcome.trace:
        if step.notice:
            where = f" in message {step.message}" if step.message else ""
            yield Text(printable(f"! fault in the flow{where}: {step.kind} {step.detail}".rstrip()), "bold red")


def _change(change: ConsentChange, segments: Mapping[str, str], person: str) -> Text:
    name = "everything pushed" if change.subject == ALL else segments.get(change.subject, change.subject)
    entered = change.after in (Membership.OPTED_IN, Membership.ADDED)
    mark, way, style = ("✓", "in", "bold green") if entered else ("✗", "out of", "bold red")
    line = Text(f"{mark} {person} now {way} ", style).append(printable(name), f"{style} italic")
    return line.append(f"  ({change.before} → {change.after})", "dim")


def _other(effect: Effect) -> str:
    match effect:
        case HandOver(note=note):
            return f"handed over to a person{': ' if note else ''}{note}"
        case Emit(event=name, data=data):
            return f"event {name} {dict(data) or ''}".rstrip()
        case Complete(kind=kind, item=item):
            return f"completed {kind} {item}"
        case IgnoreMessage():
            return "nothing in the flow answers this; it is kept among the ignored messages"
        case _:
            return ""


def _learnt(before: Contact | None, after: Contact) -> Iterator[str]:
    fields, tags = (before.fields, before.tags) if before else ({}, frozenset[str]())
    for name in sorted({*fields, *after.fields}):
        if fields.get(name) != after.fields.get(name):
            kept = after.fields.get(name)
            yield f"{name} = {kept}" if kept is not None else f"{name} is forgotten"
    for tag in sorted(tags ^ after.tags):
        yield f"tag {tag} {'added' if tag in after.tags else 'removed'}"

"""A webhook body as `InboundEvent`s, in the order in which they came.

A batch holds events of many people. One that can't be read is refused by itself: its neighbours go on, and the whole
is still answered 200, because Meta would send all of it again and again.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from adapters.json_body import load_json
from adapters.workplace.events import INSTAGRAM, is_echo, read_event
from adapters.workplace.fields import Json, Malformed
from adapters.workplace.pages import OTHER, page_of
from messages.errors import BadPayload
from messages.inbound import InboundEvent

OBJECTS: Final = frozenset({"page", INSTAGRAM, "workplace"})
"""The `object`s whose messaging events are read. "workplace" is unconfirmed: no page or sample shows it."""


class Refused(msgspec.Struct, frozen=True):
    """A part of a webhook that can't be read: where it stands, and why, without its contents."""

    place: str
    reason: str


class Parsed(msgspec.Struct, frozen=True):
    """What a webhook body held."""

    events: tuple[InboundEvent, ...] = ()
    refused: tuple[Refused, ...] = ()
    dropped: tuple[str, ...] = ()
    """What is understood and of no use, one word each: `echo`, `change`, `other_object`."""
    others: tuple[str, ...] = ()
    """Places of what came to a page that is not the bot's."""


def parse(body: bytes, pages: frozenset[str] | None = None) -> Parsed:
    """Read a webhook body; `pages` are the bot's, None takes all.

    Raises BadPayload when it is not JSON, or no webhook at all.
    """
    webhook = load_json(body)
    if not isinstance(webhook, dict) or not isinstance(webhook.get("object"), str):
        raise BadPayload("the body is no webhook: it names no object", place="object")
    if webhook["object"] not in OBJECTS:
        return Parsed(dropped=("other_object",))
    entries = webhook.get("entry")
    if not isinstance(entries, list):
        raise BadPayload("entry is not a list", place="entry")
    events: list[InboundEvent] = []
    refused: list[Refused] = []
    dropped: list[str] = []
    others: list[str] = []
    for at, entry in enumerate(entries):
        for place, outcome in _entry(entry, webhook["object"], pages):
            if isinstance(outcome, InboundEvent):
                events.append(outcome)
            elif isinstance(outcome, Malformed):
                refused.append(Refused(f"entry[{at}]{place}", str(outcome)))
            elif outcome == OTHER:
                others.append(f"entry[{at}]{place}")
            else:
                dropped.append(outcome)
    return Parsed(tuple(events), tuple(refused), tuple(dropped), tuple(others))


def _entry(
    entry: Any,  # noqa: ANN401  # JSON
    source: str,
    pages: frozenset[str] | None,
) -> Iterator[tuple[str, InboundEvent | Malformed | str]]:
    if not isinstance(entry, dict):
        yield "", Malformed("it is not an object")
        return
    for field, standby in (("messaging", False), ("standby", True)):
        listed = entry.get(field)
        if listed is None:
            continue
        if not isinstance(listed, list | dict):
            yield f".{field}", Malformed("it is not a list")
            continue
        for at, event in enumerate(listed if isinstance(listed, list) else [listed]):
            yield f".{field}[{at}]", _event(event, source, entry, pages, standby=standby)
    if entry.get("changes") is not None:
        yield ".changes", "change"


def _event(
    event: Any,  # noqa: ANN401  # JSON
    source: str,
    entry: Json,
    pages: frozenset[str] | None,
    *,
    standby: bool,
) -> InboundEvent | Malformed | str:
    if not isinstance(event, dict):
        return Malformed("it is not an object")
    if is_echo(event, entry):
        return "echo"
    page = page_of(event, entry, pages)
    if page is None:
        return OTHER
    try:
        return read_event(event, source=source, entry=entry, page=page, standby=standby)
    except Malformed as malformed:
        return malformed

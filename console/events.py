"""What happened to a person elsewhere: events that filters ask about."""

from typing import Literal

import msgspec

from audiences.who import find_contact
from console.contacts import edit
from console.operations import Answer, Call, Operation
from console.problems import invalid
from console.views import Changed, Word
from filters.model import Kind
from messages.contact import Contact
from storage.audience_records import Role

_KINDS = Literal["product", "collection", "flow"]


class Completed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that the person completed."""

    kind: _KINDS
    item: Word


class EventBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom it happened to (`contact` or `handle`), and what it was (one of the other three)."""

    contact: Word | None = None
    """The contact's id."""
    handle: Word | None = None
    """Their e-mail address or external id."""
    event: Word | None = None
    """The name of an event."""
    completed: Completed | None = None
    talked_with: Word | None = None
    """Whom the person talked with."""


async def emit(call: Call) -> Answer:
    """Keep an event with the person. The time is that of the request."""
    body: EventBody = call.body
    if sum(one is not None for one in (body.event, body.completed, body.talked_with)) != 1:
        raise invalid("it says no event, or several", place="body", remedy="Give event, completed or talked_with")
    contact = await _whom(call, body)
    at = call.house.clock()
    if body.completed is not None:
        key = f"{Kind(body.completed.kind).value}:{body.completed.item}"
        person = await edit(call, contact, lambda one: {**one.completed, key: at}, "completed")
    elif body.talked_with is not None:
        name = body.talked_with
        person = await edit(call, contact, lambda one: one.talked_with | {name}, "talked_with")
    else:
        person = await edit(call, contact, lambda one: _with_event(one, body, call), "events")
    return Answer(Changed(person.contact.id, person.contact.version), 201)


def _with_event(contact: Contact, body: EventBody, call: Call) -> object:
    return {**contact.events, str(body.event): call.house.clock()}


async def _whom(call: Call, body: EventBody) -> str:
    if (body.contact is None) == (body.handle is None):
        raise invalid("it says nobody, or two people", place="body", remedy="Give contact or handle")
    if body.contact is not None:
        return body.contact
    return (await find_contact(call.store, call.bot, body.handle or "")).contact.id


OPERATIONS = (
    Operation("emitEvent", "POST", "/bots/{bot}/events", "Keep an event with a person.", Role.OPS, emit, Changed, 201,
              body=EventBody, may_be=(409,)),
)  # fmt: skip

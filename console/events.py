"""What happened to a person elsewhere: events that filters ask about."""

from datetime import datetime

import msgspec

from audiences.contacts import Change
from audiences.events import completed, happened, record_event, talked_with
from console.operations import Answer, Call, Operation
from console.problems import invalid
from console.views import Changed
from filters.model import Kind
from storage.audience_records import Role


class Completed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that the person completed."""

    kind: Kind
    item: str


class EventBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom it happened to (`contact` or `handle`), and what it was (one of the other three)."""

    contact: str | None = None
    """The contact's id."""
    handle: str | None = None
    """Their e-mail address, external id or account."""
    event: str | None = None
    """The name of an event."""
    completed: Completed | None = None
    talked_with: str | None = None
    """Whom the person talked with."""


async def emit(call: Call) -> Answer:
    """Keep an event with the person. The time is that of the request."""
    body: EventBody = call.body
    who = [each for each in (body.contact, body.handle) if each is not None]
    changes = _changes(body, call.house.clock())
    if len(who) != 1:
        raise invalid("it names nobody, or two people", place="body", remedy="Give contact or handle")
    if len(changes) != 1:
        raise invalid("it says no event, or several", place="body", remedy="Give event, completed or talked_with")
    ((kind, change),) = changes.items()
    person = await record_event(await call.context(), who[0], change, kind)
    return Answer(Changed(person.contact.id, person.contact.version), 201)


def _changes(body: EventBody, at: datetime) -> dict[str, Change]:
    found: dict[str, Change] = {}
    if body.event is not None:
        found["event"] = happened(body.event, at)
    if body.completed is not None:
        found["completed"] = completed(body.completed.kind, body.completed.item, at)
    if body.talked_with is not None:
        found["talked_with"] = talked_with(body.talked_with)
    return found


OPERATIONS = (
    Operation("emitEvent", "POST", "/bots/{bot}/events", "Keep an event with a person.", Role.OPS, emit, Changed, 201,
              body=EventBody, may_be=(409,)),
)  # fmt: skip

"""What happened to a person elsewhere: events that filters ask about."""

from datetime import datetime

from msgspec.structs import replace

from audiences.contacts import Change, edit_contact
from audiences.context import Context
from audiences.who import find_contact
from filters.model import LONGEST_VALUE, Kind
from filters.person import KnownPerson
from messages.errors import BadInput


async def record_event(context: Context, who: str, change: Change, kind: str) -> KnownPerson:
    """Keep an event with the one person whom `who` names. `kind` is kept in the audit.

    Raises NotFound, StateConflict.
    """
    context.staff.require("record_event")
    store, bot = context.store, context.bot
    person = await find_contact(store, bot, who)
    return await edit_contact(
        store, bot, person.contact.id, change, context.staff, context.at, "record_event", kind
    )  # fmt: skip


def happened(event: str, at: datetime) -> Change:
    """Return the change that an event of a name makes. Raises BadInput for what is no name."""
    name = _checked("event", event)
    return lambda contact: replace(contact, events={**contact.events, name: at})


def completed(kind: Kind, item: str, at: datetime) -> Change:
    """Return the change that completing something makes. Raises BadInput for what is no name."""
    key = f"{kind.value}:{_checked('completed.item', item)}"
    return lambda contact: replace(contact, completed={**contact.completed, key: at})


def talked_with(name: str) -> Change:
    """Return the change that a talk with somebody makes. Raises BadInput for what is no name."""
    name = _checked("talked_with", name)
    return lambda contact: replace(contact, talked_with=contact.talked_with | {name})


def _checked(place: str, name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_VALUE or not name.isprintable():
        raise BadInput(f"a name has 1 to {LONGEST_VALUE} visible characters", place=place, remedy="Write such a name")
    return name

"""Contacts: list, find, keep, change, note, merge, erase, prove their consent; and what happened to them elsewhere."""

from datetime import datetime
from typing import Annotated

import msgspec

from audiences import contacts as acts
from audiences.contact_values import ContactView, contact_view
from audiences.contacts import Change, Edited, Said
from audiences.events import completed, happened, record_event, talked_with
from audiences.members import asked_filter, people_after
from audiences.segments import refuse_unknown_segment
from audiences.who import whose_records
from console.access import seen_by
from console.operations import Answer, Call, Operation, PageQuery, after, etag, page
from console.problems import invalid
from console.views import (
    Changed,
    ContactPage,
    Details,
    Erased,
    MergeBody,
    NewContact,
    NoteBody,
    TagsBody,
)
from filters.model import Kind
from filters.person import KnownPerson
from messages.contact import EDITABLE, Identity
from privacy.masking import Mask
from replay.proof import Proof
from replay.proof_reading import read_proof
from replay.recorded import flow_texts
from storage.audience_records import Role

PATH = "/bots/{bot}/contacts"


class ContactsQuery(PageQuery, frozen=True, forbid_unknown_fields=True):
    """Which contacts."""

    filter: Annotated[str, msgspec.Meta(description="A condition, as docs/filters.md has it.")] | None = None


async def list_contacts(call: Call) -> Answer:
    """List contacts in the order in which they became known."""
    limit, of = call.query.limit, f"contacts {call.bot} {call.query.filter or ''}"
    begin: int = after(call.query, int, of)
    if call.query.filter is not None:
        context = await call.context()
        index, condition, _ = await asked_filter(context, call.query.filter)
        people, last = await people_after(context, index.select(condition, context.at), begin, limit)
    else:
        people = list(await call.store.people(call.bot, after=begin, limit=limit))
        last = people[-1].number if len(people) == limit else None
    await seen_by(call)
    shown = tuple(contact_view(person, masked=call.masked) for person in people)
    return page(ContactPage(shown), call.request, of, last)


async def show(call: Call) -> Answer:
    """Show one contact with its memberships."""
    person, memberships = await acts.show(await call.context(), call.path["contact"])
    await seen_by(call, person.contact.id)
    shown = contact_view(person, masked=call.masked, memberships=memberships)
    return Answer(shown, headers={"ETag": etag(person.contact.version)})


async def create(call: Call) -> Answer:
    """Keep a person whom staff knows. The answer tells the id alone."""
    body: NewContact = call.body
    accounts = [Identity(one.channel, one.user) for one in body.accounts]
    person = await acts.create(await call.context(), f"c_{call.house.new_id()}_1", _said(body), accounts)
    return _changed(call, Edited(person), 201)


async def change(call: Call) -> Answer:
    """Change what is known of a person."""
    version = call.expected_version
    return _changed(
        call, await acts.edit(await call.context(), call.path["contact"], _said(call.body), version=version)
    )


def _said(body: Details) -> Said:
    details = {word: value for word in EDITABLE if (value := getattr(body, word)) is not msgspec.UNSET}
    tags = None if body.tags is msgspec.UNSET else body.tags
    return Said(details, body.fields, tags, body.subscribe, body.unsubscribe)


async def tag(call: Call) -> Answer:
    """Add and remove tags."""
    body: TagsBody = call.body
    return _changed(call, await acts.tag(await call.context(), call.path["contact"], body.add, body.remove))


async def note(call: Call) -> Answer:
    """Keep a note about a person."""
    return _changed(call, await acts.note(await call.context(), call.path["contact"], call.body.text), 201)


async def merge(call: Call) -> Answer:
    """Make one person of two. The stricter consent of the two holds."""
    body: MergeBody = call.body
    return _changed(call, Edited(await acts.merge(await call.context(), call.path["contact"], body.gone)))


async def erase(call: Call) -> Answer:
    """Take away everything that tells who a contact is or what they said."""
    done = await acts.erase(await call.context(), call.path["contact"])
    return Answer(Erased(done.contact, done.changed, tuple(done.filters_naming)))


async def export(call: Call) -> Answer:
    """Give all that is held about a person, for that person: JSON and a page, in a zip."""
    contact, packed = await acts.export(await call.context(), call.path["contact"])
    name = f'attachment; filename="{contact}.zip"'
    return Answer(packed, headers={"Content-Disposition": name}, content_type="application/zip")


def _changed(call: Call, edited: Edited, status: int = 200) -> Answer:
    person: KnownPerson = edited.person
    headers = {"ETag": etag(person.contact.version)}
    if status == 201:
        headers["Location"] = f"/api/v1/bots/{call.bot}/contacts/{person.contact.id}"
    return Answer(Changed(person.contact.id, person.contact.version, edited.changed), status, headers)


OPERATIONS = (
    Operation("listContacts", "GET", PATH, "List contacts.", Role.VIEWER, list_contacts, ContactPage,
              query=ContactsQuery, may_be=(403,)),
    Operation("createContact", "POST", PATH, "Keep a person whom staff knows.", Role.OPS, create, Changed, 201,
              body=NewContact, may_be=(409,)),
    Operation("showContact", "GET", PATH + "/{contact}", "Show one contact.", Role.VIEWER, show, ContactView),
    Operation("changeContact", "PATCH", PATH + "/{contact}", "Change what is known of a person.", Role.OPS, change,
              Changed, body=Details, versioned=True, may_be=(409,)),
    Operation("tagContact", "POST", PATH + "/{contact}/tags", "Add and remove tags.", Role.OPS, tag, Changed,
              body=TagsBody, may_be=(409,)),
    Operation("noteContact", "POST", PATH + "/{contact}/notes", "Keep a note about a person.", Role.OPS, note, Changed,
              201, body=NoteBody, may_be=(409,)),
    Operation("mergeContacts", "POST", PATH + "/{contact}/merge", "Make one person of two.", Role.OPS, merge, Changed,
              body=MergeBody, may_be=(409,)),
    Operation("exportContact", "GET", PATH + "/{contact}/export.zip", "All that is held about a person, as a zip.",
              Role.OPS, export, content_type="application/zip"),
    Operation("eraseContact", "DELETE", PATH + "/{contact}", "Erase a person.", Role.OPS, erase,
              Erased),
)  # fmt: skip


class ProofQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it is about."""

    segment: Annotated[
        str, msgspec.Meta(max_length=200, description="Only this segment, and everything; `*` is everything alone.")
    ] = ""


async def show_proof(call: Call) -> Answer:
    """Tell how a contact came to be in and out of what. One who was merged away or erased keeps their rows."""
    contact = await whose_records(call.store, call.bot, call.path["contact"])
    await refuse_unknown_segment(call.store, call.bot, await call.flow(), call.query.segment)
    await seen_by(call, contact)
    mask: Mask | None = None
    if call.masked:
        person = await call.store.contact(call.bot, contact)
        flows = await flow_texts(call.store, call.bot)
        mask = Mask(person, flows=flows) if person is not None else Mask(flows=flows)
    at = call.house.clock()
    return Answer(await read_proof(call.store, call.bot, contact, subject=call.query.segment, at=at, mask=mask))


PROOFS = (
    Operation("showProof", "GET", PATH + "/{contact}/proof", "Show how a person came to be in and out of what.",
              Role.VIEWER, show_proof, Proof, query=ProofQuery),
)  # fmt: skip


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


EVENTS = (
    Operation("emitEvent", "POST", "/bots/{bot}/events", "Keep an event with a person.", Role.OPS, emit, Changed, 201,
              body=EventBody, may_be=(409,)),
)  # fmt: skip

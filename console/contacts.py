"""Contacts: list, find, keep, change, note, erase, and prove their consent."""

from collections.abc import Callable
from typing import Annotated

import msgspec

from audiences.members import asked_filter, people_after
from audiences.naming_filters import filters_naming
from audiences.person_export import export_person
from console.access import seen_by
from console.operations import Answer, Call, Operation, PageQuery, after, etag, page
from console.problems import Problem, invalid
from console.views import (
    Changed,
    ContactPage,
    ContactView,
    Details,
    Erased,
    NewContact,
    NoteBody,
    TagsBody,
    contact_view,
    tagged,
    with_details,
)
from filters.person import KnownPerson
from messages.contact import Contact, Identity, Note
from messages.errors import StaleVersion
from privacy.masking import Mask
from replay.proof import Proof
from replay.proof_reading import read_proof, who_became
from replay.recorded import flow_texts
from storage.audience_records import Role

PATH = "/bots/{bot}/contacts"
_TRIES = 5


class ContactsQuery(PageQuery, frozen=True, forbid_unknown_fields=True):
    """Which contacts."""

    filter: Annotated[str, msgspec.Meta(description="A condition, as docs/filters.md has it.")] = ""


async def known(call: Call, contact: str) -> KnownPerson:
    """Return a contact. Raises Problem 404 when there is none, or none any more."""
    person = await call.store.person(call.bot, contact)
    if person is None or person.is_gone:
        raise Problem(404, "there is no such contact")
    return person


async def list_contacts(call: Call) -> Answer:
    """List contacts in the order in which they became known."""
    limit, of = call.query.limit, f"contacts {call.bot} {call.query.filter}"
    begin: int = after(call.query, int, of)
    if call.query.filter:
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
    person = await known(call, call.path["contact"])
    memberships = await call.store.memberships(call.bot, person.contact.id)
    await seen_by(call)
    shown = contact_view(person, masked=call.masked, memberships=memberships)
    return Answer(shown, headers={"ETag": etag(person.contact.version)})


async def create(call: Call) -> Answer:
    """Keep a person whom staff knows. The answer tells the id alone."""
    body: NewContact = call.body
    at = call.house.clock()
    blank = Contact(
        id=f"c_{call.house.new_id()}_1",
        identities=tuple(Identity(one.channel, one.user) for one in body.accounts),
        source="api",
        created_at=at,
    )
    contact = with_details(blank, body, await call.flow())
    if not (contact.identities or contact.email or contact.external_id or contact.aad_object_id):
        raise invalid(
            "nothing says who this is", place="body", remedy="Give an email, an external_id or an account at least"
        )
    person = await call.store.add_contact(call.bot, contact, unique_address=True)
    await call.record("create_contact", contact.id)
    return _changed(call, person, 201)


async def change(call: Call) -> Answer:
    """Change what is known of a person."""
    person = await known(call, call.path["contact"])
    call.expects(person.contact.version)
    contact = with_details(person.contact, call.body, await call.flow())
    try:
        edited = await call.store.edit_contact(call.bot, contact, unique_address=True)
    except StaleVersion:
        raise Problem(412, "it was changed meanwhile: read it again, then repeat the request") from None
    said = [name for name in Details.__struct_fields__ if getattr(call.body, name) is not msgspec.UNSET]
    await call.record("edit_contact", contact.id, ", ".join(said))
    return _changed(call, edited)


async def tag(call: Call) -> Answer:
    """Add and remove tags."""
    body: TagsBody = call.body
    if set(body.add) & set(body.remove):
        raise invalid("a tag is to be added and to be removed", place="body", remedy="Say one of the two")
    edited = await edit(call, call.path["contact"], lambda one: tagged(one, body.add, body.remove, "body").tags, "tags")
    await call.record("tag_contact", edited.contact.id)
    return _changed(call, edited)


async def note(call: Call) -> Answer:
    """Keep a note about a person."""
    written = Note(at=call.house.clock(), author=call.token.name, text=call.body.text)
    edited = await edit(call, call.path["contact"], lambda one: (*one.notes, written), "notes")
    await call.record("note_contact", edited.contact.id)
    return _changed(call, edited, 201)


async def edit(call: Call, contact: str, change_of: Callable[[Contact], object], name: str) -> KnownPerson:
    """Replace one member of a contact by what a function makes of it, also if somebody else is changing it."""
    for _ in range(_TRIES):
        person = await known(call, contact)
        value = change_of(person.contact)
        if value == getattr(person.contact, name):
            return person
        try:
            return await call.store.edit_contact(call.bot, msgspec.structs.replace(person.contact, **{name: value}))
        except StaleVersion:
            continue
    raise Problem(409, "the contact is being changed all the time: try again")


async def erase(call: Call) -> Answer:
    """Take away everything that tells who a contact is or what they said."""
    person = await known(call, call.path["contact"])
    named = filters_naming(await call.store.segments(call.bot), person.contact)
    await call.store.erase_contact(call.bot, person.contact.id, actor=call.token.name, at=call.house.clock())
    return Answer(Erased(person.contact.id, tuple(named)))


async def export(call: Call) -> Answer:
    """Give all that is held about a person, for that person: JSON and a page, in a zip."""
    person = await known(call, call.path["contact"])
    packed = await export_person(call.store, call.bot, person, call.house.clock())
    await call.record("export", person.contact.id)
    name = f'attachment; filename="{person.contact.id}.zip"'
    return Answer(packed, headers={"Content-Disposition": name}, content_type="application/zip")


def _changed(call: Call, person: KnownPerson, status: int = 200) -> Answer:
    contact = person.contact
    headers = {"ETag": etag(contact.version)}
    if status == 201:
        headers["Location"] = f"/api/v1/bots/{call.bot}/contacts/{contact.id}"
    return Answer(Changed(contact.id, contact.version), status, headers)


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
    contact = call.path["contact"]
    if not await call.store.ledger(call.bot, contact=contact, limit=1):
        contact = (await known(call, contact)).contact.id
    contact = await who_became(call.store, call.bot, contact)
    await seen_by(call)
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

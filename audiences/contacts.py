"""Contacts as staff works with them: found, made, changed, merged."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import available_timezones

import msgspec

from consent.merging import merge
from filters.person import KnownPerson
from flows.engine.values import read_answer
from flows.model.bot import Bot
from messages.addresses import PROBLEM, REMEDY, HandleKind, Malformed, handle_of, is_rewritten
from messages.consent import SourceKind
from messages.contact import Contact, FieldValue, Identity, Note
from messages.contact_details import EDITABLE
from messages.errors import BadInput, NotFound, StaleVersion
from staff.acting import Staff
from storage.port import Store

TYPES: Final = ("text", "number", "date", "yes_no")
LONGEST = 500
"""Characters of a detail or a field."""
_TRIES = 10

Change = Callable[[Contact], Contact]


async def create_contact(
    store: Store, bot: str, contact_id: str, change: Change, accounts: Sequence[Identity], staff: Staff, at: datetime
) -> KnownPerson:
    """Keep a person whom staff knows. Raises BadInput for one without an address, id or account; Taken; WasErased."""
    contact = change(Contact(id=contact_id, identities=tuple(accounts), source=_source(staff), created_at=at))
    if not (contact.email or contact.external_id or contact.identities):
        raise BadInput(
            "nothing says who this is", remedy="Give an e-mail address, an external id or an account at least"
        )
    person = await store.add_contact(bot, contact, unique_address=True)
    await staff.record(store, bot, "create_contact", contact_id, at)
    return person


def _source(staff: Staff) -> str:
    return SourceKind(staff.source).value


async def edit_contact(
    store: Store, bot: str, contact_id: str, change: Change, staff: Staff, at: datetime, action: str, detail: str = ""
) -> KnownPerson:
    """Change what is known of a person, as it stands at that moment. `detail` names what, never the values."""
    for _ in range(_TRIES):
        person = await store.person(bot, contact_id)
        if person is None:
            raise NotFound(f"{bot} has no contact {contact_id!r}")
        changed = change(person.contact)
        if changed == person.contact:
            return person
        try:
            edited = await store.edit_contact(bot, changed, unique_address=True)
        except StaleVersion:
            continue
        await staff.record(store, bot, action, contact_id, at, detail)
        return edited
    raise BadInput(f"{contact_id} changes all the time", remedy="Try again in a moment")


def together(*changes: Change) -> Change:
    """Return the change that makes several, one after another."""

    def change(contact: Contact) -> Contact:
        for each in changes:
            contact = each(contact)
        return contact

    return change


def set_details(details: Mapping[str, str]) -> Change:
    """Return the change that sets details by their words; an empty text takes one away.

    Raises BadInput that names the detail and what is wrong with it.
    """
    for word in details:
        if word not in EDITABLE:
            raise BadInput(f"there is no {word!r}", remedy=f"Choose of {', '.join(EDITABLE)}")
    kept = {EDITABLE[word].attribute: checked_detail(word, value) for word, value in details.items()}
    return lambda contact: msgspec.structs.replace(contact, **kept)


def checked_detail(word: str, value: str) -> str:
    """Return a detail as it is kept. Raises BadInput that says what is wrong with it."""
    value = " ".join(value.split())
    if len(value) > LONGEST or not value.isprintable():
        raise BadInput(f"it has at most {LONGEST} characters, all of which can be seen", place=word)
    if value and word in ("email", "external_id"):
        handle = handle_of(value)
        wanted = HandleKind.EMAIL if word == "email" else HandleKind.EXTERNAL_ID
        if isinstance(handle, Malformed):
            raise BadInput(handle.problem, place=word, remedy=handle.remedy)
        if handle.kind is not wanted:
            raise BadInput(f"{value!r} is no {word.replace('_', ' ')}", place=word)
    if word == "phone" and is_rewritten(value):
        raise BadInput(PROBLEM, place=word, remedy=REMEDY)
    if value and word == "time_zone" and value not in available_timezones():
        raise BadInput(f"{value!r} is no time zone", place=word, remedy="Give a name such as Europe/Paris")
    if value and word == "avatar" and not re.match("https?://", value):
        raise BadInput(f"{value!r} is no web address", place=word)
    return value


def field_value(flow: Bot, name: str, text: str, kind: str = "", language: str = "") -> FieldValue | None:
    """Return a field's value by its type: what the flow declares, else `kind`, else text. None for an empty text.

    Raises BadInput that names the field and what it takes.
    """
    declared = flow.fields.get(name)
    wanted = declared.type if declared is not None else kind or "text"
    text = text.strip()
    if not text:
        return None
    if wanted == "yes_no":
        answers = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
        if text.casefold() not in answers:
            raise BadInput(f"{text!r} is neither yes nor no", place=f"field {name}")
        return answers[text.casefold()]
    if wanted == "date":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            pass
    value = read_answer("text" if wanted == "choice" else wanted, text, language or "en")
    if value is None or (isinstance(value, str) and len(value) > LONGEST):
        raise BadInput(f"{text!r} is no {wanted}", place=f"field {name}", remedy=f"{name} holds a {wanted}")
    return value


def set_fields(values: Mapping[str, FieldValue | None]) -> Change:
    """Return the change that sets fields, and takes those away whose value is None."""

    def change(contact: Contact) -> Contact:
        fields = {**contact.fields, **values}
        return msgspec.structs.replace(
            contact, fields={name: value for name, value in fields.items() if value is not None}
        )

    return change


def change_tags(add: Sequence[str], remove: Sequence[str]) -> Change:
    """Return the change that adds and removes tags. Raises BadInput for one that is no name."""
    for tag in (*add, *remove):
        if not tag.strip() or len(tag) > LONGEST or not tag.isprintable():
            raise BadInput(f"{tag!r} is no tag", place="tag")
    added, removed = {tag.strip() for tag in add}, {tag.strip() for tag in remove}
    return lambda contact: msgspec.structs.replace(contact, tags=frozenset((contact.tags | added) - removed))


def change_subscriptions(add: Sequence[str], remove: Sequence[str]) -> Change:
    """Return the change that subscribes to sequences and topics, given as `sequence:NAME` or `topic:NAME`, and ends
    subscriptions. Raises BadInput for one of another form.
    """
    for each in (*add, *remove):
        kind, _, name = each.partition(":")
        if kind not in ("sequence", "topic") or not name.strip() or len(name) > LONGEST or not name.isprintable():
            raise BadInput(f"{each!r} is no subscription", remedy="Write sequence:NAME or topic:NAME")

    def names(kind: str, given: Sequence[str]) -> set[str]:
        return {each.partition(":")[2].strip() for each in given if each.startswith(f"{kind}:")}

    def change(contact: Contact) -> Contact:
        return msgspec.structs.replace(
            contact,
            sequences=frozenset((contact.sequences | names("sequence", add)) - names("sequence", remove)),
            topics=frozenset((contact.topics | names("topic", add)) - names("topic", remove)),
        )

    return change


def add_note(at: datetime, author: str, text: str) -> Change:
    """Return the change that adds a note."""
    if not text.strip():
        raise BadInput("there is nothing to note", place="text")
    return lambda contact: msgspec.structs.replace(contact, notes=(*contact.notes, Note(at, author, text.strip())))


async def merge_contacts(
    store: Store, bot: str, kept: KnownPerson, gone: KnownPerson, staff: Staff, at: datetime
) -> KnownPerson:
    """Make one person of two, because staff know that they are. The stricter consent of the two holds."""
    ours = await store.memberships(bot, kept.contact.id)
    theirs = await store.memberships(bot, gone.contact.id)
    outcome = merge(kept.contact, ours, gone.contact, theirs, at=at, actor=staff.name)
    try:
        person = await store.merge_contacts(bot, outcome.kept, outcome.gone, outcome.changes)
    except StaleVersion as error:
        raise BadInput("one of the two acted meanwhile", remedy="Do it again") from error
    await staff.record(store, bot, "merge_contacts", kept.contact.id, at, f"took over {gone.contact.id}")
    return person

"""Contacts as staff works with them: found, made, changed, merged."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from audiences.contact_values import checked_detail, checked_name
from consent.merging import merge
from filters.person import KnownPerson
from messages.consent import SourceKind
from messages.contact import EDITABLE, Contact, FieldValue, Identity, Note
from messages.errors import BadInput, NotFound, StaleVersion
from staff.acting import Staff
from storage.port import Store

_TRIES = 10
LONGEST_NOTE = 10_000
"""Characters."""

Change = Callable[[Contact], Contact]


async def create_contact(
    store: Store, bot: str, contact_id: str, change: Change, accounts: Sequence[Identity], staff: Staff, at: datetime
) -> KnownPerson:
    """Keep a person whom staff knows. Raises BadInput for one without an address, id or account; Taken; WasErased."""
    contact = change(Contact(id=contact_id, identities=tuple(accounts), source=_source(staff), created_at=at))
    if not (contact.identities or contact.email or contact.external_id or contact.aad_object_id):
        raise BadInput(
            "nothing says who this is", remedy="Give an e-mail address, an external id or an account at least"
        )
    person = await store.add_contact(bot, contact, unique_address=True)
    await staff.record(store, bot, "create_contact", contact_id, at)
    return person


def _source(staff: Staff) -> str:
    return SourceKind(staff.source).value


async def edit_contact(
    store: Store,
    bot: str,
    contact_id: str,
    change: Change,
    staff: Staff,
    at: datetime,
    action: str,
    detail: str = "",
    *,
    version: int | None = None,
) -> KnownPerson:
    """Change what is known of a person, as it stands at that moment. `detail` names what, never the values.

    Raises StaleVersion where it has another version than `version`.
    """
    for _ in range(_TRIES):
        person = await store.person(bot, contact_id)
        if person is None:
            raise NotFound(f"{bot} has no contact {contact_id!r}")
        if version not in (None, person.contact.version):
            raise StaleVersion(f"contact {contact_id}")
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
    checked = {word: checked_detail(word, value) for word, value in details.items()}
    kept = {EDITABLE[word].attribute: value for word, value in checked.items()}
    return lambda contact: msgspec.structs.replace(contact, **kept)


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
    added = {checked_name(tag, f"add[{place}]") for place, tag in enumerate(add)}
    removed = {checked_name(tag, f"remove[{place}]") for place, tag in enumerate(remove)}
    if both := added & removed:
        raise BadInput(f"{min(both)!r} is to be added and to be removed", place="tags", remedy="Say one of the two")
    return lambda contact: msgspec.structs.replace(contact, tags=frozenset((contact.tags | added) - removed))


def set_tags(tags: Sequence[str]) -> Change:
    """Return the change that leaves these tags alone. Raises BadInput for one that is no name."""
    names = frozenset(checked_name(tag, f"tags[{place}]") for place, tag in enumerate(tags))
    return lambda contact: msgspec.structs.replace(contact, tags=names)


def change_subscriptions(add: Sequence[str], remove: Sequence[str]) -> Change:
    """Return the change that subscribes to sequences and topics, given as `sequence:NAME` or `topic:NAME`, and ends
    subscriptions. Raises BadInput for one of another form.
    """
    added, removed = set(map(checked_subscription, add)), set(map(checked_subscription, remove))

    def names(kind: str, given: set[str]) -> set[str]:
        return {each.removeprefix(f"{kind}:") for each in given if each.startswith(f"{kind}:")}

    def change(contact: Contact) -> Contact:
        return msgspec.structs.replace(
            contact,
            sequences=frozenset((contact.sequences | names("sequence", added)) - names("sequence", removed)),
            topics=frozenset((contact.topics | names("topic", added)) - names("topic", removed)),
        )

    return change


def checked_subscription(text: str) -> str:
    """Return `sequence:NAME` or `topic:NAME` as it is kept. Raises BadInput for what is neither."""
    kind, _, name = text.partition(":")
    if kind not in ("sequence", "topic"):
        raise BadInput(f"{text!r} is not a subscription", remedy="Write sequence:NAME or topic:NAME")
    return f"{kind}:{checked_name(name, kind)}"


def add_note(at: datetime, author: str, text: str) -> Change:
    """Return the change that adds a note."""
    if not text.strip():
        raise BadInput("there is nothing to note", place="text", remedy="Write some words")
    if len(text) > LONGEST_NOTE:
        raise BadInput(f"a note has at most {LONGEST_NOTE:,} characters", place="text", remedy="Shorten it")
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

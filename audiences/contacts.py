"""Acts of staff on contacts, each once, for commands, the API and pages: who may, what is recorded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import msgspec

from audiences.contact_values import LONGEST, checked_detail, checked_field, checked_name
from audiences.context import Context
from audiences.exports import export_person
from audiences.filter_segments import CHANNELS, filters_naming
from audiences.segments import manual_segment
from audiences.subscriptions import move_names
from audiences.who import addresses_of, find_contact, whose_records
from consent.membership import Act, decide
from consent.merging import merge_people
from filters.person import KnownPerson
from flows.source.nodes import did_you_mean
from messages.consent import ALL, Membership, SourceKind
from messages.contact import EDITABLE, Contact, FieldValue, Identity, Note
from messages.errors import BadInput, NotFound, StaleVersion, StateConflict
from staff.acting import Staff
from storage.audience_records import Changed, StaffChange
from storage.erase import is_blank
from storage.port import Store
from storage.records import Erased

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
    outcome = merge_people(kept.contact, ours, gone.contact, theirs, at=at, actor=staff.name)
    try:
        person = await store.merge_contacts(bot, outcome.kept, outcome.gone, outcome.changes)
    except StaleVersion as error:
        raise BadInput("one of the two acted meanwhile", remedy="Do it again") from error
    await staff.record(store, bot, "merge_contacts", kept.contact.id, at, f"took over {gone.contact.id}")
    return person


@dataclass(frozen=True, slots=True)
class Said:
    """What staff say of a person. What is not said stays as it is."""

    details: Mapping[str, str] = field(default_factory=dict)
    """By their words; an empty text takes one away."""
    fields: Mapping[str, FieldValue | None] = field(default_factory=dict)
    """None takes one away."""
    tags: Sequence[str] | None = None
    """All of them."""
    subscribe: Sequence[str] = ()
    """`sequence:NAME` or `topic:NAME`."""
    unsubscribe: Sequence[str] = ()

    def change(self, context: Context) -> Change:
        """Return the change that it makes. Raises BadInput that names what is wrong."""
        fields = {
            checked_name(name, "fields"): checked_field(context.flow, name, value)
            for name, value in self.fields.items()
        }
        changes = [set_details(self.details), set_fields(fields)]
        if self.tags is not None:
            changes.append(set_tags(self.tags))
        return together(*changes)

    @property
    def subscriptions(self) -> list[tuple[Act, str]]:
        """What is to be joined and left. Raises BadInput for what is no topic and no sequence."""
        joined, left = ([checked_subscription(each) for each in said] for said in (self.subscribe, self.unsubscribe))
        if both := set(joined) & set(left):
            raise BadInput(
                f"{min(both)!r} is to be joined and to be left", place="subscribe", remedy="Say one of the two"
            )
        return [*((Act.ADD, each) for each in joined), *((Act.REMOVE, each) for each in left)]

    @property
    def what(self) -> str:
        """Names for the audit of what is said, without the values."""
        names = [
            *self.details,
            *(f"field {name}" for name in self.fields),
            *(["tags"] if self.tags is not None else []),
        ]
        names += map(checked_subscription, self.subscribe)
        return ", ".join([*names, *(f"no {checked_subscription(each)}" for each in self.unsubscribe)])


class Edited(NamedTuple):
    """A contact after an act, and whether the act changed it."""

    person: KnownPerson
    changed: bool = True


class Shown(NamedTuple):
    """A contact, and how it stands to each segment and to everything."""

    person: KnownPerson
    memberships: Mapping[str, Membership]


class Erasure(NamedTuple):
    """What erasing came to."""

    contact: str
    erased: Erased
    changed: bool
    """False where nothing was left to erase."""
    filters_naming: Sequence[str]
    """Ids of segments whose filters name the person, by an address, an id or a name. They were not changed."""


async def show(context: Context, who: str) -> Shown:
    """Return whom `who` names. Raises NotFound, BadInput for several."""
    person = await find_contact(context.store, context.bot, who)
    return Shown(
        person._replace(addresses=await addresses_of(context.store, context.bot, person)),
        await context.store.memberships(context.bot, person.contact.id),
    )


async def create(context: Context, contact_id: str, said: Said, accounts: Sequence[Identity]) -> KnownPerson:
    """Keep a person whom staff knows. Raises BadInput, Conflict for an address or id that is another contact's."""
    context.staff.require("create_contact")
    found = [_account(one, place) for place, one in enumerate(accounts)]
    wanted = await _known_subscriptions(context, said)
    person = await create_contact(
        context.store, context.bot, contact_id, said.change(context), found, context.staff, context.at
    )
    await _subscribe(context, person, wanted)
    return person


def _account(account: Identity, place: int) -> Identity:
    channel, user = account.channel.strip(), account.user.strip()
    if channel not in CHANNELS:
        raise BadInput(
            f"there is no channel {channel!r}",
            place=f"accounts[{place}]",
            remedy=did_you_mean(channel, sorted(CHANNELS)),
        )
    if not 1 <= len(user) <= LONGEST or not user.isprintable():
        raise BadInput(
            f"an account has 1 to {LONGEST} visible characters",
            place=f"accounts[{place}]",
            remedy="Write it as the channel has it",
        )
    return Identity(channel, user)


async def edit(context: Context, who: str, said: Said, *, version: int | None = None) -> Edited:
    """Change what is known of a person; `version` is the one that was read, None for any.

    Raises StaleVersion for another version, and as `create` and `show` do.
    """
    context.staff.require("edit_contact")
    if not said.what:
        raise BadInput("nothing is to be changed", remedy="Give a detail or a field, and its value")
    change, wanted = said.change(context), await _known_subscriptions(context, said)
    if not wanted:
        return await _edit(context, who, change, "edit_contact", said.what, version)
    person = await find_contact(context.store, context.bot, who)
    if version not in (None, person.contact.version):
        raise StaleVersion(f"contact {person.contact.id}")
    await _refuse_own_acts(context, person, wanted)
    edited = Edited(person, changed=False)
    if len(wanted) < len(said.what.split(", ")):
        edited = await _edit(context, who, change, "edit_contact", said.what, version)
    subscribed = await _subscribe(context, person, wanted)
    if subscribed and not edited.changed:
        await context.record("edit_contact", person.contact.id, said.what)
    return Edited(edited.person, edited.changed or subscribed)


async def _known_subscriptions(context: Context, said: Said) -> list[tuple[Act, str]]:
    """Return what is to be joined and left. Raises NotFound for what is to be joined and nobody declared."""
    for act, subject in said.subscriptions:
        if act is Act.ADD:
            await manual_segment(context.store, context.bot, context.flow, subject)
    return said.subscriptions


async def _refuse_own_acts(context: Context, person: KnownPerson, wanted: Sequence[tuple[Act, str]]) -> None:
    """Raise StateConflict for what the person's own act stands against."""
    memberships = await context.store.memberships(context.bot, person.contact.id)
    for act, subject in wanted:
        membership, everything = (memberships.get(one, Membership.NONE) for one in (subject, ALL))
        refusal = decide(act, membership, everything).refusal
        if refusal is not None and act is Act.ADD:
            raise StateConflict(
                f"{person.contact.id} is not added to {subject}: {refusal}", remedy="Only they can opt in"
            )


async def _subscribe(context: Context, person: KnownPerson, wanted: Sequence[tuple[Act, str]]) -> bool:
    """Add a person to topics and sequences, and remove them from others; tell whether anything changed."""
    store, bot, staff = context.store, context.bot, context.staff
    await move_names(store, bot, [person], context.at)
    changed = False
    for act, subject in wanted:
        change = StaffChange(subject, act, context.at, staff.source, staff.name, [person.number])
        changed |= Changed.CHANGED in await store.change_many(bot, change)
    return changed


async def tag(context: Context, who: str, add: Sequence[str], remove: Sequence[str]) -> Edited:
    """Add and remove tags."""
    context.staff.require("tag_contact")
    if not (add or remove):
        raise BadInput("no tag is named", place="add", remedy="Name tags to add or to remove")
    return await _edit(context, who, change_tags(add, remove), "tag_contact")


async def note(context: Context, who: str, text: str) -> Edited:
    """Keep a note about a person."""
    context.staff.require("note_contact")
    return await _edit(context, who, add_note(context.at, context.staff.name, text), "note_contact")


async def _edit(
    context: Context, who: str, change: Change, action: str, what: str = "", version: int | None = None
) -> Edited:
    contact = (await find_contact(context.store, context.bot, who)).contact.id
    changed = False

    def watched(before: Contact) -> Contact:
        nonlocal changed
        after = change(before)
        changed = after != before
        return after

    after = await edit_contact(
        context.store, context.bot, contact, watched, context.staff, context.at, action, what, version=version
    )
    return Edited(after, changed)


async def merge(context: Context, kept: str, gone: str) -> KnownPerson:
    """Make one person of two, because staff know that they are. Raises as `show` does, and BadInput."""
    context.staff.require("merge_contacts")
    ours, theirs = [await find_contact(context.store, context.bot, who) for who in (kept, gone)]
    if ours.number == theirs.number:
        raise BadInput("they are one contact already", place="gone", remedy="Name the other one")
    return await merge_contacts(context.store, context.bot, ours, theirs, context.staff, context.at)


async def erase(context: Context, who: str) -> Erasure:
    """Take away everything that tells who a contact is or what they said.

    Done again it finishes what a crash left, also of one who is known by the id alone. Raises as `show` does.
    """
    context.staff.require("erase")
    contact = await whose_records(context.store, context.bot, who)
    known = await context.store.contact(context.bot, contact)
    if known is None:
        raise NotFound(f"{context.bot} has no contact {who!r}")
    named = filters_naming(await context.store.segments(context.bot), known)
    erased = await context.store.erase_contact(context.bot, contact, actor=context.staff.name, at=context.at)
    nothing = Erased(turns=0, conversations=0, replies=0, ledger_rows=0)
    erased = erased or nothing
    return Erasure(contact, erased, not (erased == nothing and is_blank(known)), named)


async def export(context: Context, who: str, detail: str = "") -> tuple[str, bytes]:
    """Return the id of a contact, and all that is held about them as a zip, for that person. Raises as `show` does."""
    context.staff.require("export")
    person = await find_contact(context.store, context.bot, who)
    await context.record("export", person.contact.id, detail)
    return person.contact.id, await export_person(context.store, context.bot, person, context.at)

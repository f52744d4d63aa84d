"""Acts of staff on contacts, each once, for commands, the API and pages: who may, what is refused, what is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from audiences.contact_values import LONGEST, checked_field, checked_name
from audiences.contacts import (
    Change,
    add_note,
    change_subscriptions,
    change_tags,
    checked_subscription,
    create_contact,
    edit_contact,
    merge_contacts,
    set_details,
    set_fields,
    set_tags,
    together,
)
from audiences.context import Context
from audiences.exports import export_person
from audiences.filter_segments import CHANNELS
from audiences.naming_filters import filters_naming
from audiences.who import find_contact, whose_records
from filters.person import KnownPerson
from flows.source.nodes import did_you_mean
from messages.consent import Membership
from messages.contact import Contact, FieldValue, Identity
from messages.errors import BadInput, NotFound
from storage.erase import is_blank
from storage.records import Erased


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
        changes.append(change_subscriptions(self.subscribe, self.unsubscribe))
        if self.tags is not None:
            changes.append(set_tags(self.tags))
        return together(*changes)

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
    return Shown(person, await context.store.memberships(context.bot, person.contact.id))


async def create(context: Context, contact_id: str, said: Said, accounts: Sequence[Identity]) -> KnownPerson:
    """Keep a person whom staff knows. Raises BadInput, Conflict for an address or id that is another contact's."""
    context.staff.require("create_contact")
    found = [_account(one, place) for place, one in enumerate(accounts)]
    return await create_contact(
        context.store, context.bot, contact_id, said.change(context), found, context.staff, context.at
    )


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
    return await _edit(context, who, said.change(context), "edit_contact", said.what, version)


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

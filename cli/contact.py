"""`assent contact`: the people of a bot."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import click
import msgspec

from adapters.text import printable
from audiences import contacts as acts
from audiences.contact_values import TYPES, AddressView, address_view, contact_view, field_value
from audiences.contacts import Said
from audiences.members import asked_filter, people_after
from audiences.who import find_contact
from cli.common import (
    ask,
    bot_option,
    context_of,
    may_unmask,
    record_unmasking,
    run_with_store,
    unmask_option,
    warn,
)
from cli.contact_erase import erase
from cli.job_run import export_contacts, import_contacts
from cli.output import (
    COUNT,
    json_option,
    last_number,
    limit_option,
    newest,
    print_json,
    print_table,
    say_if_more,
    say_if_older,
    when,
)
from filters.person import KnownPerson
from flows.model.bot import Bot
from flows.own_lines import MASKED
from messages.consent import Membership
from messages.contact import DETAILS, Contact, FieldValue, Identity
from messages.errors import BadInput
from privacy.masking import Mask
from runtime.clock import TurnIds, now
from schedules.wall_clock import to_local
from schedules.wall_clock import zone as find_zone
from staff.acting import EVERYBODY, segment_target
from storage.port import Store


@click.group("contact")
def command() -> None:
    """Find, create, edit, merge, export and erase contacts."""


command.add_command(erase)
command.add_command(import_contacts)
command.add_command(export_contacts)


@command.command("list")
@click.option("--filter", "filter_", help="Only who meets this: tag:vip and last_seen within 7d")
@bot_option
@click.option("--after", type=COUNT, default=None, help="Continue after this number, the oldest first.")
@limit_option
@unmask_option
@json_option
@click.pass_context
def list_contacts(
    ctx: click.Context, filter_: str | None, bot: str | None, after: int | None, limit: int, unmask: bool, as_json: bool
) -> None:
    """List contacts, the newest first; with --json or --after in the order in which they became known."""
    may_unmask(ctx, unmask=unmask)
    newest_first = after is None and not as_json

    async def work(store: Store) -> list[KnownPerson]:
        context = await context_of(ctx, store, bot)
        name = context.bot
        if filter_ is None:

            async def read(start: int, count: int) -> Sequence[KnownPerson]:
                return await store.people(name, after=start, limit=count)

            if newest_first:
                people = await newest(read, lambda person: person.number, await last_number(read), limit)
            else:
                people = list(await read(after or 0, limit))
        else:
            index, condition, warnings = await asked_filter(context, filter_)
            warn(warnings)
            found = index.select(condition, context.at)
            people, _ = await people_after(context, found, after or 0, limit, newest_first=newest_first)
        if unmask:
            await record_unmasking(store, name, EVERYBODY)
            return people
        return [_masked(person) for person in people]

    people = run_with_store(ctx, work)
    if as_json:
        print_json([_plain(person) for person in people])
        return
    print_table(
        ["number", "contact", "name", "email", "accounts", "tags", "last seen (UTC)"],
        [
            [
                str(person.number),
                person.contact.id,
                person.contact.name,
                person.contact.email,
                _accounts(person.contact),
                ", ".join(sorted(person.contact.tags)),
                when(person.last_seen),
            ]
            for person in people
        ],
        empty="nobody is known",
        prose=("name", "accounts", "tags"),
    )
    if newest_first:
        say_if_older(len(people), limit)
    elif people:
        say_if_more(len(people), limit, people[-1].number)


def _masked(person: KnownPerson) -> KnownPerson:
    hidden = tuple(msgspec.structs.replace(address, key=MASKED) for address in person.addresses)
    return person._replace(contact=Mask(person.contact).masked(person.contact), addresses=hidden)


def _plain(person: KnownPerson) -> dict[str, object]:
    return {"number": person.number, "contact": contact_view(person, masked=False), "last_seen": person.last_seen}


def _accounts(contact: Contact) -> str:
    return ", ".join(f"{one.channel} {one.user}" for one in contact.identities)


@command.command()
@click.argument("who")
@bot_option
@unmask_option
@json_option
@click.pass_context
def show(ctx: click.Context, who: str, bot: str | None, unmask: bool, as_json: bool) -> None:
    """Show everything known about WHO: a contact id, an e-mail address, an external id, or an account."""
    may_unmask(ctx, unmask=unmask)

    async def work(store: Store) -> acts.Shown:
        context = await context_of(ctx, store, bot)
        shown = await acts.show(context, who)
        if not unmask:
            return shown._replace(person=_masked(shown.person))
        await record_unmasking(store, context.bot, shown.person.contact.id)
        return shown

    person, memberships = run_with_store(ctx, work)
    if as_json:
        view = contact_view(person, masked=False, memberships=memberships)
        print_json({**_plain(person), "contact": view, "memberships": memberships})
        return
    print_table(["detail", "value"], _told(person, memberships, now()), empty="", prose=("value",))


def _told(person: KnownPerson, memberships: Mapping[str, Membership], at: datetime) -> list[Sequence[str]]:
    contact = person.contact
    rows: list[Sequence[str]] = [("contact", contact.id), ("number", str(person.number))]
    rows += [(detail.word, detail.stored(contact)) for detail in DETAILS if detail.stored(contact)]
    rows += [("account", f"{one.channel} {one.user}") for one in contact.identities]
    rows += [(f"address on {one.channel}", _address(address_view(one))) for one in person.addresses]
    if contact.time_zone and (here := _local(at, contact.time_zone)):
        rows.append(("their time", here))
    moments = {"created": contact.created_at, "subscribed": contact.subscribed_at, "last seen": person.last_seen}
    rows += [(f"{name} (UTC)", when(moment)) for name, moment in moments.items() if moment]
    view = contact_view(person, masked=False, memberships=memberships)
    for name, names in (("tags", contact.tags), ("sequences", view.sequences), ("topics", view.topics)):
        if names:
            rows.append((name, ", ".join(sorted(names))))
    rows += [(f"field {name}", str(value)) for name, value in sorted(contact.fields.items())]
    rows += [(f"event {name}", when(moment)) for name, moment in sorted(contact.events.items())]
    rows += [("completed", f"{item}, {when(moment)}") for item, moment in sorted(contact.completed.items())]
    rows += [("talked with", name) for name in sorted(contact.talked_with)]
    rows += [(segment_target(subject), state.value) for subject, state in sorted(memberships.items())]
    rows += [(f"note by {note.author}, {when(note.at)}", note.text) for note in contact.notes]
    return rows


def _address(address: AddressView) -> str:
    known = [address.conversation, "reachable" if address.reachable else f"unreachable: {address.unreachable}"]
    if address.last_act is not None:
        known.append(f"last act {when(address.last_act)}")
    if address.opens_until is not None:
        known.append(f"takes messages until {when(address.opens_until)}")
    return "; ".join(known)


def _local(at: datetime, zone: str) -> str:
    try:
        return to_local(at, find_zone(zone)).strftime("%Y-%m-%d %H:%M")
    except BadInput:
        return ""


_details = click.option("--set", "details", multiple=True, metavar="WORD=TEXT", help="email=ana@example.org, phone=…")
_fields = click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="NAME[:TYPE]=VALUE",
    help="A field; TYPE is text, number, date or yes_no where the flow does not say. Empty removes it.",
)


@command.command()
@_details
@_fields
@click.option("--account", "accounts", multiple=True, metavar="CHANNEL:USER", help="An account on a channel.")
@click.option("--tag", "tags", multiple=True, help="A tag.")
@bot_option
@json_option
@click.pass_context
def create(
    ctx: click.Context,
    details: tuple[str, ...],
    fields: tuple[str, ...],
    accounts: tuple[str, ...],
    tags: tuple[str, ...],
    bot: str | None,
    as_json: bool,
) -> None:
    """Create a contact for a person who has not met the bot yet."""

    async def work(store: Store) -> acts.Edited:
        context = await context_of(ctx, store, bot)
        said = Said(_words(details), _values(context.flow, fields), tags)
        return acts.Edited(await acts.create(context, _new_id(), said, [_account(one) for one in accounts]))

    _told_of(run_with_store(ctx, work), "{}", as_json=as_json)


def _told_of(edited: acts.Edited, words: str, *, as_json: bool) -> None:
    """Say what became of a contact, whose id `words` has in braces."""
    contact = edited.person.contact
    if as_json:
        print_json({"id": contact.id, "version": contact.version, "changed": edited.changed})
    else:
        click.echo(printable(words.format(contact.id) if edited.changed else f"{contact.id}: unchanged"))


@command.command()
@click.argument("who")
@_details
@_fields
@click.option("--subscribe", multiple=True, metavar="KIND:NAME", help="To sequence:NAME or topic:NAME.")
@click.option("--unsubscribe", multiple=True, metavar="KIND:NAME", help="The opposite.")
@bot_option
@json_option
@click.pass_context
def edit(
    ctx: click.Context,
    who: str,
    details: tuple[str, ...],
    fields: tuple[str, ...],
    subscribe: tuple[str, ...],
    unsubscribe: tuple[str, ...],
    bot: str | None,
    as_json: bool,
) -> None:
    """Edit WHO. An empty text or value removes a detail."""

    async def work(store: Store) -> acts.Edited:
        context = await context_of(ctx, store, bot)
        values = _values(context.flow, fields)
        return await acts.edit(context, who, Said(_words(details), values, None, subscribe, unsubscribe))

    _told_of(run_with_store(ctx, work), "{} is changed", as_json=as_json)


@command.command()
@click.argument("who")
@click.argument("tags", nargs=-1, required=True)
@click.option("--remove", is_flag=True, help="Remove the tags.")
@bot_option
@json_option
@click.pass_context
def tag(ctx: click.Context, who: str, tags: tuple[str, ...], remove: bool, bot: str | None, as_json: bool) -> None:
    """Add tags to WHO, or remove them."""

    async def work(store: Store) -> acts.Edited:
        context = await context_of(ctx, store, bot)
        return await acts.tag(context, who, *(((), tags) if remove else (tags, ())))

    edited = run_with_store(ctx, work)
    now_has = ", ".join(sorted(edited.person.contact.tags)) or "no tags"
    _told_of(edited, "{}: " + now_has.replace("{", "{{").replace("}", "}}"), as_json=as_json)


@command.command()
@click.argument("who")
@click.argument("text")
@bot_option
@json_option
@click.pass_context
def note(ctx: click.Context, who: str, text: str, bot: str | None, as_json: bool) -> None:
    """Write a note about WHO."""

    async def work(store: Store) -> acts.Edited:
        return await acts.note(await context_of(ctx, store, bot), who, text)

    edited = run_with_store(ctx, work)
    _told_of(edited, f"{{}}: {len(edited.person.contact.notes)} notes", as_json=as_json)


@command.command()
@click.argument("kept")
@click.argument("gone")
@click.option("--yes", is_flag=True, help="Don't ask.")
@bot_option
@json_option
@click.pass_context
def merge(ctx: click.Context, kept: str, gone: str, yes: bool, bot: str | None, as_json: bool) -> None:
    """Merge GONE into KEPT: two contacts of one person. The stricter consent of the two holds."""

    async def work(store: Store) -> acts.Edited:
        context = await context_of(ctx, store, bot)
        ours, theirs = [(await find_contact(store, context.bot, who)).contact.id for who in (kept, gone)]
        if ours != theirs:
            ask(f"Merge {theirs} into {ours}, permanently?", yes=yes)
        return acts.Edited(await acts.merge(context, ours, theirs))

    _told_of(run_with_store(ctx, work), "{} has the accounts and conversations of both", as_json=as_json)


def _new_id() -> str:
    return f"c_{_ids.new()}_1"


_ids = TurnIds()


def _account(text: str) -> Identity:
    channel, colon, user = text.partition(":")
    if not colon:
        raise BadInput(
            f"{text!r} is not an account", place="--account", remedy="Write teams:29:1a2b or workplace:<page>:10042"
        )
    return Identity(channel, user)


def _words(given: Sequence[str]) -> dict[str, str]:
    """Return what was given as WORD=TEXT. Raises BadInput where there is no word."""
    found: dict[str, str] = {}
    for each in given:
        word, equals, text = each.partition("=")
        if not equals:
            raise BadInput(f"{each!r} has no =", remedy="Write it as WORD=TEXT")
        word = word.strip()
        if not word:
            raise BadInput(f"{each!r} names nothing before the =", remedy="Write it as WORD=TEXT")
        if word in found:
            raise BadInput("it is given twice", place=word, remedy="Say which of the two is meant")
        found[word] = text
    return found


def _values(flow: Bot, given: Sequence[str]) -> dict[str, FieldValue | None]:
    """Return fields by name, with values of the type that the flow declares, or that was said."""
    found: dict[str, FieldValue | None] = {}
    for word, text in _words(given).items():
        name, _, kind = word.partition(":")
        if kind and kind not in TYPES:
            raise BadInput(f"there is no type {kind!r}", place=f"fields.{name}", remedy=f"Choose of {', '.join(TYPES)}")
        found[name.strip()] = field_value(flow, name.strip(), text, kind)
    return found

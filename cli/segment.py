"""`assent segment`: audiences, and who is in which."""

from itertools import islice
from pathlib import Path

import click
import msgspec

from audiences import segments
from audiences.filter_segments import refuse_unknown_segments
from audiences.member_export import DEFAULT, check_columns, export_people
from audiences.members import MemberResult, change_members
from audiences.segments import SegmentInfo
from cli.common import (
    ask,
    bot_option,
    chosen_bot,
    create_private,
    current_index,
    may_unmask,
    progress,
    record_unmasking,
    run_with_store,
    staff,
    unmask_option,
    values_of,
)
from cli.job import import_people
from cli.output import COUNT, json_option, limit_option, print_json, print_table, say_if_more, say_if_older, when
from consent.membership import Act
from filters import wire
from filters.index.people import Count
from filters.parse import parse
from filters.person import KnownPerson
from filters.words import show as filter_text
from messages.errors import BadInput
from privacy.masking import Mask
from publishing.flows import live_bot
from runtime.clock import now
from storage.audience_records import SegmentRecord
from storage.port import Store


class _Row(msgspec.Struct):
    segment: str
    name: str
    kind: str
    purpose: str
    filter: str
    from_flow: bool
    members: int
    allowed: int
    reachable: int
    sequence: int


@click.group("segment")
def command() -> None:
    """Build audiences, and see who is in which."""


command.add_command(import_people)


@command.command("list")
@bot_option
@json_option
@click.pass_context
def list_segments(ctx: click.Context, bot: str | None, as_json: bool) -> None:
    """List segments, the flow's and those of staff, with how many people are in each."""

    async def work(store: Store) -> list[_Row]:
        name = await chosen_bot(store, bot)
        found = await segments.list_segments(store, name, await live_bot(store, name))
        index = await current_index(ctx, store, name)
        return [_row(info, index.count(info.id, now())) for info in found]

    rows = run_with_store(ctx, work)
    if as_json:
        print_json(rows)
        return
    print_table(
        ["segment", "name", "kind", "members", "allowed", "reachable", "purpose or filter"],
        [
            [
                *(row.segment, row.name, row.kind),
                *(str(row.members), str(row.allowed), str(row.reachable)),
                row.filter or row.purpose,
            ]
            for row in rows
        ],
        empty="the bot has no segments",
        prose=("name", "purpose or filter"),
    )
    if rows:
        click.echo(f"as of ledger row {rows[0].sequence}")


def _row(info: SegmentInfo, count: Count) -> _Row:
    return _Row(info.id, info.name, info.kind.value, info.purpose, info.filter, info.from_flow, *count)


@command.command()
@click.argument("name", default="")
@click.option("--id", "id_", default="", help="What flows and commands call it; made of the name otherwise.")
@click.option("--filter", "filter_", default="", help="Whoever meets this is in it: tag:vip and last_seen within 7d")
@click.option("--purpose", default="", help="What its members get, as people are told.")
@bot_option
@json_option
@click.pass_context
def create(ctx: click.Context, name: str, id_: str, filter_: str, purpose: str, bot: str | None, as_json: bool) -> None:
    """Make a segment called NAME, or "Segment #n"; with --filter, of whoever meets that."""
    condition = segments.read_filter(filter_) if filter_ else None

    async def work(store: Store) -> SegmentRecord:
        chosen = await chosen_bot(store, bot)
        flow = await live_bot(store, chosen)
        return await segments.create_segment(
            store, chosen, flow, staff(), now(), name=name, id=id_, filter=condition, purpose=purpose
        )

    _told(run_with_store(ctx, work), as_json=as_json)


@command.command()
@click.argument("segment")
@click.argument("name")
@bot_option
@json_option
@click.pass_context
def rename(ctx: click.Context, segment: str, name: str, bot: str | None, as_json: bool) -> None:
    """Call SEGMENT by another NAME. Its id stays."""

    async def work(store: Store) -> SegmentRecord:
        chosen = await chosen_bot(store, bot)
        flow = await live_bot(store, chosen)
        return await segments.rename_segment(store, chosen, flow, segment, name, staff(), now())

    _told(run_with_store(ctx, work), as_json=as_json)


@command.command("filter")
@click.argument("segment")
@click.argument("filter_", metavar="FILTER")
@bot_option
@json_option
@click.pass_context
def change_filter(ctx: click.Context, segment: str, filter_: str, bot: str | None, as_json: bool) -> None:
    """Give SEGMENT another FILTER, as text or JSON."""
    condition = segments.read_filter(filter_)

    async def work(store: Store) -> SegmentRecord:
        chosen = await chosen_bot(store, bot)
        flow = await live_bot(store, chosen)
        return await segments.change_filter(store, chosen, flow, segment, condition, staff(), now())

    _told(run_with_store(ctx, work), as_json=as_json)


def _told(record: SegmentRecord, *, as_json: bool) -> None:
    if as_json:
        print_json(record)
        return
    click.echo(f"{record.id}: {record.name} ({record.kind.value})" + (f", {record.filter}" if record.filter else ""))


@command.command()
@click.argument("segment")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--force", is_flag=True, help="Also if the live flow names it.")
@bot_option
@click.pass_context
def delete(ctx: click.Context, segment: str, yes: bool, force: bool, bot: str | None) -> None:
    """Take SEGMENT away. Its members are removed first; who opted out of it stays out."""

    async def work(store: Store) -> int:
        chosen = await chosen_bot(store, bot)
        flow = await live_bot(store, chosen)
        record = await segments.own_segment(store, chosen, flow, segment)
        index = await current_index(ctx, store, chosen)
        click.echo(f"{record.id} has {index.count(record.id, now()).members} members", err=True)
        ask("Delete it?", yes=yes)
        with progress("Removing members", "members") as advance:
            seen = 0

            def tell(count: int) -> None:
                nonlocal seen
                advance(count - seen)
                seen = count

            return await segments.delete_segment(
                store, chosen, flow, record.id, staff(), now(), index, force=force, progress=tell
            )

    click.echo(f"{segment} is deleted; members removed: {run_with_store(ctx, work)}")


@command.command()
@click.argument("segment")
@bot_option
@click.option("--after", type=COUNT, default=None, help="Go on after this number, the oldest first.")
@limit_option
@unmask_option
@json_option
@click.pass_context
def show(
    ctx: click.Context, segment: str, bot: str | None, after: int | None, limit: int, unmask: bool, as_json: bool
) -> None:
    """List the members of SEGMENT, the newest first; with --json or --after in the order in which they became known."""
    may_unmask(ctx, unmask=unmask)
    newest_first = after is None and not as_json

    async def work(store: Store) -> tuple[list[KnownPerson], Count]:
        name = await chosen_bot(store, bot)
        index = await current_index(ctx, store, name)
        known = await _known_or_used(store, name, segment, index.standings.segments)
        members = index.members(known, now())
        numbers = reversed(members) if newest_first else members.iter_equal_or_larger((after or 0) + 1)
        people = list(await store.people_numbered(name, list(islice(numbers, limit))))
        if unmask:
            await record_unmasking(store, name, f"segment {known}")
        else:
            people = [one._replace(contact=Mask(one.contact).masked(one.contact)) for one in people]
        return people, index.count(known, now())

    people, count = run_with_store(ctx, work)
    if as_json:
        print_json([{"number": one.number, "contact": one.contact, "last_seen": one.last_seen} for one in people])
        return
    print_table(
        ["number", "contact", "name", "email", "accounts", "last seen (UTC)"],
        [
            [
                str(one.number),
                one.contact.id,
                one.contact.name,
                one.contact.email,
                ", ".join(f"{each.channel} {each.user}" for each in one.contact.identities),
                when(one.last_seen),
            ]
            for one in people
        ],
        empty=f"nobody is in {segment}",
        prose=("name", "accounts"),
    )
    click.echo(_counted(count))
    if newest_first:
        say_if_older(len(people), limit)
    elif people:
        say_if_more(len(people), limit, people[-1].number)


def _counted(count: Count) -> str:
    return (
        f"members: {count.members}; allowed: {count.allowed}; reachable: {count.reachable}; "
        f"as of ledger row {count.sequence}"
    )


async def _known_or_used(store: Store, bot: str, segment: str, used: list[str]) -> str:
    """Return the id of a segment; one that only a former revision had is known by its members."""
    try:
        return (await segments.segment_info(store, bot, await live_bot(store, bot), segment)).id
    except BadInput:
        if segment in used:
            return segment
        raise


@command.command("count")
@click.argument("segment", default="")
@click.option("--filter", "filter_", default="", help="Count who meets this instead, as text or JSON.")
@bot_option
@json_option
@click.pass_context
def count_members(ctx: click.Context, segment: str, filter_: str, bot: str | None, as_json: bool) -> None:
    """Count the members of SEGMENT, or who meets a filter: exactly, as of now."""
    if bool(segment) is bool(filter_):
        raise BadInput("say what to count", remedy="Name a segment, or give a --filter")
    condition = segments.read_filter(filter_) if filter_ else None

    async def work(store: Store) -> Count:
        name = await chosen_bot(store, bot)
        index = await current_index(ctx, store, name)
        used = index.standings.segments
        if condition is None:
            return index.count(await _known_or_used(store, name, segment, used), now())
        known = await segments.known_segments(store, name, await live_bot(store, name))
        refuse_unknown_segments(condition, known.union(used))
        return index.count(condition, now())

    count = run_with_store(ctx, work)
    if as_json:
        print_json(count._asdict())
        return
    click.echo(_counted(count))


@command.command("convert")
@click.argument("filter_", metavar="FILTER")
def convert(filter_: str) -> None:
    """Show a FILTER given as text as JSON, and one given as JSON as text."""
    if filter_.lstrip().startswith("{"):
        click.echo(filter_text(segments.read_filter(filter_)))
    else:
        print_json(wire.write(parse(filter_)))


@command.command()
@click.argument("segment")
@click.argument("values", nargs=-1)
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="One a line.")
@bot_option
@json_option
@click.pass_context
def add(
    ctx: click.Context, segment: str, values: tuple[str, ...], file: Path | None, bot: str | None, as_json: bool
) -> None:
    """Add people to SEGMENT: VALUES are e-mail addresses, external ids or contact ids; - reads them from standard
    input. For long lists, and a report: assent segment import.
    """
    _change(ctx, segment, Act.ADD, values_of(values, file), bot, as_json=as_json)


@command.command()
@click.argument("segment")
@click.argument("values", nargs=-1)
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="One a line.")
@bot_option
@json_option
@click.pass_context
def remove(
    ctx: click.Context, segment: str, values: tuple[str, ...], file: Path | None, bot: str | None, as_json: bool
) -> None:
    """Remove people from SEGMENT. VALUES are as those of `add`."""
    _change(ctx, segment, Act.REMOVE, values_of(values, file), bot, as_json=as_json)


def _change(ctx: click.Context, segment: str, act: Act, values: list[str], bot: str | None, *, as_json: bool) -> None:
    if not values:
        raise BadInput("nobody was named", remedy="Give addresses or ids, a --file, or - and standard input")

    async def work(store: Store) -> list[MemberResult]:
        name = await chosen_bot(store, bot)
        info = await segments.manual_segment(store, name, await live_bot(store, name), segment)
        return await change_members(store, name, info.id, act, values, staff(), now())

    results = run_with_store(ctx, work)
    if as_json:
        print_json([result._asdict() for result in results])
    else:
        print_table(["value", "outcome", "contact"], [list(result) for result in results], empty="")
    if not all(result.is_done for result in results):
        ctx.exit(1)


@command.command()
@click.argument("segment")
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file to write."
)
@click.option("--columns", default=",".join(DEFAULT), show_default=True, help="Which, with commas; also field.NAME.")
@unmask_option
@bot_option
@click.pass_context
def export(ctx: click.Context, segment: str, output: Path, columns: str, unmask: bool, bot: str | None) -> None:
    """Write the members of SEGMENT to a CSV file. It tells who people are, so it takes --unmask."""
    chosen = [column.strip() for column in columns.split(",") if column.strip()]
    check_columns(chosen)
    if not unmask:
        raise BadInput("the file would tell who people are", place="--unmask", remedy="Say --unmask, if you may")
    may_unmask(ctx, unmask=unmask)
    if output.exists():
        raise BadInput("there is such a file already", place=str(output), remedy="Name another one")

    async def work(store: Store) -> int:
        name = await chosen_bot(store, bot)
        index = await current_index(ctx, store, name)
        known = await _known_or_used(store, name, segment, index.standings.segments)
        members = list(index.members(known, now()))
        await record_unmasking(store, name, f"segment {known}", action="export")
        with create_private(output) as file:
            async for part in export_people(store, name, members, chosen):
                file.write(part)
        return len(members)

    click.echo(f"{run_with_store(ctx, work)} members are in {output}")

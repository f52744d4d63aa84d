"""`assent segment`: audiences, and who is in which."""

from pathlib import Path

import click
import msgspec

from audiences import segments
from audiences.contact_values import contact_view
from audiences.filter_segments import read_filter
from audiences.members import FilterCount, MemberResults, change_members, count_filter, list_members
from audiences.segments import Saved, SegmentView
from cli.common import (
    ask,
    bot_option,
    context_of,
    may_unmask,
    progress,
    record_unmasking,
    run_with_store,
    unmask_option,
    values_of,
    warn,
)
from cli.job_run import export_members, import_members
from cli.output import COUNT, json_option, limit_option, print_json, print_table, say_if_more, say_if_older, when
from consent.membership import Act
from filters import wire
from filters.parse import parse
from filters.person import KnownPerson
from filters.words import show as filter_text
from messages.errors import BadInput
from privacy.masking import Mask
from runtime.clock import now
from staff.acting import segment_target
from storage.port import Store


@click.group("segment")
def command() -> None:
    """Manage segments and their members."""


command.add_command(import_members)
command.add_command(export_members)


@command.command("list")
@bot_option
@json_option
@click.pass_context
def list_segments(ctx: click.Context, bot: str | None, as_json: bool) -> None:
    """List segments, the flow's and those of staff, with how many people are in each."""

    async def work(store: Store) -> list[SegmentView]:
        return await segments.show_segments(await context_of(ctx, store, bot))

    print_views(run_with_store(ctx, work), "segment", as_json=as_json)


def print_views(rows: list[SegmentView], word: str, *, as_json: bool) -> None:
    """Print segments, topics or sequences, as `word` says, with their counts."""
    if as_json:
        print_json(rows)
        return
    print_table(
        [word, "name", "kind", "members", "allowed", "reachable", "purpose or filter"],
        [
            [
                *(row.id, row.name, row.kind.value),
                *(str(row.members), str(row.allowed), str(row.reachable)),
                row.filter or row.purpose,
            ]
            for row in rows
        ],
        empty=f"the bot has no {word}s",
        prose=("name", "purpose or filter"),
    )
    if rows:
        click.echo(f"as of ledger row {rows[0].sequence}")


@command.command()
@click.argument("name", default="")
@click.option("--id", "id_", default="", help="Its id in flows and commands; made from the name if not given.")
@click.option("--filter", "filter_", help="Everyone who matches this is in it: tag:vip and last_seen within 7d")
@click.option("--purpose", default="", help="What its members receive, as shown to people.")
@bot_option
@json_option
@click.pass_context
def create(
    ctx: click.Context, name: str, id_: str, filter_: str | None, purpose: str, bot: str | None, as_json: bool
) -> None:
    """Create a segment called NAME, or "Segment #n"; with --filter, of everyone who matches that."""

    async def work(store: Store) -> Saved:
        context = await context_of(ctx, store, bot)
        return await segments.create_segment(context, name=name, id=id_, filter=filter_, purpose=purpose)

    print_saved(run_with_store(ctx, work), as_json=as_json)


@command.command()
@click.argument("segment")
@click.argument("name")
@bot_option
@json_option
@click.pass_context
def rename(ctx: click.Context, segment: str, name: str, bot: str | None, as_json: bool) -> None:
    """Rename a segment. Its id stays."""
    _change(ctx, segment, bot, as_json=as_json, name=name)


@command.command("purpose")
@click.argument("segment")
@click.argument("purpose")
@bot_option
@json_option
@click.pass_context
def change_purpose(ctx: click.Context, segment: str, purpose: str, bot: str | None, as_json: bool) -> None:
    """Change the purpose of a segment: what its members get, as people are told."""
    _change(ctx, segment, bot, as_json=as_json, purpose=purpose)


@command.command("filter")
@click.argument("segment")
@click.argument("filter_", metavar="FILTER")
@bot_option
@json_option
@click.pass_context
def change_filter(ctx: click.Context, segment: str, filter_: str, bot: str | None, as_json: bool) -> None:
    """Change the filter of a segment. FILTER is text or JSON."""
    _change(ctx, segment, bot, as_json=as_json, filter=filter_)


def _change(ctx: click.Context, segment: str, bot: str | None, *, as_json: bool, **to: str) -> None:
    async def work(store: Store) -> Saved:
        return await segments.change_segment(
            await context_of(ctx, store, bot),
            segment,
            name=to.get("name"),
            purpose=to.get("purpose"),
            filter=to.get("filter"),
        )

    print_saved(run_with_store(ctx, work), as_json=as_json)


def print_saved(saved: Saved, *, as_json: bool) -> None:
    """Print a segment or a topic that was made or changed."""
    warn(saved.warnings)
    info = saved.segment
    if as_json:
        print_json({**msgspec.structs.asdict(info), "warnings": saved.warnings})
        return
    click.echo(f"{info.id}: {info.name} ({info.kind.value})" + (f", {info.filter}" if info.filter else ""))


@command.command()
@click.argument("segment")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--force", is_flag=True, help="Also if the live flow names it.")
@bot_option
@click.pass_context
def delete(ctx: click.Context, segment: str, yes: bool, force: bool, bot: str | None) -> None:
    """Delete a segment. Its members are removed first; who opted out of it stays out."""

    async def work(store: Store) -> segments.Deleted:
        context = await context_of(ctx, store, bot)
        record = await segments.own_segment(context, segment)
        click.echo(f"{record.id} has {(await context.index()).count(record.id, now()).members} members", err=True)
        ask("Delete it?", yes=yes)
        with progress("Removing members", "members") as advance:
            seen = 0

            def tell(count: int) -> None:
                nonlocal seen
                advance(count - seen)
                seen = count

            return await segments.delete_segment(context, record.id, force=force, progress=tell)

    deleted = run_with_store(ctx, work)
    click.echo(f"{deleted.segment} is deleted; members removed: {deleted.members}")


@command.command()
@click.argument("segment")
@bot_option
@click.option("--after", type=COUNT, default=None, help="Continue after this number, the oldest first.")
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

    async def work(store: Store) -> tuple[SegmentView, list[KnownPerson]]:
        context = await context_of(ctx, store, bot)
        view, people, _ = await list_members(context, segment, after=after or 0, limit=limit, newest_first=newest_first)
        if unmask:
            await record_unmasking(store, context.bot, segment_target(view.id))
        else:
            people = [one._replace(contact=Mask(one.contact).masked(one.contact)) for one in people]
        return view, people

    view, people = run_with_store(ctx, work)
    if as_json:
        shown = [(one, contact_view(one, masked=False)) for one in people]
        print_json([{"number": one.number, "contact": view, "last_seen": one.last_seen} for one, view in shown])
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
        empty=f"nobody is in {view.id}",
        prose=("name", "accounts"),
    )
    click.echo(_counted(view))
    if newest_first:
        say_if_older(len(people), limit)
    elif people:
        say_if_more(len(people), limit, people[-1].number)


def _counted(count: SegmentView | FilterCount) -> str:
    return (
        f"members: {count.members}; allowed: {count.allowed}; reachable: {count.reachable}; "
        f"as of ledger row {count.sequence}"
    )


@command.command("count")
@click.argument("segment", default="")
@click.option("--filter", "filter_", help="Count who meets this instead, as text or JSON.")
@bot_option
@json_option
@click.pass_context
def count_members(ctx: click.Context, segment: str, filter_: str | None, bot: str | None, as_json: bool) -> None:
    """Count the members of SEGMENT, or who meets a filter: exactly, as of now."""
    if bool(segment) is (filter_ is not None):
        raise BadInput("say what to count", remedy="Name a segment, or give a --filter")

    async def work(store: Store) -> SegmentView | FilterCount:
        context = await context_of(ctx, store, bot)
        return await (segments.show_segment(context, segment) if filter_ is None else count_filter(context, filter_))

    count = run_with_store(ctx, work)
    warn(count.warnings)
    if as_json:
        print_json({name: getattr(count, name) for name in ("members", "allowed", "reachable", "sequence")})
        return
    click.echo(_counted(count))


@command.command("convert")
@click.argument("filter_", metavar="FILTER")
def convert(filter_: str) -> None:
    """Show a FILTER given as text as JSON, and one given as JSON as text."""
    if filter_.lstrip().startswith("{"):
        click.echo(filter_text(read_filter(filter_)))
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
    _change_members(ctx, segment, Act.ADD, values_of(values, file), bot, as_json=as_json)


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
    _change_members(ctx, segment, Act.REMOVE, values_of(values, file), bot, as_json=as_json)


def _change_members(
    ctx: click.Context, segment: str, act: Act, values: list[str], bot: str | None, *, as_json: bool
) -> None:
    async def work(store: Store) -> MemberResults:
        return await change_members(await context_of(ctx, store, bot), segment, act, values)

    results = run_with_store(ctx, work)
    if as_json:
        print_json(results)
    else:
        rows = [[one.value, one.outcome, one.contact] for one in results.outcomes]
        print_table(["value", "outcome", "contact"], rows, empty="")
    if not all(one.is_done for one in results.outcomes):
        ctx.exit(1)

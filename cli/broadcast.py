"""`assent broadcast`: what is to be sent, to whom, when."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
from msgspec import UNSET

from broadcasts import editing, runs
from broadcasts.editing import BroadcastView, Definition, Saved
from broadcasts.runs import Coming
from cli.common import bot_option, context_of, run_with_store, warn
from cli.output import json_option, print_json, print_table, when
from messages.errors import BadInput
from storage.port import Store
from storage.push_records import Variant

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Span(click.ParamType[int]):
    """A time span such as `90s`, `30m`, `24h` or `2d`, in seconds."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the seconds that are meant."""
        match = re.fullmatch(r"\s*(\d{1,7})\s*([smhd])\s*", str(value))
        if match is None:
            self.fail(f"{value!r} is not a time span; write 90s, 30m, 24h or 2d", param, ctx)
        return int(match[1]) * _SECONDS[match[2]]


SPAN = Span()


@click.group("broadcast")
def command() -> None:
    """Define broadcasts, preview and send them, and see what became of them."""


@command.command("list")
@bot_option
@json_option
@click.pass_context
def list_broadcasts(ctx: click.Context, bot: str | None, as_json: bool) -> None:
    """List broadcasts."""

    async def work(store: Store) -> list[BroadcastView]:
        return await editing.list_broadcasts(await context_of(ctx, store, bot))

    rows = run_with_store(ctx, work)
    if as_json:
        print_json(rows)
        return
    print_table(
        ["broadcast", "name", "to", "says", "filter", "schedule"],
        [[row.id, row.name, row.segment, says(row), row.filter, _schedule(row)] for row in rows],
        empty="the bot has no broadcasts",
        prose=("name", "filter"),
    )


@command.command("next")
@click.argument("broadcast")
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many.")
@bot_option
@json_option
@click.pass_context
def show_next(ctx: click.Context, broadcast: str, limit: int, bot: str | None, as_json: bool) -> None:
    """Show when a broadcast is sent by itself, from now on."""

    async def work(store: Store) -> list[Coming]:
        return await runs.coming(await context_of(ctx, store, bot), broadcast, limit)

    found = run_with_store(ctx, work)
    if as_json:
        print_json(found)
        return
    print_table(
        ["occurrence", "UTC", "to", "clock", "zone"],
        [
            [each.occurrence, when(each.due), when(each.last) if each.last != each.due else "",
             each.shown or "each person's", each.zone]
            for each in found
        ],
        empty="it is not sent any more",
    )  # fmt: skip


def _schedule(broadcast: BroadcastView) -> str:
    """Return when a broadcast is sent by itself, or why it is not."""
    if broadcast.schedule is None:
        return ""
    return f"held: {broadcast.held}" if broadcast.held else broadcast.schedule.rule or broadcast.schedule.at


def says(broadcast: BroadcastView) -> str:
    """Return what a broadcast says, in short."""
    if broadcast.variants:
        return ", ".join(f"{each.message} ({each.share} %)" for each in broadcast.variants)
    return broadcast.message or "words of its own"


class _Defining:
    """The options of what a broadcast is."""

    def __call__(self, function: Any) -> Any:  # noqa: ANN401  # any command
        for option in reversed((
            click.option("--to", "segment", help="Whose members get it: a segment, or topic:ID."),
            click.option("--message", help="A message of the live flow."),
            click.option("--text", help="A text of its own, without buttons."),
            click.option("--words", type=click.Path(exists=True, dir_okay=False, path_type=Path),
                         help="A file with a message of its own, as YAML: parts, quick_replies."),
            click.option("--variant", "variants", multiple=True, metavar="NAME=MESSAGE:PERCENT",
                         help="A message that it is tried with; several, whose percents make 100."),
            click.option("--filter", "filter_", help="Narrows the audience: tag:vip and last_seen within 7d"),
            click.option("--exclude", multiple=True, help="A segment whose members don't get it; may be repeated."),
            click.option("--channel", "channels", multiple=True, help="In order of preference; may be repeated."),
            click.option("--audience", type=click.Choice(["frozen", "live"]),
                         help="live: filter and excludes are asked again when it is sent."),
            click.option("--quiet", help="Quiet hours by each person's clock, 21:00-08:00; or none."),
            click.option("--cap-exempt/--capped", default=None, help="Whether it ignores how many pushes people had."),
            click.option("--holdout", type=click.IntRange(0, 90), help="Percent who get nothing, to compare with."),
            click.option("--expires-after", type=SPAN, help="How long after it is due it may arrive: 24h."),
            click.option("--patience", type=SPAN, help="How long it waits for who is in a question: 1h."),
        )):  # fmt: skip
            function = option(function)
        return function


defining = _Defining()


@command.command()
@click.argument("name")
@click.option("--id", "id_", default="", help="Its id; made from the name if not given.")
@defining
@bot_option
@json_option
@click.pass_context
def create(ctx: click.Context, /, name: str, id_: str, bot: str | None, as_json: bool, **said: Any) -> None:  # noqa: ANN401  # options of many kinds
    """Define a broadcast called NAME. Nothing is sent yet."""
    definition = definition_of(name=name, **said)

    async def work(store: Store) -> Saved:
        return await editing.create_broadcast(await context_of(ctx, store, bot), definition, id=id_)

    show_saved(run_with_store(ctx, work), as_json=as_json)


@command.command()
@click.argument("broadcast")
@click.option("--name", help="Its name.")
@defining
@bot_option
@json_option
@click.pass_context
def edit(ctx: click.Context, /, broadcast: str, bot: str | None, as_json: bool, **said: Any) -> None:  # noqa: ANN401  # options of many kinds
    """Change a broadcast: its next run. What is sent now goes on as it was."""
    definition = definition_of(**said)
    if definition == Definition():
        raise BadInput("nothing is to be changed", remedy="Give an option, such as --message")

    async def work(store: Store) -> Saved:
        return await editing.edit_broadcast(await context_of(ctx, store, bot), broadcast, definition)

    show_saved(run_with_store(ctx, work), as_json=as_json)


def definition_of(
    *,
    words: Path | None,
    text: str | None,
    filter_: str | None,
    variants: Sequence[str],
    **said: Any,  # noqa: ANN401  # options of many kinds
) -> Definition:
    """Return what the options say. Raises BadInput."""
    given = {name: value for name, value in said.items() if value not in (None, ())}
    if text is not None:
        given["words"] = msgspec.json.encode({"parts": [{"text": text}]}).decode()
    if words is not None:
        try:
            given["words"] = words.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"it can't be read as text: {error}", place=str(words)) from error
    if filter_ is not None:
        given["filter"] = filter_
    if variants:
        given["variants"] = tuple(map(_variant, variants))
    return Definition(**given)


def _variant(said: str) -> Variant:
    match = re.fullmatch(r"([^=]+)=(.+):(\d{1,3})", said)
    if match is None:
        problem = f"{said!r} is not a variant"
        raise BadInput(problem, place="--variant", remedy="Write NAME=MESSAGE:PERCENT, such as a=hello:50")
    return Variant(match[1].strip(), match[2].strip(), int(match[3]))


def show_saved(saved: Saved, *, as_json: bool) -> None:
    """Print a broadcast that was made or changed."""
    warn(saved.warnings)
    view = editing.view_of(saved.broadcast, saved.warnings)
    if as_json:
        print_json(view)
        return
    click.echo(f"{view.id}: {view.name}, {says(view)} to {view.segment}" + (f", {view.filter}" if view.filter else ""))


def show_view(view: BroadcastView) -> None:
    """Print a broadcast."""
    rows = [[name.replace("_", " "), _shown(value)] for name, value in msgspec.structs.asdict(view).items()]
    shown = [row for row in rows if row[1] and row[0] not in ("id", "warnings")]
    print_table(["", view.id], shown, empty="", prose=(view.id,))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, tuple):
        return ", ".join(f"{one.name}={one.message}:{one.share}" if isinstance(one, Variant) else str(one)
                         for one in value)  # fmt: skip
    if isinstance(value, msgspec.Struct):
        return ", ".join(f"{name} {one}" for name, one in msgspec.to_builtins(value).items())
    return "" if value in (None, UNSET) else str(value)

"""`assent topic` and `assent sequence`: what people ask to be told about, and messages that follow each other.

Who is in which is shown and changed as for segments (`cli.segment`).
"""

from pathlib import Path

import click

from audiences import segments
from audiences.segments import Saved, SegmentView
from cli.common import bot_option, context_of, run_with_store, unmask_option
from cli.output import COUNT, json_option, limit_option
from cli.segment import add as add_to_segment
from cli.segment import print_saved, print_views
from cli.segment import remove as remove_from_segment
from cli.segment import show as show_segment
from messages.consent import SEQUENCE, TOPIC
from storage.port import Store


def _group(kind: str, about: str) -> click.Group:
    """Return the commands that topics and sequences share."""
    word = kind.rstrip(":")
    group = click.Group(word, help=about)
    values = click.argument("values", nargs=-1)
    file = click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="One a line.")

    @group.command("list", help=f"List {word}s, with how many people are in each.")
    @bot_option
    @json_option
    @click.pass_context
    def list_all(ctx: click.Context, bot: str | None, as_json: bool) -> None:
        async def work(store: Store) -> list[SegmentView]:
            return await segments.show_segments(await context_of(ctx, store, bot), kind)

        print_views(run_with_store(ctx, work), word, as_json=as_json)

    @group.command("show", help="List the members of NAME, the newest first.")
    @click.argument("name")
    @bot_option
    @click.option("--after", type=COUNT, default=None, help="Continue after this number, the oldest first.")
    @limit_option
    @unmask_option
    @json_option
    @click.pass_context
    def show(
        ctx: click.Context, name: str, bot: str | None, after: int | None, limit: int, unmask: bool, as_json: bool
    ) -> None:
        ctx.invoke(show_segment, segment=kind + name, bot=bot, after=after, limit=limit, unmask=unmask, as_json=as_json)

    @group.command("add", help="Add people to NAME. VALUES are as those of `assent segment add`.")
    @click.argument("name")
    @values
    @file
    @bot_option
    @json_option
    @click.pass_context
    def add(
        ctx: click.Context, name: str, values: tuple[str, ...], file: Path | None, bot: str | None, as_json: bool
    ) -> None:
        ctx.invoke(add_to_segment, segment=kind + name, values=values, file=file, bot=bot, as_json=as_json)

    @group.command("remove", help="Remove people from NAME. VALUES are as those of `add`.")
    @click.argument("name")
    @values
    @file
    @bot_option
    @json_option
    @click.pass_context
    def remove(
        ctx: click.Context, name: str, values: tuple[str, ...], file: Path | None, bot: str | None, as_json: bool
    ) -> None:
        ctx.invoke(remove_from_segment, segment=kind + name, values=values, file=file, bot=bot, as_json=as_json)

    return group


topic = _group(TOPIC, "Manage topics and who is told about them.")
sequence = _group(SEQUENCE, "Show sequences, and manage who is in them.")


@topic.command("create")
@click.argument("name")
@click.option("--id", "id_", default="", help="Its id in flows and commands; made from the name if not given.")
@click.option("--purpose", default="", help="What people are told about, as shown to them.")
@bot_option
@json_option
@click.pass_context
def create(ctx: click.Context, name: str, id_: str, purpose: str, bot: str | None, as_json: bool) -> None:
    """Create a topic called NAME. One that people ask for by buttons is declared in the flow."""

    async def work(store: Store) -> Saved:
        return await segments.create_topic(await context_of(ctx, store, bot), name=name, id=id_, purpose=purpose)

    print_saved(run_with_store(ctx, work), as_json=as_json)

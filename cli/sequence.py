"""`assent sequence`: who waits where; people moved to another step; a sequence paused and resumed."""

import click

from broadcasts import sequences
from broadcasts.sequences import EnrolmentPage, EnrolmentView
from cli.common import bot_option, context_of, run_with_store
from cli.output import json_option, limit_option, print_json, print_table, say_if_more, when
from cli.topic import sequence
from storage.port import Store

__all__ = ["sequence"]


@sequence.command("waiting")
@click.argument("name")
@click.option("--after", default="", metavar="CONTACT", help="Continue after this contact.")
@limit_option
@bot_option
@json_option
@click.pass_context
def waiting(ctx: click.Context, name: str, after: str, limit: int, bot: str | None, as_json: bool) -> None:
    """List people in the sequence NAME: their next step, when it is due, how far they are."""

    async def work(store: Store) -> EnrolmentPage:
        return await sequences.show_enrolments(await context_of(ctx, store, bot), name, after=after, limit=limit)

    found = run_with_store(ctx, work)
    if as_json:
        print_json(found)
        return
    print_table(
        ["contact", "state", "next step", "due", "had", "since"],
        [
            [one.contact, one.state.value, one.step, when(one.due), str(len(one.had)), when(one.entered_at)]
            for one in found.enrolments
        ],
        empty=f"nobody is or was in {name}",
    )
    counts = ", ".join(f"{state} {count}" for state, count in found.counts.items() if count)
    click.echo(f"{'paused; ' if found.paused else ''}{counts}")
    if found.next is not None:
        say_if_more(len(found.enrolments), limit, found.next)


@sequence.command("move")
@click.argument("name")
@click.argument("who")
@click.option("--to", "step", required=True, metavar="STEP", help="The step that comes next.")
@bot_option
@json_option
@click.pass_context
def move(ctx: click.Context, name: str, who: str, step: str, bot: str | None, as_json: bool) -> None:
    """Move WHO within the sequence NAME. The step's wait runs from now; steps that they had may come again."""

    async def work(store: Store) -> EnrolmentView:
        return await sequences.move_enrolment(await context_of(ctx, store, bot), name, who, step)

    moved = run_with_store(ctx, work)
    if as_json:
        print_json(moved)
    else:
        due = f"due {when(moved.due)}" if moved.due else "not due yet"
        click.echo(f"{moved.contact} gets {moved.step} next, {due}")


def _set_paused(ctx: click.Context, name: str, bot: str | None, *, pause: bool) -> None:
    async def work(store: Store) -> bool:
        context = await context_of(ctx, store, bot)
        act = sequences.pause_sequence if pause else sequences.resume_sequence
        return await act(context, name)

    changed = run_with_store(ctx, work)
    click.echo(f"{name} is {'paused' if pause else 'not paused'}" + ("" if changed else ", as it was"))


@sequence.command("pause")
@click.argument("name")
@bot_option
@click.pass_context
def pause(ctx: click.Context, name: str, bot: str | None) -> None:
    """Pause the sequence NAME: nobody's next step is due until it is resumed."""
    _set_paused(ctx, name, bot, pause=True)


@sequence.command("resume")
@click.argument("name")
@bot_option
@click.pass_context
def resume(ctx: click.Context, name: str, bot: str | None) -> None:
    """Resume the sequence NAME. Steps that are too late by now are passed over."""
    _set_paused(ctx, name, bot, pause=False)

"""The sendings of broadcasts: started, scheduled, paused, resumed, cancelled, topped up, sent again, and seen."""

import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import click

from broadcasts import editing, runs
from broadcasts.editing import BroadcastView, Saved
from broadcasts.planning import planned
from broadcasts.runs import Resent, RunView
from cli.broadcast import SPAN, command, show_saved, show_view
from cli.common import (
    ask,
    bot_option,
    context_of,
    progress,
    run_with_store,
    settings_of,
    warn,
)
from cli.output import json_option, limit_option, print_json, print_table, say_if_more, when
from messages.errors import BadInput
from messages.pushes import OVER, PushState, RunState
from runtime.clock import TurnIds, now
from schedules.schedule import Late, Overlap
from storage.port import Store
from storage.push_records import ScheduleRecord

_ids = TurnIds()

_LATE = click.Choice([each.value for each in Late])
_OVERLAP = click.Choice([each.value for each in Overlap])
_RUN_STATE = click.Choice([each.value for each in RunState])
_STATES = ("waiting", *(state.value for state in PushState))


def starting(function: Any) -> Any:  # noqa: ANN401  # any command
    """Add the options of what begins a sending."""
    for option in (
        click.option("--accept-repeats", is_flag=True, help="On a store that may forget, after a crash, who got it."),
        click.option("--yes", is_flag=True, help="Don't ask."),
        click.option("--expected", type=click.IntRange(0, 10**9), help="How many people the preview said."),
    ):
        function = option(function)
    return function


def confirm(ctx: click.Context, what: str, people: int, *, yes: bool, expected: int | None) -> int | None:
    """Ask before something goes to people; of many, their number is to be typed. Returns how many are expected.

    Raises BadInput when they don't agree, or when there is nobody to ask.
    """
    if yes or expected is not None:
        return expected
    if people <= settings_of(ctx).broadcast.confirm_above:
        ask(f"{what} {people} people?", yes=False, change="sent")
        return people
    click.echo(f"{what} {people} people. Type their number to go on: ", nl=False)
    answer = sys.stdin.readline().strip().replace(",", "")
    if answer != str(people):
        raise BadInput("nothing was sent", remedy=f"Type {people}, or give --expected {people}, as in a script")
    return people


@command.command()
@click.argument("broadcast")
@starting
@bot_option
@json_option
@click.pass_context
def send(
    ctx: click.Context, broadcast: str, expected: int | None, yes: bool, accept_repeats: bool, bot: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Send a broadcast now."""

    async def work(store: Store) -> RunView:
        context = await context_of(ctx, store, bot)
        count = expected
        if not yes and expected is None:
            record = await editing.known_broadcast(context, broadcast)
            found = await planned(context, record)
            count = confirm(ctx, f"Send {record.id} to", len(found.plan.receivers), yes=yes, expected=expected)
        return await runs.send_broadcast(
            context, broadcast, run=f"r_{_ids.new()}", expected=count, accept_repeats=accept_repeats
        )

    show_run(run_with_store(ctx, work), as_json=as_json)


@command.command()
@click.argument("broadcast")
@click.option("--at", default="", help="Once, at this local time: 2027-01-15T09:00")
@click.option("--rule", default="", help="Again and again: FREQ=WEEKLY;BYDAY=MO")
@click.option("--from", "start", default="", help="The local time from which the rule counts.")
@click.option("--zone", default="UTC", show_default=True, help="Whose clock: Europe/Paris.")
@click.option("--local", is_flag=True, help="By each person's own clock; --zone is for those whose is not known.")
@click.option("--late", type=_LATE, default=None, help="For whom that time has passed.")
@click.option("--until", default="", help="The last local time at which it may be sent.")
@click.option("--catch-up", type=SPAN, default="1h", show_default=True, help="How late it may be after an outage.")
@click.option("--overlap", type=_OVERLAP, default="skip", show_default=True,
              help="While the run before is not over.")  # fmt: skip
@click.option("--off", is_flag=True, help="Take the schedule away.")
@starting
@bot_option
@json_option
@click.pass_context
def schedule(
    ctx: click.Context, /, broadcast: str, off: bool, expected: int | None, yes: bool, accept_repeats: bool,
    bot: str | None, as_json: bool, late: str | None, **said: Any,  # noqa: ANN401  # options of many kinds
) -> None:  # fmt: skip
    """Say when a broadcast is sent by itself."""
    record = None if off else ScheduleRecord(late=late or "", **said)

    async def work(store: Store) -> Saved:
        context = await context_of(ctx, store, bot)
        if record is not None:
            ask(f"Send {broadcast} {record.at or record.rule} ({record.zone})?", yes=yes or expected is not None,
                change="scheduled")  # fmt: skip
        return await runs.schedule_broadcast(
            context, broadcast, record, expected=expected, accept_repeats=accept_repeats
        )

    show_saved(run_with_store(ctx, work), as_json=as_json)


@command.command()
@click.argument("broadcast")
@click.option("--yes", is_flag=True, help="Don't ask.")
@bot_option
@json_option
@click.pass_context
def archive(ctx: click.Context, broadcast: str, yes: bool, bot: str | None, as_json: bool) -> None:
    """Archive a broadcast: nothing of it is sent any more, and its runs stay to be seen."""

    async def work(store: Store) -> Saved:
        context = await context_of(ctx, store, bot)
        record = await editing.known_broadcast(context, broadcast)
        ask(f"Archive {record.id}? Its runs that are not over are cancelled.", yes=yes)
        return await runs.archive_broadcast(context, record.id)

    show_saved(run_with_store(ctx, work), as_json=as_json)


def _changing(name: str, does: Callable[..., Any], told: str, question: str = "") -> None:
    """Make a command that brings a run into another state."""

    @command.command(name, help=told)
    @click.argument("run")
    @click.option("--yes", is_flag=True, help="Don't ask.", hidden=not question)
    @bot_option
    @json_option
    @click.pass_context
    def change(ctx: click.Context, run: str, yes: bool, bot: str | None, as_json: bool) -> None:
        async def work(store: Store) -> RunView:
            context = await context_of(ctx, store, bot)
            if question:
                ask(question.format(run=(await runs.known_run(context, run))[0].id), yes=yes)
            changed: RunView = await does(context, run)
            return changed

        show_run(run_with_store(ctx, work), as_json=as_json)


_changing(
    "pause", runs.pause_run, "Pause RUN, or the latest one of a broadcast. Nothing more of it is begun after that."
)
_changing("resume", runs.resume_run, "Go on with a RUN that is paused or held.")


@command.command("resume-schedule")
@click.argument("broadcast")
@bot_option
@json_option
@click.pass_context
def resume_schedule(ctx: click.Context, broadcast: str, bot: str | None, as_json: bool) -> None:
    """Let a schedule go on that is held, with what comes after this moment."""

    async def work(store: Store) -> Saved:
        return await editing.resume_broadcast(await context_of(ctx, store, bot), broadcast)

    show_saved(run_with_store(ctx, work), as_json=as_json)


_changing("cancel", runs.cancel_run, "Cancel RUN: who did not get it yet does not get it. It can't be undone.",
          "Cancel {run}? It can't be undone.")  # fmt: skip


@command.command("top-up")
@click.argument("run")
@starting
@bot_option
@json_option
@click.pass_context
def top_up(
    ctx: click.Context, run: str, expected: int | None, yes: bool, accept_repeats: bool, bot: str | None, as_json: bool
) -> None:
    """Send what RUN says to those who are in its audience now and were not then."""

    async def work(store: Store) -> RunView:
        context = await context_of(ctx, store, bot)
        count = expected
        if not yes and expected is None:
            found = await runs.plan_top_up(context, run)
            count = confirm(ctx, f"Send {run} to", len(found.plan.receivers), yes=yes, expected=expected)
        return await runs.top_up(context, run, new=f"r_{_ids.new()}", expected=count, accept_repeats=accept_repeats)

    show_run(run_with_store(ctx, work), as_json=as_json)


@command.command()
@click.argument("run")
@click.option("--state", type=click.Choice(["failed", "unknown"]), default="failed", show_default=True, help="Who.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@bot_option
@json_option
@click.pass_context
def resend(ctx: click.Context, run: str, state: str, yes: bool, bot: str | None, as_json: bool) -> None:
    """Send RUN again to those to whom it failed, or of whom nobody knows whether they got it."""

    async def work(store: Store) -> Resent:
        context = await context_of(ctx, store, bot)
        view = await runs.show_run(context, run)
        count = getattr(view, state)
        if count:
            twice = f" {count} of them may see it twice." if state == "unknown" else ""
            ask(f"Send {view.id} again to {count} people?{twice}", yes=yes, change="sent")
        return await runs.resend(context, run, PushState(state), expected=count)

    resent = run_with_store(ctx, work)
    if as_json:
        print_json({"run": resent.run, "people": resent.people})
        return
    click.echo(f"{resent.run.id}: {resent.people} people get it again")


@command.command("runs")
@click.argument("broadcast", default="")
@click.option("--state", "states", type=_RUN_STATE, multiple=True, help="In this state.")
@click.option("--before", default="", help="Go on before this run.")
@limit_option
@bot_option
@json_option
@click.pass_context
def list_runs(
    ctx: click.Context, broadcast: str, states: tuple[str, ...], before: str, limit: int, bot: str | None, as_json: bool
) -> None:
    """List runs, of BROADCAST or of all, the newest first: missed and overlapped ones too."""

    async def work(store: Store) -> list[RunView]:
        context = await context_of(ctx, store, bot)
        wanted = tuple(map(RunState, states))
        return await runs.list_runs(context, broadcast=broadcast, states=wanted, before=before, limit=limit)

    found = run_with_store(ctx, work)
    if as_json:
        print_json(found)
        return
    print_table(
        ["run", "broadcast", "occurrence", "state", "due (UTC)", "planned", "sent", "failed", "unknown", "skipped"],
        [
            [
                *(one.id, one.broadcast, one.occurrence, one.state.value, when(one.due)),
                *(str(number) for number in (one.planned, arrived(one), one.failed, one.unknown, one.skipped)),
            ]
            for one in found
        ],
        empty="nothing was sent yet",
        prose=("occurrence",),
    )
    if found:
        say_if_more(len(found), limit, found[-1].id, option="--before")


def arrived(run: RunView) -> int:
    """Return how many messages the channel took."""
    return run.sent + run.delivered + run.read


@command.command()
@click.argument("what", metavar="BROADCAST|RUN")
@click.option("--watch", is_flag=True, help="Show how a run goes on until it is over; Ctrl-C leaves it running.")
@bot_option
@json_option
@click.pass_context
def show(ctx: click.Context, what: str, watch: bool, bot: str | None, as_json: bool) -> None:
    """Show a broadcast with its latest run, or a run: how far it is, and why people did not get it."""

    async def work(store: Store) -> tuple[BroadcastView | None, RunView | None]:
        context = await context_of(ctx, store, bot)
        if await store.run(context.bot, what) is not None:
            return None, await runs.show_run(context, what)
        view = await editing.show_broadcast(context, what)
        latest = await runs.list_runs(context, broadcast=view.id, limit=1)
        return view, await runs.show_run(context, latest[0].id) if latest else None

    view, run = run_with_store(ctx, work)
    warn(view.warnings if view is not None else ())
    if view is not None:
        if as_json:
            print_json(view)
            return
        show_view(view)
    if run is not None:
        show_run(_watched(ctx, bot, run) if watch else run, as_json=as_json)


def _watched(ctx: click.Context, bot: str | None, run: RunView) -> RunView:
    """Show how a run goes on; return how it ended, or why it is held."""

    async def work(store: Store) -> RunView:
        return await runs.show_run(await context_of(ctx, store, bot), run.id)

    with progress(f"{run.broadcast} {run.id}", "people", run.planned) as advance:
        done = 0
        while True:
            reached = run.planned - run.waiting - run.deferred - run.sending
            advance(reached - done)
            done = reached
            if run.state in OVER or run.state is RunState.HELD:
                return run
            time.sleep(1)
            run = run_with_store(ctx, work)


def show_run(run: RunView, *, as_json: bool) -> None:
    """Print a run: what became of everybody in it."""
    if as_json:
        print_json(run)
        return
    held = f": {run.reason}" if run.reason else ""
    click.echo(f"{run.id} of {run.broadcast} is {run.state}{held}; due {when(run.due)} UTC, until {when(run.expires)}")
    rows = [["planned", str(run.planned), ""]]
    for name in _STATES:
        reasons = ", ".join(f"{why} {count}" for why, count in sorted(run.reasons.get(name, {}).items()))
        rows.append([name, str(getattr(run, name)), reasons])
    print_table(["people", "", "why"], rows, empty="", prose=("why",))
    if speed := _speed(run, now()):
        click.echo(speed)
    for bucket in run.buckets if len(run.buckets) > 1 else ():
        where = f" in {bucket.zone}{', zone not known' if bucket.fallback else ''}" if bucket.zone else ""
        click.echo(f"{when(bucket.due)} UTC: {bucket.people} people{where}")


def _speed(run: RunView, now: datetime) -> str:
    """Return how fast a run goes, and how long it still takes; empty where that can't be told."""
    done, seconds = arrived(run) + run.failed + run.unknown, (now - run.due).total_seconds()
    if run.state is not RunState.RUNNING or seconds < 1 or not done:
        return ""
    rate = done / seconds
    left = timedelta(seconds=round((run.waiting + run.deferred) / rate))
    return f"{rate:.1f} a second; about {left} left"

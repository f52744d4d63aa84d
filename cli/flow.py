"""What `assent flow` does with a store: from a file to a draft, from a draft to live."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from cli.common import MOMENT, ask, bot_option, chosen_bot, run_with_store, settings_of, staff
from cli.flow_check import counted, flow_file, read_flow_input, show_findings
from cli.output import NUMBER, json_option, new_console, plain, print_json, print_table, when
from cli.preview_report import draw_preview
from cli.replay import cores, preview
from flows.checks import check as find_faults
from flows.diff import Change, diff
from flows.finding import FlowInvalid, Severity
from flows.revision import RevisionInfo
from flows.source.read import read_flow
from messages.errors import BadInput
from publishing.approvals import PushRequest, publish
from publishing.flows import (
    draft_text,
    live_bot,
    live_text,
    plan_push,
    plan_roll_back,
    revision_text,
    save_draft,
)
from runtime.clock import now
from storage.port import Store


@click.command()
@click.argument("file", type=flow_file)
@click.pass_context
def save(ctx: click.Context, file: Path) -> None:
    """Save FILE as the draft of its bot. Only builders see a draft; it may still have errors.

    `-` reads the flow from standard input.
    """
    source = read_flow_input(file)

    async def work(store: Store) -> None:
        draft = await save_draft(store, source, staff(), now())
        click.echo(f"draft {draft.version} of {source.bot.bot} is saved; see `assent flow diff`, `assent chat --draft`")

    run_with_store(ctx, work, create=True)
    findings = find_faults(source)
    if any(finding.severity is Severity.ERROR for finding in findings):
        click.echo(f"it can't be pushed yet: {counted(findings)}; see `assent flow check {file}`", err=True)


@click.command("diff")
@click.argument("against", required=False)
@bot_option
@json_option
@click.pass_context
def diff_command(ctx: click.Context, against: str | None, bot: str | None, as_json: bool) -> None:
    """Show what a push of the draft would change. AGAINST: a revision's number instead of the live one, or a file
    that is compared with live instead of the draft, `-` for standard input.
    """

    async def work(store: Store) -> list[Change]:
        if against is not None and not against.isdecimal():
            source = read_flow_input(Path(against))
            return diff(await live_bot(store, source.bot.bot), source.bot)
        name = await chosen_bot(store, bot)
        new = read_flow(await draft_text(store, name), f"draft of {name}").bot
        if against is None:
            return diff(await live_bot(store, name), new)
        text = await revision_text(store, name, int(against))
        return diff(read_flow(text, f"revision {against}", pushed=True).bot, new)

    changes = run_with_store(ctx, work)
    if as_json:
        print_json(changes)
    else:
        show_changes(changes)


def show_changes(changes: Sequence[Change]) -> None:
    """Print a diff in the builder's words."""
    console = new_console()
    marks = {"new": "[green]+[/]", "gone": "[red]-[/]", "changed": "[yellow]~[/]"}
    for change in changes:
        console.print(f"{marks[change.kind]} {plain(change.text)}", soft_wrap=True)
    if not changes:
        console.print("nothing would change")


@click.command("push")
@bot_option
@click.option("-m", "--note", default="", help="What this revision is about, for the history.")
@click.option("--expect", type=NUMBER, help="Push only if this revision is live (0: none).")
@click.option("--preview", "previewed", is_flag=True, help="First replay recorded conversations on the draft.")
@click.option("--since", type=MOMENT, default="30d", show_default=True, help="For the preview: turns from then on.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.pass_context
def push_command(
    ctx: click.Context,
    bot: str | None,
    note: str,
    expect: int | None,
    previewed: bool,
    since: datetime,
    yes: bool,
) -> None:
    """Make the draft live, as the next revision. Refused if the draft has errors, or if somebody pushed meanwhile.

    Where the settings ask for a second person, it waits until somebody else approves: `assent flow approve`.
    """
    needs_second = settings_of(ctx).flow.needs_second

    async def work(store: Store) -> None:
        name = await chosen_bot(store, bot)
        try:
            plan = await plan_push(store, name, expected_live=expect)
        except FlowInvalid as invalid:
            raise _refused(invalid, await draft_text(store, name), f"draft of {name}") from invalid
        if plan.live is not None and plan.is_live:
            click.echo(f"revision {plan.live.number} of {name} is live already and is the same as the draft")
            return
        show_findings(plan.flow.warnings, text=plan.flow.source.text)
        show_changes(plan.changes)
        if previewed:
            draw_preview(new_console(), await preview(store, name, "draft", since, cores()), "draft")
        way = "Ask a second person to push this" if needs_second else "Push this live"
        ask(f"{way} as the next revision of {name}?", yes=yes)
        became = await publish(store, plan, staff(), now(), note=note, needs_second=needs_second)
        click.echo(_told(became, name))

    run_with_store(ctx, work)


def _refused(invalid: FlowInvalid, text: str, name: str) -> BadInput:
    """Show what stops a push; return the refusal."""
    show_findings(invalid.findings, text=text, stderr=True)
    problem = f"the {name} was not pushed: {counted(invalid.findings)}"
    return BadInput(problem, remedy="Put the errors right in the file, save it, push again")


@click.command()
@bot_option
@json_option
@click.pass_context
def history(ctx: click.Context, bot: str | None, as_json: bool) -> None:
    """List the revisions, the newest first."""

    async def work(store: Store) -> None:
        name = await chosen_bot(store, bot)
        revisions = await store.history(name)
        if as_json:
            print_json(revisions)
            return
        live = await store.live(name)
        print_table(
            ["revision", "", "pushed (UTC)", "by", "note", "digest"],
            [
                [
                    str(info.number),
                    "live" if live and info.number == live.number else "",
                    when(info.pushed_at),
                    info.author,
                    info.note or (f"roll back to {info.rolled_back_to}" if info.rolled_back_to else ""),
                    info.digest[:12],
                ]
                for info in revisions
            ],
            empty=f"{name} has no revision yet; push the draft: assent flow push",
            prose=("by", "note"),
        )

    run_with_store(ctx, work)


@click.command()
@click.argument("number", type=NUMBER)
@bot_option
@click.option("--emergency", default="", metavar="WHY", help="Don't wait for a second person; say why.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.pass_context
def rollback(ctx: click.Context, number: int, bot: str | None, emergency: str, yes: bool) -> None:
    """Make the text of revision NUMBER live again, as a new revision. The draft stays as it is."""
    needs_second = settings_of(ctx).flow.needs_second

    async def work(store: Store) -> None:
        name = await chosen_bot(store, bot)
        try:
            plan = await plan_roll_back(store, name, number)
        except FlowInvalid as invalid:
            text = await revision_text(store, name, number)
            raise _refused(invalid, text, f"revision {number} of {name}") from invalid
        if plan.live is not None and plan.is_live:
            click.echo(f"revision {plan.live.number} of {name} is live already and has the text of revision {number}")
            return
        show_changes(plan.changes)
        way = "Ask a second person to make" if needs_second and not emergency else "Make"
        ask(f"{way} revision {number} of {name} live again?", yes=yes)
        became = await publish(store, plan, staff(), now(), needs_second=needs_second, emergency=emergency)
        click.echo(_told(became, name))

    run_with_store(ctx, work)


def _told(became: RevisionInfo | PushRequest, bot: str) -> str:
    """Tell what came of a push or a roll-back."""
    if isinstance(became, PushRequest):
        return f"request {became.number} waits: somebody else makes it live with `assent flow approve {became.number}`"
    again = f", with the text of revision {became.rolled_back_to}" if became.rolled_back_to else ""
    return f"revision {became.number} of {bot} is live{again}"


@click.command()
@click.argument("number", type=NUMBER, required=False)
@click.option("--draft", is_flag=True, help="The draft, not a revision.")
@bot_option
@click.pass_context
def export(ctx: click.Context, number: int | None, draft: bool, bot: str | None) -> None:
    """Print a flow's text exactly as it was saved: the live revision, or revision NUMBER, or the draft."""
    if draft and number is not None:
        raise click.UsageError("name a revision or say --draft, not both")

    async def work(store: Store) -> str:
        name = await chosen_bot(store, bot)
        if draft:
            return await draft_text(store, name)
        if number is not None:
            return await revision_text(store, name, number)
        return (await live_text(store, name))[1]

    # Byte for byte: no line ends are translated.
    sys.stdout.buffer.write(run_with_store(ctx, work).encode())

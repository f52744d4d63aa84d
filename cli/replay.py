"""`assent replay`: recorded conversations, run again."""

import sys
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import click

from cli.common import bot_option, chosen_bot, run_with_store
from cli.moments import MOMENT
from cli.output import json_option, new_console, print_json
from cli.replay_feed import of_bot, of_conversation, sources_of
from cli.replay_report import Tally, as_json, draw, draw_preview, preview_as_json
from cli.replaying import check, cores, preview
from cli.unmasking import EVERYBODY, may_unmask, record_unmasking, unmask_option
from messages.errors import BadInput
from replay.pool import Material
from replay.rerun import Checked
from storage.port import Store
from storage.records import RecordedTurn

_SHOWN = 20


class _Findings:
    """Draws what is found as it comes, at most `limit` of it; with JSON it is kept until the end."""

    def __init__(self, *, limit: int, masked: bool, as_json: bool) -> None:
        self._limit = limit
        self._masked = masked
        self._as_json = as_json
        self._console = new_console()
        self._kept: list[object] = []
        self._shown = 0

    def __call__(self, found: Checked) -> None:
        self._shown += 1
        if self._shown > self._limit:
            return
        if self._as_json:
            self._kept.append(as_json(found, masked=self._masked))
        else:
            draw(self._console, found, masked=self._masked)

    def end(self, tally: Tally) -> None:
        """Say what came of it all."""
        if self._as_json:
            counted = {"turns": tally.turns, "diverged": tally.diverged, "faults": tally.faults, "erased": tally.erased}
            print_json({**counted, "conversations": tally.conversations, "findings": self._kept})
            return
        if self._shown > self._limit:
            self._console.print(f"… and {self._shown - self._limit:,} more conversations; --limit shows more of them")
        self._console.print(tally.told())


@click.command()
@click.argument("conversation", required=False)
@click.option("--all", "everything", is_flag=True, help="Every conversation of the bot.")
@click.option("--since", type=MOMENT, help="Every conversation, but only turns from then on: 7d, 12h, 2026-11-23.")
@click.option("--against", metavar="draft|N", help="Tell what would have gone otherwise on the draft, or revision N.")
@click.option("--jobs", type=click.IntRange(min=1), help="Processes; without it, one a core.")
@click.option("--limit", type=click.IntRange(min=1), default=_SHOWN, show_default=True, help="Conversations to show.")
@bot_option
@unmask_option
@json_option
@click.pass_context
def command(  # one parameter an option
    ctx: click.Context,
    conversation: str | None,
    everything: bool,
    since: datetime | None,
    against: str | None,
    jobs: int | None,
    limit: int,
    bot: str | None,
    unmask: bool,
    as_json: bool,
) -> None:
    """Run the recorded turns of CONVERSATION again, and tell the first that does not come out the same.

    With --all or --since, those of every conversation. Nothing is sent and nothing is written. Status 1 if a turn came
    out otherwise or can't be run.
    """
    if sum((conversation is not None, everything or since is not None or against is not None)) != 1:
        raise click.UsageError("name a conversation, or say --all, --since or --against")
    may_unmask(ctx, unmask=unmask)
    jobs = jobs or cores()

    async def compare(store: Store) -> None:
        name = await chosen_bot(store, bot)
        totals, unreadable = await preview(store, name, against or "", since, jobs)
        if as_json:
            print_json(preview_as_json(totals, unreadable))
        else:
            draw_preview(new_console(), totals, unreadable, against or "")

    async def run(store: Store) -> bool:
        name = await chosen_bot(store, bot)
        if conversation is not None and await store.conversation(name, conversation) is None:
            raise BadInput(f"{name} has no conversation {conversation!r}", remedy="See `assent conversation list`")
        if unmask:
            await record_unmasking(store, name, conversation or EVERYBODY)
        findings = _Findings(limit=limit, masked=not unmask, as_json=as_json)
        material = Material(name, await sources_of(store, name))
        tally = await check(_chunks(store, name, conversation, since), material, 1 if conversation else jobs, findings)
        findings.end(tally)
        return not (tally.diverged or tally.faults)

    if against is not None:
        run_with_store(ctx, compare)
    elif not run_with_store(ctx, run):
        sys.exit(1)


def _chunks(
    store: Store, bot: str, conversation: str | None, since: datetime | None
) -> AsyncIterator[Sequence[RecordedTurn]]:
    return of_bot(store, bot, since) if conversation is None else of_conversation(store, bot, conversation)

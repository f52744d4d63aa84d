"""`assent replay`: recorded conversations, run again."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import click
from rich.text import Text

from adapters.terminal.printable import printable
from cli.common import bot_option, chosen_bot, run_with_store
from cli.conversation_keys import find_conversation
from cli.journal_problems import problems_as_json
from cli.moments import MOMENT
from cli.output import COUNT, json_option, new_console, print_json
from cli.preview_report import draw_preview, preview_as_json
from cli.recordings import golden_of, key_option, read_recording, recording_file, turns_of_file
from cli.replay_against import compare_conversation
from cli.replay_feed import of_bot, of_conversation
from cli.replay_report import Tally, as_json, draw
from cli.replaying import check, cores, preview
from cli.unmasking import EVERYBODY, may_unmask, record_unmasking, unmask_option
from flows.compile import CompiledRevisions
from privacy.masking import FlowTexts
from replay.archive import Archive
from replay.chain_check import Tampered
from replay.preview_pool import Material
from replay.recorded import sources_of
from replay.rerun import Checked
from replay.tampering import check_conversation, check_journal
from storage.port import Store

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
        self.flows = FlowTexts({})
        """The words of the bot's flows."""

    def __call__(self, found: Checked) -> None:
        self._shown += 1
        if self._shown > self._limit:
            return
        if self._as_json:
            self._kept.append(as_json(found, self.flows if self._masked else None))
        else:
            draw(self._console, found, self.flows if self._masked else None)

    def end(self, tally: Tally, tampered: Sequence[Tampered] = ()) -> bool:
        """Say what came of it all, and what of the journal is not as it was committed; tell whether it is well."""
        if self._as_json:
            counted = {"turns": tally.turns, "diverged": tally.diverged, "faults": tally.faults}
            counted |= {"erased": tally.erased, "erased_in_part": tally.erased_in_part}
            counted |= {"conversations": tally.conversations}
            print_json({**counted, "findings": self._kept, "tampered": problems_as_json(tampered)})
        else:
            if self._shown > self._limit:
                more = self._shown - self._limit
                self._console.print(f"… and {more:,} more conversations; --limit shows more of them")
            self._console.print(tally.told())
            for problem in tampered:
                self._console.print(Text(printable(f"! {problem}"), "bold red"), soft_wrap=True)
            if tampered:
                self._console.print(f"The journal is not what was committed: {len(tampered):,} differences")
        return not (tally.diverged or tally.faults or tampered)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be run again."""

    bot: str | None
    conversation: str | None
    since: datetime | None
    jobs: int
    unmask: bool


@click.command()
@click.argument("conversation", required=False, metavar="[CONVERSATION|FILE]")
@click.option("--all", "everything", is_flag=True, help="Every conversation of the bot.")
@click.option("--since", type=MOMENT, help="Every conversation, but only turns from then on: 7d, 12h, 2026-11-23.")
@click.option("--against", metavar="draft|N", help="Tell what would have gone otherwise on the draft, or revision N.")
@click.option("--as-test", "as_golden", is_flag=True, help="Print FILE as a golden conversation for the tests.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Processes; without it, one a core.")
@click.option("--limit", type=COUNT, default=_SHOWN, show_default=True, help="Conversations to show.")
@key_option
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
    as_golden: bool,
    jobs: int | None,
    limit: int,
    key: str,
    bot: str | None,
    unmask: bool,
    as_json: bool,
) -> None:
    """Run the recorded turns of CONVERSATION again, and tell the first that does not come out the same.

    With --all or --since, those of every conversation; with FILE, those of a recording that assent conversation export
    made, and no store is needed. Status 1 if a turn came out otherwise or can't be run. With --against, tell what would
    have gone otherwise on another revision: in CONVERSATION turn by turn, else in all of them. Nothing is sent and
    nothing is written.
    """
    several = everything or since is not None
    if (conversation is not None and several) or (conversation is None and not several and against is None):
        raise click.UsageError("name a conversation or a file, or say --all, --since or --against")
    file = recording_file(conversation)
    if file is not None and against is not None:
        raise click.UsageError("--against compares what a store holds: name a conversation, not a file")
    if as_golden:
        if file is None:
            raise click.UsageError("--as-test needs a FILE; make one with assent conversation export")
        click.echo(golden_of(read_recording(ctx, file, key), file.name), nl=False)
        return
    may_unmask(ctx, unmask=unmask)
    findings = _Findings(limit=limit, masked=not unmask, as_json=as_json)
    asked = _Asked(bot, conversation, since, jobs or cores(), unmask)
    if against is not None:
        run_with_store(ctx, lambda store: _compare(store, asked, against, as_json=as_json))
        return
    if file is not None:
        well = asyncio.run(_run_file(read_recording(ctx, file, key), file.name, findings))
    else:
        well = run_with_store(ctx, lambda store: _run(store, asked, findings))
    if not well:
        sys.exit(1)


async def _compare(store: Store, asked: _Asked, against: str, *, as_json: bool) -> None:
    bot = await chosen_bot(store, asked.bot)
    one = asked.conversation
    if one is not None:
        one = (await find_conversation(store, bot, one)).state.key
    if asked.unmask:
        await record_unmasking(store, bot, one or EVERYBODY)
    masked = not asked.unmask
    if one is not None:
        await compare_conversation(store, bot, one, against, masked=masked, as_json=as_json)
        return
    totals = await preview(store, bot, against, asked.since, asked.jobs, masked=masked)
    if as_json:
        print_json(preview_as_json(totals))
    else:
        draw_preview(new_console(), totals, against)


async def _run(store: Store, asked: _Asked, findings: _Findings) -> bool:
    bot = await chosen_bot(store, asked.bot)
    one = asked.conversation
    if one is not None:
        one = (await find_conversation(store, bot, one, or_file=True)).state.key
    if asked.unmask:
        await record_unmasking(store, bot, one or EVERYBODY)
    material = Material(bot, await sources_of(store, bot))
    findings.flows = FlowTexts(CompiledRevisions(bot, material.sources))
    chunks = of_bot(store, bot, asked.since) if one is None else of_conversation(store, bot, one)
    tally = await check(chunks, material, asked.jobs if one is None else 1, findings)
    if one is not None:
        return findings.end(tally, await check_conversation(store, bot, one))
    return findings.end(tally, () if asked.since else (await check_journal(store, bot)).problems)


async def _run_file(archive: Archive, name: str, findings: _Findings) -> bool:
    chunks, material = turns_of_file(archive, name)
    findings.flows = FlowTexts(CompiledRevisions(material.bot, material.sources))
    return findings.end(await check(chunks, material, 1, findings))

"""`assent replay`: recorded conversations run again, and compared with another revision."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import click
from rich.text import Text

from adapters.text import printable
from cli.common import (
    MOMENT,
    bot_option,
    chosen_bot,
    find_conversation,
    may_unmask,
    progress,
    record_unmasking,
    run_with_store,
    unmask_option,
)
from cli.ledger import problems_as_json
from cli.output import COUNT, json_option, new_console, print_json
from cli.preview_feed import PersonFeed, people_of
from cli.preview_report import draw_preview, draw_step, preview_as_json, step_as_json
from cli.replay_report import Tally, as_json, draw, golden_of, key_option, read_recording, recording_file, turns_of_file
from flows.compile import CompiledRevisions, RevisionSource, compiled
from flows.finding import FlowInvalid
from flows.format import text_to_push
from flows.source.read import digest_of, read_flow
from messages.codec import to_ms
from messages.consent import ConsentChange
from messages.contact import Contact
from messages.errors import BadInput
from privacy.masking import FlowTexts
from replay.archive import Archive
from replay.chain_check import Tampered
from replay.comparison import Side, Step
from replay.contact_life import Merged
from replay.life import Life
from replay.preview import Examples, Preview
from replay.preview_pool import Material, PersonPreviewed, Totals, check_chunk, over_all, over_people, preview_of
from replay.recorded import Unreadable, read_turn, sources_of
from replay.rerun import Checked
from replay.tampering import check_conversation, check_journal
from runtime.clock import now
from staff.acting import EVERYBODY
from storage.audience_records import SegmentKind
from storage.port import Store
from storage.records import JournalEntry, RecordedTurn

_CHUNK = 500
"""Turns in one chunk."""


async def candidate_of(store: Store, bot: str, against: str, sources: dict[int, RevisionSource]) -> RevisionSource:
    """Return the draft, or an older revision, as the revision that a push would make of it. Raises BadInput."""
    number = max(sources, default=0) + 1
    if against == "draft":
        draft = await store.draft(bot)
        if draft is None:
            raise BadInput(f"{bot} has no draft", place="--against", remedy="Save one: assent flow save FILE")
        text = text_to_push(read_flow(draft.source, f"draft of {bot}"))
        return RevisionSource(number, digest_of(text), text)
    if not against.isdecimal() or int(against) not in sources:
        raise BadInput(
            f"{bot} has no revision {against!r}", place="--against", remedy="Say draft, or a number of flow history"
        )
    chosen = sources[int(against)]
    return RevisionSource(number, chosen.digest, chosen.text)


async def of_conversation(store: Store, bot: str, conversation: str) -> AsyncIterator[Sequence[RecordedTurn]]:
    """Yield the turns of one conversation."""
    after = 0
    while turns := await store.journal_of(bot, conversation, after=after, limit=_CHUNK):
        yield turns
        after += len(turns)


async def of_bot(store: Store, bot: str, since: datetime | None) -> AsyncIterator[Sequence[RecordedTurn]]:
    """Yield the turns of all conversations in the order in which they were committed."""
    position = await store.journal_since(bot, since) if since is not None else ""
    while True:
        page = await store.journal_page(bot, position, limit=_CHUNK)
        if not page.turns:
            return
        position = page.position
        yield [turn for turn in page.turns if _not_before(turn, since)]


def _not_before(turn: RecordedTurn, since: datetime | None) -> bool:
    return since is None or not turn.at or turn.at >= to_ms(since)


_FEW, _FEW_TURNS = 200, 2_000
"""Conversations and turns for which starting processes would take longer than running them."""


def cores() -> int:
    """Return how many processes a replay uses when nothing else is said."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


async def check(
    chunks: AsyncIterator[Sequence[RecordedTurn]], material: Material, jobs: int, found: Callable[[Checked], None]
) -> Tally:
    """Run turns again; `found` hears of the first of each conversation that is not the same."""
    tally = Tally()
    with progress("replaying") as advance:
        async for result in over_all(check_chunk, chunks, material, jobs):
            tally.turns += result.turns
            advance(result.turns)
            for each in result.found:
                if tally.first(each):
                    found(each)
    return tally


async def preview_material(
    store: Store, bot: str, against: str, since: datetime | None, *, masked: bool = True
) -> Material:
    """Return what a preview on the draft, or on an older revision, is made with. Raises BadInput."""
    sources = await sources_of(store, bot)
    candidate = await candidate_of(store, bot, against, sources)
    try:
        compiled(bot, candidate)
    except FlowInvalid as invalid:
        raise BadInput(
            f"{against} has errors", place="--against", remedy="See them with assent flow check FILE"
        ) from invalid
    filters = {each.id: each.filter for each in await store.segments(bot) if each.kind is SegmentKind.FILTER}
    return Material(bot, sources, candidate, now(), since, filters=filters, masked=masked)


async def preview(
    store: Store, bot: str, against: str, since: datetime | None, jobs: int, *, masked: bool = True
) -> Totals:
    """Live the recorded conversations again on the draft, or on an older revision. Raises BadInput."""
    material = await preview_material(store, bot, against, since, masked=masked)
    totals = Totals()
    with progress(f"previewing {against}") as advance:

        def found(person: PersonPreviewed) -> None:
            advance(person.turns)
            totals.add(person)

        jobs = 1 if await _is_small(store, bot) else jobs
        await over_people(people_of(store, bot, since), material, jobs, found)
    return totals


async def _is_small(store: Store, bot: str) -> bool:
    """Tell whether all conversations of a bot have so few turns that processes would not begin before the end."""
    summaries = await store.conversations(bot, limit=_FEW)
    return len(summaries) < _FEW and sum(summary.turns for summary in summaries) < _FEW_TURNS


async def compare_conversation(
    store: Store, bot: str, conversation: str, against: str, *, masked: bool, as_json: bool
) -> None:
    """Show a conversation beside what it would be on the draft, or on an older revision. Raises BadInput.

    The person's other conversations are lived too: they share consent and fields.
    """
    found = await find_conversation(store, bot, conversation)
    conversation = found.state.key
    material = await preview_material(store, bot, against, None, masked=masked)
    preview = preview_of(material)
    examples = Examples(FlowTexts(preview.simulation.revisions))
    keys = await store.conversations_of(bot, found.contact.id) or [conversation]
    life = Life(preview.simulation)
    console = new_console()
    told: list[object] = []
    steps = differ = doubtful = 0
    async for step, entry in _steps(PersonFeed(store, bot, found.contact.id, keys, None), life, preview):
        if step.conversation not in ("", conversation):
            continue
        steps += 1
        differ += step.differs and step.certain
        doubtful += not step.certain
        sides: tuple[Side | None, Side | None] = (step.recorded, step.draft)
        if masked:
            of_turn = entry if entry is not None and entry.turn == step.turn else None
            sides = examples.masked(step, of_turn, life.taken)
        if as_json:
            told.append(step_as_json(step, *sides))
        else:
            draw_step(console, step, *sides)
    if as_json:
        print_json({"conversation": conversation, "steps": told})
    else:
        console.print(f"{steps:,} steps: {differ:,} differ, {doubtful:,} can't be told from here")


async def _steps(feed: PersonFeed, life: Life, preview: Preview) -> AsyncIterator[tuple[Step, JournalEntry | None]]:
    async for event in feed.events():
        match event:
            case Contact():
                life.now(event)
            case ConsentChange() | Merged():
                for step in life.change(event):
                    yield step, None
            case _:
                entry = read_turn(event)
                if isinstance(entry, Unreadable):
                    raise BadInput(f"{entry.place}: {entry.problem}", place=entry.conversation)
                if entry.erased or entry.erased_in_part:
                    continue
                if (missing := preview.missing(entry)) is not None:
                    raise BadInput(f"{missing.place}: {missing.problem}", place=missing.conversation)
                for step in life.turn(entry):
                    yield step, entry
    for step in life.end():
        yield step, None


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
@click.option("--against", metavar="draft|N", help="Show what would have gone differently on the draft, or revision N.")
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
    """Run the recorded turns of CONVERSATION again, and show the first whose result differs.

    With --all or --since, those of every conversation; with FILE, those of a recording that assent conversation export
    made, and no store is needed. Status 1 if a result differs or a turn can't be run. With --against, show what would
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

"""`assent conversation`: what was said and why, and what did not arrive."""

import asyncio
import sys
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import click
import msgspec
from rich.text import Text

from adapters.text import printable
from cli.common import (
    bot_option,
    chosen_bot,
    find_conversation,
    may_unmask,
    record_unmasking,
    run_with_store,
    staff,
    unmask_option,
)
from cli.conversation_files import export, view
from cli.conversation_list import list_conversations, list_ignored
from cli.ledger import problems_as_json
from cli.output import COUNT, json_option, new_console, print_json
from cli.transcript import Drawing
from inbox.hand_over import hand_back as end_hand_over
from privacy.masking import FlowTexts, Mask
from replay.chain_check import Tampered, oddities
from replay.proof import ProofStep
from replay.proof_reading import read_by_others
from replay.recorded import Unreadable, flow_texts, read_turn
from replay.tampering import check_conversation
from runtime.clock import now
from runtime.metrics import Metrics
from runtime.revisions import RevisionCache
from runtime.turns import TurnWorker
from storage.port import Store
from storage.records import ConversationSummary, JournalEntry, OutboxRow


@click.command("hand-back")
@click.argument("conversation")
@bot_option
@click.pass_context
def hand_back(ctx: click.Context, conversation: str, bot: str | None) -> None:
    """Give CONVERSATION back to the bot after a hand-over to a person. The bot says nothing until it is addressed."""

    async def work(store: Store) -> None:
        name = await chosen_bot(store, bot)
        # The turn sends no button, so that nothing is signed.
        worker = TurnWorker(store, RevisionCache(store), keys=[b""], clock=now, metrics=Metrics())
        key = (await find_conversation(store, name, conversation)).state.key
        await end_hand_over(worker, store, name, key, staff(), now())

    run_with_store(ctx, work)
    click.echo(f"the bot answers in {conversation} again")


_LOOK_EVERY = 0.5
_BEFORE = 10
"""Turns that `tail` shows of what was before."""


class Tail:
    """Draws what is committed, as it is."""

    def __init__(self, store: Store, bot: str, conversation: str | None, drawing: Drawing) -> None:
        self._store = store
        self._bot = bot
        self._conversation = conversation
        self._drawing = drawing
        self._recorded: set[str] = set()
        self._live = -1
        """The revision whose words the drawing has, and those of all before it."""

    async def run(self) -> None:
        """Run until cancelled."""
        position = await self._store.journal_end(self._bot)
        before: set[str] = set()
        if self._conversation is not None:
            for turn in await self._store.journal_of(self._bot, self._conversation, latest=True, limit=_BEFORE):
                before.add(turn.place)
                await self._show(turn.conversation, read_turn(turn))
        while True:
            page = await self._store.journal_page(self._bot, position)
            position = page.position
            for turn in page.turns:
                if self._conversation in (None, turn.conversation) and turn.place not in before:
                    await self._show(turn.conversation, read_turn(turn))
            if not page.turns:
                await asyncio.sleep(_LOOK_EVERY)

    async def _show(self, conversation: str, read: JournalEntry | Unreadable) -> None:
        if not self._drawing.masked and conversation not in self._recorded:
            await record_unmasking(self._store, self._bot, conversation)
            self._recorded.add(conversation)
        console = self._drawing.console
        console.print()
        if self._conversation is None:
            console.print(Text(f"[{printable(conversation)}]", "bold"))
        if isinstance(read, Unreadable):
            self._drawing.unreadable(read)
            return
        if self._drawing.masked and read.outcome.revision != self._live:
            self._live = read.outcome.revision
            self._drawing = replace(self._drawing, flows=await flow_texts(self._store, self._bot))
        self._drawing.turn(read, None)


@click.group("conversation")
def command() -> None:
    """See conversations, and replies that did not arrive."""


command.add_command(export)
command.add_command(view)
command.add_command(hand_back)
command.add_command(list_conversations)
command.add_command(list_ignored)


@command.command()
@click.argument("conversation")
@bot_option
@click.option("--limit", type=COUNT, default=100, show_default=True, help="At most so many turns.")
@click.option("--trace", "traces", is_flag=True, help="Beside each turn: what matched, what was looked at, deliveries.")
@click.option("--received", is_flag=True, help="Beside each turn: the event as the channel sent it. Needs --unmask.")
@unmask_option
@json_option
@click.pass_context
def show(
    ctx: click.Context,
    conversation: str,
    bot: str | None,
    limit: int,
    traces: bool,
    received: bool,
    unmask: bool,
    as_json: bool,
) -> None:
    """Draw CONVERSATION as the person saw it, its latest turns, with how each reply was delivered."""
    if received and not unmask:
        raise click.UsageError("--received shows what the person sent: say --unmask too")
    may_unmask(ctx, unmask=unmask)

    async def work(store: Store) -> None:
        name = await chosen_bot(store, bot)
        summary = await find_conversation(store, name, conversation)
        key = summary.state.key
        if unmask:
            await record_unmasking(store, name, key)
        read = [read_turn(turn) for turn in await store.journal_of(name, key, latest=True, limit=limit)]
        deliveries = await store.deliveries(name, key, limit=sys.maxsize)
        known = {info.number for info in await store.history(name)}
        flows = None if unmask else await flow_texts(store, name)
        tampered = await check_conversation(store, name, key)
        read = [each for each in read if not _is_of_another(each, key)]
        mask = Mask(summary.contact, flows=flows) if flows is not None else None
        others = _beside(await read_by_others(store, name, summary.contact.id, mask), read, summary.turns)
        if as_json:
            told = _as_json(summary, read, deliveries, known, flows)
            print_json({**told, "by_others": others, "tampered": problems_as_json(tampered)})
            return
        drawing = Drawing(new_console(), traces=traces, received=received, masked=not unmask, flows=flows)
        drawing.head(summary, len(read))
        drawing.tampered(tampered, {each.turn for each in read if isinstance(each, JournalEntry)})
        _draw(drawing, read, {row.message.id: row for row in deliveries}, known, tampered, others)

    run_with_store(ctx, work)


def _is_of_another(each: JournalEntry | Unreadable, key: str) -> bool:
    """Tell whether a turn is somebody else's: what they did is not to be drawn as this person's."""
    return isinstance(each, JournalEntry) and each.conversation != key


def _beside(others: Sequence[ProofStep], read: Sequence[JournalEntry | Unreadable], turns: int) -> Sequence[ProofStep]:
    """Return what others did while the shown turns happened, and after them."""
    first = next((each.at for each in read if isinstance(each, JournalEntry)), None)
    if first is None or len(read) >= turns:
        return others
    return [step for step in others if step.at >= first]


def _draw(
    drawing: Drawing,
    read: Sequence[JournalEntry | Unreadable],
    deliveries: dict[str, OutboxRow],
    known: set[int],
    tampered: Sequence[Tampered],
    others: Sequence[ProofStep],
) -> None:
    problems: defaultdict[str, list[str]] = defaultdict(list)
    for problem in tampered:
        problems[problem.turn].append(problem.problem)
    before: datetime | None = None
    left = deque(others)
    for each in read:
        while left and isinstance(each, JournalEntry) and left[0].at <= each.at:
            drawing.beside(left.popleft())
        drawing.console.print()
        if isinstance(each, Unreadable):
            drawing.unreadable(each)
            continue
        drawing.turn(each, deliveries, [*problems.get(each.turn, ()), *oddities(each, before, known)])
        before = each.at
    for step in left:
        drawing.beside(step)


def _as_json(
    summary: ConversationSummary,
    read: Sequence[JournalEntry | Unreadable],
    deliveries: Sequence[OutboxRow],
    known: set[int],
    flows: FlowTexts | None,
) -> dict[str, Any]:
    """Return all of it as JSON values: masked by the words of `flows`, or whole where there are none given."""
    entries = [each for each in read if isinstance(each, JournalEntry)]
    masked = flows is not None
    mask = Mask(summary.contact, *entries, flows=flows)
    times = [None, *(entry.at for entry in entries)]
    odd = [(entry, oddities(entry, before, known)) for entry, before in zip(entries, times, strict=False)]
    return {
        "conversation": mask.masked(summary) if masked else summary,
        "turns": [mask.masked(entry) if masked else _readable(entry) for entry in entries],
        "deliveries": [mask.masked(row) if masked else row for row in deliveries],
        "unreadable": [each._asdict() for each in read if isinstance(each, Unreadable)],
        "odd": [{"turn": entry.turn, "problem": problem} for entry, problems in odd for problem in problems],
    }


def _readable(entry: JournalEntry) -> dict[str, Any]:
    """Return an entry with the event as the channel sent it as text."""
    values: dict[str, Any] = msgspec.to_builtins(entry)
    if entry.event.received:
        values["event"]["received"] = entry.event.received.decode("utf-8", "replace")
    return values


@command.command()
@click.argument("conversation", required=False)
@bot_option
@click.option("--trace", "traces", is_flag=True, help="Beside each turn: what matched, and what was looked at.")
@unmask_option
@click.pass_context
def tail(ctx: click.Context, conversation: str | None, bot: str | None, traces: bool, unmask: bool) -> None:
    """Show turns as they happen, of CONVERSATION or of all, until Ctrl-C."""
    may_unmask(ctx, unmask=unmask)

    async def work(store: Store) -> None:
        name = await chosen_bot(store, bot)
        key = None
        if conversation is not None:
            key = (await find_conversation(store, name, conversation)).state.key
        drawing = Drawing(new_console(), traces=traces, masked=not unmask)
        await Tail(store, name, key, drawing).run()

    try:
        run_with_store(ctx, work)
    except KeyboardInterrupt:
        click.echo()

"""`assent chat`: the builder's own test."""

import asyncio
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import click
from rich.panel import Panel
from rich.text import Text

from adapters.terminal.channel import TerminalChannel
from adapters.terminal.parse import event, parse
from adapters.terminal.render import ButtonNumbers, render
from cli.common import bot_option, chosen_bot, new_console, run_with_store
from cli.findings import show_findings
from flows.model.base import text_for
from flows.source.read import decode
from messages.consent import ConsentChange, Membership
from messages.contact import Contact
from messages.effects import ChangeConsent, Complete, Emit, HandOver
from messages.errors import BadInput
from messages.ids import ALL
from messages.inbound import Action, ConversationStarted
from messages.outgoing import OutgoingButton, OutgoingMessage
from runtime.clock import jitter, now
from runtime.metrics import Metrics
from runtime.outbox import OutboxSender
from runtime.publishing import Checked, checked, push
from runtime.revisions import RevisionCache
from runtime.timers import TimerRunner
from runtime.worker import TurnWorker
from storage.port import Store
from storage.records import Committed, JournalEntry
from storage.sqlite.store import SqliteStore

YOU = "you"
KEY = b"a key for one test chat"
_HINT = "Type a message, or a button's number. Ctrl-D ends the chat; nothing of it is kept."


@click.command("chat")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--draft", "which", flag_value="draft", help="The saved draft (the default).")
@click.option("--live", "which", flag_value="live", help="The live revision.")
@bot_option
@click.option("--language", default="en", show_default=True, help="The language your account has.")
@click.option("--fast", is_flag=True, help="Don't wait where the flow waits.")
@click.pass_context
def command(
    ctx: click.Context, file: Path | None, which: str | None, bot: str | None, language: str, fast: bool
) -> None:
    """Talk to a bot in the terminal: the draft, the live revision, or a flow FILE.

    Membership changes are shown as they happen. The chat has a store of its own, gone at the end: nobody's membership
    changes, and nothing ends up in an audience.
    """
    if file is not None:
        flow = checked(decode(file.read_bytes(), str(file)), str(file))
    else:
        flow = run_with_store(ctx, lambda store: _saved(store, bot, which or "draft"))
    show_findings(flow.warnings, stderr=True)
    asyncio.run(_Chat(flow, language, fast=fast).run())


async def _saved(store: Store, bot: str | None, which: str) -> Checked:
    name = await chosen_bot(store, bot)
    if which == "live":
        live = await store.live(name)
        found = await store.revision(name, live.number) if live else None
        if found is None:
            raise BadInput(f"{name} has no live revision", remedy="Try --draft, or push first")
        return checked(found[1], f"revision {found[0].number} of {name}")
    draft = await store.draft(name)
    if draft is None:
        raise BadInput(f"{name} has no draft", remedy="Save one first: assent flow save FILE; or give a FILE")
    return checked(draft.source, f"draft of {name}")


class _Chat:
    """One chat: the real engine, worker, outbox and a scratch store; the terminal is the channel."""

    def __init__(self, flow: Checked, language: str, *, fast: bool) -> None:
        self._flow = flow
        self._bot = flow.source.bot.bot
        self._language = language
        self._console = new_console()
        self._numbers = ButtonNumbers()
        self._skipped = timedelta()
        self._fast = fast
        self._events = 0
        self._last_turn = ""

    def _clock(self) -> datetime:
        return now() + self._skipped

    async def run(self) -> None:
        store = SqliteStore.in_memory()
        await store.open()
        try:
            await push(store, self._flow, author=YOU, at=now(), note="test chat", expected_live=0)
            await self._talk(store)
        finally:
            await store.close()

    async def _talk(self, store: SqliteStore) -> None:
        metrics = Metrics()
        channel = TerminalChannel(self._show)
        outbox = OutboxSender(store, {(self._bot, "terminal"): channel}, clock=now, metrics=metrics, chance=jitter)

        def committed(done: Committed) -> None:
            outbox.add(done.outbox)

        self._store = store
        self._outbox = outbox
        self._worker = TurnWorker(
            store, RevisionCache(store), keys=[KEY], clock=self._clock, metrics=metrics, committed=committed
        )
        self._timers = TimerRunner(store, self._worker.handle, self._clock)
        self._console.print(Text(_HINT, "dim"))
        await self._take(ConversationStarted())
        prompt = asyncio.get_running_loop()
        lines = self._lines()
        while (line := await prompt.run_in_executor(None, next, lines, None)) is not None:
            if not line.strip():
                continue
            meant = parse(line, self._numbers)
            if meant is None:
                self._console.print(
                    Text(f"No button has that number; there are {len(self._numbers.buttons)}.", "yellow")
                )
            elif isinstance(meant, OutgoingButton):
                self._console.print(Text(f"opens {meant.url}", "dim"))
            else:
                await self._take(meant)
        await outbox.close(grace=0)

    def _lines(self) -> Iterator[str]:
        interactive = sys.stdin.isatty()
        while True:
            try:
                line = input("> ") if interactive else sys.stdin.readline()
            except (EOFError, KeyboardInterrupt):
                return
            if not interactive:
                if not line:
                    return
                self._console.print(Text(f"> {line.rstrip()}", "bold"))
            yield line.rstrip("\n")

    async def _take(self, action: Action) -> None:
        self._events += 1
        self._numbers.buttons.clear()
        await self._worker.handle(self._bot, event(action, self._events, YOU, self._language, self._clock()))
        await self._settle()
        while (due := await self._store.next_timer()) is not None:
            wait = due - self._clock()
            if self._fast or wait > timedelta(seconds=10):
                self._console.print(Text(f"… {wait.total_seconds():.0f} s later", "dim"))
                self._skipped += max(wait, timedelta())
            else:
                await asyncio.sleep(max(wait.total_seconds(), 0))
            await self._timers.fire_due()
            await self._settle()

    async def _settle(self) -> None:
        """Wait until what the turn sent is drawn, then tell what else it did."""
        await self._outbox.idle()
        key = f"terminal:{YOU}"
        for entry in await self._store.journal(self._bot, key, after=self._last_turn):
            self._last_turn = entry.turn
            self._tell(entry)

    def _show(self, message: OutgoingMessage) -> None:
        self._console.print(Panel(render(message, self._numbers), border_style="blue", title_align="left"))

    def _tell(self, entry: JournalEntry) -> None:
        """Tell what a turn did besides talking."""
        for effect in entry.outcome.effects:
            match effect:
                case ChangeConsent(change=change):
                    self._console.print(self._change(change))
                case HandOver(note=note):
                    self._console.print(Text(f"→ handed over to a person: {note}", "magenta"))
                case Emit(event=name):
                    self._console.print(Text(f"→ event {name} {dict(effect.data) or ''}", "magenta"))
                case Complete(kind=kind, item=item):
                    self._console.print(Text(f"→ completed {kind} {item}", "magenta"))
                case _:
                    pass
        for line in _contact_lines(entry.contact_before, entry.outcome.contact):
            self._console.print(Text(f"→ {line}", "magenta"))
        for step in entry.outcome.trace:
            if step.notice:
                where = f" in message {step.message}" if step.message else ""
                self._console.print(Text(f"! fault in the flow{where}: {step.kind} {step.detail}", "bold red"))

    def _change(self, change: ConsentChange) -> Text:
        name = change.subject
        segment = self._flow.source.bot.segments.get(name)
        if name == ALL:
            name = "everything pushed"
        elif segment is not None:
            name = text_for(segment.name, self._language, self._flow.source.bot.languages[0])
        entered = change.after in (Membership.OPTED_IN, Membership.ADDED)
        mark, words, style = (
            ("✓", "you are now in", "bold green") if entered else ("✗", "you are now out of", "bold red")
        )
        return Text(f"{mark} {words} {name}", style).append(f"  ({change.before} → {change.after})", "dim")


def _contact_lines(before: Contact | None, after: Contact) -> Iterator[str]:
    """Say what was learnt about the person."""
    fields, tags = (before.fields, before.tags) if before else ({}, frozenset[str]())
    for name in sorted({*fields, *after.fields}):
        if fields.get(name) != after.fields.get(name):
            kept = after.fields.get(name)
            yield f"{name} = {kept}" if kept is not None else f"{name} is forgotten"
    for tag in sorted(tags ^ after.tags):
        yield f"tag {tag} {'added' if tag in after.tags else 'removed'}"

"""`assent chat`: the builder's own test, in a store that is gone at the end."""

import asyncio
import contextlib
import importlib
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import click
from rich.panel import Panel
from rich.text import Text

from adapters.terminal import ButtonNumbers, TerminalChannel, event, parse, reference, render
from adapters.text import printable
from cli.common import bot_option, chosen_bot, run_with_store
from cli.flow_check import show_findings
from cli.output import new_console
from cli.transcript import told
from flows.compile import segments_of
from flows.engine.turn import conversation_key
from flows.model.base import text_for
from messages.consent import SourceKind
from messages.effects import OutgoingButton, OutgoingMessage
from messages.inbound import Action, ConversationStarted
from publishing.flows import Checked, checked, checked_file, draft_text, kept_segments, live_text, push
from runtime.clock import jitter, now
from runtime.metrics import Metrics
from runtime.outbox import OutboxSender
from runtime.revisions import RevisionCache
from runtime.tasks.timers import TimerRunner
from runtime.turns import TurnWorker
from staff.acting import Staff
from storage.port import Store
from storage.records import JournalEntry
from storage.sqlite.store import SqliteStore

_YOU = "you"
_KEY = b"a key for one test chat"


class Scratch:
    """One person's conversation with one flow. `show` is called with each message that the bot sends.

    Its time is the clock's, and can be moved on to where a `wait` of the flow is over.
    """

    def __init__(self, flow: Checked, language: str, show: Callable[[OutgoingMessage], None]) -> None:
        self._flow = flow
        self._bot = flow.source.bot.bot
        self._language = language
        self._events = 0
        self._told = ""
        self._ahead = timedelta()
        metrics = Metrics()
        self._store = SqliteStore.in_memory()
        self._outbox = OutboxSender(
            self._store,
            {(self._bot, "terminal"): TerminalChannel(show)},
            clock=self._clock,
            metrics=metrics,
            chance=jitter,
        )
        self._worker = TurnWorker(
            self._store,
            RevisionCache(self._store),
            keys=[_KEY],
            clock=self._clock,
            metrics=metrics,
            replies=self._outbox.add,
        )
        self._timers = TimerRunner(self._store, self._worker.handle, self._clock)

    def _clock(self) -> datetime:
        return now() + self._ahead

    async def open(self) -> Self:
        """Make the flow live in the store of its own."""
        await self._store.open()
        await push(self._store, self._flow, Staff(_YOU, SourceKind.CLI), now(), note="test chat", expected_live=0)
        return self

    async def close(self) -> None:
        """Throw everything away."""
        await self._outbox.close(grace=0)
        await self._store.close()

    async def act(self, action: Action) -> Sequence[JournalEntry]:
        """Do something as the person; return the turns that came of it, once their messages were shown."""
        self._events += 1
        await self._worker.handle(self._bot, event(action, self._events, _YOU, self._language, self._clock()))
        return await self._new_turns()

    async def wait_left(self) -> timedelta | None:
        """Return how long the flow's next `wait` still takes; None when it waits for nothing but the person."""
        due = await self._store.next_timer()
        return None if due is None else max(due - self._clock(), timedelta())

    async def go_on(self) -> Sequence[JournalEntry]:
        """End the next `wait`, moving the time on if it is not over; return the turns that came of it."""
        self._ahead += await self.wait_left() or timedelta()
        await self._timers.fire_due()
        return await self._new_turns()

    async def asks(self) -> bool:
        """Tell whether a question of the flow is open."""
        found = await self._store.conversation(self._bot, conversation_key(reference(_YOU)))
        return found is not None and found.state.run is not None and found.state.run.asked

    async def _new_turns(self) -> Sequence[JournalEntry]:
        await self._outbox.idle()
        entries = await self._store.journal(self._bot, conversation_key(reference(_YOU)), after=self._told)
        if entries:
            self._told = entries[-1].turn
        return entries


_HINT = (
    "Type a message, or a button's number; an empty line ends a wait of the flow. Ctrl-D ends the chat; nothing of it "
    "is kept."
)
_MAX_WAIT = timedelta(seconds=10)
"""A longer wait of the flow is not sat out."""


@click.command("chat")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--draft", "which", flag_value="draft", help="The saved draft (the default).")
@click.option("--live", "which", flag_value="live", help="The live revision.")
@bot_option
@click.option("--language", help="The language of your account; without it, the flow's first one.")
@click.option("--fast", is_flag=True, help="Don't wait where the flow waits.")
@click.option("--trace", is_flag=True, help="Show how each turn was decided.")
@click.pass_context
def command(
    ctx: click.Context,
    file: Path | None,
    which: str | None,
    bot: str | None,
    language: str | None,
    fast: bool,
    trace: bool,
) -> None:
    """Talk to a bot in the terminal: the draft, the live revision, or a flow FILE.

    Membership changes are shown as they happen. The chat has a store of its own, gone at the end: nobody's membership
    changes, and nothing ends up in an audience.
    """
    if file is not None and (which or bot):
        raise click.UsageError("a FILE is talked to as it is: leave out --draft, --live and --bot")
    flow = checked_file(file) if file else run_with_store(ctx, lambda store: _saved(store, bot, which or "draft"))
    show_findings(flow.warnings, text=flow.source.text, stderr=True)
    with asyncio.Runner() as runner:
        _Chat(runner, flow, language or flow.source.bot.languages[0], fast=fast, trace=trace).run()


async def _saved(store: Store, bot: str | None, which: str) -> Checked:
    name = await chosen_bot(store, bot)
    kept = await kept_segments(store, name)
    if which == "live":
        number, text = await live_text(store, name)
        return checked(text, f"revision {number} of {name}", pushed=True, kept=kept)
    return checked(await draft_text(store, name), f"draft of {name}", kept=kept)


class _Chat:
    """The conversation on screen. Between two lines typed nothing runs."""

    def __init__(self, runner: asyncio.Runner, flow: Checked, language: str, *, fast: bool, trace: bool) -> None:
        bot = flow.source.bot
        self._runner = runner
        self._segments = {
            id_: text_for(each.name, language, bot.languages[0]) for id_, each in segments_of(bot).items()
        }
        self._fast = fast
        self._trace = trace
        self._console = new_console()
        self._numbers = ButtonNumbers()
        self._scratch = Scratch(flow, language, self._show)

    def run(self) -> None:
        """Talk until the person leaves."""
        with contextlib.suppress(ImportError):  # not every Python has it; then lines can't be edited
            importlib.import_module("readline")
        self._console.print(Text(_HINT, "dim"))
        try:
            self._runner.run(self._begin())
            while (line := self._typed()) is not None:
                self._runner.run(self._take(line))
        finally:
            self._runner.run(self._scratch.close())

    async def _begin(self) -> None:
        await self._scratch.open()
        self._tell(await self._scratch.act(ConversationStarted()))
        await self._sit_out()

    def _typed(self) -> str | None:
        """Return the next line; None when there is none."""
        if not sys.stdin.isatty():
            line = sys.stdin.readline()
            if line:
                self._console.print(Text(f"> {printable(line.rstrip())}", "bold"))
            return line or None
        with contextlib.suppress(EOFError, KeyboardInterrupt):
            return input("> ")
        self._console.print()
        return None

    async def _take(self, line: str) -> None:
        if not line.strip():
            if await self._scratch.wait_left() is not None:
                await self._go_on()
                await self._sit_out()
            return
        meant = parse(line, self._numbers)
        if meant is None:
            problem = f"No button has that number; there are {len(self._numbers)}."
            self._console.print(Text(f'{problem} To say a number, put it in quotes: "{line.strip()}"', "yellow"))
        elif isinstance(meant, OutgoingButton):
            self._console.print(Text(f"opens {meant.url}", "dim"))
        else:
            self._numbers.next_turn()
            self._tell(await self._scratch.act(meant))
            await self._sit_out()
        if await self._scratch.asks():
            self._numbers.question_asked()

    async def _sit_out(self) -> None:
        """Wait where the flow waits: in full for a short one, not at all with --fast; a long one is told."""
        while (left := await self._scratch.wait_left()) is not None:
            if not self._fast:
                if left > _MAX_WAIT:
                    self._console.print(Text(f"… the flow waits {_duration(left)}; an empty line ends the wait", "dim"))
                    return
                await asyncio.sleep(left.total_seconds())
            await self._go_on()

    async def _go_on(self) -> None:
        left = await self._scratch.wait_left()
        if left:
            self._console.print(Text(f"… {_duration(left)} later", "dim"))
        self._tell(await self._scratch.go_on())

    def _show(self, message: OutgoingMessage) -> None:
        self._console.print(Panel(render(message, self._numbers), border_style="blue", title_align="left"))

    def _tell(self, entries: Iterable[JournalEntry]) -> None:
        for entry in entries:
            if self._trace:
                for step in entry.outcome.trace:
                    words = " ".join(each for each in (step.kind, step.message, step.detail) if each)
                    self._console.print(Text(f"· {printable(words)}", "dim"))
            for line in told(entry, self._segments, person="you are"):
                self._console.print(line)


def _duration(time: timedelta) -> str:
    """Return a length of time as flow files write it: `1d`, `1h 30m`."""
    left = round(time.total_seconds())
    words = []
    for name, length in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        number, left = divmod(left, length)
        if number:
            words.append(f"{number}{name}")
    return " ".join(words) or "0s"

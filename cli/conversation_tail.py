"""`assent conversation tail`: turns as they happen."""

import asyncio
from dataclasses import replace

from rich.text import Text

from adapters.terminal.printable import printable
from cli.transcript import Drawing
from cli.unmasking import record_unmasking
from replay.recorded import Unreadable, flow_texts, read_turn
from storage.port import Store
from storage.records import JournalEntry

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

"""What the commands share: settings, the open store, the bot that is meant, output."""

import asyncio
import dataclasses
import getpass
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from config.load import load_settings
from config.settings import Settings
from messages.errors import BadInput
from storage.open import open_store
from storage.port import Store

T = TypeVar("T")

_PIPE_WIDTH = 240

bot_option = click.option("--bot", help="The bot; needed when the store holds several.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")


def settings_of(ctx: click.Context) -> Settings:
    """Return the settings as `--config`, `--store` and the environment say."""
    chosen = ctx.find_root().obj or {}
    settings = load_settings(os.environ, chosen.get("config"))
    if chosen.get("store"):
        settings = dataclasses.replace(settings, store=chosen["store"])
    return settings


def run_with_store(ctx: click.Context, work: Callable[[Store], Awaitable[T]]) -> T:
    """Open the store, run `work` on it, close it."""

    async def run() -> T:
        store = open_store(settings_of(ctx).store)
        await store.open()
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


async def chosen_bot(store: Store, bot: str | None) -> str:
    """Return the bot that is meant. Raises BadInput when there is none, or several and none is named."""
    bots = await store.bots()
    if bot is not None:
        if bot not in bots:
            known = f"Known: {', '.join(bots)}" if bots else "Save a flow first: assent flow save FILE"
            raise BadInput(f"the store holds no bot {bot!r}", place="--bot", remedy=known)
        return bot
    if len(bots) == 1:
        return bots[0]
    if not bots:
        raise BadInput("the store holds no bot yet", remedy="Save a flow first: assent flow save FILE")
    raise BadInput("the store holds several bots", place="--bot", remedy=f"Name one of {', '.join(bots)}")


def author() -> str:
    """Return who runs the command, for the history."""
    return os.environ.get("ASSENT_AUTHOR") or getpass.getuser()


def print_json(value: object) -> None:
    """Print values as JSON, one document."""
    encoded = msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=1)
    sys.stdout.write(encoded.decode() + "\n")


def when(at: datetime | None) -> str:
    """Return a time as people read it: UTC, to the second."""
    return at.strftime("%Y-%m-%d %H:%M:%S") if at else ""


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str) -> None:
    """Draw a table; say `empty` when there is nothing in it. Written to a file or a pipe, it is as wide as it needs."""
    console = new_console()
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    if not rows:
        console.print(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console.print(table)


def new_console() -> Console:
    """Return a console that takes what people wrote as it is: no `:emoji:`, no highlighting."""
    return Console(emoji=False, highlight=False)


def printable(text: str) -> str:
    """Return text that can't steer the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


def plain(text: str) -> str:
    """Return text that can't be taken for markup, nor steer the terminal."""
    return escape(printable(text))

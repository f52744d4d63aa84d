"""What the commands share: settings, the open store, the bot that is meant, who runs them."""

import asyncio
import dataclasses
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from config.load import load_settings
from config.settings import Settings
from messages.errors import BadInput, BadSettings
from runtime.clock import machine_user, now
from runtime.tasks.memory_file import keep_acknowledged, remembered_rows
from storage.open import open_store, store_file
from storage.port import Store

T = TypeVar("T")

_SAVE = "Save a flow first: assent flow save FILE"

bot_option = click.option("--bot", help="The bot; needed when the store holds several.")


def settings_of(ctx: click.Context) -> Settings:
    """Return the settings as `--config`, `--store` and the environment say."""
    chosen = ctx.find_root().obj or {}
    settings = load_settings(os.environ, chosen.get("config"))
    if chosen.get("store"):
        settings = dataclasses.replace(settings, store=chosen["store"])
    return settings


def run_with_store(ctx: click.Context, work: Callable[[Store], Awaitable[T]], *, create: bool = False) -> T:
    """Open the store, run `work` on it, close it. Raises BadSettings when there is none, unless it may be created."""
    settings = settings_of(ctx)
    url = settings.store
    file = store_file(url)
    if not create and file is not None and not file.exists():
        raise BadSettings(f"there is no store at {file}", remedy=f"{_SAVE}; or name another one with --store")

    async def run() -> T:
        store = open_store(url)
        await store.open()
        try:
            store.remember(await remembered_rows(store, url, settings.store_memory))
            try:
                return await work(store)
            finally:
                await keep_acknowledged(store, url, settings.store_memory, now())
        finally:
            await store.close()

    return asyncio.run(run())


async def chosen_bot(store: Store, bot: str | None) -> str:
    """Return the bot that is meant. Raises BadInput when there is none, or several and none is named."""
    bots = await store.bots()
    if bot is not None:
        if bot not in bots:
            known = f"Known: {', '.join(bots)}" if bots else _SAVE
            raise BadInput(f"the store holds no bot {bot!r}", place="--bot", remedy=known)
        return bot
    if len(bots) == 1:
        return bots[0]
    if not bots:
        raise BadInput("the store holds no bot yet", remedy=_SAVE)
    raise BadInput("the store holds several bots", place="--bot", remedy=f"Name one of {', '.join(bots)}")


def author() -> str:
    """Return who runs the command, for the history."""
    return os.environ.get("ASSENT_AUTHOR") or machine_user()


def ask(question: str, *, yes: bool, change: str = "changed") -> None:
    """Go on if the person agrees in so many words: Enter alone is a no. One line is read, of a terminal or a pipe.
    `change`: what is else done, for the error.

    Raises BadInput when they don't agree, or when there is nobody to ask.
    """
    if yes:
        return
    click.echo(f"{question} [y/N]: ", nl=False)
    if not (answer := _line()):
        click.echo()
    if answer.strip().casefold() in ("y", "yes"):
        return
    if answer.strip() or sys.stdin.isatty():
        raise BadInput(f"nothing was {change}")
    raise BadInput(
        f"nobody answered, so nothing was {change}", remedy="Say --yes to go on without being asked, as in a script"
    )


def _line() -> str:
    """Read a line. Ctrl-C ends it at once: inside `asyncio.run`, it would only be heard after the line."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return sys.stdin.readline()
    finally:
        signal.signal(signal.SIGINT, before)

"""What the commands about audiences share: who runs them, and an index brought up to date with progress."""

import sys
from pathlib import Path

import click

from audiences.index_feed import Audience
from cli.common import author, settings_of
from cli.progress import progress
from config.channels import channels_set_up
from filters.index.people import PeopleIndex
from messages.consent import SourceKind
from messages.errors import BadInput
from staff.acting import Staff
from storage.port import Store


def staff() -> Staff:
    """Return who runs the command, as ledger and audit have it."""
    return Staff(author(), SourceKind.CLI)


async def current_index(ctx: click.Context, store: Store, bot: str) -> PeopleIndex:
    """Return an index of all that was committed before."""
    set_up = channels_set_up(settings_of(ctx), bot)
    seen = 0
    with progress("Reading people", "people") as advance:

        def tell(count: int) -> None:
            nonlocal seen
            advance(count - seen)
            seen = count

        return await Audience(store, bot, set_up=set_up).catch_up(tell)


def values_of(values: tuple[str, ...], file: Path | None) -> list[str]:
    """Return the values given as arguments, then the lines of a file. `-` among either is standard input."""
    found: list[str] = []
    for value in values:
        found += sys.stdin.read().splitlines() if value == "-" else [value]
    if file is not None:
        try:
            found += file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"it can't be read as text: {error}", place=str(file)) from error
    stripped = [value.strip() for value in found]
    return [value for value in stripped if value]

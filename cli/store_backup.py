"""`assent store backup`."""

from pathlib import Path

import click

from cli.common import settings_of
from messages.errors import BadSettings
from storage.open import store_file
from storage.redis.address import shown
from storage.sqlite.files import back_up


@click.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def backup(ctx: click.Context, target: Path) -> None:
    """Copy the SQLite store, as it is at this moment, into the new file TARGET. Servers may run.

    Keep with it what is not in the store: the keys, the settings, and the file that remembers the last ledger row.
    """
    url = settings_of(ctx).store
    file = store_file(url)
    if file is None:
        raise BadSettings(
            f"{shown(url)} is not a SQLite file", place="store", remedy="See docs/production.md for Redis' own files"
        )
    if not file.exists():
        raise BadSettings(f"there is no store at {file}", place="store")
    back_up(file, target)
    click.echo(f"{file} is backed up to {target}, which only its owner may read")

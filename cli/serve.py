"""`assent serve`."""

import asyncio
from functools import partial
from pathlib import Path

import click

from cli.common import settings_of
from console.application import console_beside
from runtime.app import serve


@click.command("serve")
@click.option(
    "--flow",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Make this flow live first, if its bot has no live revision. With --dev, also when the file has changed.",
)
@click.option("--dev", is_flag=True, help="Development: published secrets, replies to the stand-in; loopback only.")
@click.pass_context
def command(ctx: click.Context, flow: Path | None, dev: bool) -> None:
    """Serve the bots: take the channels' events, run turns, send replies; the API too, if the settings say so."""
    beside = partial(console_beside, dev=dev, announce=click.echo)
    asyncio.run(serve(settings_of(ctx), dev=dev, flow=flow, announce=click.echo, beside=beside))

"""`assent standin`."""

import asyncio
import contextlib

import click

from cli.output import new_console
from config.settings import APP_SECRET
from standin.screen import serve


@click.command("standin")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; loopback only.")
@click.option("--port", default=3979, show_default=True, help="The port to listen on.")
@click.option("--bot-url", default="http://127.0.0.1:3978", show_default=True, help="Where the bot is served.")
@click.option("--press/--no-press", default=True, help="Print a command for each button that presses it.")
@click.option("--quiet", is_flag=True, help="Print nothing, only count.")
def command(host: str, port: int, bot_url: str, press: bool, quiet: bool) -> None:
    """Simulate the channels' servers: show what the bot sends, in your terminal."""
    serving = serve(host, port, bot_url=bot_url, app_secret=APP_SECRET, press=press, quiet=quiet, console=new_console())
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serving)

"""`assent doctor`: what is wrong, and what to do about it."""

import asyncio
import sys

import click
from rich.text import Text

from adapters.terminal.printable import printable
from cli.checkup import examine
from cli.common import settings_of
from cli.output import json_option, new_console, print_json

_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "bold red")}


@click.command("doctor")
@click.option("--online", is_flag=True, help="Also ask the channels' servers: reachability, and the clock.")
@json_option
@click.pass_context
def command(ctx: click.Context, online: bool, as_json: bool) -> None:
    """Say what is wrong with the settings, the store and the channels. Ends with status 1 if there is an error."""
    found = asyncio.run(examine(settings_of(ctx), online=online))
    if as_json:
        print_json(found)
    else:
        console = new_console()
        for diagnosis in found:
            mark, style = _MARKS[diagnosis.verdict]
            remedy = f" {diagnosis.remedy}." if diagnosis.remedy else ""
            line = Text(f"{mark} ", style).append(
                printable(f"{diagnosis.about}: {diagnosis.found}.{remedy}"), "default"
            )
            console.print(line, soft_wrap=True)
    if any(diagnosis.verdict == "error" for diagnosis in found):
        sys.exit(1)

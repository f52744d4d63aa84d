"""What the commands print: tables for people, JSON for programs."""

import io
import shlex
import sys
from collections.abc import Sequence, Sized
from datetime import datetime
from typing import TYPE_CHECKING

import click
import msgspec

from adapters.terminal.printable import printable

if TYPE_CHECKING:
    from rich.console import Console

_PIPE_WIDTH = 240

COUNT = click.IntRange(1, 10**9)
"""How many of something are asked for."""

NUMBER = click.IntRange(0, 2**63 - 1)
"""The number of a row or a revision, as large as a store can have it."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")
limit_option = click.option("--limit", type=COUNT, default=100, show_default=True, help="At most so many.")


def print_json(value: object) -> None:
    """Print values as JSON, one document."""
    encoded = msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=1)
    sys.stdout.write(encoded.decode() + "\n")


def when(at: datetime | None) -> str:
    """Return a time as people read it: UTC, to the second."""
    return at.strftime("%Y-%m-%d %H:%M:%S") if at else ""


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str) -> None:
    """Draw a table; say `empty` when there is nothing in it. Written to a file or a pipe, it is as wide as it needs."""
    from rich.table import Table  # noqa: PLC0415  # as in `new_console`
    from rich.text import Text  # noqa: PLC0415

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


def say_if_more(rows: Sized, limit: int, last: object) -> None:
    """Tell how a listing goes on, if it was cut at its limit."""
    if len(rows) >= limit:
        click.echo(f"there may be more: --after {shlex.quote(printable(str(last)))}", err=True)


def new_console(*, stderr: bool = False) -> "Console":
    """Return a console that takes what people wrote as it is: no `:emoji:`, no highlighting.

    What the terminal's encoding does not have is shown as a question mark.
    """
    from rich.console import Console  # noqa: PLC0415  # keeps commands fast that draw nothing

    stream = sys.stderr if stderr else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    return Console(emoji=False, highlight=False, stderr=stderr)


def plain(text: str) -> str:
    """Return text that can't be taken for markup, nor steer the terminal."""
    from rich.markup import escape  # noqa: PLC0415  # as in `new_console`

    return escape(printable(text))

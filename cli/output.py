"""What the commands print: tables for people, JSON for programs; the newest of what a store lists oldest first."""

import io
import re
import shlex
import sys
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec

from adapters.text import is_shown, printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_GAP = 2
"""Blanks between two columns of a table."""

_BEYOND_ASCII = re.compile(r"[^\n -~]")

COUNT = click.IntRange(1, 10**9)
"""How many of something are asked for."""

NUMBER = click.IntRange(0, 2**63 - 1)
"""The number of a row or a revision, as large as a store can have it."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")
limit_option = click.option("--limit", type=COUNT, default=100, show_default=True, help="At most so many.")


def print_json(value: object) -> None:
    """Print values as JSON, one document, in which nothing steers the terminal."""
    sys.stdout.write(json_text(msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=1)) + "\n")


def json_text(encoded: bytes) -> str:
    """Return JSON with every character escaped that is not shown as itself: control characters, those that turn the
    direction of text, line separators. It says the same.
    """
    return _BEYOND_ASCII.sub(_escaped, encoded.decode())


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if is_shown(character):
        return character
    units = character.encode("utf-16-be").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))


def when(at: datetime | None) -> str:
    """Return a time as people read it: UTC, to the second."""
    return at.strftime("%Y-%m-%d %H:%M:%S") if at else ""


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str, prose: Collection[str] = ()
) -> None:
    """Draw a table; say `empty` when there is nothing in it.

    No word is broken, and only the columns that `prose` names are wrapped between words. Where that does not fit the
    terminal, each row becomes a block of lines. In a file or a pipe the table is as wide as it needs.
    """
    from rich.text import Text  # noqa: PLC0415  # as in `new_console`

    console = new_console()
    if not rows:
        console.print(empty)
        return
    cells = [[Text(printable(cell)) for cell in row] for row in rows]
    by_column = list(zip(*([Text(column) for column in columns], *cells), strict=True))
    full = [max(_widest(cell.plain.splitlines()) for cell in column) for column in by_column]
    room = console.width if console.is_terminal else sum(full) + _GAP * len(full)
    widths = _fitted(
        full,
        [
            max(_widest(cell.plain.split()) for cell in column) if name in prose else width
            for name, column, width in zip(columns, by_column, full, strict=True)
        ],
        room - _GAP * (len(full) - 1),
    )
    if widths is None:
        _print_blocks(console, columns, cells)
        return
    console.width = max(console.width, room)
    _print_grid(console, columns, cells, widths)


def _widest(parts: Sequence[str]) -> int:
    from rich.cells import cell_len  # noqa: PLC0415  # as in `new_console`

    return max(map(cell_len, parts), default=0)


def _fitted(full: Sequence[int], minimum: Sequence[int], room: int) -> list[int] | None:
    """Return how wide each column is drawn, between its least and its full width; None where `room` is too little."""
    widths = list(minimum)
    for _ in range(room - sum(minimum)):
        short = max(range(len(widths)), key=lambda place: full[place] - widths[place])
        if full[short] == widths[short]:
            break
        widths[short] += 1
    return widths if sum(widths) <= room else None


def _print_grid(
    console: "Console", columns: Sequence[str], cells: Sequence[Sequence["Text"]], widths: Sequence[int]
) -> None:
    from rich.table import Table  # noqa: PLC0415  # as in `new_console`

    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for column, width in zip(columns, widths, strict=True):
        table.add_column(column, width=width, overflow="fold")
    for row in cells:
        table.add_row(*row)
    console.print(table)


def _print_blocks(console: "Console", columns: Sequence[str], cells: Sequence[Sequence["Text"]]) -> None:
    from rich.text import Text  # noqa: PLC0415  # as in `new_console`

    margin = max(map(len, columns)) + _GAP
    for number, row in enumerate(cells):
        if number:
            console.print()
        for column, cell in zip(columns, row, strict=True):
            if cell.plain:
                console.print(Text(column.ljust(margin), "bold").append_text(cell), soft_wrap=True)


def say_if_more(shown: int, limit: int, last: object, *, option: str = "--after") -> None:
    """Tell how a listing goes on, if it was cut at its limit. `last`: what follows `option` to go on."""
    if shown >= limit:
        click.echo(f"there may be more: {option} {shlex.quote(printable(str(last)))}", err=True)


def say_if_older(shown: int, limit: int) -> None:
    """Tell how to see more than the newest, if a listing of them was cut at its limit."""
    if shown >= limit:
        click.echo(f"these are the newest {shown}: --limit shows more, --after goes on from a given one", err=True)


def new_console(*, stderr: bool = False) -> "Console":
    """Return a console that takes what people wrote as it is: no `:emoji:`, no highlighting.

    What the terminal's encoding does not have is shown as a question mark.
    """
    from rich.console import Console  # noqa: PLC0415  # keeps commands fast that draw nothing

    class Screen(Console):
        """Leaves it to `main` when nothing reads the output any more."""

        def on_broken_pipe(self) -> None:
            raise  # noqa: PLE0704  # rich calls this where it handles the error

    stream = sys.stderr if stderr else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    return Screen(emoji=False, highlight=False, stderr=stderr)


def plain(text: str) -> str:
    """Return text that can't be taken for markup, nor steer the terminal."""
    from rich.markup import escape  # noqa: PLC0415  # as in `new_console`

    return escape(printable(text))


T = TypeVar("T")

Read = Callable[[int, int], Awaitable[Sequence[T]]]
"""Returns items in order of number: those after a number, at most so many."""

_GROWTH = 4
_MIN_WIDTH, _PAGE = 1_000, 10_000


async def newest(read: Read[T], number: Callable[[T], int], last: int, limit: int) -> list[T]:
    """Return the `limit` items of the highest numbers up to `last`, the newest first.

    Reads from the end back, each stretch longer than the one before: many numbers may have no item that fits.
    """
    found: list[T] = []
    end, width = last, limit
    while end > 0 and len(found) < limit:
        start = max(end - width, 0)
        found = [*await _between(read, number, start, end, limit), *found]
        end, width = start, max(width * _GROWTH, _MIN_WIDTH)
    return found[-limit:][::-1]


async def _between(read: Read[T], number: Callable[[T], int], after: int, end: int, limit: int) -> list[T]:
    """Return the last `limit` items with numbers above `after`, up to `end`."""
    found: list[T] = []
    while after < end and (page := await read(after, min(end - after, _PAGE))):
        found = [*found, *(item for item in page if number(item) <= end)][-limit:]
        after = number(page[-1])
    return found


async def last_number(read: Read[T]) -> int:
    """Return the highest number that an item has, or 0: halves the range until it is found."""
    low, high = 0, 1
    while await read(high, 1):
        low, high = high, high * 2
    while low < high:
        middle = (low + high) // 2
        if await read(middle, 1):
            low = middle + 1
        else:
            high = middle
    return high

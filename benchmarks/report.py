"""Results as a table on screen, as JSON, and in the README."""

import json
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
_START, _END = "<!-- results: written by make bench -->", "<!-- end of results -->"

Rows = Sequence[Mapping[str, str | int | float]]


def _text(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if isinstance(value, int) or abs(value) >= 1000 else f"{value:.3g}"


def show(title: str, rows: Rows) -> None:
    """Draw one table on the terminal."""
    table = Table(title=title, title_justify="left")
    for name in rows[0]:
        table.add_column(name, justify="left" if isinstance(rows[0][name], str) else "right")
    for row in rows:
        table.add_row(*(_text(value) for value in row.values()))
    Console().print(table)


def _markdown(title: str, rows: Rows) -> str:
    names = list(rows[0])
    marks = ["---" if isinstance(rows[0][name], str) else "---:" for name in names]
    lines = [f"### {title}", "", f"| {' | '.join(names)} |", f"| {' | '.join(marks)} |"]
    lines += [f"| {' | '.join(_text(value) for value in row.values())} |" for row in rows]
    return "\n".join(lines)


def kept() -> dict[str, Rows]:
    """Return the tables of the run before."""
    tables: dict[str, Rows] = json.loads((HERE / "results.json").read_text())["tables"]
    return tables


def keep(tables: Mapping[str, Rows]) -> None:
    """Write `results.json`, and the tables into the README between its marks."""
    machine = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "measured": datetime.now(UTC).date().isoformat(),
    }
    (HERE / "results.json").write_text(json.dumps({"machine": machine, "tables": tables}, indent=1) + "\n")
    readme = HERE / "README.md"
    text = readme.read_text()
    if _START not in text or _END not in text:
        sys.exit(f"{readme} has lost its marks {_START} and {_END}")
    facts = ", ".join(f"{name} {value}" for name, value in machine.items())
    body = "\n\n".join([f"{facts}.", *(_markdown(title, rows) for title, rows in tables.items())])
    before, rest = text.split(_START, 1)
    readme.write_text(f"{before}{_START}\n\n{body}\n\n{_END}{rest.split(_END, 1)[1]}")

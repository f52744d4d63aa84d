"""Findings about a flow, as a builder reads them: the place, the words, the line with a mark under it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.terminal.printable import printable
from cli.output import new_console
from flows.finding import Finding, Severity

if TYPE_CHECKING:
    from rich.console import Console

_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow"}
_AROUND = 60
"""How many characters of a line are shown on each side of the mark."""


def show_findings(findings: Sequence[Finding], *, text: str | None = None, stderr: bool = False) -> None:
    """Print findings, each with the line it is about when a person reads along.

    `text` is the flow's, where it is in no file.
    """
    if not findings:
        return
    from rich.text import Text  # noqa: PLC0415  # keeps a check fast that finds nothing

    console = new_console(stderr=stderr)
    lines: dict[str, list[str]] = {}
    for finding in findings:
        head = Text(f"{finding.file}:{finding.line}:{finding.column}: ")
        head.append(finding.severity.value, _STYLE[finding.severity])
        head.append(f": {printable(str(finding).split(f': {finding.severity}: ', 1)[1])}")
        console.print(head, soft_wrap=True)
        if not console.is_terminal:
            continue
        if finding.file not in lines:
            lines[finding.file] = _lines(finding.file) if text is None else text.splitlines()
        if 0 < finding.line <= len(lines[finding.file]):
            _show_line(console, lines[finding.file][finding.line - 1], finding)


def _lines(file: str) -> list[str]:
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _show_line(console: "Console", line: str, finding: Finding) -> None:
    from rich.cells import cell_len  # noqa: PLC0415  # as above
    from rich.text import Text  # noqa: PLC0415

    at = finding.column - 1
    start = max(0, at - _AROUND)
    before = printable(line[start:at].replace("\t", " "))
    after = printable(line[at : at + _AROUND].replace("\t", " "))
    console.print(Text(f"    {before}{after}", "dim"), soft_wrap=True)
    console.print(Text(" " * (4 + cell_len(before)) + "^", _STYLE[finding.severity]), soft_wrap=True)


def counted(findings: Sequence[Finding]) -> str:
    """Return how many there are, in words."""
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    warnings = len(findings) - errors
    words = [f"{n} {name}{'s' if n > 1 else ''}" for n, name in ((errors, "error"), (warnings, "warning")) if n]
    return " and ".join(words) or "no findings"

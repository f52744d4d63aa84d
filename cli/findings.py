"""Findings about a flow, as a builder reads them: the place, the words, the line with a mark under it."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from flows.finding import Finding, Severity

_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow"}


def show_findings(findings: Sequence[Finding], *, stderr: bool = False) -> None:
    """Print findings, each with the line it is about when a person reads along."""
    console = Console(stderr=stderr, soft_wrap=True, highlight=False)
    lines: dict[str, list[str]] = {}
    for finding in findings:
        head = Text(f"{finding.file}:{finding.line}:{finding.column}: ")
        head.append(finding.severity.value, _STYLE[finding.severity])
        head.append(f": {str(finding).split(f': {finding.severity}: ', 1)[1]}")
        console.print(head)
        if not console.is_terminal:
            continue
        if finding.file not in lines:
            path = Path(finding.file)
            lines[finding.file] = path.read_text(errors="replace").splitlines() if path.is_file() else []
        if finding.line <= len(lines[finding.file]):
            line = lines[finding.file][finding.line - 1]
            console.print(Text(f"    {line}", "dim"))
            console.print(Text("    " + " " * (finding.column - 1) + "^", _STYLE[finding.severity]))


def counted(findings: Sequence[Finding]) -> str:
    """Return how many there are, in words."""
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    warnings = len(findings) - errors
    words = [f"{n} {name}{'s' if n > 1 else ''}" for n, name in ((errors, "error"), (warnings, "warning")) if n]
    return " and ".join(words) or "no findings"

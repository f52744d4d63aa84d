"""`assent flow check` and `assent flow schema`, about flow files, without a store; findings as a builder reads them."""

import sys
from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from adapters.text import printable
from cli.output import json_option, json_text, new_console, print_json
from flows.checks import check as find_faults
from flows.finding import Finding, FlowInvalid, Severity
from flows.foreign.read import import_flow
from flows.format import format_flow
from flows.schema import flow_schema
from flows.source.read import MAX_BYTES, FlowSource, decode, read_flow, read_flow_file
from messages.errors import BadInput

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


flow_file = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
"""The type of an argument that names one."""

STDIN = "-"
"""Names standard input, so that a flow can come through a pipe, from another machine or as another user."""

_SHOWN = "<stdin>"


def read_flow_input(file: Path) -> FlowSource:
    """Read the flow file that is named, `-` from standard input. Raises FlowInvalid as `read_flow_file` does."""
    if str(file) != STDIN:
        return read_flow_file(file)
    return read_flow(decode(sys.stdin.buffer.read(MAX_BYTES + 1), _SHOWN), _SHOWN)


@click.command()
@click.argument("files", nargs=-1, required=True, type=flow_file)
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@json_option
def check(files: tuple[Path, ...], strict: bool, as_json: bool) -> None:
    """Check flow FILES: where, what, and what to do. Ends with status 1 if a push would be refused.

    `-` is standard input.
    """
    findings: list[Finding] = []
    for file in files:
        try:
            findings += find_faults(read_flow_input(file))
        except FlowInvalid as invalid:
            findings += invalid.findings
    if as_json:
        print_json(findings)
    else:
        show_findings(findings)
        click.echo(f"{', '.join(map(str, files))}: {counted(findings)}")
    if any(strict or finding.severity is Severity.ERROR for finding in findings):
        sys.exit(1)


@click.command("format")
@click.argument("files", nargs=-1, required=True, type=flow_file)
@click.option("--check", "only_check", is_flag=True, help="Change nothing; status 1 if something would change.")
def format_command(files: tuple[Path, ...], only_check: bool) -> None:
    """Rewrite old forms in flow FILES. Comments, anchors, order and quoting stay; what changes is shown as a diff.

    `-` reads standard input, and prints the result to standard output.
    """
    found = [(file, read_flow_input(file)) for file in files]
    changed = 0
    for file, source in found:
        text = format_flow(source.text, source.file)
        changed += text != source.text
        lines = unified_diff(source.text.splitlines(), text.splitlines(), str(file), str(file), lineterm="")
        is_stream = str(file) == STDIN and not only_check
        for line in lines:
            click.echo(line, err=is_stream)
        if is_stream:
            click.echo(text, nl=False)
        elif text != source.text and not only_check:
            file.write_text(text, encoding="utf-8", newline="")
    click.echo(f"{changed} of {len(files)} {'would change' if only_check else 'changed'}", err=True)
    if only_check and changed:
        sys.exit(1)


@click.command()
def schema() -> None:
    """Print the JSON Schema of flow files, for editors."""
    click.echo(json_text(orjson.dumps(flow_schema(), option=orjson.OPT_INDENT_2)))


@click.command("import")
@click.argument("file", type=flow_file)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The flow file to write; else it is printed.",
)
def import_command(file: Path, output: Path | None) -> None:
    """Make a flow file from FILE, an export of RapidPro or Typebot (JSON), as far as it goes.

    What is not taken over is told line by line. Nobody is opted in by it: groups and opt-ins are left behind.
    """
    if str(file) == STDIN:
        raw = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        try:
            with file.open("rb") as stream:
                raw = stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise BadInput(f"{file} can't be read: {error.strerror}") from error
    imported = import_flow(decode(raw, str(file)), str(file))
    for one in imported.left:
        click.echo(printable(f"{file}: {one}"), err=True)
    if output is None:
        click.echo(imported.text, nl=False)
    else:
        try:
            with output.open("x", encoding="utf-8", newline="") as stream:
                stream.write(imported.text)
        except FileExistsError:
            raise BadInput(f"{output} is there already", remedy="Name another file, or delete that one") from None
        except OSError as error:
            raise BadInput(f"{output} can't be written: {error.strerror}") from error
    taken = f"{len(imported.source.bot.messages)} messages of {imported.source.bot.bot}"
    click.echo(f"{taken}; {len(imported.left)} things were not taken over", err=True)

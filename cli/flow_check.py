"""`assent flow check` and `assent flow schema`: about flow files, without a store."""

import sys
from pathlib import Path

import click
import orjson

from cli.findings import counted, show_findings
from cli.flow_input import flow_file, read_flow_input
from cli.output import json_option, json_text, print_json
from flows.checks import check as find_faults
from flows.finding import Finding, FlowInvalid, Severity
from flows.schema import flow_schema


@click.command()
@click.argument("files", nargs=-1, required=True, type=flow_file)
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@json_option
def check(files: tuple[Path, ...], strict: bool, as_json: bool) -> None:
    """Say what is wrong with flow FILES: where, what, and what to do. Ends with status 1 if a push would be refused.

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


@click.command()
def schema() -> None:
    """Print the JSON Schema of flow files, for editors."""
    click.echo(json_text(orjson.dumps(flow_schema(), option=orjson.OPT_INDENT_2)))

"""Flow files as commands name them."""

import sys
from pathlib import Path

import click

from flows.source.read import MAX_BYTES, FlowSource, decode, read_flow, read_flow_file

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

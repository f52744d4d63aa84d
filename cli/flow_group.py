"""`assent flow`: from a file to a draft, from a draft to live. `check` and `schema` need neither store nor log."""

import click

from cli.command_log import log_warnings
from cli.lazy_group import Lazy, LazyGroup

COMMANDS = {
    "check": Lazy("cli.flow_check", "Say what is wrong with flow FILES.", "check", logs=False),
    "save": Lazy("cli.flow", "Keep FILE as the draft of its bot.", "save"),
    "diff": Lazy("cli.flow", "Show what a push of the draft would change.", "diff_command"),
    "push": Lazy("cli.flow", "Make the draft live, as the next revision.", "push_command"),
    "history": Lazy("cli.flow", "List the revisions, the newest first.", "history"),
    "rollback": Lazy("cli.flow", "Make the text of revision NUMBER live again, as a new revision.", "rollback"),
    "schema": Lazy("cli.flow_check", "Print the JSON Schema of flow files, for editors.", "schema", logs=False),
    "export": Lazy("cli.flow", "Print a flow's text exactly as it was saved.", "export"),
}


@click.group("flow", cls=LazyGroup, table=COMMANDS, log=log_warnings)
def command() -> None:
    """Check, save, compare, push and roll back flows."""

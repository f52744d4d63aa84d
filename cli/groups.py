"""Groups whose commands are imported when they are used, so that none pays for the others; `assent flow`."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import click


class Lazy(NamedTuple):
    """Where a command is, and its line in the help of its group."""

    module: str
    help: str
    name: str = "command"
    """Of the command in its module."""
    logs: bool = True
    """Whether what it runs may log. A group says so of its commands one by one."""


class LazyGroup(click.Group):
    """A group that knows its commands by a table. `log` sets up logging before one is used that may log."""

    def __init__(self, *args: Any, table: Mapping[str, Lazy], log: Callable[[], None], **options: Any) -> None:  # noqa: ANN401  # click's own
        super().__init__(*args, **options)
        self._table = table
        self._log = log

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        del ctx
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of that name."""
        del ctx
        if cmd_name not in self._table:
            return None
        lazy = self._table[cmd_name]
        command: click.Command = getattr(importlib.import_module(lazy.module), lazy.name)
        if lazy.logs:
            self._log()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in self._table.items()])


def log_warnings() -> None:
    """Set up logging for a command that may log."""
    from runtime.logs import configure  # noqa: PLC0415  # keeps `assent --help` and `assent flow check` fast

    configure("warning", "console")


COMMANDS = {
    "check": Lazy("cli.flow_check", "Check flow FILES.", "check", logs=False),
    "format": Lazy("cli.flow_check", "Rewrite old forms in flow FILES.", "format_command", logs=False),
    "save": Lazy("cli.flow", "Save FILE as the draft of its bot.", "save"),
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

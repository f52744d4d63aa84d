"""`assent`: its commands, imported when they are used, and the boundary where every error becomes a line to act on."""

import importlib
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import click

from messages.errors import AssentError


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
        flow: click.Command = getattr(importlib.import_module(lazy.module), lazy.name)
        if lazy.logs:
            self._log()
        return flow

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in self._table.items()])


def log_warnings() -> None:
    """Set up logging for a command that may log."""
    from runtime.logs import configure  # noqa: PLC0415  # keeps `assent --help` and `assent flow check` fast

    configure("warning", "console")


FLOW_COMMANDS = {
    "check": Lazy("cli.flow_check", "Check flow FILES.", "check", logs=False),
    "format": Lazy("cli.flow_check", "Rewrite old forms in flow FILES.", "format_command", logs=False),
    "import": Lazy(
        "cli.flow_check", "Make a flow file from FILE, an export of RapidPro or Typebot", "import_command", logs=False
    ),
    "save": Lazy("cli.flow", "Save FILE as the draft of its bot.", "save"),
    "diff": Lazy("cli.flow", "Show what a push of the draft would change.", "diff_command"),
    "push": Lazy("cli.flow", "Make the draft live, as the next revision.", "push_command"),
    "request": Lazy("cli.flow_approve", "Show the push that waits for a second person.", "request_command"),
    "approve": Lazy("cli.flow_approve", "Make live what request NUMBER names.", "approve_command"),
    "refuse": Lazy("cli.flow_approve", "Refuse request NUMBER.", "refuse_command"),
    "history": Lazy("cli.flow", "List the revisions, the newest first.", "history"),
    "rollback": Lazy("cli.flow", "Make the text of revision NUMBER live again, as a new revision.", "rollback"),
    "links": Lazy(
        "cli.flow_links",
        "Print the links of the live flow, or of FILE, on each channel that the settings name.",
        "links",
    ),
    "schema": Lazy("cli.flow_check", "Print the JSON Schema of flow files, for editors.", "schema", logs=False),
    "export": Lazy("cli.flow", "Print a flow's text exactly as it was saved.", "export"),
}


@click.group("flow", cls=LazyGroup, table=FLOW_COMMANDS, log=log_warnings)
def flow() -> None:
    """Check, save, compare, push and roll back flows."""


COMMANDS = {
    "serve": Lazy("cli.serve", "Serve the bots: take the channels' events, run turns, send replies."),
    "standin": Lazy("cli.standin", "Simulate the channels' servers: show what the bot sends."),
    "chat": Lazy("cli.chat", "Talk to a draft or live bot in the terminal. Nothing is kept."),
    "flow": Lazy("cli.main", "Check, save, compare, push and roll back flows.", "flow", logs=False),
    "segment": Lazy("cli.segment", "Manage segments and their members."),
    "broadcast": Lazy("cli.broadcast_report", "Define broadcasts, preview and send them, see what became of them."),
    "sequence": Lazy("cli.sequence", "Show sequences, and manage who is in them.", "sequence"),
    "topic": Lazy("cli.topic", "Manage topics and who is told about them.", "topic"),
    "hook": Lazy("cli.hook", "See what hooks were not told, and send it again."),
    "job": Lazy("cli.job", "List, show, cancel and resume imports and exports."),
    "conversation": Lazy("cli.conversation", "See conversations, and replies that did not arrive."),
    "contact": Lazy("cli.contact", "Find, create, edit, merge, export and erase contacts."),
    "ledger": Lazy("cli.ledger", "See and verify the record of consent."),
    "proof": Lazy("cli.proof", "Show one person's consent history with its evidence, and verify it."),
    "replay": Lazy("cli.replay", "Run recorded conversations again; preview a push on them."),
    "user": Lazy("cli.user", "Manage the people who sign in to the console.", "user_group"),
    "api": Lazy("cli.api", "Describe the API.", "api_group"),
    "token": Lazy("cli.staff", "Manage API tokens.", "token_group"),
    "audit": Lazy("cli.staff", "See what staff did: who, when and from which address.", "audit_group"),
    "store": Lazy("cli.store", "Back up a store, copy it into another one, accept lost rows."),
    "doctor": Lazy("cli.doctor", "Check the settings, the store and the channels."),
}
"""Every command by its name. Its module is imported when it runs."""

_STOPPED, _NOT_READ = 128 + signal.SIGINT, 128 + signal.SIGPIPE
"""What a shell reports of a program that ended so."""


class _Root(LazyGroup):
    """Ends with a status of its own when what reads the output has gone, as `head` does."""

    def make_context(self, *args: Any, **options: Any) -> click.Context:  # noqa: ANN401  # click's own
        with _while_read():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # click's own
        with _while_read():
            return super().invoke(ctx)


@contextmanager
def _while_read() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise click.exceptions.Exit(_NOT_READ) from None


@click.group(
    cls=_Root,
    table=COMMANDS,
    log=log_warnings,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="ASSENT_CONFIG",
    help="The settings file; without it, assent.toml in this folder if there is one.",
)
@click.option("--store", help="The store's address, instead of the settings': sqlite:///assent.db")
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error.")
@click.version_option(package_name="assent")
@click.pass_context
def cli(ctx: click.Context, config: Path | None, store: str | None, debug: bool) -> None:
    """Assent: a conversation runtime for opt-in and opt-out chatbots."""
    import zoneinfo  # noqa: PLC0415  # keeps `assent --help` fast

    del debug  # read by `main`
    zoneinfo.reset_tzpath(())  # the pinned tzdata: systems differ in their zones, and in how old they are
    ctx.obj = {"config": config, "store": store}


def _report(problem: AssentError) -> None:
    findings = getattr(problem, "findings", None)
    if findings:
        from cli.flow_check import show_findings  # noqa: PLC0415  # keeps `assent --help` fast

        show_findings(findings, stderr=True)
    else:
        from adapters.text import printable  # noqa: PLC0415  # keeps `assent --help` fast

        click.echo(printable(f"assent: {problem}"), err=True)


def main() -> None:
    """Run `assent`. Status 0: done; 1: refused or failed, with a line that says why; 2: called wrongly; 130: stopped by
    Ctrl-C; 141: what read the output has gone, as `head` does.
    """
    try:
        status = _run()
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        status = _STOPPED
    except BrokenPipeError:
        status = _NOT_READ
    if status == _NOT_READ:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
    sys.exit(status)


def _run() -> int:
    try:
        return cli.main(standalone_mode=False) or 0
    except click.exceptions.Abort:
        sys.unraisablehook = _let_go
        click.echo("assent: stopped", err=True)
        return _STOPPED
    except click.ClickException as problem:
        problem.show()
        return problem.exit_code
    except AssentError as problem:
        _report(problem)
        return 1
    except Exception as fault:  # the outermost boundary of a command
        if "--debug" in sys.argv:
            raise
        return _fault(fault)


def _let_go(_: object) -> None:
    """Say nothing of an event loop that Ctrl-C met half made or half closed, when the interpreter lets go of it."""


def _fault(fault: Exception) -> int:
    click.echo(
        f"assent: unexpected {type(fault).__name__}, a fault of Assent. The report is in {_reported(fault)}; "
        "--debug shows it here",
        err=True,
    )
    return 1


def _reported(fault: Exception) -> str:
    """Write the traceback to a file that its owner alone can read; return its path."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", errors="backslashreplace", prefix="assent-fault-", suffix=".txt", delete=False
    ) as report:
        report.write("".join(traceback.format_exception(fault)))
    return report.name


if __name__ == "__main__":
    main()

"""`assent`: its commands, and the boundary where every error becomes a line that a person can act on."""

import importlib
import sys
import tempfile
import traceback
from pathlib import Path

import click

from messages.errors import AssentError

COMMANDS = {
    "serve": ("cli.serve", "Serve the bots: take the channels' events, run turns, send replies."),
    "standin": ("cli.standin", "Stand in for the channels' servers: show what the bot sends."),
    "chat": ("cli.chat", "Talk to a draft or live bot in the terminal. Nothing is kept."),
    "flow": ("cli.flow", "Check, save, compare, push and roll back flows."),
    "segment": ("cli.segment", "Build audiences, and see who is in which."),
    "import": ("cli.imports", "See, go on with and cancel imports of people into segments."),
    "conversation": ("cli.conversation", "See conversations, and replies that did not arrive."),
    "contact": ("cli.contact", "Find, make, change, export and erase contacts."),
    "ledger": ("cli.ledger", "See and verify the record of consent."),
    "replay": ("cli.replay", "Run recorded conversations again; preview a push on them."),
    "token": ("cli.token", "Say who may use the API."),
    "audit": ("cli.audit", "See what staff did, who, and from which address."),
    "store": ("cli.store", "Back a store up, copy it into another one; accept that one lost rows."),
    "doctor": ("cli.doctor", "Say what is wrong with the settings, the store and the channels."),
}
"""Every command by its name, the module it is in, and its help line. A module is imported when its command runs."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of that name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command: click.Command = importlib.import_module(module).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
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

    from runtime.logs import configure  # noqa: PLC0415  # same

    del debug  # read by `main`
    configure("warning", "console")
    zoneinfo.reset_tzpath(())  # the pinned tzdata: systems differ in their zones, and in how old they are
    ctx.obj = {"config": config, "store": store}


def _report(problem: AssentError) -> None:
    findings = getattr(problem, "findings", None)
    if findings:
        from cli.findings import show_findings  # noqa: PLC0415  # keeps `assent --help` fast

        show_findings(findings, stderr=True)
    else:
        from adapters.terminal.printable import printable  # noqa: PLC0415  # keeps `assent --help` fast

        click.echo(printable(f"assent: {problem}"), err=True)


def main() -> None:
    """Run `assent`. Status 0: done; 1: refused or failed, with a line that says why; 2: called wrongly."""
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except click.exceptions.Abort:
        click.echo("\nassent: stopped", err=True)
        sys.exit(130)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except AssentError as problem:
        _report(problem)
        sys.exit(1)
    except Exception as fault:  # the outermost boundary of a command
        if "--debug" in sys.argv:
            raise
        click.echo(
            f"assent: unexpected {type(fault).__name__}, a fault of Assent. The report is in {_reported(fault)}; "
            "--debug shows it here",
            err=True,
        )
        sys.exit(1)


def _reported(fault: Exception) -> str:
    """Write the traceback to a file that its owner alone can read; return its path."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", errors="backslashreplace", prefix="assent-fault-", suffix=".txt", delete=False
    ) as report:
        report.write("".join(traceback.format_exception(fault)))
    return report.name


if __name__ == "__main__":
    main()

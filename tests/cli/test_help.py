"""Every command explains itself, and docs/commands.md knows it."""

import ast
import re
import subprocess
import sys

import click
import pytest

from cli.main import COMMANDS, cli
from cli.main import FLOW_COMMANDS as OF_FLOW
from tests.cli.running import ROOT, Run

DOCS = (ROOT / "docs" / "commands.md").read_text()


def commands(command: click.Command, path: str) -> list[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        names = command.list_commands(click.Context(command))
        inner = [(f"{path} {name}".strip(), command.get_command(click.Context(command), name)) for name in names]
        return [found for name, each in inner if each for found in commands(each, name)]
    return [(path, command)]


ALL = commands(cli, "")


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_every_command_and_option_explains_itself_and_is_in_the_docs(name: str, command: click.Command) -> None:
    assert command.help
    about = _section(name)
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert [flag for flag in option.opts if f"`{flag}" not in about] == [], name


def _section(name: str) -> str:
    """Return what the page says about a command: the row of its table, or its section."""
    row = re.search(rf"^\| `{re.escape(name)}\b.*$", DOCS, re.MULTILINE)
    if row:
        return row[0]
    section = re.search(rf"^## `assent {re.escape(name)}\b.*?(?=^## |\Z)", DOCS, re.MULTILINE | re.DOTALL)
    assert section, name
    return section[0]


def test_the_page_knows_no_other_option() -> None:
    options = {
        flag for _, command in ALL for option in command.params for flag in (*option.opts, *option.secondary_opts)
    }
    options |= {flag for option in cli.params for flag in option.opts}
    assert set(re.findall(r"`(--?[a-z-]+)", DOCS)) - options == set()


@pytest.mark.parametrize(
    ("name", "command"),
    [
        (name, command)
        for name, command in ALL
        if name.split()[-1] in ("list", "show", "history", "diff", "check", "verify")
    ],
)
def test_every_listing_has_json(name: str, command: click.Command) -> None:
    assert "as_json" in {option.name for option in command.params}, name


def test_the_help_lists_every_command_without_importing_it(assent: Run) -> None:
    told = assent("--help").stdout
    assert [name for name in COMMANDS if name not in told] == []


LIBRARIES = [
    "redis",
    "hiredis",
    "aiohttp",
    "numpy",
    "pyroaring",
    "rich",
    "structlog",
    "prometheus_client",
    "cryptography",
    "jwt",
    "sqlite3",
]
"""What a command that needs no server, store or table does without."""
ENGINE = ["flows", "keywords", "consent", "filters", "storage", "runtime", "pydantic", "jinja2", "yaml"]


@pytest.mark.parametrize(
    ("arguments", "without"),
    [
        (["--help"], [*LIBRARIES, *ENGINE]),
        (["--version"], [*LIBRARIES, *ENGINE]),
        (["flow", "--help"], [*LIBRARIES, *ENGINE]),
        (["flow", "check", "examples/wellbeing.yaml"], [*LIBRARIES, "storage", "runtime"]),
        (["flow", "schema"], [*LIBRARIES, "storage", "runtime"]),
        (["serve", "--help"], ["redis", "hiredis"]),
    ],
    ids=" ".join,
)
def test_a_command_imports_only_what_it_needs(arguments: list[str], without: list[str]) -> None:
    run = (
        "import atexit, sys; from cli.main import main; "
        "atexit.register(lambda: print({name.partition('.')[0] for name in sys.modules}, file=sys.stderr)); main()"
    )
    done = subprocess.run([sys.executable, "-c", run, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    imported = ast.literal_eval(done.stderr.splitlines()[-1])
    assert sorted(imported & set(without)) == []


def test_the_line_of_a_command_is_how_its_own_help_begins() -> None:
    for name, command in ALL:
        if name.startswith("flow "):
            line = OF_FLOW[name.removeprefix("flow ")].help.removesuffix(".")
            assert (command.help or "").replace("\n", " ").startswith(line), name

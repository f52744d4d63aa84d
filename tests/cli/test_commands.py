"""The builder's and the ops staff's day, with the real command on a real store."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from cli.main import COMMANDS, cli

ROOT = Path(__file__).parent.parent.parent
DOCS = (ROOT / "docs" / "commands.md").read_text()
EXAMPLE = ROOT / "examples" / "wellbeing.yaml"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def assent(tmp_path: Path) -> Run:
    """Runs `assent` in a folder of its own."""

    def run(*arguments: str, typed: str = "", author: str = "ana") -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSENT_")}
        return subprocess.run(
            [sys.executable, "-m", "cli.main", *arguments],
            cwd=tmp_path,
            env={**environment, "PYTHONPATH": str(ROOT), "ASSENT_AUTHOR": author, "COLUMNS": "200"},
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def flow(folder: Path, label: str = "Yes please", name: str = "flow.yaml") -> str:
    path = folder / name
    path.write_text(EXAMPLE.read_text().replace("{en: Yes please,", f"{{en: {label},"))
    return str(path)


def test_from_a_file_to_live_and_back(assent: Run, tmp_path: Path) -> None:
    assert assent("flow", "check", flow(tmp_path)).returncode == 0
    assert "draft 1 of wellbeing" in assent("flow", "save", flow(tmp_path)).stdout
    assert "revision 1 of wellbeing is live" in assent("flow", "push", "--yes", "-m", "first").stdout

    assent("flow", "save", flow(tmp_path, "Count me in"))
    assert "Count me in" in assent("flow", "diff").stdout
    assert "revision 2" in assent("flow", "push", "--yes").stdout
    assert "nothing would change" in assent("flow", "diff").stdout
    assert "live already" in assent("flow", "push", "--yes").stdout

    rolled = assent("flow", "rollback", "1", "--yes")
    assert "revision 3 of wellbeing is live, with the text of revision 1" in rolled.stdout
    assert assent("flow", "export").stdout == EXAMPLE.read_text()
    assert "Count me in" in assent("flow", "export", "2").stdout
    history = json.loads(assent("flow", "history", "--json").stdout)
    assert [entry["number"] for entry in history] == [3, 2, 1]
    assert history[2]["note"] == "first"
    assert history[0]["rolled_back_to"] == 1


def test_a_flow_with_errors_is_refused_with_the_place(assent: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text('assent: "1"\nbot: b\nname: B\nwelcome: nowhere\nmessages:\n  hi: {parts: [{text: Hi}]}\n')
    checked = assent("flow", "check", str(path))
    assert checked.returncode == 1
    assert "bad.yaml:4:10: error" in checked.stdout
    assert assent("flow", "save", str(path)).returncode == 0
    pushed = assent("flow", "push", "--yes")
    assert pushed.returncode == 1
    assert "nowhere" in pushed.stderr
    assert json.loads(assent("flow", "history", "--json").stdout) == []


def test_findings_as_json(assent: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("assent: '1'\nbot: b\nnam: B\n")
    found = json.loads(assent("flow", "check", "--json", str(path)).stdout)
    assert {(finding["line"], finding["severity"]) for finding in found} >= {(3, "error")}


def test_the_loser_of_two_pushes_is_told(assent: Run, tmp_path: Path) -> None:
    assent("flow", "save", flow(tmp_path))
    assent("flow", "push", "--yes", author="ben")
    late = assent("flow", "push", "--yes", "--expect", "0")
    assert late.returncode == 1
    assert "revision 1 is live, pushed by ben" in late.stderr


def test_two_pushes_at_the_same_moment(assent: Run, tmp_path: Path) -> None:
    assent("flow", "save", flow(tmp_path))
    assent("flow", "push", "--yes")
    assent("flow", "save", flow(tmp_path, "Count me in"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "cli.main", "flow", "push", "--yes", "--expect", "1"]
    racing = [
        subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    ended = [(process.communicate()[1], process.returncode) for process in racing]
    assert sorted(status for _, status in ended) == [0, 1, 1, 1]
    assert all("look at the diff again" in told for told, status in ended if status)
    assert len(json.loads(assent("flow", "history", "--json").stdout)) == 2


def test_a_chat_with_the_draft_shows_what_changes_and_keeps_nothing(assent: Run, tmp_path: Path) -> None:
    assent("flow", "save", flow(tmp_path))
    chat = assent("chat", "--draft", "--fast", typed="hello\n1\nstop\n77\n")
    assert chat.returncode == 0, chat.stderr
    assert "you are now in Monday tips" in chat.stdout
    assert "you are now out of everything pushed" in chat.stdout
    assert "(none → opted_in)" in chat.stdout
    assert json.loads(assent("ledger", "show", "--json").stdout) == []


def test_a_chat_in_french(assent: Run) -> None:
    chat = assent("chat", str(EXAMPLE), "--language", "fr", "--fast", typed="bonjour\n1\narrêt\n")
    assert "Oui, volontiers" in chat.stdout
    assert "Vous ne recevrez plus de messages" in chat.stdout


def test_a_number_without_a_button_gets_a_hint(assent: Run) -> None:
    assert "No button has that number" in assent("chat", str(EXAMPLE), "--fast", typed="99\n").stdout


def test_the_schema_is_json_and_says_what_it_is(assent: Run) -> None:
    assert json.loads(assent("flow", "schema").stdout)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["flow", "push"], "the store holds no bot yet"),
        (["flow", "check", "none.yaml"], "none.yaml"),
        (["flow", "save", "none.yaml"], "none.yaml"),
        (["flow", "history", "--bot", "x"], "the store holds no bot 'x'"),
        (["--store", "postgres://x", "ledger", "show"], "Write it as sqlite:///assent.db"),
        (["--config", "none.toml", "doctor"], "none.toml"),
        (["chat", "--live"], "the store holds no bot yet"),
    ],
)
def test_what_goes_wrong_is_told_in_a_line(assent: Run, arguments: list[str], told: str) -> None:
    done = assent(*arguments)
    assert done.returncode == 1
    assert told in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_store_is_told(assent: Run, tmp_path: Path) -> None:
    (tmp_path / "assent.db").write_text("this is a letter to my aunt, and no database at all" * 100)
    done = assent("flow", "history")
    assert done.returncode == 1
    assert "assent.db" in done.stderr
    assert "Traceback" not in done.stderr


def test_verify_says_that_all_is_well_and_fails_when_it_is_not(assent: Run, tmp_path: Path) -> None:
    assent("flow", "save", flow(tmp_path))
    sound = assent("ledger", "verify")
    assert (sound.returncode, "is sound" in sound.stdout) == (0, True)


def test_the_doctor_says_what_is_missing(assent: Run, tmp_path: Path) -> None:
    assent("flow", "save", flow(tmp_path))
    before = assent("doctor")
    assert before.returncode == 1
    assert "no live revision" in before.stdout
    assent("flow", "push", "--yes")
    after = assent("doctor", "--json")
    assert after.returncode == 0
    assert {entry["verdict"] for entry in json.loads(after.stdout)} <= {"ok", "warning"}


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
    assert re.search(rf"`(assent )?{re.escape(name)}\b", DOCS), name
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert [flag for flag in option.opts if f"`{flag}" not in DOCS] == [], name


def test_the_help_lists_every_command_without_importing_it(assent: Run) -> None:
    told = assent("--help").stdout
    assert [name for name in COMMANDS if name not in told] == []

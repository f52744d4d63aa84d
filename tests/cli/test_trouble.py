"""What goes wrong is one plain line that says what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli import main
from cli.main import Lazy
from tests.cli.running import ROOT, Run, small_flow


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["flow", "push"], "there is no store at assent.db. Save a flow first: assent flow save FILE"),
        (["flow", "check", "none.yaml"], "none.yaml:1:1: error: the file can't be opened: No such file"),
        (["flow", "save", "none.yaml"], "none.yaml:1:1: error: the file can't be opened: No such file"),
        (["chat", "none.yaml"], "none.yaml:1:1: error: the file can't be opened: No such file"),
        (["--store", "postgres://x", "ledger", "show"], "Write it as sqlite:///assent.db"),
        (["--config", "none.toml", "doctor"], "none.toml: can't be read: No such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_in_an_empty_folder(assent: Run, arguments: list[str], told: str) -> None:
    done = assent(*arguments)
    assert done.returncode == 1
    assert told in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["flow", "history", "--bot", "x"], "--bot: there is no bot `x`. Use one of `small`"),
        (["ledger", "verify", "--bot", "x"], "--bot: there is no bot `x`. Use one of `small`"),
        (["flow", "export"], "small has no live revision. Push one first"),
        (["flow", "export", "7"], "small has no revision 7. See `assent flow history`"),
        (["flow", "rollback", "7"], "small has no revision 7. See `assent flow history`"),
        (["chat", "--live"], "small has no live revision. Push one first"),
        (["conversation", "show", "x"], "small has no conversation 'x', and no contact of that address or id has one"),
        (["segment", "show", "x"], "there is no segment `x`"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_with_a_draft_alone(assent: Run, tmp_path: Path, arguments: list[str], told: str) -> None:
    assent("flow", "save", small_flow(tmp_path))
    done = assent(*arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(f"assent: {told}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["flow", "nonsense"],
        ["flow", "save"],
        ["flow", "push", "--nonsense"],
        ["flow", "export", "x"],
        ["flow", "export", "9" * 20],
        ["ledger", "show", "--limit", "9" * 20],
        ["ledger", "show", "--after", "9" * 20],
        ["audit", "list", "--after", "9" * 20],
        ["conversation", "show", "x", "--limit", "9" * 20],
        ["replay", "--all", "--jobs", "9" * 20],
    ],
    ids=" ".join,
)
def test_a_wrong_call_ends_with_2_and_shows_the_usage(assent: Run, arguments: list[str]) -> None:
    done = assent(*arguments)
    assert done.returncode == 2
    assert "Usage: " in done.stderr


def test_a_file_that_is_no_store_is_told(assent: Run, tmp_path: Path) -> None:
    (tmp_path / "assent.db").write_text("this is a letter to my aunt, and no database at all" * 100)
    for arguments in (["flow", "history"], ["doctor"]):
        done = assent(*arguments)
        assert done.returncode == 1
        assert "the file is not a SQLite database" in done.stderr + done.stdout
        assert "Traceback" not in done.stderr


def test_a_bad_setting_stops_every_command_that_reads_settings(assent: Run) -> None:
    for arguments in (["ledger", "show"], ["serve"], ["doctor"]):
        done = assent(*arguments, variables={"ASSENT_SERVER__PROT": "1"})
        assert done.returncode == 1
        assert done.stderr.startswith("assent: ASSENT_SERVER__PROT: unknown setting. Did you mean")


def test_secrets_are_not_told(assent: Run, tmp_path: Path) -> None:
    (tmp_path / "assent.toml").write_text("button_keys = 'hush-hush-hush-hush'\n")
    done = assent("doctor")
    assert done.returncode == 1
    assert "assent.toml:1: button_keys" in done.stderr
    assert "hush" not in done.stderr + done.stdout


def test_a_fault_of_ours_is_reported_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(main.COMMANDS, "faulty", Lazy("tests.cli.faulty", "Fail."))
    monkeypatch.setattr("sys.argv", ["assent", "faulty"])
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 1
    told = capsys.readouterr().err
    (report,) = tmp_path.glob("assent-fault-*.txt")
    assert str(report) in told
    assert "universe" not in told
    assert "ZeroDivisionError: the secret of the universe" in report.read_text()
    assert report.stat().st_mode & 0o077 == 0

    monkeypatch.setattr("sys.argv", ["assent", "--debug", "faulty"])
    with pytest.raises(ZeroDivisionError):
        main.main()


def test_a_reader_that_has_gone_is_no_fault(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "cli.main", "flow", "schema"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""

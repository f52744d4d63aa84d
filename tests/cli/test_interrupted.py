"""Ctrl-C, and a reader that goes away as `head` does, end every command without a traceback."""

import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from messages.inbound import TextReceived
from tests.cli.running import ROOT, small_flow
from tests.cli.spawner import Spawner
from tests.cli.talking import Talk
from tests.cli.test_help import ALL

STOPPED, UNREAD = 130, 141
VARIABLES = {"ASSENT_AUTHOR": "ana", "ASSENT_PRIVACY__MAY_UNMASK": "ana", "ASSENT_SERVER__PORT": "0"}
GIVEN = {
    "conversation": "teams:a:ana",
    "segment": "tips",
    "who": "teams 29:ana",
    "file": "small.yaml",
    "files": "small.yaml",
    "number": "1",
    "filter_": "tag:vip",
    "target": "copy.db",
    "source": "sqlite:///assent.db",
}
"""What stands for the arguments of that name; others are words that nothing knows."""
TALKS = ["ledger show", "conversation list", "contact list", "segment list", "flow history", "flow export", "doctor"]
"""Commands that surely print something."""

Go = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
async def go(spawner: Spawner, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Go:
    small_flow(tmp_path)
    async with Talk(tmp_path) as talk:
        await talk.act(TextReceived("hello"))
        await talk.act(TextReceived("STOP"))
    streams = tmp_path_factory.mktemp("streams")

    def run(
        name: str, command: click.Command, *, unread: bool = False, at: int = 0
    ) -> subprocess.CompletedProcess[str]:
        arguments = [GIVEN.get(each.name or "", "x") for each in command.params if isinstance(each, click.Argument)]
        options = ["--yes"] if any("--yes" in each.opts for each in command.params) else []
        options += ["--port", "0"] if name == "standin" else []
        return spawner.run(
            [*name.split(), *options, *arguments],
            folder=tmp_path,
            variables=VARIABLES,
            streams=streams,
            typed="",
            unread=unread,
            interrupt_at=at,
        )

    return run


def is_quiet(done: subprocess.CompletedProcess[str]) -> bool:
    return not any(words in done.stderr for words in ("Traceback", "Exception ignored", "a fault of Assent"))


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_a_reader_that_has_gone_ends_it(go: Go, name: str, command: click.Command) -> None:
    done = go(name, command, unread=True, at=1_000_000)
    assert is_quiet(done), done.stderr
    assert done.returncode in ({UNREAD} if name in TALKS else {0, 1, 2, UNREAD}), done.stderr


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_ctrl_c_ends_it(go: Go, name: str, command: click.Command) -> None:
    for maximum in (300, 6_000):
        done = go(name, command, at=1 + zlib.crc32(name.encode()) % maximum)
        assert is_quiet(done), done.stderr
        assert done.returncode in {0, 1, 2, STOPPED}, done.stderr


def test_head_ends_a_command_quietly(tmp_path: Path) -> None:
    """A shell's own pipe, and more than fits into it."""
    assent = f"{sys.executable} -m cli.main"
    script = f"{assent} --help | head -1; echo ${{PIPESTATUS[0]}}; {assent} flow schema | true; exit $PIPESTATUS"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines()[0].startswith("Usage: ")
    assert done.stdout.splitlines()[1] in {"0", str(UNREAD)}
    assert (done.returncode, done.stderr) == (UNREAD, "")

"""What a person sees and types at a real terminal."""

import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest

from messages.inbound import ConversationStarted, TextReceived
from tests.cli.running import ROOT, SMALL, small_flow
from tests.cli.talking import Talk

_TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "cli.main", *sys.argv[1:]])
"""
"""Makes its standard input the terminal that Ctrl-C comes from, then becomes `assent`."""


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, folder: Path, *arguments: str, columns: str = "100") -> None:
        self._screen, keyboard = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _TAKE_TERMINAL, *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": columns, "TERM": "xterm"},
            stdin=keyboard,
            stdout=keyboard,
            stderr=keyboard,
            start_new_session=True,
        )
        os.close(keyboard)
        self.seen = ""

    def until(self, words: str) -> str:
        """Read until `words` are on screen, or the command ends; return what was read since."""
        start = len(self.seen)
        while words not in self.seen[start:] and self._read():
            pass
        return self.seen[start:]

    def type(self, keys: str) -> None:
        os.write(self._screen, keys.encode())

    def interrupted(self) -> int:
        """Press Ctrl-C, as people do: again if nothing happens. Return the status."""
        while True:
            self.type("\x03")
            while select.select([self._screen], [], [], 2)[0]:
                if not self._read():
                    return self.ends()

    def ends(self) -> int:
        """Read to the end; return the status."""
        while self._read():
            pass
        os.close(self._screen)
        return self._process.wait()

    def _read(self) -> bool:
        """Read what is there, or comes next; False when the command has ended."""
        try:
            read = os.read(self._screen, 65_536)
        except OSError:
            return False
        self.seen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", read.decode(errors="replace")).replace("\r\n", "\n")
        return bool(read)


@pytest.fixture
def chat(tmp_path: Path) -> Terminal:
    terminal = Terminal(tmp_path, "chat", small_flow(tmp_path))
    terminal.until("\n> ")
    terminal.type("1\n")
    assert "✓ you are now in Tips" in terminal.until("\n> ")
    return terminal


def test_ctrl_d_leaves_a_chat(chat: Terminal) -> None:
    chat.type("\x04")
    assert chat.ends() == 0


def test_ctrl_c_leaves_a_chat(chat: Terminal) -> None:
    assert chat.interrupted() == 0
    assert "Traceback" not in chat.seen


def test_ctrl_c_leaves_a_wait_of_the_flow(tmp_path: Path) -> None:
    path = tmp_path / "waits.yaml"
    path.write_text(SMALL.replace("wait: 1s", "wait: 9s"))
    terminal = Terminal(tmp_path, "chat", str(path))
    terminal.until("\n> ")
    terminal.type("5\n")
    terminal.until("See you.")
    assert terminal.interrupted() == 130
    assert "Traceback" not in terminal.seen


def test_a_finding_marks_the_place_in_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(SMALL.replace("name: Small", "name: {zh: 睡眠, xx: Small, zh-TW: 睡眠}\nlanguages: [zh]"))
    terminal = Terminal(tmp_path, "flow", "check", str(path))
    terminal.ends()
    lines = terminal.seen.splitlines()
    shown = next(number for number, line in enumerate(lines) if line.startswith("    name: {zh: 睡眠, xx"))
    before = lines[shown].split("xx:" if "xx" in lines[shown - 1] else "zh-TW:")[0]
    assert lines[shown + 1] == " " * (len(before) + 2 * before.count("睡眠")) + "^"


CONVERSATION = "teams:a:1Jx0dVkzTq8QYt3mWc7B2nLrUoHsEfGpKi9vXbNyA4lR6uD5eZ"


async def test_no_id_is_broken_at_80_columns(tmp_path: Path) -> None:
    """Where a table does not fit, each row becomes a block, in which an id can be copied."""
    async with Talk(tmp_path) as talk:
        await talk.act(ConversationStarted(), user=CONVERSATION.removeprefix("teams:a:"))
        await talk.act(TextReceived("STOP"), user="ben")
    for command in (
        ("conversation", "list"),
        ("ledger", "show"),
        ("contact", "list"),
        ("contact", "show", "teams 29:ben"),
    ):
        terminal = Terminal(tmp_path, *command, columns="80")
        assert terminal.ends() == 0, terminal.seen
        words = terminal.seen.split()
        for found in re.findall(r"c_\w+", terminal.seen):
            assert re.fullmatch(r"c_[0-9a-f]{24}_1", found), command
        if command[0] == "conversation":
            assert CONVERSATION in words
            assert "teams:a:ben" in words
    narrow = Terminal(tmp_path, "flow", "history", columns="80")
    assert narrow.ends() == 0
    assert len(narrow.seen.splitlines()) == 2  # what fits is a table


def test_a_question_of_consequence_takes_enter_for_a_no(tmp_path: Path) -> None:
    Terminal(tmp_path, "flow", "save", small_flow(tmp_path)).ends()
    for typed, status in (("\n", 1), ("x\n", 1), ("y\n", 0)):
        terminal = Terminal(tmp_path, "flow", "push")
        assert "[y/N]" in terminal.until("[y/N]")
        terminal.type(typed)
        assert terminal.ends() == status, typed
    Terminal(tmp_path, "flow", "save", small_flow(tmp_path, "Oh yes")).ends()
    asked = Terminal(tmp_path, "flow", "push")
    asked.until("[y/N]")
    assert asked.interrupted() == 130
    assert "Traceback" not in asked.seen

"""Commands that look work on a store that may not be written; those that write say so in one line."""

import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from messages.effects import OutgoingText
from messages.inbound import ConversationStarted, TextReceived
from storage.sqlite.schema import migrate, migrations
from tests.cli.read_only import NOBODY, files_in, open_folder, shut
from tests.cli.running import ROOT, Run
from tests.cli.spawner import Spawner
from tests.cli.talking import Talk
from tests.cli.test_ops import press

LOOKING = [
    ["ledger", "show", "--json"],
    ["ledger", "verify"],
    ["contact", "list", "--json"],
    ["contact", "show", "teams 29:ana", "--json"],
    ["conversation", "list", "--json"],
    ["conversation", "show", "teams:a:ana", "--trace"],
    ["replay", "--all", "--jobs", "1"],
    ["segment", "list"],
    ["segment", "show", "tips"],
    ["segment", "count", "tips"],
    ["flow", "history"],
    ["flow", "export"],
    ["audit", "list"],
    ["job", "list"],
    ["token", "list"],
]
FEW = [LOOKING[0], LOOKING[1], LOOKING[4]]

WRITING = [
    ["flow", "save", "small.yaml"],
    ["flow", "push", "--yes"],
    ["segment", "remove", "tips", "eve"],
    ["contact", "tag", "teams 29:ana", "vip"],
    ["contact", "erase", "teams 29:ana", "--yes"],
    ["token", "create", "--name", "ana", "--role", "ops"],
    ["serve"],
]


@pytest.fixture(scope="module")
def preloaded() -> Iterator[Spawner]:
    spawner = Spawner(ROOT, everything=True)
    yield spawner
    spawner.close()


@pytest.fixture
def looks(preloaded: Spawner, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[int, str]]:
    """Runs a command in a folder as somebody who may not write there; returns its status and all that it printed."""
    streams = tmp_path_factory.mktemp("streams")

    def run(folder: Path, *arguments: str, user: int = NOBODY) -> tuple[int, str]:
        variables = {"ASSENT_AUTHOR": "ana", "ASSENT_BUTTON_KEYS": "a key for the tests alone"}
        done = preloaded.run(list(arguments), folder=folder, variables=variables, streams=streams, typed="", user=user)
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr

    return run


async def talked(talk: Talk) -> None:
    rows = list(await talk.act(ConversationStarted(), user="ana"))
    part = rows[0].message.parts[0]
    assert isinstance(part, OutgoingText)
    await talk.act(press(rows), user="ana")
    await talk.act(TextReceived("and now?"), user="ben")


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Path]:
    """Holds a store that was closed: no log lies beside it."""
    with open_folder() as folder:
        async with Talk(folder) as talk:
            await talked(talk)
        yield folder


async def test_what_looks_shows_the_same_as_where_it_may_write(
    folder: Path, looks: Callable[..., tuple[int, str]]
) -> None:
    expected = [looks(folder, *command, user=0) for command in LOOKING]
    assert [status for status, _ in expected] == [0] * len(LOOKING)
    before = files_in(folder)
    shut(folder)
    for command, shown in zip(LOOKING, expected, strict=True):
        assert (command, *looks(folder, *command)) == (command, *shown)
    assert files_in(folder) == before


@pytest.mark.parametrize("beside", [("-wal", "-shm"), ("-wal",), ("-shm",)], ids=" ".join)
@pytest.mark.parametrize("folder_too", [True, False], ids=["folder too", "files alone"])
async def test_what_stands_in_the_log_is_read_too(
    tmp_path: Path, looks: Callable[..., tuple[int, str]], beside: tuple[str, ...], folder_too: bool
) -> None:
    """A server was killed, so its log stayed; its index may be gone. Nothing is lost that a start would bring back."""
    source = tmp_path / "killed"
    source.mkdir()
    with open_folder() as folder, open_folder() as writable:
        async with Talk(source) as talk:
            await talked(talk)
            if "-wal" not in beside:
                with sqlite3.connect(source / "assent.db") as connection:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            for target in (folder, writable):
                for ending in ("", *beside):
                    shutil.copy(source / f"assent.db{ending}", target)
        expected = [looks(writable, *command, user=0) for command in FEW]
        before = files_in(folder)
        shut(folder, folder_too=folder_too)
        assert [looks(folder, *command) for command in FEW] == expected
        assert '"opted_in"' in expected[0][1]
        assert files_in(folder) == before


async def test_what_writes_is_refused_in_one_line_and_changes_nothing(
    folder: Path, looks: Callable[..., tuple[int, str]]
) -> None:
    (folder / "small.yaml").write_text(looks(folder, "flow", "export", user=0)[1].replace("See you.", "Bye."))
    looks(folder, "flow", "save", "small.yaml", user=0)
    shut(folder)
    before = (folder / "assent.db").read_bytes()
    for command in WRITING:
        status, told = looks(folder, *command)
        assert status == 1, command
        assert told.splitlines()[-1].startswith("assent: assent.db: it may be read here, not written"), (command, told)
    assert (folder / "assent.db").read_bytes() == before


async def test_the_doctor_says_so_and_goes_on(folder: Path, looks: Callable[..., tuple[int, str]]) -> None:
    shut(folder)
    status, told = looks(folder, "doctor")
    assert status == 1
    assert "it may be read here, not written" in told
    assert "revision 1 is live" in told
    assert "ledger of small: sound" in told


def test_a_store_of_an_older_version_is_read_too(looks: Callable[..., tuple[int, str]]) -> None:
    """As it is on a medium with back-ups: what reads it can't bring its tables up to date."""
    with open_folder() as folder:
        connection = sqlite3.connect(folder / "assent.db", isolation_level=None)
        migrate(connection, folder / "assent.db", migrations()[:-1])
        connection.execute("INSERT INTO drafts VALUES ('small', 1, '', 'ana', 0, 'an old flow')")
        connection.close()
        shut(folder)
        before = (folder / "assent.db").read_bytes()
        assert looks(folder, "flow", "export", "--draft") == (0, "an old flow")
        assert (folder / "assent.db").read_bytes() == before


async def test_a_read_only_store_is_copied_to_where_it_may_be_written(
    folder: Path, looks: Callable[..., tuple[int, str]], assent: Run, tmp_path: Path
) -> None:
    shown = looks(folder, "ledger", "show", "--json", user=0)
    shut(folder)
    with open_folder() as target:
        os.chown(target, NOBODY or os.getuid(), -1)
        status, told = looks(folder, "store", "copy", "sqlite:///assent.db", f"sqlite:///{target}/copy.db")
        assert status == 0, told
        assert looks(target, "--store", "sqlite:///copy.db", "ledger", "show", "--json") == shown

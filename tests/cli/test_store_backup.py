"""A back-up is made beside a server, is whole, and is nobody else's to read."""

from pathlib import Path

import pytest

from messages.inbound import TextReceived
from storage.sqlite.store import SqliteStore
from tests.cli.read_only import files_in
from tests.cli.running import Run
from tests.cli.talking import Talk
from tests.cli.test_ops import opted_in


async def test_it_holds_all_up_to_then_while_the_store_is_written_to(assent: Run, tmp_path: Path) -> None:
    async with Talk(tmp_path) as talk:
        await opted_in(talk, "ana")
        done = assent("store", "backup", "kept.db")
        assert done.returncode == 0, done.stderr
        await talk.act(TextReceived("later"), user="eve")
    assert [name for name in files_in(tmp_path) if name.startswith("kept")] == ["kept.db"]
    assert (tmp_path / "kept.db").stat().st_mode & 0o077 == 0
    kept = SqliteStore(tmp_path / "kept.db")
    await kept.open()
    try:
        assert [each.state.key for each in await kept.conversations("small")] == ["teams:a:ana"]
        assert (await kept.verify_ledger("small")).differences == ()
    finally:
        await kept.close()


async def test_nothing_is_overwritten(assent: Run, tmp_path: Path) -> None:
    async with Talk(tmp_path):
        pass
    (tmp_path / "kept.db").write_text("last week's")
    done = assent("store", "backup", "kept.db")
    assert (done.returncode, "kept.db: the file exists" in done.stderr) == (1, True)
    assert (tmp_path / "kept.db").read_text() == "last week's"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["store", "backup", "kept.db"], "there is no store at assent.db"),
        (["--store", "redis://localhost:1/0", "store", "backup", "kept.db"], "is not a SQLite file"),
    ],
)
def test_what_is_no_file_is_told(assent: Run, tmp_path: Path, arguments: list[str], told: str) -> None:
    done = assent(*arguments)
    assert (done.returncode, told in done.stderr) == (1, True)
    assert not (tmp_path / "kept.db").exists()


async def test_a_folder_that_is_not_there_is_told(assent: Run, tmp_path: Path) -> None:
    async with Talk(tmp_path):
        pass
    done = assent("store", "backup", "none/kept.db")
    assert (done.returncode, "see that the folder exists" in done.stderr.lower()) == (1, True)

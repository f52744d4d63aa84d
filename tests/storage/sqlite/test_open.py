"""Stores by URL, and stores that nobody finds again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from messages.errors import BadSettings
from storage.open import open_store
from storage.sqlite.store import SqliteStore
from tests.storage.talk import Talk


def databases(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*.db"))


async def test_a_url_names_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data here").mkdir()
    for url in ("sqlite:///assent.db", f"sqlite:///{tmp_path}/full.db", "sqlite:///data%20here/assent.db"):
        store = open_store(url)
        await store.open()
        await store.close()
    assert databases(tmp_path) == ["assent.db", "data here/assent.db", "full.db"]


@pytest.mark.parametrize("url", ["postgres://localhost", "assent.db", "sqlite://assent.db", ""])
def test_a_url_that_can_t_be_used_is_told_with_the_remedy(url: str) -> None:
    with pytest.raises(BadSettings, match=r"Write .*sqlite:///assent"):
        open_store(url)


@pytest.mark.parametrize("make", [SqliteStore.in_memory, lambda: open_store("sqlite://")])
async def test_a_private_store_is_gone_once_closed(make: Callable[[], SqliteStore]) -> None:
    first, second = make(), make()
    await first.open()
    await second.open()
    await Talk().take(first, "e1")
    assert (await Talk().load(first, "e1")).seen
    assert not (await Talk().load(second, "e1")).seen
    folder = first._database.path.parent
    await first.close()
    await second.close()
    assert not folder.exists()

"""Stores by URL, and stores that nobody finds again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from messages.errors import BadSettings, StoreError
from storage.sqlite.store import SqliteStore
from storage.stores import open_store
from tests.storage.talk import Talk


def databases(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*.db"))


def modes(folder: Path) -> dict[str, str]:
    return {file.name: oct(file.stat().st_mode & 0o777) for file in folder.iterdir()}


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


async def test_nobody_but_the_owner_reads_the_files(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "assent.db")
    await store.open()
    await store.acquire_server_lease()
    await Talk().take(store, "e1")
    files = ("assent.db", "assent.db-wal", "assent.db-shm", "assent.db.server")
    assert modes(tmp_path) == dict.fromkeys(files, "0o600")
    await store.close()


async def test_a_database_with_two_names_is_served_once(tmp_path: Path) -> None:
    (tmp_path / "other.db").symlink_to(tmp_path / "assent.db")
    store, again = SqliteStore(tmp_path / "assent.db"), SqliteStore(tmp_path / "other.db")
    for each in (store, again):
        await each.open()
    await store.acquire_server_lease()
    with pytest.raises(StoreError, match="serves this database already"):
        await again.acquire_server_lease()
    for each in (store, again):
        await each.close()

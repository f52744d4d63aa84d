"""A bot whose store loses what it acknowledged, on each kind of store."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from tests.storage.redis.server import RedisServer


class FallibleStore(Protocol):
    """A store that can be put back."""

    url: str

    def save(self) -> None:
        """Make a back-up of it as it is."""
        ...

    def put_back(self) -> None:
        """Lose all that came after the back-up, while a server may run."""
        ...


class FallibleFile:
    """A SQLite file."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "bot.db"
        self.url = f"sqlite:///{self.file}"
        self._saved = folder / "saved.db"

    def save(self) -> None:
        with closing(sqlite3.connect(self.file)) as source, closing(sqlite3.connect(self._saved)) as target:
            source.backup(target)

    def put_back(self) -> None:
        shutil.copy(self._saved, self.file.with_suffix(".new"))
        for name in ("bot.db-wal", "bot.db-shm"):
            self.file.with_name(name).unlink(missing_ok=True)
        self.file.with_suffix(".new").replace(self.file)


class FallibleRedis:
    """A Redis that is killed, and started again with an older append-only file."""

    def __init__(self, folder: Path) -> None:
        self.server = RedisServer(folder / "redis")
        self.server.start()
        self.url = f"{self.server.url}/0?timeout=30"
        self._saved = folder / "saved"

    def save(self) -> None:
        shutil.copytree(self.server.folder / "appendonlydir", self._saved)

    def put_back(self) -> None:
        self.server.kill()
        shutil.rmtree(self.server.folder / "appendonlydir")
        shutil.copytree(self._saved, self.server.folder / "appendonlydir")
        self.server.start()


@contextmanager
def fallible(kind: str, folder: Path) -> Iterator[FallibleStore]:
    """Yield a store of a kind, `sqlite` or `redis`."""
    if kind == "sqlite":
        yield FallibleFile(folder)
        return
    store = FallibleRedis(folder)
    try:
        yield store
    finally:
        store.server.kill()

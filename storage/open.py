"""A store by its URL."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from messages.errors import BadSettings
from storage.port import Store
from storage.redis.address import SCHEMES, shown


def open_store(url: str) -> Store:
    """Return the store that `url` names, not opened yet.

    `sqlite:///assent.db` is a file in the working folder, `sqlite:////var/lib/assent.db` one by its full path,
    `sqlite://` a private store that is gone once closed; `redis://host:6379/0`, `rediss://` and `redis+cluster://` are
    Redis (`storage.redis.address`). Raises BadSettings.
    """
    if urlsplit(url).scheme in SCHEMES:
        from storage.redis.store import RedisStore  # noqa: PLC0415  # who uses the one store pays for no other

        return RedisStore(url)
    from storage.sqlite.store import SqliteStore  # noqa: PLC0415  # same

    file = store_file(url)
    return SqliteStore(file) if file is not None else SqliteStore.in_memory()


def is_shared(url: str) -> bool:
    """Tell whether several servers, on several machines, may serve from a store."""
    return urlsplit(url).scheme in SCHEMES


def store_file(url: str) -> Path | None:
    """Return the file that a store is kept in; None for one that has none. Raises BadSettings."""
    parts = urlsplit(url)
    if parts.scheme in SCHEMES:
        return None
    if parts.scheme != "sqlite":
        raise BadSettings(
            f"store {shown(url)!r} can't be used", remedy="Write it as sqlite:///assent.db or redis://host:6379/0"
        )
    if parts.netloc:
        raise BadSettings(
            f"store {url!r} names a host, and a SQLite file has none",
            remedy="Write three slashes before a relative path, four before a full one: sqlite:///assent.db",
        )
    path = unquote(parts.path.removeprefix("/"))
    return Path(path) if path not in ("", ":memory:") else None

"""A settings file: its tree, and where in it a setting stands."""

import tomllib
from pathlib import Path
from typing import Any

from messages.errors import BadSettings


class TomlFile:
    """A settings file that was read. Raises BadSettings when it can't be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._text = path.read_text(encoding="utf-8-sig")
            self.tree: dict[str, Any] = tomllib.loads(self._text)
        except OSError as error:
            raise BadSettings(f"can't be read: {error.strerror}", place=str(path), remedy="Check its name") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadSettings(f"is not TOML: {error}", place=str(path), remedy="Correct it there") from error

    def place(self, setting: tuple[str, ...]) -> str:
        """Return `assent.toml:7`: the line of a setting, else that of the table or key that holds it, else the file."""
        table: tuple[str, ...] = ()
        best, best_line = 0, 0
        for number, line in enumerate(self._text.splitlines(), 1):
            written = line.strip()
            if written.startswith("["):
                found = table = _path(written)
            elif "=" in written:
                found = table + _path(written.split("=", 1)[0] + "=0")
            else:
                continue
            if found == setting[: len(found)] and len(found) > best:
                best, best_line = len(found), number
        return f"{self.path}:{best_line}" if best else str(self.path)


def _path(line: str) -> tuple[str, ...]:
    """Return the path that a table's head or a key names."""
    try:
        tree: object = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return ()
    path: list[str] = []
    while isinstance(tree, dict) and tree:
        key, tree = next(iter(tree.items()))
        path.append(key)
    return tuple(path)

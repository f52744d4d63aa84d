"""A store that may be read and not written, as whoever runs the command sees it."""

import contextlib
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

NOBODY = pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else 0
"""The user to become, where root runs the tests: root may write to anything."""


def files_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every user may read. Those of pytest are its user's alone."""
    folder = Path(tempfile.mkdtemp(prefix="assent-tests-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        for each in (folder, *folder.rglob("*")):
            each.chmod(0o755)
        shutil.rmtree(folder)


def shut(folder: Path, *, folder_too: bool = True) -> None:
    """Take the permission to write to the files away, and to the folder; NOBODY owns neither."""
    for file in folder.iterdir():
        file.chmod(0o444)
    if folder_too:
        folder.chmod(0o555)

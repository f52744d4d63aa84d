"""The version before, as it was installed: its wheel, built from the history of this repository."""

import shutil
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from tests.house.installed import install, wheel_of
from tests.house.test_house import ROOT

COMMIT = "d29e644"
"""The last commit of the version before."""


def install_before(folder: Path) -> Path:
    """Install the version before in an environment of its own; return its `assent`. Skips where git has no history."""
    packed = subprocess.run(["git", "archive", "--format=tar", COMMIT], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        pytest.skip(f"this clone lacks commit {COMMIT}, the version before: git fetch --unshallow")
    source = folder / "source"
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as tar:
        tar.extractall(source, filter="data")
    program = install(wheel_of(source, folder), folder / "environment")
    (packages,) = (folder / "environment").glob("lib/python*/site-packages")
    # The wheels of that version left these out.
    shutil.copytree(source / "storage" / "redis" / "lua", packages / "storage" / "redis" / "lua", dirs_exist_ok=True)
    return program

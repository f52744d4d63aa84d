"""Assent as `pip install .` leaves it: a wheel in an environment of its own, away from the checkout."""

import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.house.test_house import ROOT


def build_wheel(folder: Path) -> Path:
    """Build the checkout's wheel from a copy of what git knows, so that nothing is left in the checkout."""
    source = folder / "source"
    source.mkdir()
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            place = source / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes((ROOT / name).read_bytes())
    return wheel_of(source, folder)


def wheel_of(source: Path, folder: Path) -> Path:
    """Build the wheel of a source tree into a folder."""
    _pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder), str(source))
    (wheel,) = folder.glob("assent-*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> Path:
    """Install a wheel into an empty environment; return its `assent`.

    Third-party packages are borrowed from the environment of the tests. A path in a `.pth` file is only added, so an
    editable installation there is not seen.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    _pip("--python", str(python), "install", "--no-deps", "--no-index", str(wheel))
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "assent"


def _pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], check=True)

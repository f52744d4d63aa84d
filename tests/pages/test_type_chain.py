"""Pages and API can't drift apart: the types of the pages are made of the API's document, and the build compares."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from console.application import OPERATIONS
from console.openapi import document
from tests.pages.browsing import ROOT, why_not

pytestmark = [pytest.mark.pages, pytest.mark.skipif(bool(why_not()), reason=why_not())]


def built(folder: Path, described: bytes) -> subprocess.CompletedProcess[str]:
    """Check the pages against a document of the API."""
    web = ROOT / "web"
    folder.mkdir()
    for name in ("src", "package.json", "tsconfig.json", "vite.config.ts"):
        copy = shutil.copytree if (web / name).is_dir() else shutil.copy
        copy(web / name, folder / name)
    (folder / "node_modules").symlink_to(web / "node_modules")
    (folder / "src" / "api" / "openapi.json").write_bytes(described)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    run = {"cwd": folder, "env": {**os.environ, "PATH": path}, "text": True, "capture_output": True}
    subprocess.run(["npm", "run", "--silent", "types"], check=True, **run)  # type: ignore[call-overload]
    return subprocess.run(["node_modules/.bin/tsc", "--noEmit"], check=False, **run)  # type: ignore[call-overload,no-any-return]


def test_a_field_that_the_api_calls_otherwise_stops_the_build(tmp_path: Path) -> None:
    described = orjson.dumps(document(OPERATIONS))
    assert built(tmp_path / "same", described).returncode == 0
    renamed = built(tmp_path / "renamed", described.replace(b'"reachable"', b'"writable"'))
    assert renamed.returncode != 0
    assert "Property 'reachable' does not exist" in renamed.stdout

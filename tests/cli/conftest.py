"""The `assent` command as people run it, in a folder of its own."""

import subprocess
from pathlib import Path

import pytest

from tests.cli.running import Run
from tests.cli.spawner import Spawner


@pytest.fixture
def assent(spawner: Spawner, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs `assent` in `tmp_path`, with what is typed, as an author, with more variables."""
    streams = tmp_path_factory.mktemp("streams")

    def run(
        *arguments: str, typed: str = "", author: str = "ana", variables: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return spawner.run(
            list(arguments),
            folder=tmp_path,
            variables={"ASSENT_AUTHOR": author, **(variables or {})},
            streams=streams,
            typed=typed,
        )

    return run

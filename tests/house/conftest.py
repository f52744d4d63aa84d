"""One wheel and one environment for all tests that need what is installed."""

from pathlib import Path

import pytest

from tests.house.installed import build_wheel, install


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def assent(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed command."""
    return install(wheel, tmp_path_factory.mktemp("environment"))

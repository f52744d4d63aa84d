"""Options of the whole suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options."""
    parser.addoption("--kills", type=int, default=25, help="how often the crash test kills the server")
    parser.addoption("--seed", type=int, default=20261123, help="the crash test's chance")
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden conversations")


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """How often the server is killed."""
    return int(request.config.getoption("--kills"))


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """What the crash test's chance starts from."""
    return int(request.config.getoption("--seed"))

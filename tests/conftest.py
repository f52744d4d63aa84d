"""Options of the whole suite.

Hypothesis tries the same examples each time, so that a run tells what a change did; `make fuzz` looks for new ones.
What that finds becomes an example of its test.
"""

import os

import pytest
from hypothesis import settings

from tests.redis.needed import MISSING

settings.register_profile("same", derandomize=True)
settings.register_profile("fuzz", derandomize=False, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options."""
    parser.addoption("--kills", type=int, default=25, help="how often the crash test kills the server")
    parser.addoption("--seed", type=int, default=20261123, help="the crash test's chance")
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden conversations")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what a run without Redis did not try."""
    skipped = sum(MISSING in str(report.longrepr) for report in terminalreporter.stats.get("skipped", ()))
    if skipped:
        terminalreporter.write_line(f"{skipped} tests that need Redis were skipped: {MISSING}", yellow=True)


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """How often the server is killed."""
    return int(request.config.getoption("--kills"))


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """What the crash test's chance starts from."""
    return int(request.config.getoption("--seed"))

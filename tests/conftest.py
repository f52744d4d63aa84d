"""Options of the whole suite."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests import examples
from tests.cli.running import ROOT
from tests.cli.spawner import Spawner
from tests.ram_disk import ram_disk
from tests.storage.redis.needed import MISSING

examples.load_profile()
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background job; what it starts would ignore it too
    signal.signal(signal.SIGINT, signal.default_int_handler)
if (folder := ram_disk()) is not None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(folder))


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


@pytest.fixture(scope="session")
def spawner() -> Iterator[Spawner]:
    """Runs `assent` in processes of their own."""
    spawner = Spawner(ROOT)
    yield spawner
    spawner.close()

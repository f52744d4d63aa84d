"""A store that was filled before release 0.1.0 opens, verifies, and its turns are no divergence.

`tests/upgrade/stores/before-0.1.0.tar.gz` holds one as SQLite and one as the append-only file of Redis: Ana opted in
and said STOP, Ben opted in and answered a question. Seven turns by rules 2 of before the release.
"""

import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.cli.running import ROOT, Run
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.server import RedisServer

STORES = ROOT / "tests" / "upgrade" / "stores" / "before-0.1.0.tar.gz"
NOT_KEPT = "recorded by rules that are no longer kept (before release 0.1.0)"


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=needs_redis)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a copy of the store."""
    with tarfile.open(STORES) as packed:
        packed.extractall(tmp_path, filter="data")
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/assent.db"
        return
    with RedisServer(tmp_path / "redis") as server:
        yield f"{server.url}/0"


@pytest.fixture
def at_store(assent: Run, url: str) -> Callable[..., CompletedProcess[str]]:
    """Runs a command on that store."""
    return lambda *words: assent(*words, variables={"ASSENT_STORE": url})


def test_its_consent_is_there_and_proved(at_store: Callable[..., CompletedProcess[str]]) -> None:
    rows = json.loads(at_store("ledger", "show", "--json").stdout)
    changes = {(row["change"]["subject"], row["change"]["after"]) for row in rows}
    assert changes == {("tips", "opted_in"), ("tips", "opted_out"), ("*", "opted_out")}
    assert at_store("ledger", "verify").returncode == 0


def test_its_turns_are_reported_as_recorded_by_rules_that_are_not_kept(
    at_store: Callable[..., CompletedProcess[str]],
) -> None:
    replayed = at_store("replay", "--all")
    assert replayed.stdout.count(NOT_KEPT) == 2  # the first turn of each conversation is named
    assert "otherwise" not in replayed.stdout
    assert replayed.returncode == 1
    shown = at_store("conversation", "show", "teams:a:ana").stdout
    assert shown.count(NOT_KEPT) == 3
    assert "now out of everything pushed" in shown

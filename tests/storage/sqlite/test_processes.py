"""Several processes at one file: real ones, ended as hard as it gets."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from messages.errors import StoreError
from storage.sqlite.store import SqliteStore
from tests.storage.talk import Talk

ROOT = Path(__file__).parent.parent.parent.parent


@contextmanager
def process(role: str, path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process in one of the roles of `tests.storage.sqlite.roles`."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.storage.sqlite.roles", role, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def line(running: "subprocess.Popen[str]") -> str:
    assert running.stdout is not None
    return running.stdout.readline().strip()


def tell(running: "subprocess.Popen[str]", word: str) -> None:
    assert running.stdin is not None
    running.stdin.write(word + "\n")
    running.stdin.flush()


async def test_of_two_processes_that_push_at_once_one_wins(path: Path, store: SqliteStore) -> None:
    with process("pusher", path) as mia, process("pusher", path) as bo:
        assert [line(mia), line(bo)] == ["ready", "ready"]
        for live in range(20):
            tell(mia, str(live))
            tell(bo, str(live))
            assert sorted([line(mia), line(bo)]) == ["lost", "won"]
    assert [info.number for info in await store.history("wellbeing")] == list(range(20, 0, -1))


async def test_one_process_serves(path: Path, store: SqliteStore) -> None:
    with process("server", path) as server:
        assert line(server) == "serving"
        with pytest.raises(StoreError, match=f"process {server.pid} serves this database already"):
            await store.acquire_server_lease()
        server.kill()
        server.wait()
        await store.acquire_server_lease()


async def test_another_store_of_this_process_can_t_serve_beside_it(path: Path, store: SqliteStore) -> None:
    await store.acquire_server_lease()
    await store.acquire_server_lease()
    another = SqliteStore(path)
    await another.open()
    with pytest.raises(StoreError, match=f"process {os.getpid()} serves"):
        await another.acquire_server_lease()
    await store.close()
    await another.acquire_server_lease()
    await another.close()


async def test_others_write_beside_the_server(path: Path, store: SqliteStore) -> None:
    with process("server", path) as server:
        assert line(server) == "serving"
        await Talk().take(store, "e1")
        assert (await Talk().load(store, "e1")).seen


@pytest.mark.parametrize("turns", [1, 10, 100, 1000])
async def test_a_killed_process_loses_nothing_that_it_acknowledged(path: Path, turns: int) -> None:
    """Killed after so many turns, somewhere in the midst of the next ones."""
    with process("talker", path) as talker:
        assert line(talker) == "ready"
        said = [line(talker) for _ in range(turns)]
        os.kill(talker.pid, signal.SIGKILL)
        output, _ = talker.communicate()
    said += output[: output.rfind("\n") + 1].splitlines()
    acknowledged = [tuple(json.loads(turn)) for turn in said]

    store = SqliteStore(path)
    await store.open()
    report = await store.verify_ledger("wellbeing")
    waiting = {row.message.id for row in await store.pending(limit=1_000_000)}
    rows = await store.ledger("wellbeing", limit=1_000_000)
    lost = [event for user, event in acknowledged if not (await Talk(user).load(store, event)).seen]
    await store.close()

    assert lost == []
    assert report.differences == ()
    assert {f"m_{event}" for _, event in acknowledged} <= waiting
    events = [row.change.event_id for row in rows]
    assert {event for _, event in acknowledged} <= set(events)
    assert len(events) == len(set(events))

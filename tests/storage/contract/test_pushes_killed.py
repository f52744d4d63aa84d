"""A worker is killed while it sends: nobody gets a push twice, who was in flight is unknown, and all others get it."""

import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis, RedisCluster

from messages.pushes import PushState, RunState
from storage.port import Store
from tests.loop_time import pass_time
from tests.storage.contract.conftest import Opener
from tests.storage.pushing import send_all
from tests.storage.sending import BOT, change, known_members, plain, run_of, stands, waiting

ROOT = Path(__file__).parent.parent.parent.parent
NAMES = [f"p{each}" for each in range(6)]
LEASE = 60


def killed_at(url: str, step: str, name: str) -> list[str]:
    """Have a process send until it says that it comes to this step, and kill it then; return what it said."""
    said: list[str] = []
    command = [sys.executable, "-m", "tests.storage.pushing", url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        for line in worker.stdout:
            said.append(line.strip())
            if said[-1] == f"{step} {name}":
                worker.kill()
    return said


async def take_over(store: Store, url: str) -> None:
    """Serve where the killed one served: its lease ran out."""
    await store.acquire_server_lease()
    if url.startswith("sqlite"):
        return
    plain_url = url.partition("?")[0].replace("+cluster", "")
    with RedisCluster.from_url(plain_url) if "+cluster" in url else Redis.from_url(plain_url) as client:
        everywhere = {"target_nodes": RedisCluster.PRIMARIES} if "+cluster" in url else {}
        for key in client.keys("*:workers", **everywhere):
            first = [name for name in client.zrange(key, 0, -1) if b"-" in name]
            client.zadd(key, dict.fromkeys(first, 1))
    for _ in range(6):
        await store.take_over()
        pass_time(LEASE / 2)


@pytest.mark.parametrize("step", ["claiming", "sent", "ending"])
async def test_a_killed_worker_sends_nobody_twice(
    store: Store, url: str, step: str, open_another: Opener, capsys: pytest.CaptureFixture[str]
) -> None:
    people = await known_members(store, *NAMES)
    await store.add_run(run_of(people), RunState.RUNNING)

    said = killed_at(url, step, "p3")

    assert await waiting(store) + sum((await stands(store)).counts.values()) == len(NAMES)
    heir = await open_another()
    await take_over(heir, url)
    current = plain(await stands(heir))
    assert "sending" not in current
    assert await heir.pending() == []
    assert current.get("unknown", 0) <= 1
    assert current.get("unknown", 0) == (await heir.pushes(BOT, run="r1", states=[PushState.UNKNOWN]) != [])

    with_names = dict(zip(people, NAMES, strict=True))
    while await waiting(heir):
        await change(heir, RunState.PAUSED)
        await change(heir, RunState.RUNNING)
        await send_all(heir, "second", with_names)
    said += capsys.readouterr().out.splitlines()
    reached = [line.partition(" ")[2] for line in said if line.startswith("sent ")]
    unknown = plain(await stands(heir)).get("unknown", 0)
    assert len(reached) == len(set(reached))
    assert len(NAMES) - unknown <= len(reached) <= len(NAMES)
    assert (await change(heir, RunState.FINISHED)).state is RunState.FINISHED

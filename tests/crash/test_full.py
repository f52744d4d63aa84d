"""A Redis that has no room: no turn is confirmed that it can't keep, and all goes on once there is room again."""

import asyncio
import random
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.crash.house import House
from tests.crash.table import told
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.server import RedisServer

pytestmark = [needs_redis, pytest.mark.crash, pytest.mark.timeout(3600)]

LOAD = 100
"""At most so many acts are acknowledged before there is no room."""
REFUSED = 50
PAGE = 4096


async def test_memory_is_full(
    tmp_path: Path, rounds: int, chance: random.Random, capsys: pytest.CaptureFixture[str]
) -> None:
    with RedisServer(tmp_path / "redis") as redis:
        async with House(tmp_path, [redis.port] * 2, chance) as house:
            for _ in range(rounds):
                await house.crowd.acknowledged(chance.randint(1, LOAD))
                house.history.happened("Redis is out of memory")
                await asyncio.to_thread(redis.command, "CONFIG SET", "maxmemory", "1mb")
                await house.crowd.refused(REFUSED)
                await asyncio.to_thread(redis.command, "CONFIG SET", "maxmemory", "0")
                house.history.happened("Redis has memory")
                await house.crowd.acknowledged(LOAD)
            found = await house.finish(redis.port, repeats=True)
    with capsys.disabled():
        print(told("memory full", house.history, found))  # noqa: T201  # the figures of the run
    assert found.broken() == []


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk that all acts of the run fit on, with room to spare."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small disk can't be mounted here, which takes root: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


async def test_disk_is_full(
    tmp_path: Path, disk: Path, rounds: int, chance: random.Random, capsys: pytest.CaptureFixture[str]
) -> None:
    """With `appendfsync always` Redis ends when it can't write; whoever started it starts it again."""
    with RedisServer(disk / "redis", auto_aof_rewrite_percentage=0) as redis:
        async with House(tmp_path, [redis.port] * 2, chance) as house:
            for _ in range(rounds):
                await house.crowd.acknowledged(chance.randint(1, LOAD))
                house.history.happened("the disk is full")
                await asyncio.to_thread(_fill, disk)
                await house.crowd.refused(REFUSED)
                assert not await asyncio.to_thread(redis.answers)
                (disk / "filler").unlink()
                await asyncio.to_thread(redis.kill)
                await asyncio.to_thread(redis.start)
                house.history.happened("the disk has room, and Redis is up again")
                await house.crowd.acknowledged(LOAD // 2)
            found = await house.finish(redis.port, repeats=True)
    with capsys.disabled():
        print(told("disk full", house.history, found))  # noqa: T201  # the figures of the run
    assert found.broken() == []


def _fill(disk: Path) -> None:
    """Take what room there is."""
    with suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
        while filler.write(bytes(PAGE)):
            pass

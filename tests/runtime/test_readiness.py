"""`/readyz` and what a channel gets when it posts: they agree, whatever the store lacks."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import orjson
import pytest

from messages.errors import StoreError, UnreadableRecord
from runtime.http import TRIAL_EVERY, Readiness
from storage.sqlite.store import SqliteStore
from tests.runtime.harness import RunningBot, running_bot
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.server import RedisServer

LONG = 60.0
"""Seconds within which every answer comes."""
MEGABYTE = 1 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small disk can't be mounted here, which takes root: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def leave(disk: Path, room: int) -> None:
    """Fill the disk but for so many bytes."""
    filler = disk / "filler"
    filler.unlink(missing_ok=True)
    with filler.open("wb", buffering=0) as file:
        left = 8 * MEGABYTE - sum(each.stat().st_blocks * 512 for each in disk.iterdir()) - room
        while left >= 4096:
            try:
                left -= file.write(bytes(4096))
            except OSError:
                break


async def ready(bot: RunningBot) -> tuple[int, dict[str, str]]:
    async with asyncio.timeout(LONG):
        status, text = await bot.get("/readyz")
    answer = orjson.loads(text)
    return status, answer.get("degraded", answer)


async def posted(bot: RunningBot, user: str, text: str = "hello") -> int:
    async with asyncio.timeout(LONG):
        return (await bot.says(text, user))[0]


async def test_a_disk_that_fills_up_and_has_room_again(tmp_path: Path, disk: Path) -> None:
    async with running_bot(tmp_path, store=f"sqlite:///{disk / 'bot.db'}") as bot:
        assert (await ready(bot), await posted(bot, "ana")) == ((200, {"status": "ready"}), 200)
        for number, room in enumerate((0, 8_192, 40_960, 0)):
            leave(disk, room)
            for again in range(5):
                status, _ = await ready(bot)
                taken = [await posted(bot, f"user{number}-{again}-{each}") for each in range(2)]
                assert set(taken) <= {200, 503}
                assert status == 503 or taken[0] == 200  # who is told that it is ready is served
        status, answer = await ready(bot)
        assert (status, "free some space" in answer["reason"]) == (503, True)
        assert await posted(bot, "ben") == 503
        leave(disk, 4 * MEGABYTE)
        assert (await ready(bot))[0] == 200
        assert await posted(bot, "ben", "stop") == 200


@needs_redis
async def test_a_redis_without_memory(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "redis") as server:
        async with running_bot(tmp_path, store=f"{server.url}/0") as bot:
            assert await posted(bot, "ana") == 200
            await asyncio.to_thread(server.command, "CONFIG SET", "maxmemory", "1mb")
            status, answer = await ready(bot)
            assert (status, "out of memory" in answer["reason"]) == (503, True)
            assert await posted(bot, "ana", "stop") == 503
            await asyncio.to_thread(server.command, "CONFIG SET", "maxmemory", "0")
            assert (await ready(bot))[0] == 200
            assert await posted(bot, "ana", "stop") == 200


@needs_redis
async def test_a_redis_that_became_a_replica(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "redis") as server:
        async with running_bot(tmp_path, store=f"{server.url}/0") as bot:
            assert await posted(bot, "ana") == 200
            await asyncio.to_thread(server.command, "REPLICAOF", "127.0.0.1", "1")
            assert ((await ready(bot))[0], await posted(bot, "ana", "stop")) == (503, 503)
            await asyncio.to_thread(server.command, "REPLICAOF", "NO", "ONE")
            async with asyncio.timeout(LONG):
                while (await ready(bot))[0] != 200:
                    pass
            assert await posted(bot, "ana", "stop") == 200


async def test_a_database_that_can_only_be_read(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        database = bot.server.store._database  # type: ignore[attr-defined]
        await database.write(lambda own: own.cursor.execute("PRAGMA query_only = ON"))
        status, answer = await ready(bot)
        assert (status, "writable" in answer["reason"]) == (503, True)
        assert await posted(bot, "ana", "stop") == 503
        assert (await bot.get("/healthz"))[0] == 200


@pytest.mark.parametrize("whole", [True, False])
async def test_a_database_whose_bytes_are_overwritten(tmp_path: Path, whole: bool) -> None:
    async with running_bot(tmp_path) as bot:
        assert [await posted(bot, f"user{number}") for number in range(20)] == [200] * 20
        for file, header in ((tmp_path / "bot.db", 100), (tmp_path / "bot.db-wal", 32)):
            size = file.stat().st_size
            with file.open("r+b") as bytes_of:
                bytes_of.seek(header if whole else max(size // 2, header))
                bytes_of.write(b"\xa5" * (size - bytes_of.tell()))
        with suppress(StoreError):  # so that it is read from the disk
            await bot.server.store._database.write(lambda own: own.cursor.execute("PRAGMA shrink_memory"))  # type: ignore[attr-defined]
        outcomes = []
        for number in range(10):
            status, _ = await ready(bot)
            outcomes.append((status, await posted(bot, f"user{number * 3}")))
        told = (await ready(bot))[1]
        assert {post for _, post in outcomes} <= {200, 503}
        assert not any(status == 503 and post == 200 for status, post in outcomes)
        assert all(post == 200 for status, post in outcomes if status == 200) or "turns" in told


@asynccontextmanager
async def opened(store: SqliteStore) -> AsyncIterator[SqliteStore]:
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def test_a_trial_leaves_nothing_and_its_outcome_holds_for_a_while(tmp_path: Path) -> None:
    store, time = SqliteStore(tmp_path / "bot.db"), [0.0]
    readiness = Readiness(store, monotonic=lambda: time[0])
    assert "not open" in await readiness.problem()
    async with opened(store):
        time[0] = TRIAL_EVERY - 0.1
        assert "not open" in await readiness.problem()
        time[0] = TRIAL_EVERY
        assert set(await asyncio.gather(*(readiness.problem() for _ in range(50)))) == {""}
        assert await store.all_bots() == []
        assert list(await store.pending()) == []
        assert await store.next_timer() is None
    assert await readiness.problem() == ""
    time[0] = 2 * TRIAL_EVERY
    assert "not open" in await readiness.problem()


async def test_turns_that_fail_although_a_trial_goes_well_are_told_of(tmp_path: Path) -> None:
    store, time = SqliteStore(tmp_path / "bot.db"), [0.0]
    readiness = Readiness(store, monotonic=lambda: time[0], every=0)
    async with opened(store):
        for fault in (UnreadableRecord("of one person"), StoreError("damaged")):
            for _ in range(2):
                assert readiness.degraded == {}
                readiness.turn_failed(fault)
                assert await readiness.problem() == ""
        assert readiness.degraded == {"turns": "damaged"}
        time[0] = 60.0
        assert readiness.degraded == {}
        time[0] = 0.0
        assert await readiness.problem() == ""  # no turn failed since the last trial
        assert readiness.degraded == {}

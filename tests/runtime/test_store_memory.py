"""What is an alarm, and what is none: files, restarts, copies, two servers, what the settings declare."""

import asyncio
import contextlib
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from storage.port import Store
from storage.stores import copy_store, open_store
from tests.runtime.harness import RunningBot, payload, running_bot
from tests.runtime.went_back import FallibleFile, FallibleRedis
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.server import RedisServer


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path / "redis") as server:
        yield server


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    """A handle of its own: no connection of it is one that Redis ended."""
    store = open_store(url)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def degraded(bot: RunningBot) -> dict[str, str]:
    """Return what /readyz says does not work, once it can be asked."""
    for _ in range(100):
        status, text = await bot.get("/readyz")
        if status == 200:
            return dict(orjson.loads(text).get("degraded", {}))
    raise AssertionError(text)


async def says_of_the_store(bot: RunningBot, problem: str) -> None:
    """Return once /readyz says that this is the matter with the store."""
    async with asyncio.timeout(60):
        while problem not in (await degraded(bot)).get("store", ""):  # noqa: ASYNC110  # see is_well
            await asyncio.sleep(0.01)


async def is_well(bot: RunningBot) -> None:
    """Return once /readyz says that nothing is the matter."""
    async with asyncio.timeout(60):
        while await degraded(bot):  # noqa: ASYNC110  # it compares now and then where that takes long
            await asyncio.sleep(0.01)


async def until_taken(bot: RunningBot, activity: dict[str, Any]) -> None:
    """Post an activity again, as a channel does, until it is taken."""
    for _ in range(100):
        if (await bot.teams(activity))[0] < 300:
            return
    raise AssertionError("was not taken")


async def until_known(bot: RunningBot, people: int) -> None:
    """Return once the index has as many people."""
    while len(bot.server.audiences.of("demo").index.everybody) != people:  # noqa: ASYNC110  # the index tells nobody
        await asyncio.sleep(0.01)


async def last_row(bot: RunningBot) -> int:
    (head,) = await bot.server.store.heads("demo")
    return head.sequence


@contextlib.asynccontextmanager
async def after_a_stop(folder: Path, store: str) -> AsyncIterator[RunningBot]:
    """A bot of which ana is out, and knows it."""
    async with running_bot(folder, store=store) as bot:
        await bot.presses(payload("yes"), "ana")
        await bot.says("stop", "ana")
        yield bot


# -- alarms


@needs_redis
@pytest.mark.parametrize("restart", ["appendonly no", "empty"])
async def test_redis_comes_back_with_nothing(redis: RedisServer, tmp_path: Path, restart: str) -> None:
    """Nothing is left, not even the bot: who wants out is heard all the same, and nobody is opted in."""
    async with after_a_stop(tmp_path, f"{redis.url}/0?timeout=30") as bot:
        last = await last_row(bot)
        if restart == "empty":
            redis.command("FLUSHALL")
        else:
            redis.change(appendonly="no", save="")
            redis.kill()
            shutil.rmtree(redis.folder / "appendonlydir")
            redis.start()
        await until_taken(bot, bot.activity("ana", text="stop"))
        assert (await bot.presses(payload("yes"), "ben"))[0] == 503
        assert "missing from the ledger" in (await degraded(bot))["store"]
        async with opened(f"{redis.url}/0") as store:
            rows = await store.ledger("demo", limit=100)
        assert [row.sequence > last for row in rows] == [True] * len(rows) != []
        assert await bot.metric("assent_store_durability_reduced") == (1 if restart == "appendonly no" else 0)


@needs_redis
async def test_redis_is_made_weaker_and_strong_again(redis: RedisServer, tmp_path: Path) -> None:
    async with after_a_stop(tmp_path, f"{redis.url}/0") as bot:
        redis.command("CONFIG", "SET", "maxmemory", "100mb")
        redis.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        await says_of_the_store(bot, "throws keys away")
        assert (await bot.presses(payload("yes"), "ben"))[0] == 503
        assert (await bot.says("stop", "ben"))[0] < 300
        redis.command("CONFIG", "SET", "maxmemory-policy", "noeviction")
        await is_well(bot)
        assert (await bot.presses(payload("yes"), "cho"))[0] < 300


@needs_redis
async def test_an_older_log_under_three_shards(tmp_path: Path) -> None:
    """A row of each shard is remembered; only what lost rows refuses."""
    store = FallibleRedis(tmp_path)
    store.url += "&shards=3"
    users = [f"user{number}" for number in range(20)]
    try:
        async with running_bot(tmp_path, store=store.url) as bot:
            for user in users:
                await bot.presses(payload("yes"), user)
            store.save()
            for user in users:
                await bot.says("stop", user)
            store.put_back()
            assert await degraded(bot)
            async with opened(store.url) as other:
                assert {loss.shard for loss in await other.losses("demo")} == {0, 1, 2}
            for user in users:
                assert (await bot.presses(payload("card-yes"), user))[0] == 503
    finally:
        store.server.kill()


async def test_a_log_that_is_removed_under_the_server(tmp_path: Path) -> None:
    """What stood in it is saved; what comes after is in the file that is there."""
    file = FallibleFile(tmp_path)
    async with after_a_stop(tmp_path, file.url) as bot:
        (tmp_path / "bot.db-wal").unlink()
        await until_taken(bot, bot.activity("ben", text="stop"))
        assert await degraded(bot) == {}
        assert await bot.memberships("ana") == {"tips": "opted_out", "*": "opted_out"}
    async with running_bot(tmp_path, store=file.url) as bot:
        assert await degraded(bot) == {}
        assert await bot.memberships("ana") == {"tips": "opted_out", "*": "opted_out"}


async def test_a_log_that_is_removed_between_two_runs(tmp_path: Path) -> None:
    """The file beside the store tells what was in it."""
    file = FallibleFile(tmp_path)
    async with after_a_stop(tmp_path, file.url) as bot:
        await bot.server.memory.close()
        for name in ("bot.db", "bot.db.memory"):
            shutil.copy(tmp_path / name, tmp_path / f"{name}.kept")  # as they are on disk when it is killed
    for name in ("bot.db", "bot.db.memory"):
        (tmp_path / f"{name}.kept").replace(tmp_path / name)
    async with running_bot(tmp_path, store=file.url) as bot:
        assert "missing from the ledger" in (await degraded(bot))["store"]


@pytest.mark.parametrize(
    "how", ["moved in place", "written over", "written over, log removed", "log removed, written over"]
)
async def test_a_copy_that_is_put_there_in_other_ways(tmp_path: Path, how: str) -> None:
    """Pages of the log don't get into the older copy: it is whole, and what it lacks is told."""
    file, saved = FallibleFile(tmp_path), tmp_path / "saved.db"
    async with running_bot(tmp_path, store=file.url) as bot:
        await bot.presses(payload("yes"), "ana")
    shutil.copy(file.file, saved)
    async with running_bot(tmp_path, store=file.url) as bot:
        for number in range(30):
            await bot.presses(payload("yes"), f"user{number}")
    async with running_bot(tmp_path, store=file.url) as bot:
        bot.sent = 100
        await bot.says("stop", "ana")
        if how == "moved in place":
            saved.replace(file.file)
        for step in how.split(", "):
            if step == "written over":
                shutil.copy(saved, file.file)
            elif step == "log removed":
                for name in ("bot.db-wal", "bot.db-shm"):
                    (tmp_path / name).unlink()
        await until_taken(bot, bot.activity("ana", text="stop"))
        assert "missing from the ledger" in (await degraded(bot))["store"]
        assert [row.sequence > 33 for row in await bot.server.store.ledger("demo")] == [False, True, True]
    with contextlib.closing(sqlite3.connect(file.file)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def test_a_file_that_is_gone(tmp_path: Path) -> None:
    """Without --dev, a store that begins again is an alarm."""
    file = FallibleFile(tmp_path)
    async with after_a_stop(tmp_path, file.url):
        pass
    file.file.unlink()
    async with running_bot(tmp_path, store=file.url) as bot:
        assert "missing from the ledger" in (await degraded(bot))["store"]
        assert (await bot.presses(payload("yes"), "ben"))[0] == 503


async def test_the_index_is_read_again(tmp_path: Path) -> None:
    file = FallibleFile(tmp_path)
    async with running_bot(tmp_path, store=file.url) as bot:
        await bot.presses(payload("yes"), "ana")
        file.save()
        for user in ("ben", "cho"):
            await bot.presses(payload("yes"), user)
        await until_known(bot, 3)
        file.put_back()
        assert await degraded(bot)
        await until_known(bot, 1)
        await bot.says("stop", "dan")
        await until_known(bot, 2)


# -- no alarms


async def test_a_missing_store_under_dev(tmp_path: Path) -> None:
    file = FallibleFile(tmp_path)
    for _ in range(2):
        async with running_bot(tmp_path, store=file.url, dev=True) as bot:
            await bot.says("hello", "ana")
            assert (await bot.says("stop", "ana"))[0] < 300
            assert await degraded(bot) == {}
        file.file.unlink()


GARBAGE = [b"", b"\x00\xff", b"[]", b'{"version": 9}', b'{"store": "x", "address": 1, "rows": []}']


@pytest.mark.parametrize("content", GARBAGE)
async def test_garbage_in_the_memory(tmp_path: Path, content: bytes) -> None:
    file = FallibleFile(tmp_path)
    async with after_a_stop(tmp_path, file.url):
        pass
    (tmp_path / "bot.db.memory").write_bytes(content)
    async with running_bot(tmp_path, store=file.url) as bot:
        assert await degraded(bot) == {}
        assert (await bot.presses(payload("yes"), "ben"))[0] < 300
        await bot.server.memory.close()
        assert b'"sequence":' in (tmp_path / "bot.db.memory").read_bytes()


async def test_the_memory_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "bot.db.memory").mkdir()
    async with after_a_stop(tmp_path, f"sqlite:///{tmp_path / 'bot.db'}") as bot:
        assert await degraded(bot) == {}


@needs_redis
async def test_a_copy_at_the_same_address(redis: RedisServer, tmp_path: Path) -> None:
    """Copied away, emptied, and copied back: nothing is missing. A copy that is older than the store lacks rows."""
    url, backup = f"{redis.url}/0", f"sqlite:///{tmp_path / 'backup.db'}"
    async with after_a_stop(tmp_path, url):
        pass
    await _copy(url, backup)
    async with running_bot(tmp_path, store=url) as bot:
        await bot.says("hello", "ben")
    redis.command("FLUSHALL")
    await _copy(backup, url)
    async with running_bot(tmp_path, store=url) as bot:
        assert await degraded(bot) == {}
        assert (await bot.presses(payload("yes"), "ben"))[0] < 300

    (tmp_path / "backup.db").unlink()
    await _copy(url, backup)
    async with running_bot(tmp_path, store=url) as bot:
        bot.sent = 10  # no activity of theirs comes twice
        assert (await bot.says("stop", "ben"))[0] < 300
    redis.command("FLUSHALL")
    await _copy(backup, url)
    async with running_bot(tmp_path, store=url) as bot:
        assert "missing from the ledger" in (await degraded(bot))["store"]


async def _copy(source: str, target: str) -> None:
    stores = open_store(source), open_store(target)
    for each in stores:
        await each.open()
    await copy_store(*stores, source, lambda *_: None)
    await stores[1].end_copy()
    for each in stores:
        await each.close()


@needs_redis
async def test_two_servers_and_a_rolling_restart(redis: RedisServer, tmp_path: Path) -> None:
    """Each remembers rows of the other; Redis is restarted with what it had, servers come and go."""
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    url = f"{redis.url}/0?timeout=30"
    async with after_a_stop(folders[0], url) as one:
        async with running_bot(folders[1], store=url) as two:
            await two.presses(payload("yes"), "ben")
            redis.kill()
            redis.start()
            for bot, user in ((one, "cho"), (two, "dan")):
                await until_taken(bot, bot.activity(user, text="pressed", value={"assent": payload("yes")}))
                assert await degraded(bot) == {}
        async with running_bot(folders[1], store=url) as two:
            assert await degraded(two) == {}
        assert await degraded(one) == {}
        async with opened(url) as store:
            assert (await store.verify_ledger("demo")).losses == ()


@needs_redis
@pytest.mark.parametrize("noticed", ["by a probe", "by a stop"])
@pytest.mark.parametrize("lag", [0, 0.2])
async def test_a_replica_that_lags_takes_over(tmp_path: Path, lag: float, noticed: str) -> None:
    """What the settings declare is recorded and alerted, and stops nothing; what they don't is an alarm."""
    store = FallibleRedis(tmp_path)  # an older log stands for a replica that lagged
    store.url += f"&lag={lag}"
    try:
        async with running_bot(tmp_path, store=store.url) as bot:
            await bot.presses(payload("yes"), "ana")
            store.save()
            await asyncio.sleep(lag * 2)  # what was acknowledged before this has settled
            await bot.says("stop", "ana")
            store.put_back()
            if noticed == "by a stop":
                await until_taken(bot, bot.activity("ben", text="stop"))
            found = await degraded(bot)
            async with opened(store.url) as other:
                (loss,) = await other.losses("demo")
                audit = await other.audit("demo")
            assert bool(found) is (lag == 0)
            assert loss.accepted_by == ("settings" if lag else "")
            status, _ = await bot.presses(payload("yes"), "cho")
            assert (status < 300) is (lag > 0)
            assert [row.action for row in audit if row.action == "accept_loss"] == (["accept_loss"] if lag else [])
    finally:
        store.server.kill()


async def test_erasing_and_pruning(tmp_path: Path) -> None:
    async with after_a_stop(tmp_path, "") as bot:
        store = bot.server.store
        conversation = await store.conversation("demo", "teams:a:ana")
        assert conversation is not None
        now = conversation.state.last_event_at
        assert now is not None
        await store.erase_contact("demo", conversation.contact.id, actor="eve", at=now)
        await store.prune(now + timedelta(days=1), timedelta())
        await store.prune_journal(before=now + timedelta(days=1))
        assert await degraded(bot) == {}


async def test_a_bot_without_rows(tmp_path: Path) -> None:
    for _ in range(2):
        async with running_bot(tmp_path) as bot:
            await bot.says("hello")
            assert await degraded(bot) == {}

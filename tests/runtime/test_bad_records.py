"""Records of one bot that this version can't read, in all that a server reads many of at once: the rest goes on."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest
from structlog.testing import capture_logs

from cli.doctor import examine
from config.settings import Server, Settings
from messages.consent import SourceKind
from publishing.flows import publish_file
from runtime.clock import now
from staff.acting import Staff
from standin.deliveries import Fault
from storage.audience_records import ENDED, SegmentKind, SegmentRecord
from storage.port import Store
from storage.stores import open_store
from tests.audiences.imports.queued import list_queued
from tests.runtime.harness import FLOW, RunningBot, running_bot, words
from tests.storage.damage import damage
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database

LONG = 60.0
"""Seconds that no test waits for: what is waited for comes."""
BAD = [
    ("timer", "teams:a:ana"),
    ("reply", "teams:a:ana"),
    ("import", "i_demo"),
    ("segment", "press"),
]


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=needs_redis)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "redis":
        return f"{empty_database(2)}?lease=0.1"
    return f"sqlite:///{tmp_path / 'bot.db'}"


@asynccontextmanager
async def opened(url: str) -> "Iterator[Store]":
    store = open_store(url)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def says(bot: RunningBot, to: str, user: str, text: str) -> int:
    activity = orjson.dumps(bot.activity(user, text=text))
    return (await bot.post(f"/bots/{to}/api/messages", activity))[0]


async def filled(url: str, folder: Path) -> None:
    """Leave behind, of each of two bots, waits, replies, imports and segments; then damage some of the first bot's."""
    async with running_bot(folder, store=url, server=Server(grace=0)) as bot:
        bot.standin.fail(Fault(next=1000, status=503))
        zoo = folder / "zoo.yaml"
        zoo.write_text(FLOW.replace("bot: demo", "bot: zoo"))
        await publish_file(bot.server.store, zoo, Staff("ana", SourceKind.CLI), now(), replace=True)
        await bot.server.live.look()
        for to, user, text in (
            ("demo", "ana", "slow"),
            ("demo", "ben", "slow"),
            ("zoo", "eve", "slow"),
            ("demo", "cat", "well?"),
        ):
            assert await says(bot, to, user, text) == 200
    async with opened(url) as store:
        for name in ("demo", "zoo"):
            for segment in ("press", "vips"):
                await store.save_segment(
                    SegmentRecord(name, segment, segment, SegmentKind.FILTER, now(), "ann", filter="channel:teams")
                )
            await list_queued(store, b"teams:29:ben\nteams:29:eve\n", f"i_{name}", bot=name)
        cat = await store.conversation("demo", "teams:a:cat")
        assert cat is not None
    for kind, name in BAD:
        damage(url, kind, "demo", name)
    damage(url, "contact", "demo", cat.contact.id)


async def until(holds: "Callable[[], object]", bot: RunningBot) -> None:
    async with asyncio.timeout(LONG):
        while not holds():
            await bot.get("/healthz")


async def test_the_rest_goes_on_and_the_server_says_what_does_not(url: str, tmp_path: Path) -> None:
    await filled(url, tmp_path)
    with capture_logs() as logs:
        async with running_bot(tmp_path, store=url) as bot:
            said = [words(delivery) for delivery in await bot.standin.wait_for(5, timeout=LONG)]
            assert Counter(said) == {"One moment.": 2, "Here it is.": 2, "I did not understand.": 1}
            store = bot.server.store
            async with asyncio.timeout(LONG):
                while (await store.imports("zoo"))[0].state not in ENDED:
                    pass
            audience = bot.server.audiences.of("zoo")
            await until(lambda: audience.index.count("press", now()).members == 1, bot)
            demo = bot.server.audiences.of("demo")
            await until(lambda: demo.index.count("vips", now()).members == 2, bot)  # without cat
            assert [await says(bot, name, "dan", "stop") for name in ("demo", "zoo")] == [200, 200]
            assert await says(bot, "demo", "ana", "stop") == 503
            status, answer = await bot.get("/readyz")
            assert status == 200
            degraded = orjson.loads(answer)["degraded"]
            by_doctor = [*dict.fromkeys(kind for kind, _ in BAD), "contact"]
            kinds = [*by_doctor, "conversation"]  # whose address the index of a server reads
            assert set(degraded) == {f"{kind} of demo" for kind in kinds}
            for kind in kinds:
                assert await bot.metric(f'assent_unreadable_records{{bot="demo",kind="{kind}"}}') == 1
    assert Counter(line["kind"] for line in logs if line["event"] == "cannot read a record") == dict.fromkeys(kinds, 1)
    found = await examine(Settings(store=url), online=False)
    assert ("bot zoo", "ok") in [(each.about, each.verdict) for each in found]
    assert ("journal of demo", "error") in [(each.about, each.verdict) for each in found]
    records = [(each.verdict, each.found.partition(":")[0]) for each in found if each.about == "records"]
    assert sorted(records) == sorted(("error", f"{kind} of demo") for kind in by_doctor)

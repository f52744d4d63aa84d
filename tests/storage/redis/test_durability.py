"""A Redis that may lose opt-outs is told of, and not served from where the store's URL promises better."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.doctor import Diagnosis, examine
from config.settings import Settings
from messages.errors import StoreError
from storage.stores import open_store
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.server import RedisServer

pytestmark = needs_redis


@contextmanager
def redis(folder: Path, **settings: str) -> Iterator[RedisServer]:
    with RedisServer(folder, **settings) as server:
        yield server


async def serving(url: str) -> None:
    store = open_store(url)
    await store.open()
    try:
        await store.acquire_server_lease()
    finally:
        await store.close()


WEAK = [
    ({"appendonly": "no"}, "", "keeps nothing on disk"),
    ({"appendonly": "no", "save": "3600 1"}, "", "no append-only file"),
    ({"appendfsync": "everysec"}, "", "appendfsync everysec"),
    ({"appendfsync": "no"}, "?durability=everysec", "appendfsync no"),
    ({"maxmemory": "100mb", "maxmemory_policy": "allkeys-lru"}, "", "throws keys away"),
]


@pytest.mark.parametrize(("settings", "words", "says"), WEAK, ids=[says for _, _, says in WEAK])
async def test_less_than_was_promised_is_refused_and_the_doctor_says_why(
    tmp_path: Path, settings: dict[str, str], words: str, says: str
) -> None:
    with redis(tmp_path, **settings) as server:
        with pytest.raises(StoreError, match=says):
            await serving(f"{server.url}/0{words}")
        found = await told(f"{server.url}/0{words}")
    assert [each.verdict for each in found if says in each.found] == ["error"]


async def test_replicas_that_are_not_there_are_an_error(tmp_path: Path) -> None:
    with redis(tmp_path) as server:
        found = await told(f"{server.url}/0?replicas=2&timeout=1")
    assert [each.verdict for each in found if "not confirmed by its replicas" in each.found] == ["error"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, ""),
        ({"appendfsync": "everysec"}, "?durability=everysec"),
        ({"appendonly": "no"}, "?durability=none"),
        ({"maxmemory_policy": "allkeys-lru"}, ""),
    ],
)
async def test_what_keeps_its_promise_is_served_from(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    with redis(tmp_path, **settings) as server:
        await serving(f"{server.url}/0{words}")


async def test_a_second_that_may_be_lost_is_a_warning(tmp_path: Path) -> None:
    with redis(tmp_path, appendfsync="everysec") as server:
        found = await told(f"{server.url}/0?durability=everysec")
    assert [each.verdict for each in found if "everysec" in each.found and each.remedy] == ["warning"]


async def test_no_key_for_buttons_is_an_error_where_servers_share_a_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with redis(tmp_path / "redis") as server:
        found = await told(f"{server.url}/0")
    assert [each.verdict for each in found if each.about == "button keys"] == ["error"]


async def test_the_doctor_shows_no_password(tmp_path: Path) -> None:
    with redis(tmp_path, requirepass="opensesame") as server:
        url = server.url.replace("redis://", "redis://:opensesame@")
        found = await told(f"{url}/0")
    assert [each for each in found if "opensesame" in each.found] == []
    assert [each.verdict for each in found if "can be read and written" in each.found] == ["ok"]


async def told(url: str) -> list[Diagnosis]:
    return await examine(Settings(store=url), online=False)

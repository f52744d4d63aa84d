"""What `docs/production.md` says of back-ups, done as it says."""

import asyncio
import shutil
from pathlib import Path

import pytest
import yaml

from messages.consent import Membership
from storage.port import Store
from storage.stores import open_store
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.server import RedisServer
from tests.storage.talk import Talk, says

EXAMPLES = Path(__file__).parents[3] / "examples" / "production"
PEOPLE = [Talk(f"user{number}") for number in range(20)]


async def press(store: Store, person: Talk, event: str, after: Membership) -> None:
    await person.take_until_committed(store, f"{event}-{person.user}", says(event), consent={"tips": after})


@needs_redis
async def test_what_was_confirmed_before_the_back_up_is_there_after_a_restore(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "redis") as redis:
        store = open_store(f"{redis.url}/0")
        await store.open()
        for person in PEOPLE:
            await press(store, person, "out", Membership.OPTED_OUT)

        async def go_on() -> None:
            for number in range(1000):
                await asyncio.gather(*(press(store, person, f"{number}", Membership.NONE) for person in PEOPLE[:5]))

        load = asyncio.create_task(go_on())
        while len(await store.journal("wellbeing", PEOPLE[0].key)) < 3:
            pass
        redis.command("CONFIG", "SET", "auto-aof-rewrite-percentage", 0)
        assert redis.command("INFO", "persistence")["aof_rewrite_in_progress"] == 0
        await asyncio.to_thread(
            shutil.copytree, tmp_path / "redis" / "appendonlydir", tmp_path / "restored" / "appendonlydir"
        )
        load.cancel()
        await asyncio.gather(load, return_exceptions=True)
        await store.close()

    with RedisServer(tmp_path / "restored") as redis:
        restored = open_store(f"{redis.url}/0")
        await restored.open()
        for person in PEOPLE[5:]:
            assert dict((await person.load(restored)).memberships) == {"tips": Membership.OPTED_OUT}
            assert (await person.load(restored, f"out-{person.user}")).seen
        assert (await restored.verify_ledger("wellbeing")).differences == ()
        assert (await restored.verify_ledger("wellbeing")).rows >= len(PEOPLE)
        await restored.close()


def test_the_compose_file_starts_two_workers_that_stop_in_their_own_time() -> None:
    compose = yaml.safe_load((EXAMPLES / "compose.yaml").read_text())
    worker = compose["services"]["assent"]
    assert worker["deploy"]["replicas"] == 2
    assert worker["environment"]["ASSENT_STORE"].startswith("redis://")
    assert set(worker["depends_on"]) <= set(compose["services"])
    assert "ports" not in compose["services"]["redis"]


@needs_redis
def test_the_redis_configuration_is_one_that_redis_takes(tmp_path: Path) -> None:
    given = dict(
        line.split(maxsplit=1)
        for line in (EXAMPLES / "redis.conf").read_text().splitlines()
        if line and not line.startswith("#")
    )
    del given["dir"]
    with RedisServer(tmp_path, **{name.replace("-", "_"): value.strip('"') for name, value in given.items()}) as redis:
        assert redis.command("INFO", "persistence")["aof_enabled"] == 1


@pytest.mark.parametrize("word", ["TimeoutStopSec=40", "KillSignal=SIGTERM", "NoNewPrivileges=yes", "EnvironmentFile="])
def test_the_unit_stops_gracefully_and_is_confined(word: str) -> None:
    assert word in (EXAMPLES / "assent@.service").read_text()

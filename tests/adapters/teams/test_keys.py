"""The signing keys over a day: fetched seldom, kept over outages."""

import asyncio

import aiohttp
import pytest

from adapters.teams.auth import FIRST_PAUSE, MAX_AGE, MIN_PAUSE, KeyCache, NoKeys
from tests.adapters.teams.services import KEY, OTHER_KEY, Clock, Microsoft, jwk


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(session: aiohttp.ClientSession, services: Microsoft, clock: Clock) -> KeyCache:
    return KeyCache(session, metadata=services.metadata, monotonic=clock)


async def test_many_who_wait_share_one_fetch(keys: KeyCache, services: Microsoft) -> None:
    found = await asyncio.gather(*(keys.get("k1") for _ in range(50)))
    assert all(key is not None and key.endorsements == {"msteams"} for key in found)
    assert services.key_fetches == 1


async def test_an_unknown_id_asks_once_a_minute_whoever_sends_it(
    keys: KeyCache, services: Microsoft, clock: Clock
) -> None:
    await keys.get("k1")
    for number in range(100):
        assert await keys.get(f"unknown-{number}") is None
    assert services.key_fetches == 1
    services.keys.append(jwk("k2", OTHER_KEY))
    clock.seconds += MIN_PAUSE
    assert await keys.get("k2") is not None
    assert services.key_fetches == 2


async def test_old_keys_stay_in_use_while_no_new_ones_can_be_had(
    keys: KeyCache, services: Microsoft, clock: Clock
) -> None:
    await keys.get("k1")
    services.up = False
    clock.seconds += 10 * MAX_AGE
    assert await keys.get("k1") is not None
    assert await keys.get("k2") is None
    assert await keys.get("k1") is not None


async def test_keys_are_renewed_daily_and_withdrawn_ones_go(keys: KeyCache, services: Microsoft, clock: Clock) -> None:
    await keys.get("k1")
    services.keys = [jwk("k2", OTHER_KEY)]
    clock.seconds += MAX_AGE
    await keys.get("k1")
    assert await keys.get("k2") is not None
    assert await keys.get("k1") is None


async def test_no_key_at_all_is_said_at_once_and_mended_soon(keys: KeyCache, services: Microsoft, clock: Clock) -> None:
    services.up = False
    for _ in range(20):
        with pytest.raises(NoKeys):
            await keys.get("k1")
    assert services.key_fetches == 1
    services.up = True
    clock.seconds += FIRST_PAUSE
    assert await keys.get("k1") is not None


async def test_an_entry_that_is_no_key_does_not_cost_its_neighbours(keys: KeyCache, services: Microsoft) -> None:
    services.keys = [
        {"kid": "ec", "kty": "EC"},
        {"kid": "broken", "kty": "RSA", "n": "!", "e": "!"},
        {"kty": "RSA"},
        jwk("k1", KEY) | {"endorsements": None},
        7,  # type: ignore[list-item]  # whatever is sent
    ]
    found = await keys.get("k1")
    assert found is not None
    assert found.endorsements == frozenset()
    assert await keys.get("broken") is None

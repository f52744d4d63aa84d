"""Our own access token: fetched once, renewed early, used on while renewing fails."""

import asyncio

import aiohttp
import pytest

from adapters.teams.settings import TeamsSettings
from adapters.teams.tokens import EARLY, PAUSE, SCOPE, YOUNG, TokenClient
from messages.errors import TemporarilyFailed
from tests.adapters.teams.services import APP, Clock, Microsoft


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(session: aiohttp.ClientSession, services: Microsoft, clock: Clock) -> TokenClient:
    settings = TeamsSettings(app_id=APP, app_password="secret", tenant="t1", login=services.url)
    return TokenClient(settings, session, monotonic=clock)


async def later(tokens: TokenClient, token: str) -> None:
    """Wait until a renewal beside the sends has brought this token."""
    for _ in range(10_000):
        if await tokens.token() == token:
            return
        await asyncio.sleep(0)
    pytest.fail(f"{token} did not come")


async def test_many_who_wait_share_one_sign_in(tokens: TokenClient, services: Microsoft) -> None:
    assert await asyncio.gather(*(tokens.token() for _ in range(50))) == ["t-1"] * 50
    assert services.sign_ins == [
        {"grant_type": "client_credentials", "client_id": APP, "client_secret": "secret", "scope": SCOPE}
    ]


async def test_a_token_is_renewed_before_its_end_and_nobody_waits(
    tokens: TokenClient, services: Microsoft, clock: Clock
) -> None:
    await tokens.token()
    services.token_answer = (200, {"access_token": "t-2", "expires_in": 3600})
    clock.seconds += 3600 - EARLY
    assert await tokens.token() == "t-1"
    await later(tokens, "t-2")


async def test_a_short_lived_token_is_used_for_half_its_life(
    tokens: TokenClient, services: Microsoft, clock: Clock
) -> None:
    services.token_answer = (200, {"access_token": "t-1", "expires_in": "60"})
    await tokens.token()
    clock.seconds += 29
    await tokens.token()
    assert len(services.sign_ins) == 1


async def test_a_token_is_used_on_while_renewing_fails_and_not_beyond_its_end(
    tokens: TokenClient, services: Microsoft, clock: Clock
) -> None:
    await tokens.token()
    services.token_answer = (503, {})
    clock.seconds += 3599
    assert await tokens.token() == "t-1"
    clock.seconds += 2
    with pytest.raises(TemporarilyFailed):
        await tokens.token()


@pytest.mark.parametrize(
    "answer",
    [
        (401, {"error": "invalid_client", "error_description": "a secret"}),
        (200, {}),
        (200, {"access_token": "", "expires_in": 60}),
        (200, {"access_token": "t", "expires_in": -1}),
        (200, {"access_token": "t", "expires_in": None}),
    ],
)
async def test_no_token_is_a_failure_for_the_moment(
    tokens: TokenClient, services: Microsoft, clock: Clock, answer: tuple[int, dict[str, object]]
) -> None:
    services.token_answer = answer
    for _ in range(10):
        with pytest.raises(TemporarilyFailed) as failed:
            await tokens.token()
    assert "a secret" not in failed.value.reason
    assert len(services.sign_ins) == 1
    services.token_answer = (200, {"access_token": "t-1", "expires_in": 3600})
    clock.seconds += PAUSE
    assert await tokens.token() == "t-1"


async def test_a_token_that_was_refused_is_replaced_unless_it_is_new(
    tokens: TokenClient, services: Microsoft, clock: Clock
) -> None:
    await tokens.token()
    services.token_answer = (200, {"access_token": "t-2", "expires_in": 3600})
    assert await tokens.instead_of("t-1") == "t-1"
    clock.seconds += YOUNG
    assert await asyncio.gather(*(tokens.instead_of("t-1") for _ in range(10))) == ["t-2"] * 10
    assert len(services.sign_ins) == 2

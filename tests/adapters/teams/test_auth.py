"""Which tokens are good, for which activities."""

import base64
import json
import time
from typing import Any

import aiohttp
import pytest

from adapters.teams.auth import SKEW, Authenticator, KeyCache, NoKeys
from adapters.teams.settings import TeamsSettings
from messages.errors import Unauthenticated
from tests.adapters.teams.activities import SERVICE, activity
from tests.adapters.teams.services import APP, KEY, OTHER_KEY, Clock, Microsoft, jwk, token


class Door:
    """An authenticator with a clock of its own."""

    def __init__(self, session: aiohttp.ClientSession, services: Microsoft, **settings: Any) -> None:
        self.clock = Clock(time.time())
        self._auth = Authenticator(
            TeamsSettings(app_id=APP, **settings), KeyCache(session, metadata=services.metadata), self.clock
        )

    async def opens(self, bearer: str | None, **fields: Any) -> None:
        found = await self._auth.token(f"Bearer {bearer}" if bearer is not None else None)
        self._auth.check(found, activity(**fields))

    async def refusal(self, bearer: str | None, **fields: Any) -> str:
        with pytest.raises(Unauthenticated) as refused:
            await self.opens(bearer, **fields)
        return refused.value.reason


@pytest.fixture
def door(session: aiohttp.ClientSession, services: Microsoft) -> Door:
    return Door(session, services)


@pytest.mark.parametrize("audience", [APP, f"api://{APP}", f"api://botid-{APP}"])
async def test_a_token_of_the_bot_framework_for_this_app_is_good(door: Door, audience: str) -> None:
    await door.opens(token(aud=audience))


BAD = {
    "nothing": (lambda: None, "no bearer token"),
    "no JWT": (lambda: "hello", "not a JWT"),
    "not ASCII": (lambda: "é.é.é", "not a JWT"),
    "too long": (lambda: "a" * 20_000, "not a JWT"),
    "a header nested deeply": (
        lambda: base64.urlsafe_b64encode(b"[" * 9000).decode().rstrip("=") + ".e30.e30",
        "not a JWT",
    ),
    "unsigned": (lambda: token(None, algorithm="none"), "not signed with RS256"),
    "signed with a shared secret": (lambda: token("secret" * 10, algorithm="HS256"), "not signed with RS256"),
    "signed by somebody else": (lambda: token(OTHER_KEY), "signature does not fit"),
    "signed with an unknown key": (lambda: token(key_id="k9"), "a key that is not the Bot Framework's"),
    "altered": (lambda: altered(token(), serviceurl=SERVICE, aud=APP, exp=9e9), "signature does not fit"),
    "for another app": (lambda: token(aud="app-2"), "for another app"),
    "for no app": (lambda: token(aud=None), "required"),
    "from another issuer": (lambda: token(iss="https://evil.example"), "another issuer"),
    "without an end": (lambda: token(exp=None), "required"),
    "with an end that is no number": (lambda: token(exp="soon"), "times are not numbers"),
    "with an end beyond numbers": (lambda: token(exp=10**400), "times are not numbers"),
    "expired": (lambda: token(exp=time.time() - SKEW - 1), "expired"),
    "of the future": (lambda: token(nbf=time.time() + SKEW + 60), "not valid yet"),
    "for no service URL": (lambda: token(serviceurl=None), "names no service URL"),
    "for another service URL": (lambda: token(serviceurl=SERVICE + "x"), "another service URL"),
}  # fmt: skip


def altered(good: str, **claims: Any) -> str:
    """A token whose claims were exchanged."""
    head, _, signature = good.split(".")
    return f"{head}.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.{signature}"


@pytest.mark.parametrize(("made", "reason"), BAD.values(), ids=BAD.keys())
async def test_a_bad_token_is_refused_with_its_reason(door: Door, made: Any, reason: str) -> None:
    assert reason in await door.refusal(made())


async def test_clocks_may_differ_by_five_minutes(door: Door) -> None:
    await door.opens(token(exp=time.time() - SKEW + 30))
    await door.opens(token(nbf=time.time() + SKEW - 30))


async def test_a_token_that_was_good_ends(door: Door) -> None:
    bearer = token(exp=time.time() + 100)
    await door.opens(bearer)
    door.clock.seconds += 100 + SKEW - 1
    await door.opens(bearer)
    door.clock.seconds += 2
    assert "expired" in await door.refusal(bearer)


async def test_a_token_that_was_good_is_compared_with_each_activity(door: Door) -> None:
    bearer = token()
    await door.opens(bearer)
    assert "another service URL" in await door.refusal(bearer, serviceUrl="https://smba.trafficmanager.net/apac/")
    assert "another service URL" in await door.refusal(bearer, serviceUrl=None)
    assert "not endorsed" in await door.refusal(bearer, channelId="directline")
    assert "not endorsed" in await door.refusal(bearer, channelId=["msteams"])


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "http://smba.trafficmanager.net/emea/",
        "https://evil.trafficmanager.net/",
        "https://smba.trafficmanager.net@evil.example/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://evil.example\\.botframework.com/",
        "https://[",
        "",
    ],
)
async def test_a_service_url_is_one_of_the_bot_frameworks_whatever_the_token_says(door: Door, url: str) -> None:
    assert "not one of the Bot Framework's" in await door.refusal(token(serviceurl=url), serviceUrl=url)


@pytest.mark.parametrize(
    "url",
    [
        "https://smba.trafficmanager.net/emea",
        "https://webchat.botframework.com/",
        "https://smba.infra.gcc.teams.microsoft.com/teams",
        "https://gateway.example/bots/a",
    ],
)
async def test_trusted_service_urls(session: aiohttp.ClientSession, services: Microsoft, url: str) -> None:
    door = Door(session, services, service_urls=("https://gateway.example/bots/",))
    await door.opens(token(serviceurl=url), serviceUrl=url)
    assert "not one of" in await door.refusal(
        token(serviceurl="https://gateway.example/botsnet"), serviceUrl="https://gateway.example/botsnet"
    )


async def test_keys_are_good_for_the_channels_that_they_are_endorsed_for(door: Door, services: Microsoft) -> None:
    services.keys = [jwk("k1", endorsements=("directline", "webchat")), jwk("k2", OTHER_KEY, ())]
    await door.opens(token(), channelId="webchat")
    assert "not endorsed" in await door.refusal(token())
    assert "not endorsed" in await door.refusal(token(OTHER_KEY, "k2"))


async def test_without_any_keys_nobody_can_tell(door: Door, services: Microsoft) -> None:
    services.up = False
    with pytest.raises(NoKeys):
        await door.opens(token(KEY))


OLD, NEW = "0ab1", "0cd2"
"""A bot's app ids while it moves from one to the other."""


@pytest.mark.parametrize("audience", ["{}", "api://{}", "api://botid-{}"])
@pytest.mark.parametrize(
    ("apps", "recipient", "refused"),
    [
        ([OLD], f"28:{OLD}", False),
        ([NEW], f"28:{NEW}", False),
        ([NEW], f"28:{NEW.upper()}", False),
        ([OLD, NEW], f"28:{NEW}", False),
        ([OLD], f"28:{NEW}", True),
        ([OLD], "28:another", False),
        ([OLD], "a handle of Web Chat", False),
        ([OLD], {"id": NEW}, False),
    ],
)
async def test_the_token_must_be_for_the_app_id_that_the_activity_names(
    session: aiohttp.ClientSession,
    services: Microsoft,
    audience: str,
    apps: list[str],
    recipient: object,
    refused: bool,
) -> None:
    """What names no app id of this bot's is passed over elsewhere, whatever its token."""
    settings = TeamsSettings(app_id=OLD, app_ids=(NEW,))
    authenticator = Authenticator(settings, KeyCache(session, metadata=services.metadata), time.time)
    told = await authenticator.token(f"Bearer {token(aud=[audience.format(app) for app in apps])}")
    whole = activity(recipient={"id": recipient})
    if refused:
        with pytest.raises(Unauthenticated, match="another of this bot's app ids"):
            authenticator.check(told, whole)
    else:
        authenticator.check(told, whole)

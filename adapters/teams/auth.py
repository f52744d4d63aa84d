"""Who sent an activity: the Bot Framework's bearer token, and the service URL it vouches for.

Issuer, audience, endorsements, `serviceurl` claim and skew: the Bot Framework's pages on connector authentication.

What a token proves, and what not. It says which service sent a request to which bot and until when; it does not name
the activity. The Bot Framework sends many activities with one token, so a token seen twice is no fault, and a copied
one is as good as the first until it ends. What is checked against that: the token's times (`exp` must be there), the
service URL (replies can't be drawn elsewhere), the channel, the recipient; and an activity that is sent again is known
by its id and changes nothing.

The Bot Framework's signing keys, kept over outages.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

import jwt
import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout
from jwt import PyJWK, PyJWTError
from jwt.types import Options

from adapters.exchange import read_body
from adapters.teams.activity import BOT, Activity, app_of, bot_of, mapping, sequence
from adapters.teams.settings import METADATA, TeamsSettings, same, trusted
from messages.errors import AssentError, Unauthenticated

MAX_AGE: Final = 86_400.0
"""Seconds after which the keys are fetched again."""

MIN_PAUSE: Final = 60.0
"""Seconds between two fetches, whoever asks: a stream of unknown key ids does not become a stream of requests."""

FIRST_PAUSE: Final = 2.0
"""The same while there is no key at all."""

_LARGEST: Final = 2_000_000
"""Bytes of a key list; the Bot Framework's carries certificates and endorsements."""

_TIMEOUT: Final = ClientTimeout(total=10)


class NoKeys(AssentError):
    """No key was ever had, and none can be had now; the sender should try again."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key and the channels it may sign for."""

    key: Any
    endorsements: frozenset[str]


class KeyCache:
    """Keys by their id. One fetch at a time; a failed one leaves the old keys in use."""

    def __init__(
        self,
        session: ClientSession,
        *,
        metadata: str = METADATA,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._metadata = metadata
        self._monotonic = monotonic
        self._keys: Mapping[str, SigningKey] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    async def get(self, key_id: str) -> SigningKey | None:
        """Return a key, None for an id that is not the Bot Framework's. Raises NoKeys when no key is known at all.

        Keys that have come of age are fetched anew beside the turns that use them; only an unknown id waits.
        """
        found = self._keys.get(key_id)
        now = self._monotonic()
        rested = now - self._tried_at >= (MIN_PAUSE if self._keys else FIRST_PAUSE)
        if found is not None:
            if rested and now - self._fetched_at >= MAX_AGE:
                self._fetch_once()
            return found
        if rested or self._fetching is not None:
            await asyncio.shield(self._fetch_once())
        if not self._keys:
            raise NoKeys("the Bot Framework's keys can't be fetched")
        return self._keys.get(key_id)

    async def close(self) -> None:
        """Give up a fetch under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    def _fetch_once(self) -> "asyncio.Task[None]":
        if self._fetching is None:
            self._tried_at = self._monotonic()
            self._fetching = asyncio.create_task(self._fetch())
            self._fetching.add_done_callback(self._done)
        return self._fetching

    def _done(self, _: "asyncio.Task[None]") -> None:
        self._fetching = None

    async def _fetch(self) -> None:
        metadata = mapping(await self._json(self._metadata))
        listed = metadata.get("jwks_uri")
        keys = read_keys(await self._json(listed)) if isinstance(listed, str) else {}
        if keys:
            self._keys, self._fetched_at = keys, self._monotonic()

    async def _json(self, url: str) -> object:
        try:
            async with self._session.get(url, timeout=_TIMEOUT) as response:
                response.raise_for_status()
                found: object = orjson.loads(await read_body(response, _LARGEST))
        except (ClientError, TimeoutError, ValueError):
            return None
        return found


def read_keys(listed: object) -> dict[str, SigningKey]:
    """Return the RSA keys of a JSON Web Key Set (RFC 7517); an entry that is none is passed over."""
    keys: dict[str, SigningKey] = {}
    for entry in map(mapping, sequence(mapping(listed).get("keys"))):
        key_id = entry.get("kid")
        if entry.get("kty") != "RSA" or not isinstance(key_id, str):
            continue
        try:
            key = PyJWK(dict(entry), "RS256").key
        except (PyJWTError, ValueError, TypeError):
            continue
        endorsed = [name for name in sequence(entry.get("endorsements")) if isinstance(name, str)]
        keys[key_id] = SigningKey(key, frozenset(endorsed))
    return keys


ISSUER: Final = "https://api.botframework.com"
SKEW: Final = 300
"""Seconds by which the Bot Framework's clock and ours may differ."""

_AUDIENCES: Final = ("{}", "api://{}", "api://botid-{}")
"""How a token names the bot that it is for."""

_LONGEST_TOKEN: Final = 16_384
_KEPT: Final = 1024
_OPTIONS: Final[Options] = {
    "require": ["exp", "iss", "aud"],
    # by our own clock, below
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}


@dataclass(frozen=True, slots=True)
class Token:
    """What a good token says."""

    ends: float
    service_url: str
    endorsements: frozenset[str]
    apps: frozenset[str]
    """App ids of the bot that the token is for, in lower case."""


class Authenticator:
    """Checks each request. A token that was found good is remembered until it ends, which saves the RSA of each turn;
    what it says is compared with every activity. `now`: seconds since 1970.
    """

    def __init__(self, settings: TeamsSettings, keys: KeyCache, now: Callable[[], float]) -> None:
        apps = [app for app in (settings.app_id, *settings.app_ids) if app]
        self._apps = {form.format(app): app_of(app) for app in apps for form in _AUDIENCES}
        self._keys = keys
        self._now = now
        self._further = settings.service_urls
        self._known: OrderedDict[bytes, Token] = OrderedDict()

    async def token(self, authorization: str | None) -> Token:
        """Return what the bearer token of a request says. Raises Unauthenticated, or NoKeys when that can't be told."""
        scheme, _, text = (authorization or "").partition(" ")
        text = text.strip()
        if scheme.lower() != "bearer" or not text:
            raise Unauthenticated("no bearer token")
        if len(text) > _LONGEST_TOKEN or not text.isascii():
            raise Unauthenticated("the token is not a JWT")
        digest = hashlib.sha256(text.encode()).digest()
        known = self._known.get(digest)
        if known is not None:
            if known.ends + SKEW <= self._now():
                del self._known[digest]
                raise Unauthenticated("the token has expired")
            self._known.move_to_end(digest)
            return known
        token = self._known[digest] = await self._verified(text)
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return token

    def check(self, token: Token, activity: Activity) -> None:
        """Raise Unauthenticated unless the token vouches for this activity."""
        service_url = activity.get("serviceUrl")
        if not isinstance(service_url, str) or not same(service_url, token.service_url):
            raise Unauthenticated("the token is for another service URL")
        channel = activity.get("channelId")
        if not isinstance(channel, str) or channel not in token.endorsements:
            raise Unauthenticated("the token's key is not endorsed for this channel")
        if not trusted(service_url, self._further):
            raise Unauthenticated("the service URL is not one of the Bot Framework's")
        bot = bot_of(activity)
        if bot.startswith(BOT) and app_of(bot) in self._apps.values() and app_of(bot) not in token.apps:
            raise Unauthenticated("the token is for another of this bot's app ids than the recipient")

    async def _verified(self, text: str) -> Token:
        try:
            head = jwt.get_unverified_header(text)
        except (jwt.PyJWTError, RecursionError):
            raise Unauthenticated("the token is not a JWT") from None
        if head.get("alg") != "RS256":
            raise Unauthenticated("the token is not signed with RS256")
        key_id = head.get("kid")
        key = await self._keys.get(key_id) if isinstance(key_id, str) else None
        if key is None:
            raise Unauthenticated("the token is signed with a key that is not the Bot Framework's")
        try:
            claims = jwt.decode(
                text, key.key, algorithms=["RS256"], audience=list(self._apps), issuer=ISSUER, options=_OPTIONS
            )
        except (jwt.PyJWTError, RecursionError) as error:
            raise Unauthenticated(_REASONS.get(type(error), "the token is not good")) from None
        service_url = claims.get("serviceurl")
        if not isinstance(service_url, str):
            raise Unauthenticated("the token names no service URL")
        named = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        apps = frozenset(self._apps[audience] for audience in named if audience in self._apps)
        return Token(self._end(claims), service_url, key.endorsements, apps)

    def _end(self, claims: Mapping[str, Any]) -> float:
        """Check from when and until when a token is good; return the latter."""
        now = self._now()
        ends = _seconds(claims["exp"])
        begins = max(_seconds(claims.get("nbf", 0)), _seconds(claims.get("iat", 0)))
        if ends + SKEW <= now:
            raise Unauthenticated("the token has expired")
        if begins - SKEW > now:
            raise Unauthenticated("the token is not valid yet")
        return ends


def _seconds(claim: object) -> float:
    if isinstance(claim, (int, float)) and not isinstance(claim, bool) and abs(claim) < 1e12 and isfinite(claim):
        return float(claim)
    raise Unauthenticated("the token's times are not numbers")


_REASONS: Final[Mapping[type[Exception], str]] = {
    jwt.InvalidAudienceError: "the token is for another app",
    jwt.InvalidIssuerError: "the token is from another issuer",
    jwt.InvalidSignatureError: "the token's signature does not fit",
    jwt.MissingRequiredClaimError: "the token lacks a claim that is required: exp, iss or aud",
}

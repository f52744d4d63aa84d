"""Who sent an activity: the Bot Framework's bearer token, and the service URL it vouches for.

Issuer, audience, endorsements, `serviceurl` claim and skew: the Bot Framework's pages on connector authentication.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt

from adapters.teams.keys import KeyCache
from adapters.teams.settings import TeamsSettings
from messages.errors import Unauthenticated

ISSUER = "https://api.botframework.com"
SKEW = 300
LONGEST_TOKEN = 16_384
_KEPT = 1024

TRUSTED_HOSTS = (
    ".botframework.com",
    ".trafficmanager.net",
    ".teams.microsoft.com",
    ".botframework.us",
    ".infra.gcc.teams.microsoft.com",
)
"""Hosts of the Bot Connector service: Teams' regions (smba.trafficmanager.net), the public and government clouds."""


@dataclass(frozen=True, slots=True)
class _Token:
    ends: float
    service_url: str
    endorsements: frozenset[str]


class Authenticator:
    """Checks each request. A token that was checked is remembered until it ends; its claims are compared every time.

    A token is a bearer's for its lifetime and comes with many activities, so seeing it twice is no fault; an activity
    that is sent again is known by its id and changes nothing.
    """

    def __init__(self, settings: TeamsSettings, keys: KeyCache, now: Callable[[], float]) -> None:
        self._audiences = [settings.app_id, f"api://{settings.app_id}", f"api://botid-{settings.app_id}"]
        self._keys = keys
        self._now = now
        self._further = tuple(url.rstrip("/").lower() for url in settings.service_urls)
        self._checked: OrderedDict[bytes, _Token] = OrderedDict()

    async def check(self, authorization: str | None, activity: Mapping[str, Any]) -> None:
        """Raise Unauthenticated unless the token vouches for this activity, NoKeys when that can't be told."""
        scheme, _, text = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise Unauthenticated("no bearer token")
        if len(text) > LONGEST_TOKEN or not text.isascii():
            raise Unauthenticated("the token is not a JWT")
        token = await self._token(text.strip())
        service_url = activity.get("serviceUrl")
        if not isinstance(service_url, str) or _same(service_url) != _same(token.service_url):
            raise Unauthenticated("the token is for another service URL")
        if activity.get("channelId") not in token.endorsements:
            raise Unauthenticated("the token's key is not endorsed for this channel")
        if not self._trusted(service_url):
            raise Unauthenticated("the service URL is not one of the Bot Framework's")

    async def _token(self, text: str) -> _Token:
        digest = hashlib.sha256(text.encode()).digest()
        kept = self._checked.get(digest)
        if kept is not None:
            if kept.ends + SKEW > self._now():
                return kept
            del self._checked[digest]
        token = await self._verified(text)
        self._checked[digest] = token
        if len(self._checked) > _KEPT:
            self._checked.popitem(last=False)
        return token

    async def _verified(self, text: str) -> _Token:
        try:
            head = jwt.get_unverified_header(text)
        except jwt.PyJWTError:
            raise Unauthenticated("the token is not a JWT") from None
        if head.get("alg") != "RS256":
            raise Unauthenticated("the token is not signed with RS256")
        key_id = head.get("kid")
        key = await self._keys.get(key_id) if isinstance(key_id, str) else None
        if key is None:
            raise Unauthenticated("the token is signed with a key that is not the Bot Framework's")
        try:
            claims = jwt.decode(
                text,
                key.key,
                algorithms=["RS256"],
                audience=self._audiences,
                issuer=ISSUER,
                leeway=SKEW,
                options={
                    "require": ["exp", "iss", "aud"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.PyJWTError as error:
            raise Unauthenticated(_REASONS.get(type(error), "the token is not good")) from None
        return _Token(self._times(claims), str(claims.get("serviceurl", "")), key.endorsements)

    def _times(self, claims: Mapping[str, Any]) -> float:
        """Check from when and until when a token is good, by our clock; return the latter."""
        now = self._now()
        try:
            ends, begins = float(claims["exp"]), float(claims.get("nbf", 0))
        except (TypeError, ValueError):
            raise Unauthenticated("the token's times are not numbers") from None
        if ends + SKEW <= now:
            raise Unauthenticated("the token has expired")
        if begins - SKEW > now:
            raise Unauthenticated("the token is not valid yet")
        return ends

    def _trusted(self, service_url: str) -> bool:
        if _same(service_url) in self._further:
            return True
        parts = urlsplit(service_url)
        host = parts.hostname or ""
        return parts.scheme == "https" and f".{host}".endswith(TRUSTED_HOSTS)


_REASONS: dict[type[jwt.PyJWTError], str] = {
    jwt.InvalidAudienceError: "the token is for another app",
    jwt.InvalidIssuerError: "the token is from another issuer",
    jwt.InvalidSignatureError: "the token's signature does not fit",
    jwt.MissingRequiredClaimError: "the token lacks a claim that is required: exp, iss and aud",
}


def _same(url: str) -> str:
    return url.rstrip("/").lower()

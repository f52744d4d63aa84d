"""The Bot Framework's signing keys, kept over outages."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout
from jwt import PyJWK, PyJWTError

from adapters.bounded_body import read_body
from adapters.teams.fields import mapping, sequence
from adapters.teams.settings import METADATA
from messages.errors import AssentError

MAX_AGE: Final = 86_400.0
"""Seconds after which the keys are fetched again."""

LEAST_PAUSE: Final = 60.0
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
        rested = now - self._tried_at >= (LEAST_PAUSE if self._keys else FIRST_PAUSE)
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

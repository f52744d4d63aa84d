"""The Bot Framework's signing keys, fetched in the background of turns and kept over outages."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout
from jwt import PyJWK, PyJWTError

from adapters.bounded_body import read_body
from messages.errors import AssentError

METADATA = "https://login.botframework.com/v1/.well-known/openidconfiguration"
MAX_AGE = 86_400.0
"""Seconds after which the keys are fetched again."""
LEAST_PAUSE = 60.0
"""Seconds between two fetches, whoever asks: a stream of unknown key ids does not become a stream of requests."""


LARGEST = 2_000_000
"""Bytes of a key list; the Bot Framework's carries certificates and endorsements."""


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
        self._keys: dict[str, SigningKey] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    async def get(self, key_id: str) -> SigningKey | None:
        """Return a key, None for an id that is not the Bot Framework's. Raises NoKeys when no key is known at all."""
        now = self._monotonic()
        found = self._keys.get(key_id)
        if found is not None:
            if now - self._fetched_at > MAX_AGE:
                self._start()
            return found
        if self._fetching is not None or now - self._tried_at >= LEAST_PAUSE or not self._keys:
            await asyncio.shield(self._start())
        if not self._keys:
            raise NoKeys("the Bot Framework's keys can't be fetched")
        return self._keys.get(key_id)

    def _start(self) -> "asyncio.Task[None]":
        if self._fetching is None:
            self._tried_at = self._monotonic()
            self._fetching = asyncio.create_task(self._fetch())
            self._fetching.add_done_callback(self._done)
        return self._fetching

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._fetching = None
        if not task.cancelled():
            task.exception()

    async def _fetch(self) -> None:
        try:
            metadata = await self._json(self._metadata)
            listed = await self._json(str(metadata["jwks_uri"]))
            keys = dict(self._read(entry) for entry in listed["keys"] if entry.get("kty") == "RSA")
        except (ClientError, TimeoutError, orjson.JSONDecodeError, KeyError, TypeError, AttributeError, PyJWTError):
            return
        if keys:
            self._keys, self._fetched_at = keys, self._monotonic()

    @staticmethod
    def _read(entry: Mapping[str, Any]) -> tuple[str, SigningKey]:
        return str(entry["kid"]), SigningKey(PyJWK(dict(entry), "RS256").key, frozenset(entry.get("endorsements", ())))

    async def _json(self, url: str) -> Any:  # noqa: ANN401  # whatever the server sends
        async with self._session.get(url, timeout=ClientTimeout(total=10)) as response:
            response.raise_for_status()
            return orjson.loads(await read_body(response, LARGEST))

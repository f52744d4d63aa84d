"""The access token for the connector, or for Microsoft Graph (OAuth 2.0 client credentials)."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout

from adapters.exchange import read_body
from adapters.teams.activity import mapping, short
from adapters.teams.settings import TeamsSettings
from messages.errors import Cause, TemporarilyFailed

SCOPE: Final = "https://api.botframework.com/.default"
EARLY: Final = 300.0
"""Seconds before its end at which a token is renewed; for a short-lived one, half its life."""

PAUSE: Final = 5.0
"""Seconds after a failed fetch in which no further one is made."""

YOUNG: Final = 60.0
"""Seconds in which a token that was refused is not fetched again: a new one would be refused too."""

_TIMEOUT: Final = ClientTimeout(total=10)


@dataclass(frozen=True, slots=True)
class _Held:
    token: str
    fetched: float
    renew: float
    ends: float


_NONE: Final = _Held("", float("-inf"), float("-inf"), float("-inf"))


class TokenClient:
    """Keeps one token: fetched once for everybody who waits, renewed early beside the sends that use it, and used on
    while renewing fails.
    """

    def __init__(
        self,
        settings: TeamsSettings,
        session: ClientSession,
        *,
        scope: str = SCOPE,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._session = session
        self._scope = scope
        self._url = f"{settings.login}/{settings.tenant or 'botframework.com'}/oauth2/v2.0/token"
        self._monotonic = monotonic
        self._held = _NONE
        self._failed_at = float("-inf")
        self._failure = ""
        self._cause = Cause.OTHER
        self._fetching: asyncio.Task[None] | None = None

    async def token(self) -> str:
        """Return a token that is good. Raises TemporarilyFailed when there is none to be had."""
        now = self._monotonic()
        rested = now - self._failed_at >= PAUSE
        if now < self._held.ends:
            if now >= self._held.renew and rested:
                self._fetch_once()
            return self._held.token
        if rested or self._fetching is not None:
            await asyncio.shield(self._fetch_once())
        if self._monotonic() >= self._held.ends:
            raise TemporarilyFailed(self._failure or "no token: it ended at once", cause=self._cause)
        return self._held.token

    async def instead_of(self, refused: str) -> str:
        """Return a newer token than one that was refused; the same if there is none to be had."""
        if self._held.token == refused and self._monotonic() - self._held.fetched >= YOUNG:
            await asyncio.shield(self._fetch_once())
        return self._held.token

    async def close(self) -> None:
        """Give up a fetch under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    def _fetch_once(self) -> "asyncio.Task[None]":
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch())
            self._fetching.add_done_callback(self._done)
        return self._fetching

    def _done(self, _: "asyncio.Task[None]") -> None:
        self._fetching = None

    async def _fetch(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.app_id,
            "client_secret": self._settings.app_password,
            "scope": self._scope,
        }
        try:
            async with self._session.post(self._url, data=form, timeout=_TIMEOUT, allow_redirects=False) as response:
                body = await read_body(response)
                status = response.status
        except (ClientError, TimeoutError) as error:
            self._fail(f"no token: no answer from the sign-in service ({type(error).__name__})")
            return
        self._take(status, body)

    def _take(self, status: int, body: bytes) -> None:
        try:
            answer = mapping(orjson.loads(body))
        except orjson.JSONDecodeError:
            answer = {}
        token, life = answer.get("access_token"), answer.get("expires_in")
        if isinstance(life, str) and life.isascii() and life.isdigit():
            life = int(life[:9])
        if status != 200 or not isinstance(token, str) or not token or not isinstance(life, (int, float)) or life <= 0:
            code = short(answer.get("error"), 100)
            cause = Cause.OPERATOR if 400 <= status < 500 and status != 429 else Cause.OTHER
            self._fail(f"no token: the sign-in service answered {status}" + (f" {code}" if code else ""), cause)
            return
        now = self._monotonic()
        self._held = _Held(token, now, now + life - min(EARLY, life / 2), now + life)
        self._failure = ""

    def _fail(self, why: str, cause: Cause = Cause.OTHER) -> None:
        self._failure, self._cause, self._failed_at = why, cause, self._monotonic()

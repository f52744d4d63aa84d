"""The access token for the connector (OAuth 2.0 client credentials)."""

import asyncio
import time
from collections.abc import Callable

import orjson
from aiohttp import ClientError, ClientSession

from adapters.bounded_body import read_body
from adapters.teams.settings import TeamsSettings
from messages.errors import TemporarilyFailed

LOGIN = "https://login.microsoftonline.com"
SCOPE = "https://api.botframework.com/.default"
EARLY = 300.0
"""Seconds before its end at which a token is renewed."""


class TokenClient:
    """Keeps one token: fetched once for everybody who waits, renewed early, used on while renewing fails."""

    def __init__(
        self,
        settings: TeamsSettings,
        session: ClientSession,
        *,
        login: str = LOGIN,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._session = session
        self._url = f"{login}/{settings.tenant or 'botframework.com'}/oauth2/v2.0/token"
        self._monotonic = monotonic
        self._token = ""
        self._ends = 0.0
        self._fetching: asyncio.Task[str] | None = None

    async def token(self) -> str:
        """Return a token that is good. Raises TemporarilyFailed when there is none to be had."""
        left = self._ends - self._monotonic()
        if self._token and left > EARLY:
            return self._token
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch())
            self._fetching.add_done_callback(self._fetched)
        try:
            return await asyncio.shield(self._fetching)
        except TemporarilyFailed:
            if self._token and left > 0:
                return self._token
            raise

    def forget(self) -> None:
        """Fetch a new one next time: the connector has refused this one."""
        self._token = ""

    def _fetched(self, task: "asyncio.Task[str]") -> None:
        self._fetching = None
        if not task.cancelled():
            task.exception()

    async def _fetch(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.app_id,
            "client_secret": self._settings.app_password,
            "scope": SCOPE,
        }
        try:
            async with self._session.post(self._url, data=form, allow_redirects=False) as response:
                body = await read_body(response)
                status = response.status
        except (ClientError, TimeoutError) as error:
            raise TemporarilyFailed(f"no token: {type(error).__name__}") from None
        try:
            answer = orjson.loads(body)
            token, lifetime = answer["access_token"], float(answer["expires_in"])
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            raise TemporarilyFailed(f"no token: the sign-in service answered {status}") from None
        self._token, self._ends = token, self._monotonic() + lifetime
        return self._token

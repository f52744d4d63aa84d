"""Who asks, by their token or their session; and the record that personal details were shown."""

import hmac
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from aiohttp import web

from console.operations import Actor, Call
from console.problems import Problem
from console.way import Arrival, Way
from messages.consent import SourceKind
from runtime.clock import Clock
from staff.acting import EVERYBODY
from staff.sessions import SignedIn, session_of
from staff.tokens import digest_of, is_valid
from storage.audience_records import ApiToken
from storage.port import Store

BELIEVED: Final = 2.0
"""Seconds for which a token or a session that was looked up counts without another look."""
_MAX_BELIEVED: Final = 1000
_SAFE: Final = frozenset({"GET", "HEAD"})


class Guard:
    """Tells who asks. `seconds` is a clock to take differences of."""

    def __init__(self, store: Store, clock: Clock, seconds: Callable[[], float], way: Way) -> None:
        self._store = store
        self._clock = clock
        self._seconds = seconds
        self._way = way
        self._believed: dict[str, tuple[float, ApiToken | SignedIn]] = {}

    async def actor(self, request: web.Request) -> Actor:
        """Return who asks: by the token of their header, else by their session's cookie. Raises Problem 401 and 403."""
        if "Authorization" in request.headers:
            token = await self.token(request.headers["Authorization"])
            return Actor(token.id, token.name, token.role, token.bots, SourceKind.API)
        way = self._way.of(request)
        if not request.cookies.get(way.cookie):
            raise _refused("a bearer token is needed", "")
        if request.method not in _SAFE:
            refuse_other_sites(request, way)
        actor = await self.signed_in(request)
        if actor is None:
            raise Problem(401, "you are signed out", headers={"WWW-Authenticate": 'Bearer realm="assent"'})
        return actor

    async def signed_in(self, request: web.Request) -> Actor | None:
        """Return who is signed in by the cookie of a request."""
        secret = request.cookies.get(self._way.of(request).cookie, "")
        found = await self._session(secret) if secret else None
        if found is None:
            return None
        user = found.user
        return Actor(found.digest, user.name, user.role, user.bots, SourceKind.CONSOLE, found)

    async def token(self, authorization: str | None) -> ApiToken:
        """Return the token that a header names. Raises Problem 401."""
        if not authorization:
            raise _refused("a bearer token is needed", "")
        scheme, _, secret = authorization.partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret:
            raise _refused("a bearer token is needed", ', error="invalid_request"')
        digest = digest_of(secret)
        token = self._known(digest)
        if not isinstance(token, ApiToken):
            token = await self._store.token_with(digest)
            self._believe(digest, token)
        if token is None or not hmac.compare_digest(token.digest, digest) or not is_valid(token, self._clock()):
            raise _refused("the token is unknown, revoked or has expired", ', error="invalid_token"')
        return token

    async def _session(self, secret: str) -> SignedIn | None:
        digest = digest_of(secret)
        found = self._known(digest)
        if not isinstance(found, SignedIn):
            found = await session_of(self._store, secret, self._clock())
            self._believe(digest, found)
        return found

    def forget(self, digest: str) -> None:
        """Look a token or a session up again when next it asks."""
        self._believed.pop(digest, None)

    def _known(self, digest: str) -> ApiToken | SignedIn | None:
        until, found = self._believed.get(digest, (0.0, None))
        return found if self._seconds() < until else None

    def _believe(self, digest: str, found: ApiToken | SignedIn | None) -> None:
        self._believed.pop(digest, None)
        if found is not None:
            if len(self._believed) >= _MAX_BELIEVED:
                self._believed.clear()
            self._believed[digest] = (self._seconds() + BELIEVED, found)


def refuse_other_sites(request: web.Request, way: Arrival) -> None:
    """Raise Problem 403 where another site's page made the browser ask: a cookie proves who, not that they meant it."""
    site = request.headers.get("Sec-Fetch-Site")
    own = site == "same-origin" if site is not None else request.headers.get("Origin") == way.origin
    if not own:
        raise Problem(403, "the request does not come from a page of this server")


def _refused(detail: str, error: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": f'Bearer realm="assent"{error}'})


async def seen_by(call: Call, target: str = EVERYBODY) -> None:
    """Write down, once an hour for each who asks, that personal details were shown: of everybody, or of one target."""
    if call.masked:
        return
    at = call.house.clock()
    if call.house.shown.is_due((call.actor.id, call.bot, target), at, timedelta(hours=1)):
        await call.record("unmask", target)

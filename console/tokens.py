"""Who asks: bearer tokens, their roles and their bots."""

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Final

from console.problems import Problem
from runtime.clock import Clock
from storage.audience_port import Access
from storage.audience_records import ApiToken, Role

PREFIX: Final = "assent_"
"""What secrets begin with, so that scanners of source code and logs can find them."""
BELIEVED: Final = 2.0
"""Seconds for which a token that was looked up counts without another look."""
_MOST_BELIEVED: Final = 1000
_RANK: Final = {Role.VIEWER: 0, Role.OPS: 1, Role.BUILDER: 2}


def new_secret() -> str:
    """Return the secret of a new token: 256 bits of chance."""
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """Return what is kept of a secret."""
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def may(role: Role, needed: Role) -> bool:
    """Tell whether a role may do what another one may."""
    return _RANK[role] >= _RANK[needed]


def is_good(token: ApiToken, now: datetime) -> bool:
    """Tell whether a token counts at `now`."""
    return token.revoked_at is None and (token.expires_at is None or now < token.expires_at)


class Guard:
    """Tells who asks. `seconds` is a clock to take differences of."""

    def __init__(self, store: Access, clock: Clock, seconds: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._seconds = seconds
        self._believed: dict[str, tuple[float, ApiToken]] = {}

    async def token(self, authorization: str | None) -> ApiToken:
        """Return the token that a header names. Raises Problem 401."""
        if not authorization:
            raise _refused("a bearer token is needed", "")
        scheme, _, secret = authorization.partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret:
            raise _refused("a bearer token is needed", ', error="invalid_request"')
        digest = digest_of(secret)
        token = await self._known(digest)
        if token is None or not hmac.compare_digest(token.digest, digest) or not is_good(token, self._clock()):
            raise _refused("the token is unknown, revoked or has expired", ', error="invalid_token"')
        return token

    async def _known(self, digest: str) -> ApiToken | None:
        until, token = self._believed.get(digest, (0.0, None))
        if token is not None and self._seconds() < until:
            return token
        token = await self._store.token_with(digest)
        self._believed.pop(digest, None)
        if token is not None:
            if len(self._believed) >= _MOST_BELIEVED:
                self._believed.clear()
            self._believed[digest] = (self._seconds() + BELIEVED, token)
        return token


def _refused(detail: str, error: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": f'Bearer realm="assent"{error}'})

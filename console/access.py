"""Who asks, by their token; and the record that personal details were shown."""

import hmac
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from console.operations import Call
from console.problems import Problem
from runtime.clock import Clock
from staff.acting import EVERYBODY
from staff.tokens import digest_of, is_valid
from storage.audience_port import Access
from storage.audience_records import ApiToken

BELIEVED: Final = 2.0
"""Seconds for which a token that was looked up counts without another look."""
_MAX_BELIEVED: Final = 1000


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
        if token is None or not hmac.compare_digest(token.digest, digest) or not is_valid(token, self._clock()):
            raise _refused("the token is unknown, revoked or has expired", ', error="invalid_token"')
        return token

    async def _known(self, digest: str) -> ApiToken | None:
        until, token = self._believed.get(digest, (0.0, None))
        if token is not None and self._seconds() < until:
            return token
        token = await self._store.token_with(digest)
        self._believed.pop(digest, None)
        if token is not None:
            if len(self._believed) >= _MAX_BELIEVED:
                self._believed.clear()
            self._believed[digest] = (self._seconds() + BELIEVED, token)
        return token


def _refused(detail: str, error: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": f'Bearer realm="assent"{error}'})


async def seen_by(call: Call, target: str = EVERYBODY) -> None:
    """Write down, once an hour for each token, that personal details were shown: of everybody, or of one target."""
    if call.masked:
        return
    at = call.house.clock()
    if call.house.shown.is_due((call.token.id, call.bot, target), at, timedelta(hours=1)):
        await call.record("unmask", target)

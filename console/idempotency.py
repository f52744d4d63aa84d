"""Requests that come twice under one `Idempotency-Key` are done once."""

import re
from datetime import datetime
from hashlib import sha256

from aiohttp import web

from console.problems import Problem, invalid
from storage.audience_port import Access
from storage.audience_records import KeptAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


def key_of(request: web.Request) -> str:
    """Return the key of a request, '' without one. Raises Problem for one that can't be used."""
    key: str = request.headers.get(HEADER, "")
    if HEADER in request.headers and not _KEY.fullmatch(key):
        raise invalid(
            "it can't be used", place=f"header: {HEADER}", remedy="Send 1 to 200 visible ASCII characters, a UUID say"
        )
    return key


def fingerprint(request: web.Request, content: bytes) -> str:
    """Return what tells requests apart; `content` is their body, or a digest of it."""
    told = f"{request.method} {request.raw_path} {request.content_type}\n".encode("utf-8", "surrogateescape")
    return sha256(told + content).hexdigest()


class Once:
    """One request under its key.

    Only answers of success are kept: they hold nothing that tells who somebody is, and a request that was refused
    changed nothing. One that broke off stays claimed: it may have been done.
    """

    def __init__(self, store: Access, token: str, key: str, request: str) -> None:
        self._store = store
        self._token = token
        self._key = key
        self._request = request

    async def begin(self, at: datetime) -> web.Response | None:
        """Claim the key; return the answer that it got before, if it did. Raises Problem 409 and 422."""
        kept = await self._store.begin_request(self._token, self._key, self._request, at)
        if kept is None:
            return None
        if kept.request != self._request:
            raise invalid(
                "another request had this key", place=f"header: {HEADER}", remedy="Make a new key for each request"
            )
        if not kept.status:
            raise Problem(
                409,
                "the request with this key is being done, or broke off: see what it did before you make another",
                headers={"Retry-After": "1"},
            )
        return web.Response(status=kept.status, body=kept.body, headers={**dict(kept.headers), REPLAYED: "true"})

    async def end(self, answer: web.Response, at: datetime) -> None:
        """Keep an answer of success."""
        headers = {
            name: answer.headers[name] for name in ("Content-Type", "ETag", "Location") if name in answer.headers
        }
        body = answer.body if isinstance(answer.body, bytes) else b""
        kept = KeptAnswer(self._request, at, answer.status, body, tuple(headers.items()))
        await self._store.end_request(self._token, self._key, kept)

    async def drop(self) -> None:
        """Let go of the key of a request that was refused."""
        await self._store.drop_request(self._token, self._key)

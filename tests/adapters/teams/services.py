"""What Microsoft runs, on loopback: the signing keys, the sign-in service, the connector. Each can be told to fail."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from adapters.teams.auth import ISSUER
from tests.adapters.teams.activities import SERVICE

APP = "bot"
"""`tests.adapters.teams.activities.BOT` without its `28:`."""
KEY = generate_private_key(65537, 2048)
OTHER_KEY = generate_private_key(65537, 2048)


def jwk(key_id: str, key: RSAPrivateKey = KEY, endorsements: tuple[str, ...] = ("msteams",)) -> dict[str, Any]:
    """A key as the Bot Framework publishes it."""
    return {
        **jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True),
        "kid": key_id,
        "use": "sig",
        "endorsements": list(endorsements),
    }


def token(key: Any = KEY, key_id: str = "k1", algorithm: str = "RS256", **claims: Any) -> str:
    """A token as the Bot Framework signs it; a claim that is None is left out."""
    now = time.time()
    whole = {"iss": ISSUER, "aud": APP, "nbf": now - 10, "exp": now + 3600, "serviceurl": SERVICE, **claims}
    whole = {name: claim for name, claim in whole.items() if claim is not None}
    return jwt.encode(whole, key, algorithm=algorithm, headers={"kid": key_id})


@dataclass
class Clock:
    """Time that passes when told."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Microsoft:
    """One server for all three. `calls` are the connector's; it gives them `answers` in turn."""

    url: str = ""
    keys: list[dict[str, Any]] = field(default_factory=lambda: [jwk("k1")])
    up: bool = True
    token_answer: tuple[int, dict[str, Any]] = (200, {"access_token": "t-1", "expires_in": 3600})
    answers: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    key_fetches: int = 0
    sign_ins: list[dict[str, str]] = field(default_factory=list)
    hang: Callable[[], Any] | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once somebody has asked for the keys."""
    gate: asyncio.Event | None = None
    """Until it is set, those who ask for the keys wait."""
    connections: set[object] = field(default_factory=set)
    """Those over which the connector was called."""

    @property
    def metadata(self) -> str:
        return f"{self.url}/metadata"

    async def _metadata(self, _: web.Request) -> web.Response:
        self.key_fetches += 1
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        return web.json_response({"jwks_uri": f"{self.url}/keys"} if self.up else {}, status=200 if self.up else 500)

    async def _keys(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": self.keys})

    async def _sign_in(self, request: web.Request) -> web.Response:
        self.sign_ins.append({name: str(value) for name, value in (await request.post()).items()})
        status, body = self.token_answer
        return web.json_response(body, status=status)

    async def _connector(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else None
        self.connections.add(request.protocol)
        self.calls.append((request.method, request.raw_path, body))
        self.authorizations.append(request.headers.get("Authorization"))
        if self.hang is not None:
            await self.hang()
        status, answer, headers = self.answers.pop(0) if self.answers else (200, {"id": f"m{len(self.calls)}"}, {})
        return web.json_response(answer, status=status, headers=headers)


@asynccontextmanager
async def microsoft() -> AsyncIterator[Microsoft]:
    """Run the server."""
    services = Microsoft()
    app = web.Application()
    app.router.add_get("/metadata", services._metadata)
    app.router.add_get("/keys", services._keys)
    app.router.add_post("/{tenant}/oauth2/v2.0/token", services._sign_in)
    app.router.add_route("*", "/v3/{rest:.*}", services._connector)
    async with TestServer(app) as server:
        services.url = str(server.make_url("")).rstrip("/")
        yield services

"""The API on loopback: a real listener, a real SQLite store, tokens of each role."""

import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from aiohttp import ClientResponse, ClientSession
from prometheus_client import CollectorRegistry

from audiences.index_feed import Audiences
from config.settings import Console
from console.application import listening
from staff.tokens import digest_of, new_secret
from storage.audience_records import ApiToken, Role
from storage.port import Store
from storage.stores import open_store
from tests.runtime.harness import FLOW

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that a test moves."""

    at: datetime = AT

    def __call__(self) -> datetime:
        return self.at

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)


@dataclass
class Told:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.raw)


@dataclass
class ApiHouse:
    """Asks the API, as somebody with a token."""

    store: Store
    session: ClientSession
    root: str
    clock: Clock
    secrets: dict[Role, str] = field(default_factory=dict)

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        role: Role | None = Role.OPS,
        data: object = None,
        headers: Mapping[str, str] | None = None,
        secret: str = "",
    ) -> Told:
        """Ask for a path below `/api/v1`; without a role, nobody in particular asks."""
        sent = dict(headers or {})
        if secret or role is not None:
            sent["Authorization"] = f"Bearer {secret or self.secrets[role or Role.OPS]}"
        if body is not None:
            data, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        url = f"{self.root}/api/v1{path}"
        async with self.session.request(method, url, data=data, headers=sent, allow_redirects=False) as answer:
            return await _told(answer)

    async def token(self, role: Role, name: str = "", **more: Any) -> str:
        """Make a token; return its secret."""
        secret = new_secret()
        name = name or role.value
        token = ApiToken(f"t_{name}", name, role, digest_of(secret), AT, "ana", **more)
        await self.store.add_token(token)
        return secret

    async def contact(self, **details: object) -> str:
        """Keep a contact; return its id."""
        told = await self.ask("POST", "/bots/demo/contacts", details)
        assert told.status == 201, told.raw
        return str(told.json["id"])


async def _told(answer: ClientResponse) -> Told:
    return Told(answer.status, answer.headers, await answer.read())


@contextlib.asynccontextmanager
async def api_house(
    folder: Path, *, url: str = "", needs_second: bool = False, **settings: Any
) -> AsyncIterator[ApiHouse]:
    """Serve the API of the bot `demo`, and of `other`, which has nothing but a draft."""
    store = open_store(url or f"sqlite:///{folder}/assent.db")
    await store.open()
    try:
        await store.push("demo", FLOW, author="ana", at=AT, expected_live=0)
        await store.save_draft("other", FLOW.replace("demo", "other"), "ana", AT)
        clock = Clock()
        audiences = Audiences(
            store, CollectorRegistry(), clock, start=lambda *_: None, set_up=lambda _: frozenset({"teams"})
        )
        async with (
            listening(Console(port=0, **settings), store, audiences, clock=clock, needs_second=needs_second) as port,
            ClientSession() as session,
        ):
            house = ApiHouse(store, session, f"http://127.0.0.1:{port}", clock)
            for role in Role:
                house.secrets[role] = await house.token(role)
            yield house
    finally:
        await store.close()

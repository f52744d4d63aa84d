"""What the API can do: one operation each, and what it is given."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from audiences.context import Context
from audiences.index_feed import Audiences
from console.hourly import Hourly
from console.live_flow import LiveFlows
from console.problems import CHANGED_MEANWHILE, Problem
from filters.index.people import PeopleIndex
from flows.model.bot import Bot
from messages.consent import SourceKind
from runtime.clock import Clock
from staff.acting import Staff
from storage.audience_records import ApiToken, Role
from storage.port import Store


@dataclass(frozen=True, slots=True)
class House:
    """What operations work with."""

    store: Store
    audiences: Audiences
    flows: LiveFlows
    clock: Clock
    new_id: Callable[[], str]
    """Makes ids that sort by time."""
    acknowledged: Callable[[], None] = lambda: None
    """Hears before each answer that what was written is about to be acknowledged."""
    shown: Hourly = field(default_factory=Hourly)
    """Which tokens have been written down as having seen personal details."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that may be done."""

    house: House
    token: ApiToken
    bot: str
    path: Mapping[str, str]
    query: Any
    """As `Operation.query` says."""
    body: Any
    """As `Operation.body` says."""
    request: web.Request

    @property
    def store(self) -> Store:
        """The store."""
        return self.house.store

    @property
    def masked(self) -> bool:
        """Whether personal details are to be hidden."""
        return self.token.role is Role.VIEWER

    async def index(self) -> PeopleIndex:
        """Return the index of the bot's people with all that was committed before. Raises StoreError."""
        return await self.house.audiences.of(self.bot).catch_up()

    @property
    def address(self) -> str:
        """Where the request came from."""
        return self.request.remote or ""

    async def flow(self) -> Bot:
        """Return the bot's live flow. Raises StoreError, BadInput."""
        return await self.house.flows.of(self.bot)

    async def context(self) -> Context:
        """Return what an act on the bot's audience works with. Raises StoreError, BadInput."""
        return Context(self.store, self.bot, await self.flow(), self.staff, self.house.clock(), self.index)

    @property
    def staff(self) -> Staff:
        """Who asks."""
        return Staff(self.token.name, SourceKind.API, self.address, self.token.role)

    async def record(self, action: str, target: str, detail: str = "") -> None:
        """Write down what was done."""
        await self.staff.record(self.store, self.bot, action, target, self.house.clock(), detail)

    @property
    def expected_version(self) -> int | None:
        """The version that `If-Match` names; None for any. Raises Problem 428 without one, 412 for what is none."""
        asked = self.request.headers.get("If-Match")
        if asked is None:
            raise Problem(428, "If-Match is needed: send the ETag that reading it gave")
        if asked.strip() == "*":
            return None
        digits = asked.strip().strip('"')
        if not digits.isascii() or not digits.isdecimal():
            raise Problem(412, CHANGED_MEANWHILE)
        return int(digits)

    def expects(self, version: int) -> None:
        """Raise Problem 428 or 412 unless `If-Match` names this version."""
        if self.expected_version not in (None, version):
            raise Problem(412, CHANGED_MEANWHILE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answers: a struct, or bytes of `content_type`."""

    value: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the API does. Paths of a bot begin with `/bots/{bot}`."""

    name: str
    method: str
    path: str
    summary: str
    role: Role
    do: Callable[[Call], Awaitable[Answer]]
    answer: type | None = None
    status: int = 200
    body: type | None = None
    query: type | None = None
    uploads: bool = False
    """Whether it reads a file itself, of any of the types that `console.uploads` takes."""
    content_type: str = "application/json"
    """Of the answer."""
    versioned: bool = False
    """Whether it needs `If-Match`."""
    may_be: tuple[int, ...] = ()
    """Refusals besides those that each operation has."""

    @property
    def reads(self) -> str:
        """The part of the request in which what it works with is."""
        return "body" if self.body is not None else "query" if self.query is not None else ""


def etag(version: int) -> str:
    """Return the ETag of a version."""
    return f'"{version}"'

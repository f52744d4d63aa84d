"""What the API can do: one operation each, who asks, what it is given, and how lists come in pages."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from aiohttp import web

from audiences.context import Context
from audiences.index_feed import Audiences
from console.problems import CHANGED_MEANWHILE, Problem, invalid
from console.way import Way
from filters.index.people import PeopleIndex
from flows.model.bot import Bot
from messages.consent import SourceKind
from publishing.flows import live_bot
from runtime.clock import Clock
from staff.acting import Staff
from staff.passwords import Passwords
from staff.sessions import SignedIn
from storage.audience_records import Role
from storage.port import Revisions, Store


class LiveFlows:
    """The live flows of all bots, each read once, in a thread: a big one takes long."""

    def __init__(self, store: Revisions) -> None:
        self._store = store
        self._read: dict[str, tuple[int, Bot]] = {}

    async def of(self, bot: str) -> Bot:
        """Return what is live. Raises StoreError, BadInput."""
        live = await self._store.live(bot)
        number = 0 if live is None else live.number
        read = self._read.get(bot)
        if read is not None and read[0] == number:
            return read[1]
        flow = await live_bot(self._store, bot)
        self._read[bot] = number, flow
        return flow


_MOST: Final = 10_000


class Hourly:
    """Remembers when something was last done for a key."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, ...], datetime] = {}

    def is_due(self, key: tuple[str, ...], at: datetime, every: timedelta) -> bool:
        """Tell whether it is time to do it, and take it as done."""
        last = self._last.get(key)
        if last is not None and at - last < every:
            return False
        if len(self._last) >= _MOST:
            self._last.clear()
        self._last[key] = at
        return True


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
    """Who has been written down as having seen personal details."""
    way: Way = field(default_factory=Way)
    forget: Callable[[str], None] = lambda _: None
    """Hears the digest of a token or a session that has ended."""
    passwords: Passwords = field(default_factory=Passwords)
    needs_second: bool = False
    """Whether a push needs a second person."""


class Actor(NamedTuple):
    """Who asks: somebody with a token of the API, or somebody who is signed in."""

    id: str
    """Of the token or the session; what is kept by it is kept apart from others'."""
    name: str
    role: Role
    bots: tuple[str, ...]
    """Bots they may ask about; all of them when empty."""
    source: SourceKind
    signed_in: SignedIn | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A request that may be done."""

    house: House
    actor: Actor
    bot: str
    """Empty where it is about none."""
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
        return self.actor.role is Role.VIEWER

    async def index(self) -> PeopleIndex:
        """Return the index of the bot's people with all that was committed before. Raises StoreError."""
        return await self.house.audiences.of(self.bot).catch_up()

    @property
    def address(self) -> str:
        """Where the request came from, as far as proxies that are trusted tell."""
        return self.house.way.of(self.request).address

    async def flow(self) -> Bot:
        """Return the bot's live flow. Raises StoreError, BadInput."""
        return await self.house.flows.of(self.bot)

    async def context(self) -> Context:
        """Return what an act on the bot's audience works with. Raises StoreError, BadInput."""
        return Context(self.store, self.bot, await self.flow(), self.staff, self.house.clock(), self.index)

    @property
    def staff(self) -> Staff:
        """Who asks."""
        return Staff(self.actor.name, self.actor.source, self.address, self.actor.role)

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
    """One thing that the API does. Paths of a bot begin with `/bots/{bot}`; others are about the whole server."""

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
    """Whether it reads a file itself, of any of the types that `console.requests` takes."""
    content_type: str = "application/json"
    """Of the answer."""
    versioned: bool = False
    """Whether it needs `If-Match`."""
    may_be: tuple[int, ...] = ()
    """Refusals besides those that each operation has."""
    is_open: bool = False
    """Whether it needs nobody to be signed in."""
    is_secret: bool = False
    """Whether its answer holds a secret: it is not kept under an idempotency key."""

    @property
    def takes_key(self) -> bool:
        """Whether a request may have an idempotency key."""
        return self.method == "POST" and not self.is_secret and not self.is_open

    @property
    def reads(self) -> str:
        """The part of the request in which what it works with is."""
        return "body" if self.body is not None else "query" if self.query is not None else ""


def etag(version: int) -> str:
    """Return the ETag of a version."""
    return f'"{version}"'


Limit = Annotated[int, msgspec.Meta(ge=1, le=1000, description="At most so many.")]
Cursor = Annotated[str, msgspec.Meta(max_length=400, description="`next` of the page before.")]


class PageQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which page."""

    limit: Limit = 100
    cursor: Cursor = ""


class _Place(msgspec.Struct, frozen=True, array_like=True):
    list: str
    after: int | str


def after(query: Any, kind: type, of: str) -> Any:  # noqa: ANN401  # as `kind` says
    """Return where the page that a query asks for begins: a number or a text, as `kind` says; 0 or "" without a cursor.

    `of` says which list it is. Raises Problem for a cursor of another one.
    """
    if not query.cursor:
        return kind()
    try:
        raw = base64.b64decode(query.cursor + "=" * (-len(query.cursor) % 4), b"-_", validate=True)
        place = msgspec.json.decode(raw, type=_Place)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        place = None
    good = place is not None and place.list == _name(of) and type(place.after) is kind
    if place is None or not good or (isinstance(place.after, int) and not 0 <= place.after < 2**53):
        raise invalid("it is not a cursor of this list", place="query: cursor", remedy="Begin without one")
    return place.after


def page(body: Any, request: web.Request, of: str, last: int | str | None) -> Answer:  # noqa: ANN401  # any page
    """Return a page with the way to the next one; `last` is where this one ends, None if it is the last."""
    if last is None:
        return Answer(body)
    raw = msgspec.json.encode(_Place(_name(of), last))
    cursor = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    link = request.rel_url.update_query(cursor=cursor)
    return Answer(msgspec.structs.replace(body, next=cursor), headers={"Link": f'<{link}>; rel="next"'})


def _name(of: str) -> str:
    return sha256(of.encode("utf-8", "surrogatepass")).hexdigest()[:12]

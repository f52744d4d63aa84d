"""The web application of the console, and its listener: who asks, may they, what do they send, what is the answer."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

import msgspec
import structlog
from aiohttp import web

from audiences.index_feed import Audiences
from config.settings import Console, is_loopback
from console import accounts, administration, audit, broadcasts, contacts, flows, hooks, jobs, segments, sequences
from console.access import Guard, refuse_other_sites
from console.openapi import BASE, document
from console.operations import Actor, Answer, Call, House, LiveFlows, Operation
from console.pages import add_pages
from console.problems import Problem, problem_answer, problem_of
from console.requests import Once, Upload, fingerprint, key_of, read_body, read_query, read_upload
from console.way import Way
from messages.consent import SourceKind
from messages.errors import AssentError, BadSettings
from runtime.app import Server
from runtime.clock import Clock, TurnIds, now, perf_counter
from runtime.connections import LimitedSite
from staff.acting import Staff, known_bot
from staff.sessions import development_link
from staff.tokens import is_valid
from staff.users import has_admin
from storage.audience_records import Role
from storage.port import Store

log = structlog.get_logger("assent.api")

OPERATIONS: Final[tuple[Operation, ...]] = (
    *accounts.OPERATIONS,
    *administration.OPERATIONS,
    *contacts.OPERATIONS,
    *contacts.PROOFS,
    *segments.OPERATIONS,
    *sequences.OPERATIONS,
    *broadcasts.OPERATIONS,
    *jobs.OPERATIONS,
    *contacts.EVENTS,
    *hooks.OPERATIONS,
    *audit.OPERATIONS,
    *flows.OPERATIONS,
)
"""All that the API can do, besides saying that it is there and what it can."""

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
MAX_CALLS: Final = 32
"""Requests of one token or session that are worked on at once; further ones are answered 429."""

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class _Doors:
    def __init__(self, house: House, guard: Guard, limits: Console) -> None:
        self._house = house
        self._guard = guard
        self._limits = limits
        self._calls: Counter[str] = Counter()

    def door(self, operation: Operation) -> _Handler:
        """Return the handler of an operation."""

        async def handler(request: web.Request) -> web.StreamResponse:
            actor = await (self._anybody(request) if operation.is_open else self._guard.actor(request))
            if self._calls[actor.id] >= MAX_CALLS:
                raise Problem(429, f"{MAX_CALLS} requests of yours are under way", headers={"Retry-After": "1"})
            self._calls[actor.id] += 1
            try:
                return await self._answer(request, operation, actor)
            finally:
                self._calls[actor.id] -= 1
                if not self._calls[actor.id]:
                    del self._calls[actor.id]

        return handler

    async def _anybody(self, request: web.Request) -> Actor:
        """Return who asks for what needs nobody to be signed in: somebody who is, or anybody."""
        way = self._house.way.of(request)
        if request.method != "GET":
            if not way.may_sign_in:
                raise Problem(403, "signing in needs TLS: reach this server by its https address")
            refuse_other_sites(request, way)
        known = await self._guard.signed_in(request)
        return known or Actor(f"from {way.address}", "", Role.VIEWER, (), SourceKind.CONSOLE)

    async def _answer(self, request: web.Request, operation: Operation, actor: Actor) -> web.StreamResponse:
        Staff(actor.name, actor.source, role=actor.role).require_role(operation.role)
        bot = request.match_info.get("bot", "")
        if operation.path.startswith("/bots/{bot}"):
            if actor.bots and bot not in actor.bots:
                raise Problem(403, "your role is not for this bot")
            await known_bot(self._house.store, bot)
        elif operation.role is Role.ADMIN and actor.bots:
            raise Problem(403, "your role is for some bots only, and this is about all of them")
        query = read_query(request, operation.query)
        key = key_of(request) if operation.takes_key else ""
        body, content = await self._body(request, operation)
        try:
            call = Call(self._house, actor, bot, dict(request.match_info), query, body, request)
            once = Once(self._house.store, actor.id, key, fingerprint(request, content)) if key else None
            return await self._done(call, operation, once)
        finally:
            if isinstance(body, Upload):
                body.close()

    async def _body(self, request: web.Request, operation: Operation) -> tuple[Any, bytes]:
        if operation.uploads:
            upload = await read_upload(request, self._limits.max_upload, self._limits.upload_timeout)
            return upload, upload.digest.encode()
        if operation.body is None:
            return None, b""
        return await read_body(request, operation.body, self._limits.max_body, self._limits.read_timeout)

    async def _done(self, call: Call, operation: Operation, once: Once | None) -> web.StreamResponse:
        clock = self._house.clock
        try:
            async with asyncio.timeout(self._limits.timeout):
                before = await once.begin(clock()) if once else None
                if before is not None:
                    return before
                try:
                    answer = await operation.do(call)
                except AssentError as error:
                    problem = problem_of(error, where=operation.reads, versioned=operation.versioned)
                    if once is not None and problem.status < 500:
                        await once.drop()
                    raise problem from error
                finally:
                    self._house.acknowledged()
                if isinstance(answer.value, AsyncIterator):
                    return await _streamed(call.request, answer)
                encoded = _encoded(answer)
                if once is not None:
                    await once.end(encoded, clock())
                return encoded
        except TimeoutError:
            raise Problem(503, "it takes too long", headers={"Retry-After": "5"}) from None


def _encoded(answer: Answer) -> web.Response:
    if answer.value is None:
        return web.Response(status=answer.status, headers=dict(answer.headers))
    body = answer.value if isinstance(answer.value, bytes) else msgspec.json.encode(answer.value)
    return web.Response(status=answer.status, body=body, content_type=answer.content_type, headers=dict(answer.headers))


async def _streamed(request: web.Request, answer: Answer) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=dict(answer.headers))
    response.content_type = answer.content_type
    await response.prepare(request)
    parts = answer.value
    if isinstance(parts, AsyncIterator):
        async for part in parts:
            await response.write(part)
    await response.write_eof()
    return response


@web.middleware
async def _outermost(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Answer every fault as a problem; a traceback goes to the log alone."""
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        allowed = refusal.headers.get("Allow")
        problem = Problem(refusal.status, refusal.reason, headers={"Allow": allowed} if allowed else None)
    except AssentError as error:
        problem = problem_of(error)
        if problem.status >= 500:
            log.warning("a request of the API failed", method=request.method, reason=type(error).__name__)
    except Exception:  # the outermost boundary of a request
        log.exception("a request of the API failed", method=request.method)
        problem = Problem(500, "something failed here; it is logged")
    answer = problem_answer(problem, request.path)
    if problem.status in (408, 413):
        answer.force_close()
    return answer


async def _secured(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


async def _health(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def application(house: House, guard: Guard, limits: Console) -> web.Application:
    """Return the web application."""
    app = web.Application(middlewares=[_outermost], client_max_size=limits.max_body)
    doors = _Doors(house, guard, limits)
    described = msgspec.json.encode(document(OPERATIONS))

    async def openapi(_: web.Request) -> web.Response:
        return web.Response(body=described, content_type="application/json")

    app.router.add_get(f"{BASE}/", _health, allow_head=False)
    app.router.add_get(f"{BASE}/openapi.json", openapi, allow_head=False)
    for operation in OPERATIONS:
        app.router.add_route(operation.method, BASE + operation.path, doors.door(operation))
    add_pages(app)
    app.on_response_prepare.append(_secured)
    return app


_MAX_CONNECTIONS = 200
_LONGEST_LINE = 65_536
"""Bytes of a request's first line: a filter may stand there."""


@contextlib.asynccontextmanager
async def console_beside(
    server: Server, *, dev: bool = False, announce: Callable[[str], None] = lambda _: None
) -> AsyncIterator[None]:
    """Serve the console of a running server, if its settings say so. In development, on loopback, `announce` is given
    an address that signs in once. Raises BadSettings, StoreError.
    """
    settings = server.settings.console
    if settings.listen == "off":
        yield
        return
    async with listening(
        settings,
        server.store,
        server.audiences,
        grace=server.settings.server.grace,
        acknowledged=server.memory.acknowledged,
        needs_second=server.settings.flow.needs_second,
    ) as port:
        log.info("the console listens", host=settings.host, port=port)
        if dev and is_loopback(settings.host):
            secret = await development_link(server.store, now())
            announce(f"Console: {replace(settings, port=port).url}/#once={secret}")
        yield


@contextlib.asynccontextmanager
async def listening(
    settings: Console,
    store: Store,
    audiences: Audiences,
    *,
    clock: Clock = now,
    grace: float = 1.0,
    acknowledged: Callable[[], None] = lambda: None,
    needs_second: bool = False,
) -> AsyncIterator[int]:
    """Listen, and yield the port. Raises BadSettings, also beyond loopback while there is neither token nor admin."""
    counting = (is_valid(token, clock()) for token in await store.tokens())
    if not is_loopback(settings.host) and not any(counting) and not await has_admin(store):
        raise BadSettings(
            f"no token counts and there is no admin: the API is served on loopback only, not on {settings.host}",
            place="console.host",
            remedy="Make one with `assent token create` or `assent user create`, or set console.host to 127.0.0.1",
        )
    way = Way(settings.trusted_proxies)
    guard = Guard(store, clock, perf_counter, way)
    house = House(
        store,
        audiences,
        LiveFlows(store),
        clock,
        TurnIds().new,
        acknowledged,
        way=way,
        forget=guard.forget,
        needs_second=needs_second,
    )
    web_application = application(house, guard, settings)
    runner = web.AppRunner(
        web_application,
        access_log=None,
        handle_signals=False,
        shutdown_timeout=grace,
        keepalive_timeout=75,
        max_line_size=_LONGEST_LINE,
    )
    await runner.setup()
    try:
        try:
            await LimitedSite(
                runner, settings.host, settings.port, maximum=_MAX_CONNECTIONS, head_timeout=settings.read_timeout
            ).start()
        except OSError as error:
            raise BadSettings(
                f"cannot listen on {settings.host}:{settings.port}: {error.strerror}",
                place="console.port",
                remedy="Set another port, or console.listen to off where another server has the API",
            ) from error
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()

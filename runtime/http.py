"""The HTTP edge: the channels' endpoints, health, readiness and metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import orjson
import structlog
from aiohttp import hdrs, web

from adapters.channels import Channels
from adapters.port import Endpoint, OpenChannel
from messages.errors import AssentError, StoreError, UnreadableRecord
from runtime.metrics import Metrics
from runtime.turn_limit import Busy, TurnLimit, Unavailable
from storage.continuity import RaisingRefused
from storage.port import Store

log = structlog.get_logger("assent.http")


@dataclass(slots=True)
class Edge:
    """What the HTTP side needs of the rest."""

    channels: Channels
    bots: Mapping[str, Mapping[str, OpenChannel]]
    """The channels of each bot, by name."""
    turns: TurnLimit
    ready: Callable[[], Awaitable[str]]
    """Returns what keeps the server from taking turns; empty when it is ready."""
    degraded: Callable[[], Mapping[str, str]]
    """Returns what does not work although turns are taken: what it is, and the kind of error."""
    store_failed: Callable[[StoreError], None]
    """Hears of each turn that the store failed."""
    metrics: Metrics
    before_metrics: Callable[[], Awaitable[None]]
    max_body: int
    read_timeout: float
    """Seconds within which a body must have arrived."""
    store_timeout: float
    """Seconds that the store is asked for how it is."""
    unnamed: str | None = None
    """The bot whose events come without its name in the path."""


def json_answer(status: int, body: Mapping[str, object] | None, **headers: str) -> web.Response:
    """Return a response with a JSON body, or an empty one."""
    if body is None:
        return web.Response(status=status, headers=headers or None)
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/json", headers=headers or None
    )


def error(status: int, reason: str, **headers: str) -> web.Response:
    """Return a plain reason as JSON."""
    return json_answer(status, {"error": reason}, **headers)


class _BadBody(Exception):
    """A body that can't be read to its end."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        self.reason = reason
        super().__init__(reason)


class _Doors:
    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    def _bot(self, request: web.Request) -> str | None:
        """The bot that is meant: the one named, or the one that needs no name."""
        bot = request.match_info.get("bot") or self._edge.unnamed
        return bot if bot in self._edge.bots else None

    async def receive(self, channel: str, request: web.Request) -> web.Response:
        """Take a request of a channel's server."""
        bot = self._bot(request)
        if bot is None:
            return self._no_bot(request)
        return await self._receive(request, channel, bot, self._edge.bots[bot][channel].endpoint)

    async def verify(self, channel: str, request: web.Request) -> web.Response:
        """Answer a channel's server that asks before it sends anything."""
        bot = self._bot(request)
        if bot is None:
            return self._no_bot(request)
        verify = self._edge.bots[bot][channel].verify
        status, text = verify(request.query) if verify is not None else (404, "nothing is asked here")
        return web.Response(status=status, text=text, headers={"X-Content-Type-Options": "nosniff"})

    def _no_bot(self, request: web.Request) -> web.Response:
        named = request.match_info.get("bot")
        if not self._edge.bots or (named is None and self._edge.unnamed is not None):
            return error(503, "the bot has no flow yet", **{hdrs.RETRY_AFTER: "30"})
        if named is not None:
            return error(404, "there is no bot of that name here")
        return error(404, "no bot has this path: use /bots/<bot>" + request.path)

    async def _receive(self, request: web.Request, channel: str, bot: str, endpoint: Endpoint) -> web.Response:
        turns = self._edge.turns
        try:
            turns.check(bot)
            body = await self._body(request)
            with turns.request(bot):
                status, answer = await endpoint.receive(body, request.headers, partial(turns.take, bot))
        except _BadBody as problem:
            return self._rejected(channel, problem.status, problem.reason)
        except Busy:
            return self._unavailable(channel, "busy", 2)
        except Unavailable as problem:
            log.warning("turn refused", bot=bot, channel=channel, reason=str(problem))
            return self._unavailable(channel, str(problem), problem.retry_after)
        except StoreError as problem:
            self._edge.store_failed(problem)
            log.warning("the store failed", bot=bot, channel=channel, reason=str(problem))
            return self._unavailable(channel, "the store is not available", 5)
        if 400 <= status < 500 and (reason := (answer or {}).get("error")):
            self._edge.metrics.rejected.inc(channel, str(status))
            log.warning("request rejected", bot=bot, channel=channel, status=status, reason=reason)
        return json_answer(status, answer)

    async def _body(self, request: web.Request) -> bytes:
        """Read a body, as far as it may be long and may take time."""
        maximum = self._edge.max_body
        if (request.content_length or 0) > maximum:
            raise _BadBody(413, f"the body is larger than {maximum} bytes")
        try:
            if request.content.is_eof():
                return await request.read()
            async with asyncio.timeout(self._edge.read_timeout):
                return await request.read()
        except web.HTTPRequestEntityTooLarge:
            raise _BadBody(413, f"the body is larger than {maximum} bytes") from None
        except TimeoutError:
            raise _BadBody(408, f"the body did not arrive within {self._edge.read_timeout:g} seconds") from None
        except (web.RequestPayloadError, ConnectionError):
            raise _BadBody(400, "the body broke off, or is not encoded as its headers say") from None

    def _rejected(self, channel: str, status: int, reason: str) -> web.Response:
        """Refuse a request that was not read to its end; its connection is of no more use."""
        self._edge.metrics.rejected.inc(channel, str(status))
        refusal = error(status, reason)
        refusal.force_close()
        return refusal

    def _unavailable(self, channel: str, reason: str, retry_after: int) -> web.Response:
        self._edge.metrics.rejected.inc(channel, "503")
        return error(503, reason, **{hdrs.RETRY_AFTER: str(retry_after)})

    async def health(self, request: web.Request) -> web.Response:
        del request
        return json_answer(200, {"status": "ok"})

    async def ready(self, request: web.Request) -> web.Response:
        del request
        try:
            async with asyncio.timeout(self._edge.store_timeout):
                problem = await self._edge.ready()
        except AssentError as failure:
            problem = str(failure)
        except TimeoutError:
            problem = "the store does not answer"
        if problem:
            return json_answer(503, {"status": "not ready", "reason": problem})
        if degraded := self._edge.degraded():
            return json_answer(200, {"status": "ready", "degraded": dict(degraded)})
        return json_answer(200, {"status": "ready"})

    async def metrics(self, request: web.Request) -> web.Response:
        del request
        try:
            async with asyncio.timeout(self._edge.store_timeout):
                await self._edge.before_metrics()
        except (StoreError, TimeoutError) as problem:
            log.warning("the outbox can't be measured", reason=str(problem) or "the store does not answer")
        return web.Response(body=self._edge.metrics.text(), headers={hdrs.CONTENT_TYPE: "text/plain; version=0.0.4"})


@web.middleware
async def _outermost(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer in JSON whatever happens; a traceback goes to the log alone."""
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        if refusal.status >= 400:
            return error(refusal.status, refusal.reason)
        raise
    except Exception:  # the outermost boundary of a request
        log.exception("a request failed", path=request.path)
        return error(503, "something failed here; it is logged", **{hdrs.RETRY_AFTER: "5"})


def application(edge: Edge) -> web.Application:
    """Return the web application."""
    doors = _Doors(edge)
    app = web.Application(middlewares=[_outermost], client_max_size=edge.max_body)
    router = app.router
    for prefix in ("", "/bots/{bot}"):
        for entry in edge.channels:
            name = entry.kind.name
            router.add_post(prefix + entry.path, partial(doors.receive, name))
            if entry.verified:
                router.add_get(prefix + entry.path, partial(doors.verify, name), allow_head=False)
    router.add_get("/healthz", doors.health)
    router.add_get("/readyz", doors.ready)
    router.add_get("/metrics", doors.metrics)
    return app


TRIAL_EVERY: Final = 5.0
"""Seconds between trials."""
_REMEMBERED: Final = 60.0
"""Seconds that a turn is told of that the store failed although a trial went well."""

_LASTING: Final = 2
"""Trials that go well although turns failed, after which that is no passing trouble."""

_OF_ONE_PERSON: Final = (RaisingRefused, UnreadableRecord)
"""Refusals that say nothing about other turns."""


class Readiness:
    """Tries what a turn does, at most every `every` seconds; whoever asks meanwhile gets what came of the last trial.

    `monotonic` is a clock in seconds that never goes back.
    """

    def __init__(self, store: Store, *, monotonic: Callable[[], float], every: float = TRIAL_EVERY) -> None:
        self._store = store
        self._monotonic = monotonic
        self.every = every
        self._trial: asyncio.Task[str] | None = None
        self._tried_at = 0.0
        self._failed_at = 0.0
        self._failure = ""
        self._failed_since = False
        """Whether the store failed a turn since the last trial."""
        self._well_in_vain = 0
        """Trials in a row that went well although turns had failed before each."""

    async def problem(self) -> str:
        """Return why no turn can be committed; empty when one can."""
        trial = self._trial
        if trial is None or (trial.done() and self._monotonic() - self._tried_at >= self.every):
            trial = self._trial = asyncio.create_task(self._tried())
        return await asyncio.shield(trial)

    @property
    def degraded(self) -> dict[str, str]:
        """Why turns go on failing although others can be committed; empty after a trouble that is over."""
        if self._well_in_vain < _LASTING or self._monotonic() - self._failed_at >= _REMEMBERED:
            return {}
        return {"turns": self._failure}

    def turn_failed(self, error: StoreError) -> None:
        """Hear that the store failed a turn."""
        if not isinstance(error, _OF_ONE_PERSON):
            self._failed_at, self._failure, self._failed_since = self._monotonic(), str(error), True

    async def close(self) -> None:
        """Give up a trial under way."""
        if self._trial is not None:
            self._trial.cancel()
            await asyncio.gather(self._trial, return_exceptions=True)

    async def _tried(self) -> str:
        failed, self._failed_since = self._failed_since, False
        try:
            await self._store.try_turn()
        except StoreError as error:
            self._well_in_vain = 0
            return str(error)
        finally:
            self._tried_at = self._monotonic()
        self._well_in_vain = self._well_in_vain + 1 if failed else 0
        return ""

"""The calls of both channels that a bot makes."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from aiohttp import web

from standin.answers import TEAMS, WORKPLACE, Wire
from standin.deliveries import Delivery, DeliveryLog
from standin.faults import SIGN_IN, Fault, FaultPlan

_NONE: Final = Fault(next=0)


class Calls:
    """Takes messages, creates conversations, issues tokens; answers as the real servers do."""

    def __init__(
        self,
        log: DeliveryLog,
        faults: FaultPlan,
        *,
        quiet: bool,
        run: str,
        on_delivery: Callable[[Delivery], None] | None,
    ) -> None:
        self._log = log
        self._faults = faults
        self._quiet = quiet
        self._run = run
        self._on_delivery = on_delivery
        self._began = 0.0
        self.refused = 0
        """Requests that were answered with an error, or not at all."""
        self.tokens = 0
        """Access tokens issued."""

    def began(self, at: float) -> None:
        """Set the moment from which deliveries are timed, by the event loop's clock."""
        self._began = at

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Put the calls on a router."""
        activities = "/v3/conversations/{conversation}/activities"
        router.add_post(activities, self._activity)
        router.add_route("*", f"{activities}/{{activity}}", self._activity)
        router.add_post("/v3/conversations", self._create)
        router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        router.add_post("/{account}/messages", self._message)
        router.add_post("/{version}/{account}/messages", self._message)

    async def _activity(self, request: web.Request) -> web.StreamResponse:
        kind = {"POST": "activity", "PUT": "update", "DELETE": "delete"}.get(request.method)
        if kind is None:
            raise web.HTTPMethodNotAllowed(request.method, ["POST", "PUT", "DELETE"])
        if self._quiet and not len(self._faults):
            await request.read()
            self._log.passed()
            return web.json_response({"id": "1"}, status=201)
        return await self._take(request, TEAMS, kind, request.match_info["conversation"])

    async def _create(self, request: web.Request) -> web.StreamResponse:
        return await self._take(request, TEAMS, "conversation")

    async def _message(self, request: web.Request) -> web.StreamResponse:
        return await self._take(request, WORKPLACE, "message")

    async def _token(self, _: web.Request) -> web.StreamResponse:
        fault = self._faults.take(SIGN_IN, "")
        if fault and fault.status:
            return self._refuse(TEAMS, fault, "told to fail")
        self.tokens += 1
        return web.json_response(
            {"token_type": "Bearer", "expires_in": 3600, "access_token": f"{self._run}-token-{self.tokens}"}
        )

    async def _take(self, request: web.Request, wire: Wire, kind: str, place: str = "") -> web.StreamResponse:
        raw = await request.read()
        body = {} if kind == "delete" else _json_object(raw)
        if body is None:
            return self._refuse(wire, Fault(status=400), "the body is not a JSON object")
        place = place or wire.place(body)
        fault = self._faults.take(wire.channel, place) or _NONE
        if fault.status or fault.drop == "before":
            await asyncio.sleep(fault.delay_ms / 1000)
            return self._drop(request) if fault.drop else self._refuse(wire, fault, "told to fail")
        problem = wire.problem(raw, body, kind)
        if problem:
            return self._refuse(wire, wire.refusal, problem)
        answer = self._deliver(request, wire, kind, place, body)
        if fault.delay_ms:
            await asyncio.sleep(fault.delay_ms / 1000)
        return self._drop(request) if fault.drop else answer

    def _deliver(
        self, request: web.Request, wire: Wire, kind: str, place: str, body: Mapping[str, Any]
    ) -> web.StreamResponse:
        number = self._log.count + 1
        given = f"{self._run}-{number}"
        place = f"a:{given}" if kind == "conversation" else place
        at = asyncio.get_running_loop().time() - self._began
        query, authorization = dict(request.query), request.headers.get("Authorization", "")
        delivery = Delivery(number, wire.channel, kind, place, given, at, body, query, authorization)
        self._log.add(delivery)
        if self._on_delivery is not None:
            self._on_delivery(delivery)
        status, answer = wire.accepted(kind, place, given, str(request.url.origin()))
        return web.json_response(answer, status=status)

    def _drop(self, request: web.Request) -> web.StreamResponse:
        self.refused += 1
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _refuse(self, wire: Wire, fault: Fault, problem: str) -> web.StreamResponse:
        self.refused += 1
        headers = dict(fault.headers)
        if fault.retry_after is not None:
            headers["Retry-After"] = f"{fault.retry_after:g}"
        body = wire.refused(fault, problem) if fault.body is None else fault.body
        return web.json_response(body, status=fault.status, headers=headers)


def _json_object(raw: bytes) -> dict[str, Any] | None:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None

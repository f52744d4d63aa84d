"""The stand-in itself: the calls of both channels that a bot makes, what a test sets, and its life as a server."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Final, Self

import msgspec
import orjson
from aiohttp import web
from msgspec.structs import replace

from messages.errors import BadSettings
from standin.answers import TEAMS, WORKPLACE, Wire
from standin.deliveries import SIGN_IN, Delivery, DeliveryLog, Fault, FaultPlan
from standin.people import StandInPeople

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


_LONGEST_WAIT: Final = 60.0


class Controls:
    """`/standin/deliveries` and `/standin/fail`."""

    def __init__(self, log: DeliveryLog, faults: FaultPlan) -> None:
        self._log = log
        self._faults = faults

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Put the endpoints on a router."""
        router.add_get("/standin/deliveries", self._list)
        router.add_delete("/standin/deliveries", self._forget)
        router.add_post("/standin/fail", self._plan)
        router.add_delete("/standin/fail", self._work)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        """`?after=n` gives those after the n-th; `&wait=s` waits up to s seconds for at least one."""
        try:
            after = int(request.query.get("after", "0"))
            wait = min(float(request.query.get("wait", "0")), _LONGEST_WAIT)
        except ValueError:
            return web.json_response({"error": "after and wait are numbers"}, status=400)
        if wait > 0:
            with suppress(TimeoutError):
                await self._log.reached(after + 1, wait)
        kept = [msgspec.to_builtins(replace(delivery, authorization="")) for delivery in self._log.after(after)]
        return web.json_response({"count": self._log.count, "deliveries": kept})

    async def _forget(self, _: web.Request) -> web.StreamResponse:
        self._log.clear()
        return web.json_response({"count": self._log.count})

    async def _plan(self, request: web.Request) -> web.StreamResponse:
        """The body is a `Fault`."""
        try:
            self._faults.add(msgspec.json.decode(await request.read(), type=Fault))
        except msgspec.DecodeError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"planned": len(self._faults)})

    async def _work(self, _: web.Request) -> web.StreamResponse:
        self._faults.clear()
        return web.json_response({"planned": 0})


_LARGEST_BODY: Final = 1024 * 1024


class StandIn:
    """Plays the servers of Teams and Messenger on this machine: takes what the bot sends, answers as they do.

    `async with StandIn() as standin:` starts it on a free port of 127.0.0.1; `url` is both the service URL for Teams
    and the Graph host for Messenger. `deliveries` are what it took, in order. `keep=0` only counts them, which is
    cheap. `people` are those whom it knows, nobody at first. `on_delivery` is called with each delivery. `run` makes
    the ids of one stand-in differ from those of another.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        keep: int = 10_000,
        on_delivery: Callable[[Delivery], None] | None = None,
        run: str = "standin",
    ) -> None:
        if not is_loopback(host):
            raise BadSettings(
                f"the stand-in can't listen on {host}",
                place="assent standin",
                remedy="It checks nobody's identity: give it a loopback address, such as 127.0.0.1",
            )
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None
        self.log = DeliveryLog(keep)
        self.faults = FaultPlan()
        self.people = StandInPeople(self.faults)
        self.calls = Calls(self.log, self.faults, quiet=keep == 0, run=run, on_delivery=on_delivery)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{self._host if ':' not in self._host else f'[{self._host}]'}:{self._port}"

    @property
    def deliveries(self) -> list[Delivery]:
        """What it took and kept, in order."""
        return self.log.after(0)

    async def wait_for(self, count: int, timeout: float = 60.0) -> list[Delivery]:  # noqa: ASYNC109  # see DeliveryLog
        """Return the deliveries once there are `count` of them, counted from the start."""
        await self.log.reached(count, timeout)
        return self.deliveries

    def fail(self, fault: Fault) -> None:
        """Plan a fault for the next requests."""
        self.faults.add(fault)

    async def start(self) -> None:
        """Listen."""
        app = web.Application(client_max_size=_LARGEST_BODY)
        self.calls.began(asyncio.get_running_loop().time())
        self.people.add_routes(app.router)
        self.calls.add_routes(app.router)
        Controls(self.log, self.faults).add_routes(app.router)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self._port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

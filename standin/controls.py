"""The stand-in's own endpoints, for a test or a person: what arrived, and how to fail."""

from contextlib import suppress
from typing import Final

import msgspec
from aiohttp import web
from msgspec.structs import replace

from standin.deliveries import DeliveryLog
from standin.faults import Fault, FaultPlan

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

"""The stand-in itself: what it holds, and its life as a server."""

import asyncio
from collections.abc import Callable
from ipaddress import ip_address
from types import TracebackType
from typing import Final, Self

from aiohttp import web

from messages.errors import BadSettings
from standin.calls import Calls
from standin.controls import Controls
from standin.deliveries import Delivery, DeliveryLog
from standin.faults import Fault, FaultPlan
from standin.people import StandInPeople

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

"""Where the channels reach the server: its connections, how many it may have, and how it stops, step by step."""

import asyncio
import contextlib
import os
import resource
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

import structlog
from aiohttp import web

from config.settings import Server
from messages.errors import BadSettings
from runtime.revisions import NO_BOT

log = structlog.get_logger("assent.server")

MAX_HEAD: Final = 65_536
"""Bytes of the first head of a connection, with what came along with it."""
BACKLOG: Final = 128
"""Connections that the system keeps until they are accepted."""
_SPARE: Final = 32
"""Connections beyond the limit of which at least the first line is read."""
_SPARE_TIMEOUT: Final = 2.0
_SAY_EVERY: Final = 60.0

_HEALTH: Final = (b"GET /healthz", b"GET /readyz", b"GET /metrics")
_BODY: Final = b'{"error":"too many connections"}'
_FULL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(_BODY), _BODY)
)


class LimitedSite(web.TCPSite):
    """Listens, with at most `maximum` connections.

    Beyond that the one that has waited longest without a whole head makes room. If all have sent one, further ones are
    answered 503 and closed, but for those that ask for health or metrics. `refused` hears of each that was.
    """

    def __init__(
        self,
        runner: web.AppRunner,
        host: str,
        port: int,
        *,
        maximum: int,
        head_timeout: float,
        refused: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(runner, host, port, backlog=BACKLOG)
        self._address = host, port
        self._maximum = maximum
        self.head_timeout = head_timeout
        self._refused = refused
        self._said_at = 0.0
        self.fronts: dict[_Front, None] = {}
        """Connections without a whole head, in the order in which they came."""
        self.spare: set[_Front] = set()
        """Those beyond the limit."""

    async def start(self) -> None:
        await web.BaseSite.start(self)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Front(self), *self._address, backlog=BACKLOG)

    async def stop(self) -> None:
        await super().stop()
        for front in [*self.fronts, *self.spare]:
            front.end()

    def handler(self) -> asyncio.Protocol:
        """Return who takes a connection from its first head on."""
        server = self._runner.server
        assert server is not None  # noqa: S101  # it is there from `setup` until the sites have stopped
        return server()

    def admit(self) -> bool:
        """Tell whether one more may connect."""
        server = self._runner.server
        spoken = len(server.connections) if server is not None else 0
        if spoken + len(self.fronts) < self._maximum:
            return True
        if self.fronts:
            next(iter(self.fronts)).end()
            return True
        self._refused()
        now = asyncio.get_running_loop().time()
        if not self._said_at or now - self._said_at >= _SAY_EVERY:
            self._said_at = now
            log.warning(
                "too many connections", limit=self._maximum, remedy="Raise server.max_connections or LimitNOFILE"
            )
        return False

    def may_spare(self) -> bool:
        """Tell whether the first line of one beyond the limit is read."""
        return len(self.spare) < _SPARE


class _Front(asyncio.Protocol):
    """A connection until its first head is whole; then its handler has it."""

    def __init__(self, site: LimitedSite) -> None:
        self._site = site
        self._transport: asyncio.Transport | None = None
        self._head = bytearray()
        self._deadline: asyncio.TimerHandle | None = None
        self._is_spare = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # TCP has no other
        self._transport = transport
        site, timeout = self._site, self._site.head_timeout
        if site.admit():
            site.fronts[self] = None
        elif site.may_spare():
            self._is_spare = True
            site.spare.add(self)
            timeout = min(timeout, _SPARE_TIMEOUT)
        else:
            self.end(_FULL)
            return
        self._deadline = asyncio.get_running_loop().call_later(timeout, self.end)

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            return
        known = max(len(self._head) - 3, 0)
        self._head += data
        if self._is_spare and self._head.find(b"\n", known) >= 0 and not self._head.startswith(_HEALTH):
            self.end(_FULL)
        elif _is_whole(self._head, known):
            self._hand_over(self._transport)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._leave()

    def end(self, answer: bytes = b"") -> None:
        """Close, after an answer if there is one."""
        transport = self._leave()
        if transport is not None:
            if answer:
                transport.write(answer)
            transport.close()

    def _hand_over(self, transport: asyncio.Transport) -> None:
        self._leave()
        handler = self._site.handler()
        transport.set_protocol(handler)
        handler.connection_made(transport)
        handler.data_received(bytes(self._head))

    def _leave(self) -> asyncio.Transport | None:
        """Be none of the site's any more; return the transport, once."""
        transport, self._transport = self._transport, None
        if self._deadline is not None:
            self._deadline.cancel()
        self._site.fronts.pop(self, None)
        self._site.spare.discard(self)
        return transport


def _is_whole(head: bytearray, known: int) -> bool:
    """Tell whether a handler can take over: at the end of a head, which is not before `known`, or where it will refuse
    what is there.
    """
    ends = head.find(b"\r\n\r\n", known) >= 0 or head.find(b"\n\n", known) >= 0
    return ends or len(head) > MAX_HEAD or not head[:1].isupper()


_MOST: Final = 1 << 20
"""Where the hard limit is none, or so high that somebody may walk through all of them."""
_OTHERS: Final = 64
"""Handles that are kept for the store, its files, and what is sent to channels; a quarter of all where that is more."""


def raise_limit() -> None:
    """Let this process open as many as it is allowed to: the soft limit is often 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def connection_limit(wanted: int) -> int:
    """Return how many connections may be open at once: `wanted`, or fewer, so that other handles are left."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    return max(min(wanted, soft - max(_OTHERS, soft // 4)), 1)


MINIMUM = 0.4
"""Seconds that a step has when the grace is over."""

HAND_OVER = 1.5
"""Seconds to give back to a slow store what this server holds."""

MARGIN = 5.0
"""Seconds after the grace at which the process ends in any case."""


class Shutdown:
    """The time that a server has to stop, from `begin` on."""

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._deadline: float | None = None

    def begin(self) -> None:
        """The server stops from now on."""
        self._deadline = asyncio.get_running_loop().time() + self._grace

    @property
    def left(self) -> float:
        """Seconds of the grace that are left."""
        if self._deadline is None:
            return self._grace
        return max(self._deadline - asyncio.get_running_loop().time(), 0.0)

    async def step(self, what: str, end: Callable[[], Awaitable[object]], minimum: float = MINIMUM) -> None:
        """End something, in the time that is left and `minimum` seconds more."""
        try:
            async with asyncio.timeout(self.left + minimum):
                await end()
        except TimeoutError:
            log.warning("did not end in time", what=what)


def end_at_last(seconds: float) -> None:
    """End the process after so many seconds, unless it has ended by then.

    A thread that hangs, on a disk that does not answer, would keep Python from ending. Nothing is lost by it: what was
    promised is in the store, as after a crash.
    """

    def end() -> None:
        log.error("ended by force: something hangs", after=seconds)
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


async def listen(
    stack: contextlib.AsyncExitStack,
    application: web.Application,
    address: Server,
    shutdown: Shutdown,
    *,
    bots: Sequence[str],
    refused: Callable[[], None],
) -> int:
    """Listen for `bots` until the stack is left; return the port. `refused` hears of each connection too many.

    Raises BadSettings.
    """
    runner = web.AppRunner(
        application,
        access_log=None,
        handle_signals=False,
        shutdown_timeout=address.grace,
        keepalive_timeout=address.keepalive_timeout,
        lingering_time=1.0,
    )
    await runner.setup()
    stack.push_async_callback(shutdown.step, "requests", runner.cleanup)
    maximum = connection_limit(address.max_connections)
    site = LimitedSite(
        runner, address.host, address.port, maximum=maximum, head_timeout=address.read_timeout, refused=refused
    )
    try:
        await site.start()
    except OSError as error:
        raise BadSettings(
            f"cannot listen on {address.host}:{address.port}: {error.strerror}",
            place="server.port",
            remedy="Another server may be running; stop it, or set another port",
        ) from error
    port: int = runner.addresses[0][1]
    log.info("listening", host=address.host, port=port, bots=bots, max_connections=maximum)
    return port


Announce = Callable[[str], None]

_NEXT = """
Try next, each in a terminal of its own (. .venv/bin/activate puts `assent` on your path):
  make standin                 # shows what people would see, with commands that press the buttons
  curl -i {url}/api/messages -H 'Content-Type: application/json' \\
       --data-binary @examples/payloads/teams-message.json
  assent ledger show           # who agreed to what, and the proof
  assent chat --live           # or talk to the bot right here
Microsoft's Emulator and Agents Playground work too: give them {url}/api/messages

Development secrets are in use, on loopback only. Ctrl-C stops the server."""


def what_to_try(url: str, bots: Iterable[str], *, dev: bool) -> list[str]:
    """Return what is served where; for somebody who tries things out, also what to paste next."""
    served = ", ".join(bots)
    lines = [f"Serving {served} on {url}"] if served else [f"There is {NO_BOT}", f"Serving no bot yet on {url}"]
    return lines + _NEXT.format(url=url).split("\n") if dev else lines

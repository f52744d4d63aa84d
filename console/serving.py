"""The listener of the API, beside the channels' own."""

import contextlib
from collections.abc import AsyncIterator, Callable

import structlog
from aiohttp import web

from audiences.index_feed import Audiences
from config.settings import Console, is_loopback
from console.access import Guard
from console.application import application
from console.operations import House, LiveFlows
from messages.errors import BadSettings
from runtime.app import Server
from runtime.clock import Clock, TurnIds, now, perf_counter
from runtime.connections import LimitedSite
from staff.tokens import is_valid
from storage.port import Store

log = structlog.get_logger("assent.api")

_MAX_CONNECTIONS = 200
_LONGEST_LINE = 65_536
"""Bytes of a request's first line: a filter may stand there."""


@contextlib.asynccontextmanager
async def console_beside(server: Server) -> AsyncIterator[None]:
    """Serve the API of a running server, if its settings say so. Raises BadSettings, StoreError."""
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
    ) as port:
        log.info("the API listens", host=settings.host, port=port)
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
) -> AsyncIterator[int]:
    """Listen, and yield the port. Raises BadSettings, also beyond loopback while there is no token."""
    if not is_loopback(settings.host) and not any(is_valid(token, clock()) for token in await store.tokens()):
        raise BadSettings(
            f"there is no token that counts, so the API is served on loopback only, not on {settings.host}",
            place="console.host",
            remedy="Make one with `assent token create`, or set console.host to 127.0.0.1",
        )
    house = House(store, audiences, LiveFlows(store), clock, TurnIds().new, acknowledged)
    web_application = application(house, Guard(store, clock, perf_counter), settings)
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

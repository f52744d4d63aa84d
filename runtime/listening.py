"""Where the channels reach the server."""

import contextlib
from collections.abc import Callable, Sequence

import structlog
from aiohttp import web

from config.settings import Server
from messages.errors import BadSettings
from runtime.connections import LimitedSite
from runtime.handles import most_connections
from runtime.shutdown import Shutdown

log = structlog.get_logger("assent.server")


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
    most = most_connections(address.max_connections)
    site = LimitedSite(
        runner, address.host, address.port, most=most, head_timeout=address.read_timeout, refused=refused
    )
    try:
        await site.start()
    except OSError as error:
        raise BadSettings(
            f"{address.host}:{address.port} can't be listened on: {error.strerror}",
            place="server.port",
            remedy="Another server may be running; stop it, or set another port",
        ) from error
    port: int = runner.addresses[0][1]
    log.info("listening", host=address.host, port=port, bots=bots, max_connections=most)
    return port

"""The server, put together: the one place that knows which store and which channels there are."""

import asyncio
import contextlib
import gc
import getpass
import signal
from collections.abc import AsyncIterator, Callable
from ipaddress import ip_address
from pathlib import Path

import structlog
from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector, web

from adapters.port import Channel
from adapters.teams.connector import TeamsChannel
from adapters.teams.endpoint import TeamsEndpoint
from adapters.teams.settings import TeamsSettings
from adapters.workplace.connector import WorkplaceChannel
from adapters.workplace.endpoint import WorkplaceEndpoint
from adapters.workplace.settings import WorkplaceSettings
from config.development import for_development
from config.settings import Bot, Log, Settings
from messages.errors import AssentError, BadSettings
from runtime.backoff import RetryPolicy
from runtime.button_keys import button_keys
from runtime.clock import jitter, now, unix_time
from runtime.http import BotEndpoints, Edge, application
from runtime.logs import configure
from runtime.metrics import Metrics
from runtime.outbox import OutboxSender
from runtime.publishing import checked_file, push
from runtime.revisions import RevisionCache
from runtime.timers import TimerRunner
from runtime.worker import TurnWorker
from storage.open import open_store
from storage.port import Store
from storage.records import Committed

log = structlog.get_logger("assent.server")

LIVE_POLL = 0.25
"""Seconds between looks at the live revisions, so that a new one is compiled before a turn needs it."""

Announce = Callable[[str], None]


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Server:
    """A running server."""

    def __init__(self, settings: Settings, store: Store, session: ClientSession, bots: tuple[str, ...]) -> None:
        self.settings = settings
        self.store = store
        self.metrics = Metrics()
        self.bots = bots
        loopback = is_loopback(settings.server.host)
        self._channels: dict[tuple[str, str], Channel] = {}
        endpoints: dict[str, BotEndpoints] = {}
        for name in bots:
            endpoints[name] = self._bot(name, settings.bot(name), session, loopback=loopback)
        self.revisions = RevisionCache(store)
        outbox = settings.outbox
        self.outbox = OutboxSender(
            store,
            self._channels,
            clock=now,
            metrics=self.metrics,
            chance=jitter,
            policy=RetryPolicy(
                most_attempts=outbox.max_attempts, most_age=outbox.max_age, most_ambiguous=outbox.max_ambiguous
            ),
            at_once=outbox.at_once,
        )
        keys = button_keys([key.reveal() for key in settings.button_keys], Path(settings.button_key_file))
        self.worker = TurnWorker(
            store,
            self.revisions,
            keys=keys,
            clock=now,
            metrics=self.metrics,
            committed=self._committed,
            timer_started=self._timer_started,
        )
        self.timers = TimerRunner(store, self.worker.handle, now)
        self._live: dict[str, int] = {}
        self.port = settings.server.port
        """The port it listens on; a free one was taken for port 0."""
        self.web = application(
            Edge(
                bots=endpoints,
                handle=self.worker.handle,
                ready=self._problem,
                busy=lambda: self.worker.waiting >= settings.server.max_turns,
                metrics=self.metrics,
                before_metrics=self._measure_outbox,
                max_body=settings.server.max_body,
            )
        )

    def _bot(self, name: str, bot: Bot, session: ClientSession, *, loopback: bool) -> BotEndpoints:
        teams = TeamsSettings(
            app_id=bot.teams.app_id,
            app_password=bot.teams.app_password.reveal(),
            tenant=bot.teams.tenant,
            service_urls=bot.teams.service_urls,
            connector_override=self.settings.connector,
        )
        page = WorkplaceSettings(
            access_token=bot.workplace.access_token.reveal(),
            app_secret=bot.workplace.app_secret.reveal(),
            verify_token=bot.workplace.verify_token.reveal(),
            graph=self.settings.connector or bot.workplace.graph_url,
            version=bot.workplace.graph_version,
            account=bot.workplace.account,
        )
        self._channels[name, "teams"] = TeamsChannel(teams, session)
        self._channels[name, "workplace"] = WorkplaceChannel(page, session)
        return BotEndpoints(
            teams=TeamsEndpoint(
                teams, session, now=unix_time, loopback=loopback, on_refused=lambda r: self._refused("teams", r.reason)
            ),
            workplace=WorkplaceEndpoint(
                page, loopback=loopback, on_refused=lambda r: self._refused("workplace", r.reason)
            ),
        )

    def _refused(self, channel: str, reason: str) -> None:
        self.metrics.rejected.labels(channel, "event").inc()
        log.warning("event refused", channel=channel, reason=reason)

    def _committed(self, committed: Committed) -> None:
        if committed.outbox:
            self.outbox.add(committed.outbox)

    def _timer_started(self) -> None:
        self.timers.wake()

    async def _problem(self) -> str:
        await self.store.check()
        missing = [bot for bot in self.bots if not self._live.get(bot)]
        return f"no live revision: {', '.join(missing)}" if missing else ""

    async def _measure_outbox(self) -> None:
        depth, oldest = await self.store.outbox_depth()
        self.metrics.depth.set(depth)
        self.metrics.age.set((now() - oldest).total_seconds() if oldest else 0.0)

    async def look_at_live(self) -> None:
        """Compile revisions that became live, before a turn needs them."""
        for bot in self.bots:
            info = await self.store.live(bot)
            number = info.number if info else 0
            if number and number != self._live.get(bot):
                await self.revisions.get(bot, number)
                self._live[bot] = number
                self.metrics.live.labels(bot).set(number)
                log.info("revision live", bot=bot, revision=number)

    async def watch_live(self) -> None:
        """Look at the live revisions until cancelled."""
        while True:
            await asyncio.sleep(LIVE_POLL)
            try:
                await self.look_at_live()
            except AssentError as error:
                log.warning("live revisions can't be looked at", reason=str(error))

    async def close_channels(self) -> None:
        """Let the channels go."""
        for channel in self._channels.values():
            await channel.close()


async def publish_file(store: Store, flow: Path, *, replace: bool, announce: Announce) -> str:
    """Make a flow file live if its bot has no live revision yet, or, with `replace`, if the file differs from it.

    Returns the bot's id. Raises FlowInvalid, PushConflict.
    """
    new = checked_file(flow)
    bot = new.source.bot.bot
    live = await store.live(bot)
    if live is None or (replace and live.digest != new.source.digest):
        author = getpass.getuser()
        await store.save_draft(bot, new.source.text, author, now())
        info = await push(
            store, new, author=author, at=now(), note=f"from {flow.name}", expected_live=live.number if live else 0
        )
        announce(f"{flow} is live as revision {info.number} of {bot}")
    return bot


def _refuse_open_doors(settings: Settings, bots: tuple[str, ...]) -> None:
    if is_loopback(settings.server.host):
        return
    for name in bots:
        bot = settings.bot(name)
        if not bot.teams.app_id and not bot.workplace.app_secret:
            raise BadSettings(
                f"bot {name} has neither a Teams app id nor a Workplace app secret: nothing would prove who writes to "
                f"it, so it is served on loopback only, not on {settings.server.host}",
                place="server.host",
                remedy=f"Set bots.{name}.teams.app_id or bots.{name}.workplace.app_secret, or server.host to 127.0.0.1",
            )


@contextlib.asynccontextmanager
async def started(
    settings: Settings, *, dev: bool = False, flow: Path | None = None, announce: Announce = lambda _: None
) -> AsyncIterator[Server]:
    """Run a server: yields once it listens. Leaving it finishes what is in hand, for `server.grace` seconds at most.

    Raises BadSettings, StoreError, FlowInvalid.
    """
    if dev and not is_loopback(settings.server.host):
        raise BadSettings("--dev works on loopback only", place="server.host", remedy="Set it to 127.0.0.1")
    async with contextlib.AsyncExitStack() as stack:
        store = open_store(settings.store)
        await store.open()
        stack.push_async_callback(store.close)
        await store.acquire_server_lease()
        own = await publish_file(store, flow, replace=dev, announce=announce) if flow else None
        bots = tuple(sorted({*await store.bots(), *settings.bots, *([own] if own else [])}))
        if not bots:
            raise BadSettings("no bot to serve", place=settings.store, remedy="Push a flow first, or give --flow FILE")
        if dev:
            settings = for_development(settings, bots)
        _refuse_open_doors(settings, bots)
        session = await stack.enter_async_context(
            ClientSession(
                connector=TCPConnector(limit=settings.outbox.at_once, keepalive_timeout=60),
                timeout=ClientTimeout(total=30, connect=10),
                cookie_jar=DummyCookieJar(),
            )
        )
        server = Server(settings, store, session, bots)
        stack.push_async_callback(server.close_channels)
        await server.look_at_live()
        server.outbox.start()
        stack.push_async_callback(server.outbox.close, settings.server.grace)
        tasks = [asyncio.create_task(server.timers.run()), asyncio.create_task(server.watch_live())]
        stack.push_async_callback(_cancelled, tasks)
        await _listen(stack, server)
        yield server


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _listen(stack: contextlib.AsyncExitStack, server: Server) -> None:
    address = server.settings.server
    runner = web.AppRunner(
        server.web, access_log=None, handle_signals=False, shutdown_timeout=address.grace, keepalive_timeout=75
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, address.host, address.port, backlog=1024).start()
    except OSError as error:
        raise BadSettings(
            f"{address.host}:{address.port} can't be listened on: {error.strerror}",
            place="server.port",
            remedy="Another server may be running; stop it, or set another port",
        ) from error
    server.port = runner.addresses[0][1]
    log.info("listening", host=address.host, port=server.port, bots=list(server.bots))


async def serve(
    settings: Settings, *, dev: bool = False, flow: Path | None = None, announce: Announce = lambda _: None
) -> None:
    """Serve until SIGTERM or SIGINT. `announce` gets lines for the person who started it."""
    configure(settings.log.level, "console" if dev and settings.log == Log() else settings.log.format)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with started(settings, dev=dev, flow=flow, announce=announce) as server:
        _settle_memory()
        for line in what_to_try(server, dev=dev):
            announce(line)
        await stop.wait()
        log.info("stopping")


def _settle_memory() -> None:
    """Spare the garbage collector what lives as long as the process, and let it look less often: a turn makes some
    thousand objects that are gone, by reference count, when it ends.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def what_to_try(server: Server, *, dev: bool) -> list[str]:
    """Return what a person does next."""
    address = server.settings.server
    url = f"http://{address.host}:{server.port}"
    lines = [f"Serving {', '.join(server.bots)} on {url}"]
    if dev:
        lines += [
            "",
            "Try next, each in a terminal of its own (. .venv/bin/activate puts `assent` on your path):",
            "  make standin                 # shows what people would see, with commands that press the buttons",
            f"  curl -i {url}/api/messages -H 'Content-Type: application/json' \\",
            "       --data-binary @examples/payloads/teams-message.json",
            "  assent ledger show           # who agreed to what, and the proof",
            "  assent chat --live           # or talk to the bot right here",
            "",
            "Development secrets are in use, on loopback only. Ctrl-C stops the server.",
        ]
    return lines

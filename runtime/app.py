"""The server, put together: the one place that knows which store and which channels there are."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog
from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from adapters.channels import CHANNELS, Channels
from adapters.port import Channel, Directory, OpenChannel, Serving
from audiences.index_feed import Audiences
from audiences.subscriptions import SubscriptionMover
from config.settings import (
    CONNECTOR,
    Log,
    Settings,
    channels_set_up,
    for_development,
    is_loopback,
    refuse_unusable,
    why_unusable,
)
from messages.consent import SourceKind
from messages.errors import BadSettings
from publishing.flows import publish_file
from runtime.background import Background
from runtime.channels import BotChannels, unnamed_bot
from runtime.clock import TurnIds, jitter, machine_user, now, perf_counter, settle_memory
from runtime.connections import HAND_OVER, MARGIN, Announce, Shutdown, end_at_last, listen, raise_limit, what_to_try
from runtime.delivery import RetryPolicy
from runtime.http import Edge, Readiness, application
from runtime.keys import button_keys
from runtime.logs import configure, tell_of_lost_errors
from runtime.metrics import Metrics
from runtime.outbox import OutboxSender
from runtime.revisions import LiveRevisions, RevisionCache, live_words, opts_out
from runtime.tasks.cleanup import Cleanup
from runtime.tasks.hooks import Effects
from runtime.tasks.jobs import ImportWorker
from runtime.tasks.profiles import Merger, Profiles
from runtime.tasks.schedules import RunKeeper
from runtime.tasks.sequences import SequenceRunner
from runtime.tasks.step_pushes import StepPusher
from runtime.tasks.store_memory import memory_of
from runtime.tasks.timers import TimerRunner
from runtime.turn_limit import TurnLimit
from runtime.turns import TurnWorker
from staff.acting import Staff
from storage.codec import degraded_records
from storage.port import Store
from storage.records import OutboxRow
from storage.stores import is_shared, open_store

log = structlog.get_logger("assent.server")


class Server:
    """A running server."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        session: ClientSession,
        bots: tuple[str, ...],
        *,
        dev: bool = False,
        channels: Channels = CHANNELS,
    ) -> None:
        self.settings = settings
        self.store = store
        self.metrics = Metrics()
        self._session = session
        self._dev = dev
        self._table = channels
        self.channels: dict[str, BotChannels] = {}
        """Those that are open, by bot."""
        self._senders: dict[tuple[str, str], Channel] = {}
        self._opened: dict[str, Mapping[str, OpenChannel]] = {}
        self._directories: dict[tuple[str, str], Directory] = {}
        self._unusable: dict[str, str] = {}
        """Bots that came while the server ran, and that nobody can write to, and why."""
        days = settings.profiles.refresh_days
        self.profiles = Profiles(
            store,
            self._directories,
            Merger(store, clock=now, metrics=self.metrics),
            clock=now,
            metrics=self.metrics,
            refresh=timedelta(days=days) if days else None,
        )
        ids = TurnIds()
        self.imports = ImportWorker(
            store,
            f"server-{ids.new()}",
            clock=now,
            new_id=lambda: f"c_{ids.new()}_1",
            directory_of=lambda bot: found.looks_up if (found := self.channels.get(bot)) is not None else None,
            failed=lambda bot: self.metrics.work_failures.inc("import", bot),
        )
        self.background = Background(self.metrics, monotonic=perf_counter)
        self.audiences = Audiences(
            store,
            self.metrics.registry,
            now,
            start=self.background.start,
            set_up=lambda bot: channels_set_up(self.settings, bot, channels),
        )
        self.memory = memory_of(
            store, settings.store, settings.store_memory, self.metrics, self.audiences.rebuild, begins_again=dev
        )
        self.readiness = Readiness(store, monotonic=perf_counter)
        self.revisions = RevisionCache(store)
        self.outbox = OutboxSender(
            store,
            self._senders,
            clock=now,
            metrics=self.metrics,
            chance=jitter,
            policy=RetryPolicy(
                max_attempts=settings.outbox.max_attempts,
                max_age=settings.outbox.max_age,
                max_ambiguous=settings.outbox.max_ambiguous,
            ),
            concurrency=settings.outbox.concurrency,
            poll_interval=store.poll_interval,
            failed=self.background.note,
            left=lambda reference: self.pusher.places.debit(reference),  # noqa: PLW0108  # the pusher is made later
        )
        self.worker = TurnWorker(
            store,
            self.revisions,
            keys=button_keys(
                [key.reveal() for key in settings.button_keys],
                Path(settings.button_key_file),
                may_make=not is_shared(settings.store),
            ),
            clock=now,
            metrics=self.metrics,
            replies=self._add_replies,
            acknowledged=self.memory.acknowledged,
            timer_started=self._timer_started,
            took=self.profiles.took,
            refusal=self.memory.refusal,
        )
        self.turns = TurnLimit(
            self.worker.handle, max_turns=settings.server.max_turns, timeout=settings.server.turn_timeout
        )
        push = settings.push
        self.pusher = StepPusher(
            store,
            self.worker.handle,
            self._senders,
            worker=f"server-{ids.new()}",
            index_of=lambda bot: self.audiences.of(bot).catch_up(),
            clock=now,
            monotonic=perf_counter,
            chance=jitter,
            metrics=self.metrics,
            concurrency=push.concurrency,
            rate=push.rate,
            first_rate=push.first_rate,
            cap=push.cap,
            retry_gateway=push.retry_gateway == "on",
            replies=self.outbox.add,
            failed=partial(self.background.note, "pushes"),
            idle=lambda: self.runs.wake(),  # noqa: PLW0108  # they are made later
        )
        self.runs = RunKeeper(
            store,
            self.revisions,
            self.audiences,
            clock=now,
            metrics=self.metrics,
            new_id=lambda: f"r_{ids.new()}",
            begun=self.pusher.wake,
        )
        self.effects = Effects(
            store, self.revisions, self.worker.handle, settings.hooks, self.metrics, lambda: self.live.bots
        )
        failures = self.metrics.work_failures.inc
        self.sequences = SequenceRunner(
            store, self.revisions, self.pusher.push_step, now,
            bots=lambda: self.live.bots, failed=partial(failures, "sequence"),
        )  # fmt: skip
        self.timers = TimerRunner(store, self.worker.handle, now, failed=partial(failures, "timer"))
        self.port = settings.server.port
        """The port it listens on; a free one was taken for port 0."""
        self.edge = Edge(
            channels=channels,
            bots=self._opened,
            turns=self.turns,
            ready=self._problem,
            degraded=self._degraded,
            store_failed=self.readiness.turn_failed,
            metrics=self.metrics,
            before_metrics=self._measure_outbox,
            max_body=settings.server.max_body,
            read_timeout=settings.server.read_timeout,
            store_timeout=settings.server.turn_timeout,
        )
        self.web = application(self.edge)
        self.live = LiveRevisions(
            store, self.revisions, self.metrics, bots=bots, appeared=self._add_bot, renamed=self._rename_bot
        )

    def _add_bot(self, name: str) -> None:
        """Open a bot's doors. A bot whose first push comes while the server runs needs no restart."""
        if self._dev:
            self.settings = for_development(self.settings, (name,), self._table)
        opened = self.channels[name] = BotChannels(
            self.settings,
            name,
            self._session,
            metrics=self.metrics,
            answers_loopback=self._dev and self.settings.connector == CONNECTOR,
            channels=self._table,
            serving=Serving(
                name,
                take=lambda event: self.turns.take(name, event),
                words=lambda: live_words(self.store, self.revisions, name),
                opts_out=lambda text: opts_out(self.store, self.revisions, name, text),
                new_id=TurnIds().new,
            ),
        )
        self._senders |= {(name, channel): each.sender for channel, each in opened.open.items()}
        self._directories |= {(name, channel): directory for channel, directory in opened.directories.items()}
        self._opened[name] = opened.open
        self.audiences.add(name)
        self.edge.unnamed = self.edge.unnamed or name
        if (problem := why_unusable(self.settings, name, self._table)) is not None:  # at a start this ends the server
            self._unusable[f"bot {name}"] = str(problem)
            log.error("a bot can't be written to", bot=name, reason=str(problem))

    def _rename_bot(self, old: str, new: str) -> None:
        """Close the doors that were open under the name that a variable gave a bot."""
        del self._opened[old]
        if self.edge.unnamed == old:
            self.edge.unnamed = new

    def _add_replies(self, rows: Sequence[OutboxRow]) -> None:
        """Send what was committed: a push goes by the pusher, which claimed it."""
        if replies := self.pusher.claimed(rows):
            self.outbox.add(replies)
        self.memory.pushed(len(rows) - len(replies))

    def _timer_started(self) -> None:
        self.timers.wake()
        self.effects.worker.wake()

    async def _problem(self) -> str:
        if problem := await self.readiness.problem():
            return problem
        await self.memory.compare_now()
        return self.live.problem

    def _degraded(self) -> Mapping[str, str]:
        faults = {**self._unusable, **self.background.degraded, **self.live.faults, **self.audiences.faults}
        faults |= {**self.live.without_revision, **self.readiness.degraded, **self.timers.faults}
        faults |= {**self.imports.faults, **degraded_records(self.store.unreadable)}
        return faults | ({"store": self.memory.problem} if self.memory.problem else {})

    async def _measure_outbox(self) -> None:
        depth, oldest = await self.store.outbox_depth()
        self.metrics.depth.set(depth)
        self.metrics.age.set((now() - oldest).total_seconds() if oldest else 0.0)
        self.metrics.count_unreadable(self.store.unreadable)

    async def close_channels(self) -> None:
        """Let the channels go."""
        for opened in self.channels.values():
            await opened.close()


Beside = Callable[[Server], contextlib.AbstractAsyncContextManager[None]]
"""Serves something else of a running server, until the server stops."""


@contextlib.asynccontextmanager
async def started(
    settings: Settings,
    *,
    dev: bool = False,
    flow: Path | None = None,
    announce: Announce = lambda _: None,
    beside: Beside | None = None,
    channels: Channels = CHANNELS,
) -> AsyncIterator[Server]:
    """Run a server of these channels: yields once it listens. Leaving it finishes concurrent turns, for `server.grace`
    seconds at most, and leaves the rest to the store, where another server or the next start finds it.

    Where the store holds no bot it waits for the first one, and is not ready. Raises BadSettings, StoreError,
    FlowInvalid.
    """
    if dev and not is_loopback(settings.server.host):
        raise BadSettings("--dev works on loopback only", place="server.host", remedy="Set it to 127.0.0.1")
    shutdown = Shutdown(settings.server.grace)
    async with contextlib.AsyncExitStack() as stack:
        store = open_store(settings.store)
        await store.open()
        stack.push_async_callback(shutdown.step, "store", store.close, HAND_OVER)
        await store.acquire_server_lease()
        own: set[str] = set()
        if flow:
            by = Staff(machine_user(), SourceKind.CLI)
            bot, became = await publish_file(
                store, flow, by, now(), replace=dev, needs_second=settings.flow.needs_second
            )
            announce(became)
            own.add(bot)
        pushed = {*await store.bots(), *own}
        settings = settings.with_bots(pushed)
        bots = tuple(sorted({*pushed, *settings.bots}))
        if dev:
            settings = for_development(settings, bots, channels)
        refuse_unusable(settings, bots, channels)
        session = ClientSession(
            # How many are under way at once is the outbox's affair.
            connector=TCPConnector(limit=0, keepalive_timeout=60),
            timeout=ClientTimeout(total=30, connect=10),
            cookie_jar=DummyCookieJar(),
        )
        stack.push_async_callback(shutdown.step, "session", session.close)
        server = Server(settings, store, session, bots, dev=dev, channels=channels)
        stack.push_async_callback(shutdown.step, "effects", server.effects.close)
        edge = server.edge
        edge.unnamed = settings.server.unnamed_bot or await unnamed_bot(store, bots) or edge.unnamed
        stack.push_async_callback(shutdown.step, "channels", server.close_channels)
        await server.memory.begin()
        stack.push_async_callback(shutdown.step, "memory", server.memory.close)
        stack.push_async_callback(shutdown.step, "readiness", server.readiness.close)
        await server.live.look()
        for opened in server.channels.values():
            await opened.ready()
        server.outbox.start()
        stack.push_async_callback(shutdown.step, "outbox", lambda: server.outbox.close(shutdown.left))
        stack.push_async_callback(shutdown.step, "turns", lambda: server.turns.finish(shutdown.left))
        stack.push_async_callback(shutdown.step, "pushes", lambda: server.pusher.close(shutdown.left))
        upkeep = Cleanup(store, now, settings)
        for name, run in (
            ("timers", server.timers.run), ("live", server.live.watch), ("cleanup", upkeep.run),
            ("index", server.audiences.run), ("profiles", server.profiles.run),
            ("subscriptions", SubscriptionMover(store, lambda bot: server.audiences.of(bot).index, now).run),
            ("imports", server.imports.run), ("pushes", server.pusher.run), ("runs", server.runs.run),
            ("sequences", server.sequences.run), ("effects", server.effects.worker.run),
            ("hooks", server.effects.feed.run), ("store memory", server.memory.run),
        ):  # fmt: skip
            server.background.start(name, run)
        stack.push_async_callback(shutdown.step, "timers", server.background.close)
        server.port = await listen(
            stack,
            server.web,
            settings.server,
            shutdown,
            bots=server.live.bots,
            refused=server.metrics.connections_refused.inc,
        )
        if beside is not None:
            await stack.enter_async_context(beside(server))
        stack.callback(shutdown.begin)
        yield server


async def serve(
    settings: Settings,
    *,
    dev: bool = False,
    flow: Path | None = None,
    announce: Announce = lambda _: None,
    beside: Beside | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT. `announce` gets lines for the person who started it; `beside` runs meanwhile."""
    configure(settings.log.level, "console" if dev and settings.log == Log() else settings.log.format)
    raise_limit()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    tell_of_lost_errors(loop)

    def stopping() -> None:
        if not stop.is_set():
            log.info("stopping")
            end_at_last(settings.server.grace + MARGIN)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping)
    async with started(settings, dev=dev, flow=flow, announce=announce, beside=beside) as server:
        settle_memory()
        host = settings.server.host
        url = f"http://{f'[{host}]' if ':' in host else host}:{server.port}"
        for line in what_to_try(url, server.live.bots, dev=dev):
            announce(line)
        await stop.wait()

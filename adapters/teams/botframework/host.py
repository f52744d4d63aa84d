"""Runs a team's own Bot Framework code beside the server: `teams.middleware = "package.module:make"`.

The code has a thread and an event loop of its own for each bot, so that a call in it that blocks holds up neither the
server nor another bot. Turns, replies and the store stay in the server's loop. Nothing of botbuilder is imported before
the thread runs.
"""

import asyncio
import importlib
import inspect
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from adapters.port import Delivered, Serving, TurnHandler, WirePayload
from adapters.teams.activity import Activity
from adapters.teams.connector import TeamsChannel
from adapters.teams.endpoint import Answer
from adapters.teams.parse import CHANNEL
from flows.engine.turn import conversation_key
from messages.effects import OutgoingMessage
from messages.errors import Ambiguous, BadSettings, TemporarilyFailed
from messages.inbound import ConversationReference, InboundEvent

if TYPE_CHECKING:
    from adapters.teams.botframework.adapter import AssentAdapter

log = structlog.get_logger("assent.teams")

T = TypeVar("T")

_SENDING = 20.0
"""Seconds that a send may take besides what the code takes; the channel has limits of its own."""

_STOPPING = 2.0
"""Seconds for the thread to end."""


class TeamCode:
    """A bot's own middleware and handler around its turns: the channel's pipeline, and its way out.

    `make` names a function `make(adapter)`, which may be a coroutine function. It is called once, registers middleware
    (`adapter.use`) and `adapter.on_turn_error`, and returns the team's `Bot`, an `ActivityHandler` say, or None.
    `seconds` is what the code may take for one activity: then Assent goes on without it.
    """

    name = CHANNEL

    def __init__(self, serving: Serving, make: str, channel: TeamsChannel, *, seconds: float) -> None:
        self._serving = serving
        self._make = make
        self._channel = channel
        self._seconds = seconds
        self._server = asyncio.get_running_loop()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=f"team code of {serving.bot}", daemon=True)
        self._thread.start()
        self._loaded = asyncio.run_coroutine_threadsafe(self._load(), self._loop)

    async def ready(self) -> "AssentAdapter":
        """Return the adapter once the code is loaded. Raises BadSettings where it can't be."""
        return await asyncio.wrap_future(self._loaded)

    async def process(self, activity: Activity, events: Sequence[InboundEvent], handler: TurnHandler) -> Answer:
        """Take an activity through the team's code to Assent's turn; return the answer to the request.

        Consent does not wait for the code. Where the code fails or takes too long, Assent takes the activity as it
        arrived; that is logged, and is no reason for the channel to send it again.
        """
        adapter = await self.ready()
        pending = await adapter.begin(events, self._in_server(handler))
        passing = asyncio.run_coroutine_threadsafe(adapter.pass_on(activity, pending), self._loop)
        passed = None
        try:
            passed = await asyncio.wait_for(asyncio.wrap_future(passing), self._seconds)
        except TimeoutError:
            self._note("took too long", conversation=_place(events))
        if passed is not None and passed.fault is not None and pending.error is None:
            self._note("failed", passed.fault, conversation=_place(events))
        return await adapter.finish(activity, pending, passed)

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the team's loop."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def render(self, message: OutgoingMessage, reference: ConversationReference) -> Sequence[WirePayload]:
        """Return the activities of a message, in order."""
        if not self._loaded.done():
            return self._channel.render(message, reference)
        return self._loaded.result().render(message, reference)

    async def deliver(self, payload: WirePayload, reference: ConversationReference) -> Delivered:
        """Send one activity through the middleware. Raises as `push` does.

        TemporarilyFailed where it takes too long before the send, which is then not made any more; Ambiguous after it.
        """
        adapter = await self.ready()
        if adapter.is_past(payload):
            return await self._channel.deliver(payload, reference)
        sending = _Sending(self._channel, self._in_server)
        passing = asyncio.run_coroutine_threadsafe(adapter.deliver(payload, reference, by=sending), self._loop)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(passing), self._seconds + _SENDING)
        except TimeoutError:
            sending.closed = True
            self._note("took too long over a reply")
            if sending.begun:
                raise Ambiguous("the middleware took too long after a send") from None
            raise TemporarilyFailed("the middleware took too long") from None

    async def close(self) -> None:
        """End the team's thread, and let go of what the channel holds."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join, _STOPPING)
        await self._channel.close()

    # -- the team's thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self._loop.close()

    async def _load(self) -> "AssentAdapter":
        try:
            from adapters.teams.botframework.adapter import AssentAdapter  # noqa: PLC0415  # loads botbuilder
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in {"botbuilder", "botframework", "msrest"}:
                raise
            raise self._bad("botbuilder is not installed", "Install it: pip install 'assent[botframework]'") from error
        adapter = AssentAdapter(
            _Sending(self._channel, self._in_server),
            words=self._in_server(self._serving.words),
            opts_out=self._in_server(self._serving.opts_out),
            record=self._in_server(self._serving.take),
            new_id=self._serving.new_id,
        )
        make = self._function()
        try:
            made = make(adapter)
            if inspect.isawaitable(made):
                made = await made
        except Exception as error:  # the outermost boundary of a team's own code
            raise self._bad(f"`{self._make}` failed with {_where(error)}: {error}", "Correct it there") from error
        if made is not None and not callable(getattr(made, "on_turn", None)):
            kind = type(made).__name__
            raise self._bad(
                f"`{self._make}` returned a {kind}, which has no `on_turn`", "Return a botbuilder Bot, or None"
            )
        adapter.run_bot(made)
        return adapter

    def _function(self) -> Callable[..., Any]:
        """Find the function, as from the folder in which the server was started."""
        module, _, name = self._make.partition(":")
        if (here := str(Path.cwd())) not in sys.path:
            sys.path.append(here)
        try:
            found: Any = importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{module}.".startswith(f"{error.name}."):
                raise self._bad(f"module {module} needs {error.name}, which is not installed", "Install it") from error
            raise self._bad(
                f"there is no module {module}", f"Check its name; modules are looked for in {here} as well"
            ) from error
        except Exception as error:  # same
            raise self._bad(f"module {module} failed with {_where(error)}: {error}", "Correct it there") from error
        for step in name.split("."):
            found = getattr(found, step, None)
        if not callable(found):
            raise self._bad(f"module {module} has no function {name}", "Write package.module:function")
        return found  # type: ignore[no-any-return]  # a team's own

    def _bad(self, problem: str, remedy: str) -> BadSettings:
        return BadSettings(problem, place=f"bots.{self._serving.bot}.teams.middleware", remedy=remedy)

    # -- both

    def _in_server(self, call: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
        """Return what calls `call` in the server's loop, wherever it is called."""

        async def run(*given: Any) -> T:  # noqa: ANN401  # as `call` has them
            if asyncio.get_running_loop() is self._server:
                return await call(*given)
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_awaited(call, *given), self._server))

        return run

    def _note(self, what: str, error: Exception | None = None, **place: str) -> None:
        told = {"error": _where(error)} if error is not None else {}
        log.error("a team's code failed", bot=self._serving.bot, what=what, **place, **told)


class _Sending:
    """The channel for a team's thread. Once it is closed, nothing is sent by it any more."""

    def __init__(self, channel: TeamsChannel, in_server: Callable[..., Callable[..., Awaitable[Any]]]) -> None:
        self._channel = channel
        self._in_server = in_server
        self.begun = False
        self.closed = False

    def render(self, message: OutgoingMessage, reference: ConversationReference) -> Sequence[WirePayload]:
        return self._channel.render(message, reference)

    async def deliver(self, payload: WirePayload, reference: ConversationReference) -> Delivered:
        delivered: Delivered = await self._in_server(self._deliver)(payload, reference)
        return delivered

    async def update(self, activity_id: str, payload: WirePayload, reference: ConversationReference) -> None:
        await self._in_server(self._channel.update)(activity_id, payload, reference)

    async def remove(self, activity_id: str, reference: ConversationReference) -> None:
        await self._in_server(self._channel.remove)(activity_id, reference)

    async def close(self) -> None:
        """The channel is the server's to close."""

    async def _deliver(self, payload: WirePayload, reference: ConversationReference) -> Delivered:
        if self.closed:
            raise TemporarilyFailed("the middleware took too long")
        self.begun = True
        return await self._channel.deliver(payload, reference)


async def _awaited(call: Callable[..., Awaitable[T]], *given: Any) -> T:  # noqa: ANN401  # as `call` has them
    return await call(*given)


def _where(error: BaseException) -> str:
    """Return the kind of an error and the line that raised it: its words may hold somebody's."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {frames[-1].filename}:{frames[-1].lineno}" if frames else type(error).__name__


def _place(events: Sequence[InboundEvent]) -> str:
    return conversation_key(events[0].reference) if events else ""

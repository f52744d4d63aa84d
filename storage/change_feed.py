"""Hearing of what anybody commits: one poller for all who wait on one handle of a store, however many bots it has.

Nothing is lost between a look and the wait after it: who listens is known to the poller before the look, and the poller
tells of all that was committed since its own look before.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from typing import Final, Protocol, TypeVar

import structlog

from messages.errors import StoreError

log = structlog.get_logger("assent.store")

POLL: Final = 0.25
"""Seconds between two questions for what other processes committed."""
GATHER: Final = 0.05
"""Seconds after a commit of this process until its followers are woken: what comes meanwhile is one waking."""
_SHARE: Final = 20
"""The poller waits this many times as long as its question took, or longer: it has a twentieth of the time at most."""

FLOWS: Final = ""
"""The subject of pushes and drafts; any other subject but `JOBS` is a bot."""
JOBS: Final = ".jobs"
"""The subject of jobs that are queued. No bot is named so."""

T = TypeVar("T")

Look = Callable[[], Awaitable[Collection[str] | None]]
"""Returns the subjects that changed since it was called before, at least; None: any may have. Raises StoreError."""


class Listener:
    """Who waits for changes of one subject. One task waits at a time."""

    def __init__(self, ensure_polling: Callable[[], None]) -> None:
        self._ensure_polling = ensure_polling
        self._woken = asyncio.Event()
        self._error: Exception | None = None

    def wake(self, error: Exception | None = None) -> None:
        """Have `wait` return, or raise `error`."""
        self._error = error
        self._woken.set()

    async def wait(self, seconds: float | None = None) -> bool:
        """Return True once something may have changed since the listener began, or since this was True before; False
        when nothing did for `seconds`.

        It is True too when the store has begun to fail: the next read tells why.
        """
        if not self._woken.is_set():
            self._ensure_polling()
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return False
        self._woken.clear()
        error, self._error = self._error, None
        if error is not None:
            raise error
        return True


class Changes(Protocol):
    """Hearing of what anybody commits: this process at once, another one within `POLL` seconds or so."""

    def changes_of(self, bot: str) -> contextlib.AbstractContextManager[Listener]:
        """Listen for changes of a bot's people, memberships and segments. Read after this has begun."""
        ...

    def changes_of_flows(self) -> contextlib.AbstractContextManager[Listener]:
        """Listen for pushes and drafts of all bots. Read after this has begun."""
        ...

    def changes_of_jobs(self) -> contextlib.AbstractContextManager[Listener]:
        """Listen for jobs that this process queues; those of another process are found by looking now and then."""
        ...


class ChangeFeed:
    """Wakes those who listen. It polls only while somebody does."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)
        self._polling: asyncio.Task[None] | None = None
        self._committed = asyncio.Event()
        self._changed: set[str] = set()
        """Subjects whose listeners are woken soon."""
        self._well = True

    @contextlib.contextmanager
    def listening(self, subject: str) -> Iterator[Listener]:
        """Listen for changes of a subject."""
        listener = Listener(self._ensure_polling)
        self._listeners[subject].add(listener)
        self._ensure_polling()
        try:
            yield listener
        finally:
            self._listeners[subject].discard(listener)
            if not self._listeners[subject]:
                del self._listeners[subject]

    def committed(self, subject: str | None = None) -> None:
        """Look soon: this process wrote something; or, if it is known of which subject, wake that one's listeners."""
        if subject is None:
            self._committed.set()
        elif subject in self._listeners:
            if not self._changed:
                asyncio.get_running_loop().call_later(GATHER, self._wake_changed)
            self._changed.add(subject)

    def _wake_changed(self) -> None:
        changed, self._changed = self._changed, set()
        self._wake(changed)

    async def close(self) -> None:
        """Stop polling."""
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.wait([self._polling])

    def _ensure_polling(self) -> None:
        if self._polling is None or self._polling.done():
            self._polling = asyncio.create_task(self._poll())

    async def _poll(self) -> None:
        """Poll while somebody listens. An unexpected error goes to all who do; the next who waits begins again."""
        try:
            while self._listeners:
                began = asyncio.get_running_loop().time()
                self._committed.clear()
                await self._tell()
                await self._pause(_SHARE * (asyncio.get_running_loop().time() - began))
        except Exception as error:  # noqa: BLE001  # the boundary of this task: whoever listens raises it
            self._wake(None, error)

    async def _tell(self) -> None:
        try:
            changed = await self._look()
        except StoreError as error:
            if self._well:
                log.warning("cannot look for changes", reason=str(error))
                self._wake(None)
            self._well = False
        else:
            self._well = True
            self._wake(changed)

    def _wake(self, subjects: Iterable[str] | None, error: Exception | None = None) -> None:
        for subject in list(self._listeners) if subjects is None else subjects:
            for listener in self._listeners.get(subject, ()):
                listener.wake(error)

    async def _pause(self, shortest: float) -> None:
        """Wait until it is time for the next look."""
        try:
            async with asyncio.timeout(max(POLL, shortest)):
                await self._committed.wait()
        except TimeoutError:
            return
        await asyncio.sleep(max(GATHER, shortest))


class HearsChanges:
    """`Changes`, by the feed that a store has."""

    _feed: ChangeFeed

    def changes_of(self, bot: str) -> contextlib.AbstractContextManager[Listener]:
        return self._feed.listening(bot)

    def changes_of_flows(self) -> contextlib.AbstractContextManager[Listener]:
        return self._feed.listening(FLOWS)

    def changes_of_jobs(self) -> contextlib.AbstractContextManager[Listener]:
        return self._feed.listening(JOBS)


async def as_soon_as_found(feed: ChangeFeed, bot: str, look: Callable[[], Awaitable[T]], wait: float) -> T:
    """Return what `look` finds of a bot as soon as it is anything; what it found last after `wait` seconds."""
    if wait <= 0:
        return await look()
    loop = asyncio.get_running_loop()
    end = loop.time() + wait
    with feed.listening(bot) as listener:
        while not (found := await look()):
            left = end - loop.time()
            if left <= 0 or not await listener.wait(left):
                break
        return found

"""The scripts that run within Redis, each at one moment, and the connection on which they run.

A script is named by the SHA-1 of its text, so servers of two versions can work side by side. What is to be said goes
out together, and is answered in order.
"""

import asyncio
import contextlib
import hashlib
import math
from collections import deque
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from hiredis import pack_command
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import (
    AskError,
    ClusterDownError,
    MasterDownError,
    MovedError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError

from messages.errors import StoreError


class Script(NamedTuple):
    """A script, ready to be sent."""

    name: str
    text: str
    sha: str
    writes: bool
    followed: bool
    """Changes people, memberships or segments, of which who follows is to hear."""


def _script(name: str, *joined: str, writes: bool = True, followed: bool = False) -> Script:
    text = "\n".join(_script_text(part) for part in (*joined, name))
    return Script(name, text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(), writes, followed)


@cache
def _script_text(name: str) -> str:
    return files("storage.redis").joinpath("lua", f"{name}.lua").read_text(encoding="utf-8")


LOAD = _script("load", "_act_times", writes=False)
_OF_A_TURN = ("_act_times", "_ledger", "_memory", "_people", "_workers", "_talks", "_push", "_work")
COMMIT = _script("commit", *_OF_A_TURN, followed=True)
CHANGE_CONSENT = _script("change_consent", "_act_times", "_ledger", "_memory", followed=True)
RECORD_DELIVERY = _script("record_delivery", "_lane")
STILL_WAITS = _script("still_waits", "_lane", writes=False)
SET_STATE = _script("set_state", "_people", followed=True)
TAKE_OVER = _script("take_over", "_workers", "_each", "_push")
MINE = _script("mine", writes=False)
DEPTH = _script("depth", "_each", writes=False)
ADDRESSES = _script("addresses", "_addresses", writes=False)
PUSH_TARGETS = _script("push_targets", "_addresses", writes=False)
LEAVE = _script("leave", "_each")
DUE_TIMERS = _script("due_timers", "_workers")
NEXT_TIMER = _script("next_timer", "_workers", "_each", writes=False)
SAVE_DRAFT = _script("save_draft")
PUSH = _script("push")
KEEP_REVISION = _script("keep_revision")
SET_LIVE = _script("set_live")
REVISION_BY_DIGEST = _script("revision_by_digest", writes=False)
BEAT = _script("beat")
CHANGES = _script("changes", "_each", writes=False)
LIVE_MARKS = _script("live_marks", "_each", writes=False)
LEDGER_ENDS = _script("ledger_ends", "_each", writes=False)
HOLDS_ANYTHING = _script("holds_anything", "_each", writes=False)
REGISTER_BOT = _script("register_bot")
CLAIM_ACCOUNT = _script("claim_account")
ERASE = _script("erase", "_talks", "_evidence", "_people", followed=True)
FORGET_ELSEWHERE = _script("forget_elsewhere", "_evidence")
PRUNE = _script("prune", "_trim")
PRUNE_JOURNAL = _script("prune_journal", "_trim")
ADD_AUDIT = _script("add_audit")
ANYBODY = _script("anybody", writes=False)
RESTORE_JOURNAL = _script("restore_journal", "_restore", "_talks")
RESTORE_REPLIES = _script("restore_replies", "_restore", "_talks")
RESTORE_IGNORED = _script("restore_ignored", "_restore", "_talks")
SAVE_CONTACT = _script("save_contact", "_ledger", "_people", "_contact", followed=True)
SAVE_CONTACTS = _script("save_contacts", "_ledger", "_people", "_contact", followed=True)
CURRENT_MEMBERSHIPS = _script("current_memberships", "_act_times", "_ledger", writes=False)
CHANGE_MANY = _script("change_many", "_act_times", "_ledger", "_memory", "_workers", followed=True)
MERGE = _script("merge", "_act_times", "_ledger", "_memory", "_people", followed=True)
SWAP = _script("swap", followed=True)
IMPORTS_TO_DO = _script("imports_to_do", "_each", writes=False)
IMPORT_STEP = _script("import_step")
FORGET_ROWS = _script("forget_rows")
FORGET_REPLIES = _script("forget_replies")
RESTORE_HANDLES = _script("restore_handles")
KEEP_ERASED = _script("keep_erased", "_act_times")
ACT_TIMES = _script("act_times", "_act_times", writes=False)
RESTORE_TIMES = _script("restore_times")
RESTORE_PUSH = _script("restore_push", "_talks", "_push")
RESTORE_LEDGER = _script("restore_ledger", "_act_times", "_ledger", "_restore")
NOTE_LOSS = _script("note_loss", "_memory")
ACCEPT_LOSS = _script("accept_loss")
ADD_RUN = _script("add_run")
COPY_RUN = _script("copy_run")
CHANGE_RUN = _script("change_run")
TAKE_SLICE = _script("take_slice")
KEEP_SLICE = _script("keep_slice")
TAKE_DEFERRED = _script("take_deferred", "_push")
KEEP_DEFERRED = _script("keep_deferred")
RECORD_PUSH = _script("record_push", "_push")
END_PUSH = _script("end_push", "_push")
PUSH_RECEIPT = _script("push_receipt", "_push")
PUSHED = _script("pushed", "_push", writes=False)
PUSH_AGAIN = _script("push_again", "_push")
ERASE_PUSHES = _script("erase_pushes", "_push")
NEXT_PUSH = _script("next_push", "_each", writes=False)
SAVE_ENROLMENTS = _script("save_enrolments")
TAKE_ENROLMENTS = _script("take_enrolments")
WORK = _script("work", "_work")
PACE = _script("pace", writes=False)

ALL = tuple(value for value in list(globals().values()) if isinstance(value, Script))

Word = str | bytes | int

MAX_CALLS = 1000
UNDER_WAY = 4
"""Calls in one batch, and batches under way at once: Redis works on one while the next is on its way."""


class Moved(StoreError):
    """The slot is served elsewhere, or its server takes no writes or lost the scripts: connect again."""


class Confirmation(NamedTuple):
    """How a write is confirmed: by `replicas` within `milliseconds`, on their disks too if `on_disk`."""

    replicas: int
    milliseconds: int
    on_disk: bool = False


class _Call(NamedTuple):
    script: Script
    words: tuple[Word, ...]
    future: "asyncio.Future[Any]"

    def settle(self, answer: object) -> None:
        if self.future.done():
            return
        if isinstance(answer, Exception):
            self.future.set_exception(answer)
        else:
            self.future.set_result(answer)


class _Batch:
    """Calls that went out together, and what was answered so far."""

    def __init__(self, calls: Sequence[_Call], *, asks: bool) -> None:
        self.calls = calls
        self.asks = asks
        """Ends with the question whether what was written is confirmed."""
        self.answers: list[object] = []
        self.deadline: asyncio.TimerHandle | None = None

    @property
    def is_answered(self) -> bool:
        return len(self.answers) == len(self.calls) + self.asks


class Pipeline:
    """Runs scripts on one server.

    Calls made while others are under way wait and go out in one write, so that they share a round trip and a wait for
    the disk. Calls run in the order made, and their callers are woken in that order.
    """

    def __init__(
        self,
        connect: Callable[[], AbstractConnection],
        *,
        name: str,
        timeout: float,
        connected: Callable[[], None],
        interrupted: Callable[[], None] = lambda: None,
        confirmation: Confirmation | None = None,
    ) -> None:
        self._make = connect
        self._name = name
        self._timeout = timeout
        self._connected = connected
        self._interrupted = interrupted
        self._confirmation = confirmation
        self._waiting: list[_Call] = []
        self._under_way: deque[_Batch] = deque()
        self._wake = asyncio.Event()
        self._session: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[None] | None = None
        """The session, once it is connected: what ends a connection may end no other's."""
        self._closing = False

    def call(self, script: Script, prefix: str, *words: Word) -> "asyncio.Future[Any]":
        """Run a script on the keys that begin with `prefix`.

        The future raises StoreError when there is no answer, in which case the script may have run or not, and when
        Redis refuses.
        """
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self._closing:
            future.set_exception(StoreError("the store is closed"))
            return future
        self._waiting.append(_Call(script, (prefix, *words), future))
        self._wake.set()
        if self._session is None:
            self._begin()
        return future

    async def settled(self) -> None:
        """Return once the calls made so far are answered, and their callers were woken."""
        calls = [call for batch in self._under_way for call in batch.calls] + self._waiting
        futures = [call.future for call in calls if not call.future.done()]
        if futures:
            await asyncio.wait(futures)

    async def close(self) -> None:
        """Finish what is under way, and hang up."""
        self._closing = True
        self._wake.set()
        while self._session is not None:
            await asyncio.wait([self._session])

    def _begin(self) -> None:
        """Begin a session. Whenever it ends, also when it is cancelled before its first step, the next can begin."""
        session = self._session = asyncio.create_task(self._run())
        session.add_done_callback(self._ended)

    def _ended(self, session: "asyncio.Task[None]") -> None:
        if self._session is session:  # it was cancelled before it ran
            self._session = None
        if self._waiting and self._session is None:
            self._begin()

    async def _run(self) -> None:
        """One connection, from the first call to the first trouble. The outermost boundary of the link: whatever goes
        wrong goes to the callers.
        """
        connection = self._make()
        reader: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(self._timeout):
                await connection.connect()  # type: ignore[no-untyped-call]
                await self._teach(connection)
            self._connected()
            reader = asyncio.create_task(self._read(connection))
            self._writing = self._session
            await self._write(connection, reader)
        except Exception as error:  # noqa: BLE001
            self._fail(error)
        finally:
            # All at once: a call that comes while this connection is closed begins the next, whose batches are its own.
            self._session = self._writing = None
            if not self._closing:
                self._interrupted()
            if reader is not None:
                reader.cancel()
            self._fail(None)
            if reader is not None:
                await asyncio.wait([reader])
            with contextlib.suppress(RedisError, OSError, TimeoutError):  # it is of no more use either way
                await connection.disconnect(nowait=True)

    async def _write(self, connection: AbstractConnection, reader: "asyncio.Task[None]") -> None:
        """Send what waits, until there is trouble or nothing is left to do."""
        reader.add_done_callback(lambda _: self._wake.set())
        while not reader.done():
            if self._waiting and len(self._under_way) < UNDER_WAY:
                await self._send(connection)
                continue
            if self._closing and not self._waiting and not self._under_way:
                return
            self._wake.clear()
            await self._wake.wait()
        await reader

    async def _send(self, connection: AbstractConnection) -> None:
        calls, self._waiting = self._waiting[:MAX_CALLS], self._waiting[MAX_CALLS:]
        batch = _Batch(calls, asks=self._confirmation is not None and any(call.script.writes for call in calls))
        packed = [_packed("EVALSHA", call.script.sha, 1, *call.words) for call in calls]
        if batch.asks and self._confirmation is not None:
            replicas, milliseconds, on_disk = self._confirmation
            words = ("WAITAOF", 1, replicas, milliseconds) if on_disk else ("WAIT", replicas, milliseconds)
            packed.append(_packed(*words))
        self._under_way.append(batch)
        batch.deadline = asyncio.get_running_loop().call_later(self._timeout, self._too_late, connection)
        await connection.send_packed_command(packed, check_health=False)

    async def _read(self, connection: AbstractConnection) -> None:
        """Hand answers over, batch by batch. Between batches it hears of a connection that ends."""
        while True:
            try:
                answer: object = await connection.read_response(timeout=math.inf)
            except ResponseError as refusal:
                answer = refusal
            if not self._under_way:
                raise RedisConnectionError(f"an answer that nobody asked for: {type(answer).__name__}")
            batch = self._under_way[0]
            batch.answers.append(answer)
            if not batch.asks:
                self._hand_over(batch.calls[len(batch.answers) - 1], answer)
            if batch.is_answered:
                self._under_way.popleft()
                self._settle(batch)
                self._wake.set()

    def _settle(self, batch: _Batch) -> None:
        if batch.deadline is not None:
            batch.deadline.cancel()
        if not batch.asks:
            return
        unsure = not self._is_confirmed(batch.answers[-1])
        for call, answer in zip(batch.calls, batch.answers, strict=False):
            if unsure and call.script.writes and not isinstance(answer, Exception):
                call.settle(StoreError(f"Redis at {self._name}: not confirmed by its replicas in time"))
            else:
                self._hand_over(call, answer)

    def _hand_over(self, call: _Call, answer: object) -> None:
        understood = self._understood(answer) if isinstance(answer, Exception) else answer
        call.settle(understood)
        if isinstance(understood, Moved) and self._writing is not None:
            self._writing.cancel()

    def _too_late(self, connection: AbstractConnection) -> None:
        """End a connection on which an answer is overdue."""
        del connection
        self._fail(TimeoutError())
        if self._writing is not None:
            self._writing.cancel()

    def _fail(self, error: Exception | None) -> None:
        """Settle what was sent and not answered; with an error also what waits, for it would fail likewise."""
        reason = "the connection ended"
        if isinstance(error, TimeoutError):
            reason = "no answer in time"
        elif error is not None:
            reason = str(error) or type(error).__name__
        lost = StoreError(f"Redis at {self._name} failed: {reason}")
        batches, self._under_way = self._under_way, deque()
        for batch in batches:
            if batch.deadline is not None:
                batch.deadline.cancel()
            for call in batch.calls:
                call.settle(lost)
        if error is not None:
            calls, self._waiting = self._waiting, []
            for call in calls:
                call.settle(lost)

    def _is_confirmed(self, answer: object) -> bool:
        assert self._confirmation is not None  # noqa: S101  # asked only then
        match answer:
            case int(replicas):
                return replicas >= self._confirmation.replicas
            case [int(local), int(replicas)]:
                return local >= 1 and replicas >= self._confirmation.replicas
        return False

    def _understood(self, answer: object) -> object:
        """Return an answer, or the error that it means to our callers."""
        match answer:
            case MovedError() | AskError() | TryAgainError() | ClusterDownError() | ReadOnlyError() | MasterDownError():
                return Moved(f"Redis at {self._name} does not serve this now: {answer}")
            case NoScriptError():
                return Moved(f"Redis at {self._name} forgot the scripts; they are given to it again")
            case OutOfMemoryError():
                return StoreError(f"Redis at {self._name} is out of memory: {answer}")
            case ResponseError():
                return StoreError(f"Redis at {self._name} refused: {answer}")
        return answer

    async def _teach(self, connection: AbstractConnection) -> None:
        """Give the server the scripts."""
        packed = [_packed("SCRIPT", "LOAD", script.text) for script in ALL]
        await connection.send_packed_command(packed, check_health=False)
        for _ in ALL:
            await connection.read_response()


def _packed(*words: Word) -> bytes:
    packed: bytes = pack_command(words)  # type: ignore[arg-type]  # hiredis' types say a tuple of one
    return packed

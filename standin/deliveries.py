"""What the stand-in was sent, in order, and which of the next requests are to fail."""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec


class Delivery(msgspec.Struct, frozen=True):
    """One request that the stand-in took, as a real server would have taken it."""

    number: int
    """1 for the first."""
    channel: str
    """"teams" or "workplace"."""
    kind: str
    """`activity`, `update`, `delete`, `conversation` for Teams; `message` for Messenger."""
    conversation: str
    """Teams: the conversation's id; Messenger: the recipient's, or the thread's."""
    id: str
    """The id it was given."""
    at: float
    """Seconds since the stand-in began."""
    body: Mapping[str, Any]
    query: Mapping[str, str] = {}
    authorization: str = ""
    """The header as it came. For a test in the same process: the listing leaves it out."""


class DeliveryLog:
    """The last `keep` deliveries, and a count of all."""

    def __init__(self, keep: int) -> None:
        self._kept: deque[Delivery] = deque(maxlen=keep)
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self.count = 0

    def add(self, delivery: Delivery) -> None:
        """Take in the next delivery; its number is `count + 1`."""
        self._kept.append(delivery)
        self.passed()

    def passed(self) -> None:
        """Count a delivery without keeping it."""
        self.count += 1
        if self._waiting:
            self._wake()

    def after(self, number: int) -> list[Delivery]:
        """Return what is kept of the deliveries after `number`, in order."""
        return [delivery for delivery in self._kept if delivery.number > number]

    def clear(self) -> None:
        """Forget the deliveries; the count goes on."""
        self._kept.clear()

    async def reached(self, count: int, timeout: float) -> None:  # noqa: ASYNC109  # the message says how far it got
        """Return once `count` deliveries arrived; raise TimeoutError, which says how many did, after `timeout` s."""
        if self.count >= count:
            return
        arrived = asyncio.get_running_loop().create_future()
        entry = (count, arrived)
        self._waiting.append(entry)
        try:
            await asyncio.wait_for(arrived, timeout)
        except TimeoutError:
            raise TimeoutError(f"{self.count} of {count} deliveries arrived within {timeout} s") from None
        finally:
            if entry in self._waiting:
                self._waiting.remove(entry)

    def _wake(self) -> None:
        for count, arrived in self._waiting:
            if self.count >= count and not arrived.done():
                arrived.set_result(None)


SIGN_IN: Final = "sign_in"
"""The channel of the requests for an access token."""

DIRECTORY: Final = "directory"
"""The channel of the questions about people."""

_APART: Final = frozenset({SIGN_IN, DIRECTORY})


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens to the next deliveries. As JSON: `{"next": 3, "status": 429, "retry_after": 2}`.

    With neither `status` nor `drop` the delivery is taken, `delay_ms` later.
    """

    next: int = 1
    """How many requests it is for."""
    status: int = 0
    """Refuse with this status; nothing is delivered."""
    code: int | str = ""
    """The channel's own error code: Graph's number (190, 551, …), or the Bot Framework's word."""
    subcode: int = 0
    """Graph's `error_subcode`."""
    retry_after: float | None = None
    """Seconds, as a `Retry-After` header."""
    body: Mapping[str, Any] | None = None
    """The whole body of the refusal, in place of the channel's usual one."""
    headers: Mapping[str, str] = {}
    """Further headers of the refusal."""
    drop: Literal["", "before", "after"] = ""
    """Break the connection off without an answer: before or after the message was taken."""
    delay_ms: float = 0
    """Answer this much later; the message is taken at once."""
    channel: str = ""
    """Only requests of this channel; `SIGN_IN` for requests for a token and `DIRECTORY` for questions about people,
    which no other fault touches.
    """
    conversation: str = ""
    """Only requests to this conversation."""


class FaultPlan:
    """The faults to come, first in, first used."""

    def __init__(self) -> None:
        self._coming: list[tuple[Fault, int]] = []

    def add(self, fault: Fault) -> None:
        """Plan a fault."""
        if fault.next > 0:
            self._coming.append((fault, fault.next))

    def clear(self) -> None:
        """Work again from now on."""
        self._coming.clear()

    def take(self, channel: str, conversation: str) -> Fault | None:
        """Return the fault that the next request to this conversation suffers, and count it."""
        for at, (fault, left) in enumerate(self._coming):
            meant = fault.channel == channel or (not fault.channel and channel not in _APART)
            if meant and fault.conversation in {"", conversation}:
                if left > 1:
                    self._coming[at] = (fault, left - 1)
                else:
                    del self._coming[at]
                return fault
        return None

    def __len__(self) -> int:
        return sum(left for _, left in self._coming)

"""What the stand-in was sent, in order, and waiting for it."""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any

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

"""All that was seen from outside: what people sent, how it was answered, and what they were sent."""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from standin.deliveries import Delivery
from tests.crash.acts import STILL_OFF

NO_ANSWER = 0


class Request(msgspec.Struct, frozen=True, tag=True):
    """One copy of an act, sent to one server."""

    began: float
    ended: float
    person: str
    act: int
    server: int
    status: int


class Reply(msgspec.Struct, frozen=True, tag=True):
    """A reply as it reached its person."""

    at: float
    person: str
    act: int
    """Which one it answers."""
    server: int
    text: str


class Incident(msgspec.Struct, frozen=True, tag=True):
    """What was done to the servers."""

    at: float
    what: str


@dataclass
class History:
    """In the order in which it came about. Times are of the event loop's clock."""

    requests: list[Request] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    acknowledged: Counter[str] = field(default_factory=Counter)
    """How many of a person's acts were answered 200."""
    acts: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """When a person did what, in ms since 1970, by the number of the act."""

    def happened(self, what: str) -> None:
        self.incidents.append(Incident(_now(), what))

    def replies_of(self, server: int) -> Callable[[Delivery], None]:
        """Return what notes the replies of one server."""

        def note(delivery: Delivery) -> None:
            text = str(delivery.body.get("text"))
            if text == STILL_OFF:
                return
            number = re.search(r"Reply #(\d+)", text)
            assert number is not None, delivery.body
            self.replies.append(Reply(_now(), delivery.conversation, int(number[1]), server, text))

        return note

    def write(self, file: Path) -> None:
        """Write all of it down, an entry a line."""
        lines = [*self.requests, *self.replies, *self.incidents]
        file.write_bytes(b"\n".join(msgspec.json.encode(line) for line in lines))


def _now() -> float:
    return asyncio.get_running_loop().time()
